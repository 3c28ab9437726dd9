//! Every fault the grader knows, made on purpose. Each must get its verdict, nothing of it may be
//! left afterwards, and a process beside it must not be harmed.

#[cfg(target_os = "linux")]
mod beyond;
mod changes;
mod derailed;
mod hangs;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod luck;
mod output;
#[path = "../tools/mod.rs"]
mod tools;
mod unreaped;

use std::process::{Command, ExitCode};

use grader::WrongAnswer;

/// `refused!(VERDICT, CHECK.method(…)…, "words in it"…)`: the check of that function must fail so.
macro_rules! refused {
    ($verdict:literal, $check:ident $(.$method:ident($($argument:expr),*))* $(, $says:literal)*) => {
        WrongAnswer {
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
    answers.extend(hangs::all());
    answers.extend(unreaped::all());
    answers.extend(output::all());
    answers.extend(changes::all());
    #[cfg(target_os = "linux")]
    {
        answers.extend(hostile::all());
        answers.extend(beyond::all());
        answers.extend(luck::all());
    }
    let [namespace, notifier, _] = grader::guards();
    if namespace.missing.is_some() {
        // PIDs are other numbers then.
        let numbers = |answer: &WrongAnswer| answer.says.iter().any(|says| has_digits(says));
        answers.iter_mut().filter(|answer| numbers(answer)).for_each(|answer| answer.says = &[]);
    }
    if notifier.missing.is_some() {
        // Nothing would stop these for certain, and this machine is not ours alone.
        answers.retain(|answer| !answer.name.starts_with("raw_"));
        // And no process can be held at its system calls.
        answers.retain(|answer| answer.exercise != "luck");
    }
    if std::env::var_os("GRADER_CASE").is_some() {
        return grader::main_for_wrong_answers(&answers, drop); // this is a supervisor
    }
    watched(|| grader::main_for_wrong_answers(&answers, drop))
}

fn has_digits(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
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
