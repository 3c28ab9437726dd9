//! How the test process ended: stopped, killed, exited, panicked, or as it should.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::{END_THE_CHILD, Facts, Panic};
use crate::Fault;
use crate::case::Limit;
use crate::shared::events::Kind;
use crate::shared::log::Outcome;
use crate::shared::text;
use crate::shared::verdict::Verdict;
use crate::supervisor::{Advice, End, ProcessTree};

pub(super) fn judge(facts: &Facts, verdict: &mut Verdict) {
    refused_signals(facts, verdict);
    match &facts.seen.end {
        End::ByItself(status) => by_itself(facts, *status, verdict),
        End::Deadlock(tree) => deadlock(facts, tree, verdict),
        End::TimedOut(tree) => timed_out(facts, tree, verdict),
        End::TooManyProcesses => too_many_processes(facts, verdict),
        End::TooMuchOutput => verdict.add(
            Fault::TooMuchOutput,
            format!(
                "It printed more than {} KiB, and was stopped.\n",
                facts.check.limits.output >> 10
            ),
        ),
        End::Uncontrolled => verdict.add(
            Fault::SignalledOthers,
            "It killed the process that supervises it.\n\
             Signal only processes that you have forked, and have not waited for.\n",
        ),
        End::NotBegun(_) if facts.log.lacks_processes() => {}
        End::NotBegun(why) => verdict.add(
            Fault::GraderFailed,
            format!("The check could not begin; nothing is known about your answer: {why}\n"),
        ),
        End::Abandoned => verdict.add(Fault::GraderFailed, "The test run was broken off.\n"),
    }
}

/// If only the parent asked for more forks, it is no bomb.
fn too_many_processes(facts: &Facts, verdict: &mut Verdict) {
    let limit = facts.check.limits.processes;
    let test_process = facts.log.test_process().map(Pid::as_raw);
    if facts.of(Kind::OneTooMany {}).all(|event| Some(event.pid) == test_process) {
        verdict.add(
            Fault::TooManyProcesses,
            format!(
                "More than {limit} processes at once, which is the limit here. All were stopped.\n\
                 (A zombie counts too, until its parent waits for it.)\n"
            ),
        );
        return;
    }
    verdict.add(
        Fault::ForkBomb,
        format!(
            "The limit here, {limit} processes, was reached, and children went on forking.\n\
             A child runs on in the same loop as its parent, and forks as well. Let each child\n\
             leave the loop, where its work is done.\n{END_THE_CHILD}"
        ),
    );
}

fn refused_signals(facts: &Facts, verdict: &mut Verdict) {
    let refused = facts.events.iter().find_map(|event| match event.kind {
        Kind::SignalRefused { target, signal } => Some((event.pid, target, signal)),
        _ => None,
    });
    let Some((pid, target, signal)) = refused else { return };
    let whom = match target {
        -1 => "every process that you\nmay signal, your editor and your shell too",
        _ if target.abs() == facts.log.init().as_raw() => "the process that supervises the check",
        _ => "no process of this check, but one that your function has not forked",
    };
    verdict.add(
        Fault::SignalledOthers,
        format!(
            "Process {pid} called kill({target}, {}). That is {whom}. It was refused.\n\
             Signal only processes that you have forked, and have not waited for. (A failed fork\n\
             returns -1 in C: is that taken for a PID?)\n",
            signal_name(signal)
        ),
    );
}

fn signal_name(number: i32) -> &'static str {
    Signal::try_from(number).map_or("a signal", Signal::as_str)
}

fn deadlock(facts: &Facts, tree: &ProcessTree, verdict: &mut Verdict) {
    let text = "Your function will never return: every process waits for something that cannot happen\n\
                any more.\n";
    hangs(facts, Fault::Deadlock, text, tree, verdict);
}

