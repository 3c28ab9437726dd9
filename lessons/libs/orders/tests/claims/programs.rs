//! The claims. Each function prints what happened in one order; the table says all that may be
//! printed.

use std::fs::File;
use std::io::{Read, Write, pipe};
use std::ops::ControlFlow;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg, sigprocmask};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, setpgid, setsid};
use orders::{Report, Search};

use crate::tools::{all_end, child, on, say};

/// A program, and all that it can print.
pub(crate) struct Claim {
    pub(crate) name: &'static str,
    program: fn() -> i32,
    /// In alphabetical order.
    outputs: &'static [&'static str],
}

pub(crate) const CLAIMS: [Claim; 9] = [
    Claim {
        name: "no_end_of_file_while_a_write_end_is_open",
        program: no_end_of_file_while_a_write_end_is_open,
        outputs: &["closing end"],
    },
    Claim { name: "no_byte_is_missed", program: no_byte_is_missed, outputs: &["abc"] },
    Claim {
        name: "a_signal_is_no_exit_status",
        program: a_signal_is_no_exit_status,
        outputs: &["exit 7", "signal 9"],
    },
    Claim {
        name: "a_blocked_sigchld_comes_after_the_record",
        program: a_blocked_sigchld_comes_after_the_record,
        outputs: &["recorded handler"],
    },
    Claim {
        name: "no_item_after_the_flag_was_read",
        program: no_item_after_the_flag_was_read,
        // The handler may come between the flag and the item, but no item comes after "read".
        outputs: &[
            "handler item read ",
            "handler read ",
            "item handler item ",
            "item handler read ",
            "item item ",
            "item item handler ",
        ],
    },
    Claim {
        name: "no_handler_in_the_new_program",
        program: no_handler_in_the_new_program,
        outputs: &["", "handlernew\n", "new\n"],
    },
    Claim {
        name: "setsid_leaves_the_group",
        program: setsid_leaves_the_group,
        outputs: &["alive"],
    },
    Claim {
        name: "a_connection_is_accepted_once",
        program: a_connection_is_accepted_once,
        outputs: &["", "accepted "],
    },
    Claim {
        name: "no_flock_without_an_open_file",
        program: no_flock_without_an_open_file,
        outputs: &["free"],
    },
];

impl Claim {
    /// Tries every order.
    pub(crate) fn check(&self) -> Result<(), String> {
        let search = Search::function(self.program).in_own_folder();
        let search = search.most_time(Duration::from_secs(120));
        let report = search.run(|_: &Report, _| ControlFlow::Continue(()));
        let report = report.map_err(|error| error.to_string())?;
        let mut outputs: Vec<&str> =
            report.outcomes.keys().map(|outcome| outcome.output.as_str()).collect();
        outputs.dedup();
        if !report.is_proof() {
            return Err(format!("no proof: {:?}", report.caveats));
        }
        let deadlocks = report.outcomes.keys().any(orders::Outcome::is_deadlock);
        if outputs == self.outputs && !deadlocks {
            Ok(())
        } else {
            Err(format!("deadlocks: {deadlocks}; printed in {} runs: {outputs:?}", report.runs))
        }
    }
}

extern "C" fn say_handler(_: i32) {
    say("handler");
}

/// The parent reads to the end. The child has the last write end, and says when it closes it.
fn no_end_of_file_while_a_write_end_is_open() -> i32 {
    let (mut reader, mut writer) = pipe().expect("a pipe");
    child(0, || {
        let _ = writer.write_all(b"x");
        say("closing ");
    });
    drop(writer);
    let _ = reader.read_to_end(&mut Vec::new());
    say("end");
    all_end();
    0
}

/// The child ends after three writes, and the parent reads less at a time than there may be.
fn no_byte_is_missed() -> i32 {
    let (mut reader, mut writer) = pipe().expect("a pipe");
    child(0, || {
        for part in [b"a", b"b", b"c"] {
            let _ = writer.write_all(part);
        }
    });
    drop(writer);
    let (mut all, mut some) = (Vec::new(), [0; 2]);
    while let Ok(count @ 1..) = reader.read(&mut some) {
        all.extend_from_slice(&some[..count]);
    }
    all_end();
    say(&String::from_utf8_lossy(&all));
    0
}

