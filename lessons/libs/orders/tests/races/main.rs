//! Reported races are found, each with an order that shows it, and faults on request are too.

#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
#[path = "../tools/mod.rs"]
mod tools;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // One thread, the first: a search forks, and refuses to do so beside other threads.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, linux::trials()).exit_code()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::ops::ControlFlow;
    use std::time::Duration;

    use libtest_mimic::{Failed, Trial};
    use orders::{Faults, Outcome, Report, Search};

    use super::programs::{Race, all};

    pub(super) fn trials() -> Vec<Trial> {
        let race = |race: Race| Trial::test(race.name, move || check(&race));
        let faults = [
            Trial::test("a_refused_fork_is_a_choice", refused_fork),
            Trial::test("an_interrupted_wait_is_a_choice", interrupted),
            Trial::test("a_killed_child_is_a_choice", killed),
            Trial::test("a_short_write_is_a_choice", short),
            Trial::test("an_order_is_replayed", replayed),
        ];
        all().into_iter().map(race).chain(faults).collect()
    }

    /// What goes wrong: the program says so, two processes are in at once, or one hangs.
    fn is_bad(outcome: &Outcome) -> bool {
        let text = &outcome.output;
        text.contains("BAD")
            || text.contains("in in")
            || text.contains("((")
            || outcome.is_deadlock()
    }

    fn search(program: fn() -> i32) -> Search<'static> {
        Search::function(program).in_own_folder().most_time(Duration::from_secs(120))
    }

    fn run(search: &Search, stop: impl Fn(&Outcome) -> bool) -> Result<Report, Failed> {
        let each = |_: &Report, outcome: &Outcome| {
            if stop(outcome) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        search.run(each).map_err(|error| error.to_string().into())
    }

    fn check(race: &Race) -> Result<(), Failed> {
        let report = run(&search(race.program), is_bad)?;
        let bad = report.outcomes.iter().find(|(outcome, _)| is_bad(outcome));
        let (_, found) = bad.ok_or_else(|| format!("{}: no bad order", race.source))?;
        println!("{} ({} runs): {}", race.source, report.runs, found.order);
        if let Some(mended) = race.mended {
            let report = run(&search(mended), is_bad)?;
            let bad: Vec<&Outcome> = report.outcomes.keys().filter(|o| is_bad(o)).collect();
            if !bad.is_empty() || !report.is_proof() {
                return Err(format!("mended, but {bad:?} {:?}", report.caveats).into());
            }
        }
        Ok(())
    }

    fn outputs(report: &Report) -> Vec<String> {
        let mut outputs: Vec<_> = report.outcomes.keys().map(|o| o.output.clone()).collect();
        outputs.dedup();
        outputs
    }

    fn expect(faults: Faults, program: fn() -> i32, expected: &[&str]) -> Result<(), Failed> {
        let report = run(&search(program).faults(faults), |_| false)?;
        let outputs = outputs(&report);
        if outputs == expected { Ok(()) } else { Err(format!("{outputs:?}").into()) }
    }

    fn print(text: &str) {
        let _ = nix::unistd::write(std::io::stdout(), text.as_bytes());
    }

    /// Forks a child that ends at once, and prints what comes of each call.
    fn fork_and_wait() -> i32 {
        use nix::unistd::{ForkResult, fork};
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            // SAFETY: it ends this process, and nothing after it runs.
            Ok(ForkResult::Child) => unsafe { nix::libc::_exit(3) },
            Ok(ForkResult::Parent { .. }) => match nix::sys::wait::wait() {
                Ok(nix::sys::wait::WaitStatus::Exited(..)) => print("exited"),
                Ok(_) => print("killed"),
                Err(errno) => print(&errno.to_string()),
            },
            Err(errno) => print(&errno.to_string()),
        }
        0
    }

    fn refused_fork() -> Result<(), Failed> {
        let faults = Faults { refuse_forks: true, most: 1, ..Faults::none() };
        expect(faults, fork_and_wait, &["EAGAIN: Try again", "exited"])?;
        let faults = Faults { refuse_fork_number: Some(1), ..Faults::none() };
        expect(faults, fork_and_wait, &["EAGAIN: Try again"])
    }

    fn interrupted() -> Result<(), Failed> {
        let faults = Faults { interrupt: true, most: 1, ..Faults::none() };
        let all = ["", "EINTR: Interrupted system call", "exited"];
        expect(faults, fork_and_wait, &all)
    }

    fn killed() -> Result<(), Failed> {
        let faults = Faults { kill_children: true, most: 1, ..Faults::none() };
        expect(faults, fork_and_wait, &["exited", "killed"])
    }

    fn write_once() -> i32 {
        print("abcd");
        0
    }

    fn short() -> Result<(), Failed> {
        let faults = Faults { short: true, most: 1, ..Faults::none() };
        expect(faults, write_once, &["ab", "abcd"])
    }

    fn replayed() -> Result<(), Failed> {
        let search = search(fork_and_wait);
        let report = run(&search, |_| false)?;
        for (outcome, found) in &report.outcomes {
            let again = search.replay(&found.order).map_err(|error| error.to_string())?;
            if again.outcome != *outcome {
                return Err(format!("{} gave {:?}", found.order, again.outcome).into());
            }
        }
        let nonsense = "0,7".parse().map_err(|error: String| error)?;
        match search.replay(&nonsense) {
            Err(error) if error.to_string().contains("step 2") => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    }
}
