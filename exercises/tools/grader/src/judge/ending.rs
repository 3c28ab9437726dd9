//! How the test process ended: stopped, killed, exited, panicked, or as it should.

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::{END_THE_CHILD, Facts, Panic};
use crate::Fault;
use crate::case::Limit;
use crate::shared::events::Kind;
use crate::shared::log::Outcome;
use crate::shared::process_tree::{Advice, ProcessTree};
use crate::shared::seen::End;
use crate::shared::text;
use crate::shared::verdict::Verdict;

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
                "Your function was stopped because it had printed more than {} KiB.\n",
                facts.check.limits.output >> 10
            ),
        ),
        End::Uncontrolled => verdict.add(
            Fault::SignalledOthers,
            "Your function killed the process that supervises the check.\n\
             Signal only processes that you have forked and not yet reaped.\n",
        ),
        End::NotBegun(_) if facts.log.lacks_processes() => {}
        End::NotBegun(why) => verdict.add(
            Fault::GraderFailed,
            format!("The check could not start, so nothing is known about your answer: {why}\n"),
        ),
        End::Abandoned => verdict.add(Fault::GraderFailed, "The test run was interrupted.\n"),
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
                "More than {limit} processes existed at once, which is the limit here. All were stopped.\n\
                 (A zombie counts too, until its parent reaps it.)\n"
            ),
        );
        return;
    }
    verdict.add(
        Fault::ForkBomb,
        format!(
            "Children continued to fork until the limit of {limit} processes was reached.\n\
             A child continues in the same loop as its parent, and forks too. Let each child leave the\n\
             loop when its work is done.\n{END_THE_CHILD}"
        ),
    );
}

fn refused_signals(facts: &Facts, verdict: &mut Verdict) {
    let refused = facts.events.iter().find_map(|event| match event.kind {
        Kind::SignalRefused { target, signal } => Some((event.pid, target, signal)),
        _ => None,
    });
    let Some((pid, target, signal)) = refused else { return };
    let targets = match target {
        -1 => "to every process that you\nmay signal, including your editor and your shell",
        _ if target.abs() == facts.log.init().as_raw() => {
            "to the process that supervises the check"
        }
        _ => "to a process that your function has not forked",
    };
    verdict.add(
        Fault::SignalledOthers,
        format!(
            "Process {pid} called kill({target}, {}), which sends a signal {targets}. The call was refused.\n\
             Signal only processes that you have forked and not yet reaped. (In C, a failed fork returns\n\
             -1: does your function use this as a PID?)\n",
            signal_name(signal)
        ),
    );
}

fn signal_name(number: i32) -> &'static str {
    Signal::try_from(number).map_or("a signal", Signal::as_str)
}

fn deadlock(facts: &Facts, tree: &ProcessTree, verdict: &mut Verdict) {
    let text = "Your function will never return, because every process waits for an event that can no\n\
                longer happen.\n";
    hangs(facts, Fault::Deadlock, text, tree, verdict);
}

fn timed_out(facts: &Facts, tree: &ProcessTree, verdict: &mut Verdict) {
    let limit = facts.check.limits.time.as_secs_f64();
    let (forked, wanted) = (facts.log.processes(), facts.check.wanted.forks);
    let too_many = wanted.filter(|&wanted| forked > wanted).map_or(String::new(), |wanted| {
        format!(
            "By then it had forked {}, but the check wants {wanted}. Does it keep\n\
             repeating something that has failed?\n",
            text::count(forked as usize, "process", "processes")
        )
    });
    let text =
        format!("Your function did not return within {limit} s. {too_many}At that moment:\n");
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
    if facts.check.wanted.forks.is_some_and(|wanted| wanted > 0) && facts.log.processes() == 0 {
        let text = "Your function has not forked: the work runs, and waits, in the process that called it.\n";
        let in_a_loop = tree.advice.iter().any(|advice| advice.is_certain);
        if !in_a_loop {
            return (text.to_owned(), None);
        }
    }
    let certain: Vec<&Advice> = tree.advice.iter().copied().filter(|a| a.is_certain).collect();
    if certain.is_empty()
        && facts.log.processes() > 0
        && let Some(own) = facts.check.if_it_hangs
    {
        return (format!("{own}\n"), None);
    }
    let advice = if certain.is_empty() { &tree.advice } else { &certain };
    if advice.is_empty() {
        let usual = "Each process above waits for another one. Which of them should continue first, and\n\
                     what keeps it from doing so?\n";
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
                    format!("Your function returned, but should end the process with exit status {wanted}.\n"),
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
                 Does the parent reach the exit that was meant for the child?\n"
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
            format!("Your function asked for more than the {limit} MiB that it may use.\n"),
        );
    } else if err.contains("has overflowed its stack") {
        verdict.add(
            Fault::StackOverflow,
            "Your function used up its stack. A recursive function has to stop at some point.\n",
        );
    } else {
        verdict.add(Fault::KilledBySignal, by_signal(facts, signal));
    }
}

