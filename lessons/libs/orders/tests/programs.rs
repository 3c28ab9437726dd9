//! Programs of kinds that the generated ones are not of, and what the search refuses.

#[cfg(target_os = "linux")]
#[path = "tools/mod.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod tools;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // One thread, the first: a search forks, and refuses to do so beside other threads.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, tests::trials()).exit_code()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod tests {
    use std::ops::ControlFlow;
    use std::process::Command;

    use libtest_mimic::{Failed, Trial};
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::sys::signal::{SigHandler, SigSet, Signal, kill};
    use nix::sys::signalfd::SignalFd;
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::{pause, write};
    use orders::{Caveat, Error, Report, Search};

    use crate::tools::{child, say};

    pub(super) fn trials() -> Vec<Trial> {
        vec![
            Trial::test("a_spawned_program_runs_in_every_order", spawned),
            Trial::test("a_thread_is_refused", thread),
            Trial::test("a_stopped_process_is_refused", stopped),
            Trial::test("a_traced_process_is_refused", traced),
            Trial::test("an_ignored_stop_is_no_stop", not_stopped),
            Trial::test("a_signal_is_read_from_a_descriptor", signal_descriptor),
            Trial::test("a_look_into_proc_is_no_proof", look_into_proc),
            Trial::test("a_fault_is_no_proof", fault),
            Trial::test("the_flags_of_a_shared_file_are_a_step", shared_flags),
        ]
    }

    fn run(function: impl Fn() -> i32) -> Result<Report, Error> {
        Search::function(function).run(|_, _| ControlFlow::Continue(()))
    }

    /// The standard library starts programs with `posix_spawn`, which is a vfork and an exec.
    fn spawned() -> Result<(), Failed> {
        let report = run(|| {
            let Ok(mut child) = Command::new("echo").arg("child").spawn() else { return 1 };
            say("parent\n");
            let ended = child.wait();
            say("end\n");
            i32::from(!ended.is_ok_and(|status| status.success()))
        });
        prints(report, &["child\nparent\nend\n", "parent\nchild\nend\n"])
    }

    /// A child that waits for ever, and what the parent sends it.
    fn sends(signal: Signal, ignored: bool) -> Result<Report, Error> {
        run(|| {
            if ignored {
                // SAFETY: to ignore a signal runs no code of this program.
                let _ = unsafe { nix::sys::signal::signal(signal, SigHandler::SigIgn) };
            }
            let child = child(0, pause);
            let _ = kill(child, signal);
            let ended = waitpid(child, Some(WaitPidFlag::WUNTRACED | WaitPidFlag::WNOHANG));
            say(if ended == Ok(WaitStatus::StillAlive) { "alive" } else { "changed" });
            let _ = kill(child, Signal::SIGKILL);
            let _ = waitpid(child, None);
            0
        })
    }

    fn stopped() -> Result<(), Failed> {
        for signal in [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU] {
            let wanted = format!("parent sends {signal} to child 1");
            match sends(signal, false) {
                Err(Error::Stops { step }) if step == wanted => {}
                other => return Err(format!("{signal}: {other:?}").into()),
            }
        }
        Ok(())
    }

    fn not_stopped() -> Result<(), Failed> {
        for signal in [Signal::SIGTSTP, Signal::SIGCONT] {
            prints(sends(signal, signal == Signal::SIGTSTP), &["alive"])?;
        }
        Ok(())
    }

    fn traced() -> Result<(), Failed> {
        let traced = run(|| {
            let child = child(0, || {
                let _ = nix::sys::ptrace::traceme();
            });
            i32::from(waitpid(child, None).is_err())
        });
        match traced {
            Err(Error::Stops { step }) if step == "child 1 calls ptrace" => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    }

    /// The kernel tells each process of its own signals only: a search must not ask for itself.
    fn signal_descriptor() -> Result<(), Failed> {
        let report = run(|| {
            let signals = SigSet::from(Signal::SIGCHLD);
            let blocked = signals.thread_block();
            let Ok(descriptor) = blocked.and_then(|()| SignalFd::new(&signals)) else { return 1 };
            let child = child(0, || ());
            say(if descriptor.read_signal().is_ok_and(|read| read.is_some()) {
                "read"
            } else {
                "!"
            });
            i32::from(waitpid(child, None).is_err())
        });
        prints(report, &["read"])
    }

    fn look_into_proc() -> Result<(), Failed> {
        let report = run(|| {
            let child = child(0, || ());
            let _ = std::fs::read(format!("/proc/{child}/stat"));
            i32::from(waitpid(child, None).is_err())
        });
        let report = report.map_err(|error| error.to_string())?;
        let caveats: Vec<_> = report.caveats.into_iter().collect();
        if caveats == [Caveat::LooksAtProcesses] {
            Ok(())
        } else {
            Err(format!("{caveats:?}").into())
        }
    }

    /// When a process ends by what it computes is not known: here the parent has read its byte before.
    fn fault() -> Result<(), Failed> {
        let report = run(|| {
            let Ok((reader, writer)) = nix::unistd::pipe() else { return 1 };
            let child = child(0, || {
                let _ = write(&writer, b"x");
                // SAFETY: nothing is there, so this process ends; that is what it is for.
                unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(0) };
            });
            let _ = nix::unistd::read(&reader, &mut [0]);
            let ended = waitpid(child, Some(WaitPidFlag::WNOHANG));
            i32::from(ended == Ok(WaitStatus::StillAlive))
        });
        let report = report.map_err(|error| error.to_string())?;
        let caveats: Vec<_> = report.caveats.into_iter().collect();
        if caveats == [Caveat::Faults] { Ok(()) } else { Err(format!("{caveats:?}").into()) }
    }

    /// The parent says that reads of the pipe do not wait, before the child reads or after it has
    /// looked whether there is something.
    fn shared_flags() -> Result<(), Failed> {
        let report = run(|| {
            let Ok((reader, writer)) = nix::unistd::pipe() else { return 1 };
            let child = child(0, || {
                let _ = write(&writer, b"x");
                let _ = nix::unistd::read(&reader, &mut [0]);
                say(match nix::unistd::read(&reader, &mut [0]) {
                    Err(nix::errno::Errno::EAGAIN) => "again",
                    _ => "!",
                });
            });
            say("parent ");
            let _ = fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
            i32::from(waitpid(child, None).is_err())
        });
        let report = report.map_err(|error| error.to_string())?;
        let steps = report.outcomes.values().flat_map(|found| &found.steps);
        let set = steps.filter(|step| step.call == "fcntl").count();
        if set > 0 { Ok(()) } else { Err("the flags were set in no step".into()) }
    }

    fn prints(report: Result<Report, Error>, expected: &[&str]) -> Result<(), Failed> {
        let report = report.map_err(|error| error.to_string())?;
        let outputs: Vec<&str> = report.outcomes.keys().map(|o| o.output.as_str()).collect();
        let stuck = report.outcomes.keys().any(orders::Outcome::is_deadlock);
        if outputs != expected || !report.is_proof() || stuck {
            return Err(format!("{stuck} {:?} {outputs:?}", report.caveats).into());
        }
        Ok(())
    }

    fn thread() -> Result<(), Failed> {
        match run(|| i32::from(std::thread::spawn(|| {}).join().is_err())) {
            Err(Error::Threads { .. }) => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    }
}