fn timed_out(facts: &Facts, tree: &ProcessTree, verdict: &mut Verdict) {
    let limit = facts.check.limits.time.as_secs_f64();
    let text = format!("It did not return within {limit} s. At that moment:\n");
    hangs(facts, Fault::TimedOut, &text, tree, verdict);
}

fn hangs(facts: &Facts, fault: Fault, text: &str, tree: &ProcessTree, verdict: &mut Verdict) {
    let (advice, see) = advice(facts, tree);
    let tree = text::quote(&tree.tree, "  ", 24);
    verdict.add_with_section(fault, format!("{text}{tree}{advice}"), see);
}

/// What the check says about hanging is about processes that wait for each other, so it is said
/// only where there are some, and where nothing that was seen is more certain.
fn advice<'a>(facts: &Facts, tree: &ProcessTree) -> (String, Option<&'a str>) {
    let certain: Vec<&Advice> = tree.advice.iter().copied().filter(|a| a.is_certain).collect();
    if certain.is_empty()
        && facts.log.processes() > 0
        && let Some(own) = facts.check.if_it_hangs
    {
        return (format!("{own}\n"), None);
    }
    let advice = if certain.is_empty() { &tree.advice } else { &certain };
    if advice.is_empty() {
        let usual = "Each process above waits for another one: which of them should go on first, and\n\
                     what keeps it from that?\n";
        let all_wait = matches!(facts.seen.end, End::Deadlock(_));
        return (if all_wait { usual.to_owned() } else { String::new() }, None);
    }
    let text = advice.iter().map(|advice| format!("{}\n", advice.text)).collect();
    (text, advice.iter().find_map(|advice| advice.see))
}

fn by_itself(facts: &Facts, status: WaitStatus, verdict: &mut Verdict) {
    let outcome = facts.log.outcome();
    match status {
        WaitStatus::Signaled(_, signal, _) => killed(facts, signal, verdict),
        WaitStatus::Exited(_, code) if outcome.is_none() => exited(facts, code, verdict),
        _ if outcome == Some(Outcome::Panicked) => panicked(facts, verdict),
        _ => {
            if let Some(wanted) = facts.check.wanted.exit_status {
                verdict.add(
                    Fault::WrongExitStatus,
                    format!("It returned. It was to end the process with exit status {wanted}.\n"),
                );
            }
        }
    }
}

fn exited(facts: &Facts, code: i32, verdict: &mut Verdict) {
    match facts.check.wanted.exit_status {
        Some(wanted) if wanted == code => {}
        Some(wanted) => verdict.add(
            Fault::WrongExitStatus,
            format!("The process ended with exit status {code}; {wanted} was wanted.\n"),
        ),
        None => verdict.add(
            Fault::ParentExited,
            format!(
                "The process that called your function exited, with status {code}, instead of returning.\n\
                 Does the parent run into the exit that was meant for the child?\n"
            ),
        ),
    }
}

/// Some signals stand for a limit, which is the better name.
fn killed(facts: &Facts, signal: Signal, verdict: &mut Verdict) {
    let err = &facts.seen.err;
    let limit = if err.contains("memory allocation of") {
        Some(Limit::Memory)
    } else {
        match signal {
            Signal::SIGXFSZ => Some(Limit::FileSize),
            Signal::SIGXCPU => Some(Limit::ProcessorTime),
            _ => None,
        }
    };
    if let Some(limit) = limit
        && let Some(lowered) = limit.lowered(facts.check, facts.log)
    {
        verdict.add(Fault::GraderFailed, too_little(limit, lowered));
    } else if limit == Some(Limit::Memory) {
        let limit = facts.check.limits.memory >> 20;
        verdict.add(
            Fault::OutOfMemory,
            format!("It asked for more than the {limit} MiB it may use.\n"),
        );
    } else if err.contains("has overflowed its stack") {
        verdict.add(
            Fault::StackOverflow,
            "It used up its stack. A function that calls itself has to stop at some point.\n",
        );
    } else {
        let own = facts.events.iter().any(|e| matches!(e.kind, Kind::SignalledItself { .. }));
        let why = reason(signal, own);
        verdict.add(
            Fault::KilledBySignal,
            format!(
                "{signal} ended the process that ran your function{why}{}\n",
                if why.contains("Did") { "?" } else { "." }
            ),
        );
    }
}

