//! Ways of making a process that are not a plain `fork`.

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
    use nix::unistd::write;
    use orders::{Error, Report, Search};

    pub(super) fn trials() -> Vec<Trial> {
        vec![
            Trial::test("a_spawned_program_runs_in_every_order", spawned),
            Trial::test("a_thread_is_refused", thread),
        ]
    }

    fn run(function: impl Fn() -> i32) -> Result<Report, Error> {
        Search::function(function).run(|_, _| ControlFlow::Continue(()))
    }

    fn say(text: &str) {
        let _ = write(std::io::stdout(), text.as_bytes());
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
        let report = report.map_err(|error| error.to_string())?;
        let outputs: Vec<&str> = report.outcomes.keys().map(|o| o.output.as_str()).collect();
        if outputs != ["child\nparent\nend\n", "parent\nchild\nend\n"] || !report.is_proof() {
            return Err(format!("{:?} {outputs:?}", report.caveats).into());
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