fn by_signal(facts: &Facts, signal: Signal) -> String {
    if facts.check.wanted.receives == Some(signal) {
        return format!(
            "{signal} came while your function ran. Its default action has ended the process, and has left\n\
             the children to themselves. Block the signal, or install a handler, before the first fork.\n"
        );
    }
    let own = facts.events.iter().any(|e| matches!(e.kind, Kind::SignalledItself { .. }));
    let why = reason(signal, own);
    let end = if why.contains("Did") { "?" } else { "." };
    format!("{signal} ended the process that ran your function{why}{end}\n")
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
        "A limit of your shell is too low for the check: a process may use at most {what}\n\
         here. This says nothing about your answer. Raise the limit (ulimit {option}), or start a new\n\
         shell, and check again.\n"
    )
}

fn reason(signal: Signal, signalled_itself: bool) -> &'static str {
    match signal {
        Signal::SIGSEGV | Signal::SIGBUS => ": it accessed an invalid memory address",
        Signal::SIGABRT => ": the program called abort, as it does after a panic within a panic",
        Signal::SIGXCPU => ": it used up its processor time",
        Signal::SIGXFSZ => ": it wrote a file that is too large",
        _ if signalled_itself => {
            ".\nIt signalled itself: kill(0, …) signals every process of its own group"
        }
        Signal::SIGKILL | Signal::SIGTERM => {
            ".\nDid work that was meant for a child run in the process that called your function"
        }
        Signal::SIGPIPE => ": it wrote to a pipe whose read end is closed in every process",
        Signal::SIGALRM => ": a timer expired, and the signal had no handler",
        _ => "",
    }
}

/// A panic of the check's own code is a failed assertion, any other the function's.
fn panicked(facts: &Facts, verdict: &mut Verdict) {
    let said = facts.log.said().read().and_then(|(_, message)| Panic::read(&message));
    let Some(panic) = said else {
        verdict.add(Fault::Panicked, "Your function panicked, without a message.\n");
        return;
    };
    let text = text::quote(&plain_assertion(&panic.text), "  ", 400);
    if facts.is_of_the_check(&panic) {
        let (before, after) = around_an_assertion(facts, &text);
        verdict.add(Fault::CheckFailed, format!("{before}{text}{after}(at {})\n", panic.place));
        // What could not be decoded made the function return too early, and leave behind what else
        // is found. (Other errors may well follow from a wait that was too short.)
        if text.contains("Err(") && (is_about_data(&text) || is_about_a_lost_peer(&text)) {
            facts.error_came_first.set(true);
        }
    } else {
        let why = why_it_panicked(facts);
        let whereabouts = text::capitalized(&panic.whereabouts());
        verdict.add(Fault::Panicked, format!("{why}\n{whereabouts}:\n{text}"));
    }
}

/// What a failed assertion is due to, and what else shows it.
fn around_an_assertion(facts: &Facts, text: &str) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    if facts.of(Kind::IgnoresChildren {}).next().is_some() {
        before.push_str(
            "The process that called your function now ignores SIGCHLD. As a result, children leave no\n\
             status, and waitpid fails with ECHILD.\n",
        );
    }
    if text.contains("NoFile") && !facts.files.is_empty() {
        after = format!("  The folder contains: {}\n", text::list(&facts.files));
    }
    let of_a_child = facts.log.child_said().read().and_then(|(_, text)| Panic::read(&text));
    if let Some(panic) = of_a_child.filter(|panic| panic.text.contains("the check's pipe")) {
        before.push_str(&format!(
            "A child could not use the check's own pipe: {}\n\
             Does your function close descriptors that are not its own?\n",
            panic.text
        ));
    }
    let of_a_child = facts.log.child_said().read().and_then(|(_, text)| Panic::read(&text));
    if let Some(panic) = of_a_child.filter(Panic::is_of_an_answer) {
        after.push_str(&format!("  A child panicked {}: {}\n", panic.whereabouts(), panic.text));
    }
    (before, after)
}

/// A caller of the function can do nothing about a panic.
fn why_it_panicked(facts: &Facts) -> String {
    if let Some(zombie) = facts.taken_zombie() {
        return format!(
            "Your function panicked. One of its waits reaped process {zombie}, a child that the caller\n\
             already had: expect PIDs that you have not forked, and ignore them."
        );
    }
    match facts.failed_call() {
        Some((call, Errno::EINTR)) => format!(
            "Your function panicked because a call of {call} failed with EINTR. This is not an error: a\n\
             signal handler ran. Repeat the call."
        ),
        Some((call, error)) => format!(
            "Your function panicked when a call of {call} failed with {error:?}. Return the error instead."
        ),
        None => "Your function panicked.".to_owned(),
    }
}

/// The other end of a pipe or socket has died.
fn is_about_a_lost_peer(text: &str) -> bool {
    text.contains("Connection reset") || text.contains("Broken pipe")
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
