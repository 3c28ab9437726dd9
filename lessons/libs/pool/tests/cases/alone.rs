//! A case in a process of its own, and a look at what it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::catch_unwind;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, killpg, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setsid};

/// The argument that makes this test binary a case.
pub(crate) const FLAG: &str = "--case";

/// No case takes longer, even beside busy loops on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a case in this process. It must not leave a child, dead or alive.
pub(crate) fn run(case: fn()) -> ExitCode {
    // Who starts the tests in the background of a shell script has SIGINT ignored.
    // SAFETY: no handler of anybody is replaced by this one, which is the kernel's own.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.expect("SIGINT has a default");
    if catch_unwind(case).is_err() {
        return ExitCode::FAILURE;
    }
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Err(Errno::ECHILD) => ExitCode::SUCCESS,
        left => {
            eprintln!("the case has left a child: {left:?}");
            ExitCode::FAILURE
        }
    }
}

/// A case that is running.
pub(crate) struct Process {
    child: Child,
    pub(crate) group: Pid,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Process {
    pub(crate) fn start(name: &str) -> Self {
        adopt_orphans();
        let me = std::env::current_exe().expect("the path of this binary");
        let mut command = Command::new(me);
        command.args([FLAG, name]).stdin(Stdio::null());
        // Each worker has a process group of its own, but all are in the case's session.
        // SAFETY: `setsid` is async-signal-safe.
        unsafe { command.pre_exec(|| setsid().map(drop).map_err(Into::into)) };
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let group = Pid::from_raw(child.id().try_into().expect("a PID"));
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = child.stderr.take().expect("a pipe");
        Process { child, group, stdout, stderr }
    }

    /// The next line that the case prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Waits for the case, which must succeed, print nothing more and leave nothing.
    pub(crate) fn finish(self) -> Result<(), String> {
        let (status, output, _) = self.end()?;
        if status.success() && output.is_empty() {
            return Ok(());
        }
        Err(format!("{status}\n{output}"))
    }

    /// Waits for the case, and until all processes of its session are gone. Gives its status, its
    /// output, and how long they outlived it.
    pub(crate) fn end(mut self) -> Result<(ExitStatus, String, Duration), String> {
        let (done, is_done) = channel::<()>();
        let group = self.group;
        let watchdog = thread::spawn(move || {
            let late = is_done.recv_timeout(DEADLINE).is_err();
            late && killpg(group, Signal::SIGKILL).is_ok()
        });
        let status = self.child.wait().expect("the case's status");
        let start = Instant::now();
        let left = wait_for_session(group);
        let outlived = start.elapsed();
        let _ = done.send(());
        let late = watchdog.join().expect("the watchdog's verdict");
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).expect("text");
        self.stderr.read_to_string(&mut output).expect("text");
        if late {
            return Err(format!("hangs: stopped after {DEADLINE:?}, {status}\n{output}"));
        }
        if !left.is_empty() && status.signal().is_none() {
            return Err(format!("left behind: {left:?}, {status}\n{output}"));
        }
        Ok((status, output, outlived))
    }
}

/// How long a process may need to end that has nothing more to do. It ends at once when it has a
/// processor, for which it may have to wait on a busy machine.
const ENDING: Duration = Duration::from_secs(2);

/// A time within which everything ends that is told to, and in which nothing ends that is not: that
/// waits for an hour.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Waits until no process of the session is left, and gives how those ended that took their time.
fn wait_for_session(session: Pid) -> Vec<WaitStatus> {
    let mut ended = Vec::new();
    let start = Instant::now();
    loop {
        let members = members(session);
        // The system gives an orphan to this process when its parent ends, so it can be waited for.
        for &pid in &members {
            let status = waitpid(pid, Some(WaitPidFlag::WNOHANG)).ok();
            let is_late = start.elapsed() > ENDING;
            ended.extend(status.filter(|status| is_late && status.pid().is_some()));
        }
        if members.is_empty() || start.elapsed() > DEADLINE {
            return ended;
        }
        thread::yield_now();
    }
}

/// The processes of a session, with those that have ended and were not waited for.
#[cfg(target_os = "linux")]
fn members(session: Pid) -> Vec<Pid> {
    let all = procinfo::processes().unwrap_or_default().into_iter();
    all.filter(|process| process.session == session).map(|process| process.pid).collect()
}

/// Linux only. Elsewhere the workers are in the case's group, and so among this process's children.
#[cfg(not(target_os = "linux"))]
fn members(session: Pid) -> Vec<Pid> {
    match nix::sys::signal::killpg(session, None) {
        Ok(()) => vec![Pid::from_raw(-session.as_raw())],
        Err(_) => Vec::new(),
    }
}

/// Makes this process the parent of whatever a case leaves behind, so that it can wait for it.
#[cfg(target_os = "linux")]
fn adopt_orphans() {
    nix::sys::prctl::set_child_subreaper(true).expect("PR_SET_CHILD_SUBREAPER");
}

/// Linux only. Elsewhere orphans go to init, and these tests do not see them.
#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}
