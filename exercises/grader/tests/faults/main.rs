//! Every fault the grader knows, made on purpose. Each must get its verdict, nothing of it may be
//! left afterwards, and a process beside it must not be harmed.

mod derailed;
#[cfg(target_os = "linux")]
mod hostile;
mod output;
mod unreaped;
#[path = "../tools/mod.rs"]
mod tools;

use std::process::{Command, ExitCode};

/// `refused!(VERDICT, CHECK.method(…)…, "words in it"…)`: the check of that function must fail so.
macro_rules! refused {
    ($verdict:literal, $check:ident $(.$method:ident($($argument:expr),*))* $(, $says:literal)*) => {
        grader::WrongAnswer {
            exercise: module_path!().rsplit_once(':').map_or("", |(_, module)| module),
            name: stringify!($check),
            verdict: $verdict,
            check: stringify!($check),
            says: &[$($says),*],
            suite: || {
                grader::Suite::new("", [grader::check!($check)$(.$method($($argument),*))*])
            },
        }
    };
}
use refused;

fn main() -> ExitCode {
    let mut answers = derailed::all();
    answers.extend(unreaped::all());
    answers.extend(output::all());
    #[cfg(target_os = "linux")]
    answers.extend(hostile::all());
    if std::env::var_os("GRADER_CASE").is_some() {
        return grader::main_for_wrong_answers(&answers); // this is a warden
    }
    watched(|| grader::main_for_wrong_answers(&answers))
}

/// Runs `tests` beside a process that must live, and looks for processes that are left.
fn watched(tests: impl FnOnce() -> ExitCode) -> ExitCode {
    // Whatever loses its parent below this process becomes its child, where it is found.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(true).expect("prctl failed");
    let mut bystander = Command::new("sleep").arg("300").spawn().expect("sleep cannot be run");
    let code = tests();
    assert_eq!(bystander.try_wait().expect("wait failed"), None, "the bystander was killed");
    bystander.kill().expect("kill failed");
    bystander.wait().expect("wait failed");
    let left = nix::sys::wait::waitpid(None, None);
    assert_eq!(left, Err(nix::errno::Errno::ECHILD), "a process was left");
    code
}