/// The shell from which the checks were started allows less than a right answer may need.
fn too_little(limit: Limit, lowered: u64) -> String {
    let (what, option) = match limit {
        Limit::Memory => (format!("{} MiB of address space", lowered >> 20), "-v"),
        Limit::FileSize => (format!("files of {} KiB", lowered >> 10), "-f"),
        Limit::ProcessorTime => (format!("{lowered} s of processor time"), "-t"),
        Limit::Core => ("no core files".to_owned(), "-c"),
    };
    format!(
        "A process may use {what} at most here, which was not enough, and less than the check\n\
         gives. That says nothing about your answer. Raise the limit (ulimit {option}), or start a\n\
         new shell, and check again.\n"
    )
}

fn reason(signal: Signal, signalled_itself: bool) -> &'static str {
    match signal {
        Signal::SIGSEGV | Signal::SIGBUS => ": it used an address that it has no memory at",
        Signal::SIGABRT => ": the program gave up (abort), as after a panic within a panic",
        Signal::SIGXCPU => ": it used up its CPU time",
        Signal::SIGXFSZ => ": it wrote a file that is too large",
        _ if signalled_itself => {
            ".\nIt signalled itself: kill(0, …) goes to all of its process group"
        }
        Signal::SIGKILL | Signal::SIGTERM => {
            ".\nDid work that was meant for a child run in the process that called your function"
        }
        Signal::SIGPIPE => ": it wrote to a pipe whose read end is closed everywhere",
        Signal::SIGALRM => ": a timer went off, and it had no handler",
        _ => "",
    }
}

/// A panic of the check's own code is a failed assertion, any other the function's.
fn panicked(facts: &Facts, verdict: &mut Verdict) {
    let said = facts.log.said().read().and_then(|(_, message)| Panic::read(&message));
    let Some(panic) = said else {
        verdict.add(Fault::Panicked, "It panicked, without a message.\n");
        return;
    };
    let text = text::quote(&plain_assertion(&panic.text), "  ", 400);
    if facts.is_of_the_check(&panic) {
        verdict.add(Fault::CheckFailed, format!("{text}(at {})\n", panic.place));
        // What could not be decoded made the function return too early, and leave behind what else
        // is found. (Other errors may well follow from a wait that was too short.)
        if text.contains("got:    Err(") && is_about_data(&text) {
            facts.error_came_first.set(true);
        }
    } else {
        verdict.add(Fault::Panicked, format!("At {}:\n{text}", panic.place));
    }
}

/// The words of serde_json's errors, which name a place in the text, and of the standard library's
/// on text that is no UTF-8.
fn is_about_data(text: &str) -> bool {
    (text.contains(" at line ") && text.contains(" column ")) || text.contains("valid UTF-8")
}

/// `assert_eq!(got, wanted)`, as the checks use it, in words.
pub(super) fn plain_assertion(text: &str) -> String {
    let Some(rest) = text.strip_prefix("assertion `left == right` failed") else {
        return text.to_owned();
    };
    let (message, values) = rest.split_once("\n  left: ").unwrap_or((rest, ""));
    let (left, right) = values.split_once("\n right: ").unwrap_or((values, ""));
    let message = message.strip_prefix(": ").map(|message| format!("{message}\n"));
    format!("{}got:    {left}\nwanted: {right}", message.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_becomes_got_and_wanted() {
        let text = "assertion `left == right` failed: the code\n  left: Ok(0)\n right: Ok(3)";
        assert_eq!(plain_assertion(text), "the code\ngot:    Ok(0)\nwanted: Ok(3)");
        assert_eq!(plain_assertion("too few"), "too few");
    }
}