/// SIGKILL is sent to a child that ends by itself at some moment.
fn a_signal_is_no_exit_status() -> i32 {
    let pid = child(7, || ());
    let _ = kill(pid, Signal::SIGKILL);
    match waitpid(pid, None) {
        Ok(WaitStatus::Exited(_, status)) => say(&format!("exit {status}")),
        Ok(WaitStatus::Signaled(_, signal, _)) => say(&format!("signal {}", signal as i32)),
        other => say(&format!("{other:?}")),
    }
    0
}

/// A parent blocks SIGCHLD before the fork, and unblocks it after it has recorded the PID.
fn a_blocked_sigchld_comes_after_the_record() -> i32 {
    on(Signal::SIGCHLD, say_handler);
    mask(SigmaskHow::SIG_BLOCK, Signal::SIGCHLD);
    child(0, || ());
    say("recorded ");
    mask(SigmaskHow::SIG_UNBLOCK, Signal::SIGCHLD);
    all_end();
    0
}

fn mask(how: SigmaskHow, signal: Signal) {
    sigprocmask(how, Some(&SigSet::from(signal)), None).expect("a mask");
}

static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_: i32) {
    STOP.store(true, Ordering::Relaxed);
    say("handler ");
}

/// A worker reads the flag before each of two items; the parent sends the signal at any moment. The
/// mask makes a step of the moment from which on the handler may run.
fn no_item_after_the_flag_was_read() -> i32 {
    on(Signal::SIGTERM, stop);
    mask(SigmaskHow::SIG_BLOCK, Signal::SIGTERM);
    let worker = child(0, || {
        mask(SigmaskHow::SIG_UNBLOCK, Signal::SIGTERM);
        for _ in 0..2 {
            if STOP.load(Ordering::Relaxed) {
                return say("read ");
            }
            say("item ");
        }
    });
    let _ = kill(worker, Signal::SIGTERM);
    all_end();
    0
}

/// A child with a handler becomes another program; the signal comes at any moment.
fn no_handler_in_the_new_program() -> i32 {
    on(Signal::SIGTERM, say_handler);
    mask(SigmaskHow::SIG_BLOCK, Signal::SIGTERM);
    let pid = child(0, || {
        mask(SigmaskHow::SIG_UNBLOCK, Signal::SIGTERM);
        let _ = Command::new("/bin/echo").arg("new").exec();
    });
    let _ = kill(pid, Signal::SIGTERM);
    all_end();
    0
}

/// A process joins the group of another, and leaves it by `setsid`; then the group is killed.
fn setsid_leaves_the_group() -> i32 {
    let (mut has_left, tell) = pipe().expect("a pipe");
    let (mut never, _open) = pipe().expect("a pipe");
    let leader = child(0, || {
        let _ = never.read(&mut [0]);
    });
    let _ = setpgid(leader, leader);
    child(0, || {
        setpgid(Pid::from_raw(0), leader).expect("the group is there");
        setsid().expect("it leads no group");
        drop((&tell).write_all(b"x"));
        say("alive");
    });
    let _ = has_left.read_exact(&mut [0]);
    let _ = killpg(leader, Signal::SIGKILL);
    all_end();
    0
}

/// Two processes ask for one connection.
fn a_connection_is_accepted_once() -> i32 {
    let listener = UnixListener::bind("socket").expect("a socket");
    listener.set_nonblocking(true).expect("a flag");
    for _ in 0..2 {
        child(0, || {
            if listener.accept().is_ok() {
                say("accepted ");
            }
        });
    }
    let _client = UnixStream::connect("socket").expect("a connection");
    all_end();
    0
}

/// A process ends with a lock that it has not released.
fn no_flock_without_an_open_file() -> i32 {
    let pid = child(0, || {
        let file = File::create("lock").expect("a file");
        std::mem::forget(Flock::lock(file, FlockArg::LockExclusive));
    });
    let _ = waitpid(pid, None);
    let file = File::create("lock").expect("a file");
    say(if Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok() { "free" } else { "locked" });
    0
}
