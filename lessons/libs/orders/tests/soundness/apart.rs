//! Each test in a process of its own. A search forks, and refuses to do so beside other threads; so
//! tests that search can only run at the same time if they do not share a process.

use std::env;
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

/// Set in the processes that run one test each.
const ALONE: &str = "ORDERS_TEST_ALONE";

/// Runs the tests that the command line asks for, several at a time.
pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    if env::var_os(ALONE).is_some() {
        arguments.test_threads = Some(1); // the first thread, with no other beside it
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let apart = trials.iter().map(|trial| {
        let name = trial.name().to_owned();
        let ignored = trial.has_ignored_flag();
        Trial::test(name.clone(), move || run_alone(&name)).with_ignored_flag(ignored)
    });
    libtest_mimic::run(&arguments, apart.collect()).exit_code()
}

fn run_alone(name: &str) -> Result<(), Failed> {
    let mut test = Command::new(env::current_exe()?);
    test.args(["--exact", name, "--include-ignored"]).env(ALONE, "1").stdin(Stdio::null());
    let ran = test.output()?;
    let said = String::from_utf8_lossy(&ran.stdout);
    if ran.status.success() && said.contains("1 passed") {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&ran.stderr);
    Err(format!("{}:\n{said}{errors}", ran.status).into())
}
