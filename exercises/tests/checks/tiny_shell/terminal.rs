//! A terminal for the process that calls the function, and a helper that types on it.

use std::fs::File;
use std::io::{self, Read, Write, pipe, stdin};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use grader::Helper;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::openpty;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout};
use nix::unistd::{getpgrp, getpid, setpgid, setsid, tcgetpgrp};

use super::super::answers::tiny_shell::tiny_shell;
use super::order::Order;
use super::tools::Gate;
use super::typist::{Complaint, Typist};

/// The typist loses patience before that.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Calls your function with a terminal as its standard input, output and error, while a helper types and
/// looks as `session` says, and ends it all with Ctrl-D.
#[track_caller]
pub(super) fn on_a_terminal(session: impl Fn(&mut Typist) -> Result<(), Complaint>) {
    on_a_terminal_in(None, session);
}

/// The same, with an order in which the processes run after a fork.
#[track_caller]
pub(super) fn on_a_terminal_in(
    order: Option<Order>,
    session: impl Fn(&mut Typist) -> Result<(), Complaint>,
) {
    let pty = openpty(None, None).expect("a terminal for the check");
    // Never closed: that would be a terminal that goes away, and SIGHUP for this process.
    let master = ManuallyDrop::new(File::from(pty.master));
    fcntl(&*master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a terminal for the check");
    let (over, returned) = pipe().expect("a pipe for the check");
    let (mut complaint, mut writer) = pipe().expect("a pipe for the check");
    grader::own_pipe(&complaint);
    let (gate, shell) = (Gate::new(), getpid());
    let helper = Helper::start(|| {
        setpgid(Pid::from_raw(0), Pid::from_raw(0)).expect("a group for the check's helper");
        gate.open();
        let master = master.try_clone().expect("the check's terminal");
        let over = over.try_clone().expect("the check's pipe");
        let mut typist = Typist::new(master, shell, Some(over));
        if let Err(complaint) = session(&mut typist).and_then(|()| typist.end()) {
            let _ = writer.write_all(complaint.as_bytes());
            typist.break_off();
        }
    });
    drop(writer);
    gate.wait();
    take_the_terminal(&pty.slave, helper.pid()).expect("the check's terminal is controlling");
    drop(pty.slave);
    order.into_iter().for_each(Order::begin);
    grader::baseline();

    let result = tiny_shell(stdin().lock());

    let foreground = tcgetpgrp(stdin());
    (&returned).write_all(b".").expect("a byte into the check's pipe");
    let mut complaints = String::new();
    complaint.read_to_string(&mut complaints).expect("what the check's helper says");
    let returned = match &result {
        Err(error) => format!("Your function returned an error: {error}\n{}", about(error)),
        Ok(_) => String::new(),
    };
    assert!(complaints.is_empty() && result.is_ok(), "{returned}{complaints}");
    assert_eq!(
        foreground,
        Ok(getpgrp()),
        "the group in the foreground, which should be that of the shell in the end"
    );
}

fn about(error: &io::Error) -> &'static str {
    if error.raw_os_error() == Some(libc::EIO) {
        "A shell gets this error if it is not in the foreground: it has not taken the terminal\n\
         back from a job. (A shell that another shell started would be stopped instead.)\n"
    } else {
        ""
    }
}

/// Makes this process the leader of a session with the terminal `slave`, as a terminal window does with
/// the shell in it. The grader has made it the leader of a group; such a process cannot make a session,
/// so it goes into another group first.
fn take_the_terminal(slave: &OwnedFd, other_group: Pid) -> nix::Result<()> {
    setpgid(Pid::from_raw(0), other_group)?;
    setsid()?;
    // SAFETY: TIOCSCTTY takes a number, and the descriptor is open.
    Errno::result(unsafe { libc::ioctl(slave.as_raw_fd(), libc::TIOCSCTTY as _, 0) })?;
    dup2_stdin(slave)?;
    dup2_stdout(slave)?;
    dup2_stderr(slave)
}
