//! After a right answer, one question about this very answer: what could still happen to it, told
//! from its text and from what its processes did in the checks.

use grader::report::CheckReport;
use timeline::Kind;

use crate::check::Outcome;
use crate::observation;

mod panics;

/// The question; `None` if nothing stands out.
pub(crate) fn about(exercise: &str, answer: &str, outcome: &Outcome) -> Option<String> {
    let Outcome::Checked { reports, .. } = outcome else { return None };
    unwrapped(answer)
        .or_else(|| observation::of(exercise, reports))
        .or_else(|| reaped_in_order(reports))
        .or_else(|| interrupted(exercise, answer, reports))
}

/// The lines of code with their numbers, without comments.
fn code(answer: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = answer.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.map(|(number, line)| (number, line.split("//").next().unwrap_or_default()))
}

/// A panic in the parent leaves children that no process waits for.
fn unwrapped(answer: &str) -> Option<String> {
    let (line, call) = panics::while_children_run(answer)?;
    Some(format!(
        "Line {line} calls `{call}`. If this call panics in the parent while children are running, \
         which process waits for them?\n"
    ))
}

/// The children of one process ended in another order than it waited for them.
fn reaped_in_order(reports: &[CheckReport]) -> Option<String> {
    reports.iter().find_map(|report| {
        let events = timeline::json::read(report.verdict.run.as_bytes()).ok()?;
        let root = events.first()?.pid;
        let of = |pick: fn(&Kind) -> Option<u32>| {
            events.iter().filter(|event| event.pid == root).filter_map(|event| pick(&event.kind)).collect::<Vec<u32>>()
        };
        let forked = of(|kind| match kind { Kind::Fork { child, .. } => Some(*child), _ => None });
        let reaped = of(|kind| match kind { Kind::Reap { child } => Some(*child), _ => None });
        let ends = events.iter().filter(|event| matches!(event.kind, Kind::Exit { .. }));
        let ended: Vec<u32> = ends.map(|event| event.pid).filter(|pid| forked.contains(pid)).collect();
        let (first, last) = (ended.first()?, forked.last()?);
        (forked.len() > 2 && reaped == forked && ended != forked && first != forked.first()?).then(|| {
            let place = |pid| forked.iter().position(|other| other == pid).unwrap_or_default() + 1;
            format!(
                "In the check {}, child {} of {} ended first, and your function waited for child 1 \
                 before any other. If child 1 ran for an hour, when would the caller learn that child \
                 {} had failed at once?\n",
                report.check, place(first), forked.len(), place(last)
            )
        })
    })
}

/// The exercises before the one about interrupted waits.
const TOO_EARLY: [&str; 5] =
    ["first_steps", "fork_basics", "many_forks", "divide_jobs", "first_waits"];

/// A signal handler of the caller's interrupts a wait, unless it was installed with `SA_RESTART`, or
/// the wait does not sleep.
fn interrupted(exercise: &str, answer: &str, reports: &[CheckReport]) -> Option<String> {
    let waits = reports.iter().any(|report| report.verdict.run.contains("\"event\":\"wait\""));
    let (line, _) = code(answer).find(|(_, line)| {
        let call = line.split_once("wait(").or_else(|| line.split_once("waitpid("));
        let sleeps = call.is_some() && !line.contains("WNOHANG");
        sleeps && !line.trim_start().starts_with("use ")
    })?;
    let early = TOO_EARLY.contains(&exercise);
    (waits && !early && !answer.contains("EINTR") && !answer.contains("Interrupted")).then(|| {
        format!(
            "The wait in line {line} fails with EINTR when a signal handler of the caller has run. \
             What does your function return in this case, and which process waits for the remaining \
             children?\n"
        )
    })
}

#[cfg(test)]
mod tests {
    use grader::Verdict;
    use grader::report::Status;

    use super::*;

    fn outcome(run: &str) -> Outcome {
        let verdict = Verdict { run: run.to_owned(), ..Verdict::default() };
        let (exercise, check) = ("many_forks".to_owned(), "all".to_owned());
        let report = CheckReport {
            exercise,
            check,
            index: 0,
            status: Status::Passed,
            file: None,
            see: None,
            verdict,
        };
        Outcome::Checked { reports: vec![report], warnings: String::new() }
    }

    const WAIT: &str = "{\"us\":1,\"pid\":1,\"event\":\"wait\"}\n";

    #[test]
    fn a_panic_while_children_run_is_asked_about_first() {
        let answer = "fn f() {\nlet a = fork();\n// .unwrap()\nwaitpid(child, None).unwrap();\n}\n";
        let question = about("", answer, &outcome(WAIT)).unwrap();
        assert!(question.starts_with("Line 4 calls `unwrap`."), "{question}");
    }

    #[test]
    fn an_order_that_was_seen_is_asked_about() {
        let line =
            |us: u32, pid: u32, rest: &str| format!("{{\"us\":{us},\"pid\":{pid},{rest}}}\n");
        let mut run = line(0, 1, "\"event\":\"start\",\"name\":\"parent\",\"source\":\"log\"");
        for child in [2, 3, 4] {
            run +=
                &line(child, 1, &format!("\"event\":\"fork\",\"child\":{child},\"how\":\"fork\""));
        }
        for child in [4, 3, 2] {
            run += &line(10, child, "\"event\":\"exit\",\"code\":0");
        }
        for child in [2, 3, 4] {
            run += &line(20, 1, &format!("\"event\":\"reap\",\"child\":{child}"));
        }
        let question = about("", "waitpid(child, None)?;\n", &outcome(&run)).unwrap();
        assert!(question.contains("child 3 of 3 ended first"), "{question}");
    }

    #[test]
    fn a_wait_that_an_interrupt_ends_is_asked_about() {
        let answer = "use nix::sys::wait::waitpid(;\nwaitpid(child, None)?;\n";
        let question = about("", answer, &outcome(WAIT)).unwrap();
        assert!(question.contains("The wait in line 2 fails with EINTR"), "{question}");
        let looks = "waitpid(child, Some(WaitPidFlag::WNOHANG))?;\n";
        assert!(about("", looks, &outcome(WAIT)).is_none());
        assert!(about("many_forks", answer, &outcome(WAIT)).is_none());
        assert!(about("", "loop { match wait() { Err(EINTR) => {} } }", &outcome(WAIT)).is_none());
    }
}
