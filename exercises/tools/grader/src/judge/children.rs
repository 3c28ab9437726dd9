//! What the children did, and what became of them.

use super::{END_THE_CHILD, Facts, Panic};
use crate::Fault;
use crate::plant::Call;
use crate::shared::events::{Event, Kind, most_at_once};
use crate::shared::text;
use crate::shared::verdict::Verdict;
use crate::supervisor::ProcessTree;

pub(super) fn judge(facts: &Facts, verdict: &mut Verdict) {
    returned(facts, verdict);
    if !facts.stopped() && !facts.check.wanted.daemon_allowed {
        not_waited_for(facts, verdict);
    }
    still_running(facts, verdict);
    strangers(facts, verdict);
    busy(facts, verdict);
    if !facts.cut_short() {
        counted(facts, verdict);
    }
}

/// Children that left the function by returning, or by a panic. A panic of the check's own code
/// is an assertion, and a child that runs into it has come back before.
fn returned(facts: &Facts, verdict: &mut Verdict) {
    let said = facts.log.child_said().read();
    let panic = said.and_then(|(_, message)| Panic::read(&message));
    let asserted = panic.as_ref().is_some_and(|panic| facts.is_of_the_check(panic));
    let panicked: Vec<&Event> = facts.of(Kind::Panicked {}).collect();
    let mut back: Vec<&Event> = facts.of(Kind::ChildReturned {}).collect();
    if asserted {
        back.extend(&panicked);
    } else if let (false, Some(panic)) = (panicked.is_empty(), panic) {
        verdict.add(Fault::ChildPanicked, child_panicked(&panicked, &panic));
    }
    if !back.is_empty() {
        verdict.add(
            Fault::ChildReturned,
            format!(
                "{} returned from your function into the code that had called it.\n\
                 After fork, two processes run the same code; only the parent may return to the caller.\n\
                 {END_THE_CHILD}",
                these("Child", "children", &back)
            ),
        );
    }
}

fn child_panicked(panicked: &[&Event], panic: &Panic) -> String {
    format!(
        "In {} a panic climbed out of your function into the caller's code:\n{}\
         In a child, catch it (std::panic::catch_unwind) and end with an exit status that tells\n\
         the parent.\n",
        these("child", "children", panicked),
        text::quote(&panic.text, "  ", 12),
    )
}

/// "Child 3", "2 children (3 and 4)".
fn these(one: &str, many: &str, events: &[&Event]) -> String {
    let mut pids: Vec<i32> = events.iter().map(|event| event.pid).collect();
    pids.sort_unstable();
    let pids: Vec<String> = pids.iter().take(8).map(i32::to_string).collect();
    match events {
        [only] => format!("{one} {}", only.pid),
        _ => format!("{} {many} ({})", events.len(), text::list(&pids)),
    }
}

/// Init reaps what no other process did: children of the test process that ended after it, or of
/// children that ended first.
fn not_waited_for(facts: &Facts, verdict: &mut Verdict) {
    let leftovers = facts.log.leftovers();
    let ended = leftovers.zombies as usize;
    let later = if facts.seen.survivors.alive == 0 { facts.seen.unreaped } else { 0 };
    let own = if leftovers.running { ended + later } else { ended };
    if own > 0 {
        let advice = why_not_waited_for(facts);
        verdict.add(
            Fault::NotWaitedFor,
            format!(
                "When your function returned, {} had not been waited for. {advice}\n",
                text::count(own, "child", "children"),
            ),
        );
    }
    if later > 0 && !leftovers.running {
        verdict.add(
            Fault::NotWaitedFor,
            format!(
                "Deeper in the tree, {} ended without having been waited for by the process that\n\
                 had forked. Children that fork must wait as well, before they end.\n",
                text::count(later, "process", "processes"),
            ),
        );
    }
}

/// A call that failed, and that was followed by a way out without a wait, or else the general advice.
fn why_not_waited_for(facts: &Facts) -> String {
    let me = facts.log.test_process();
    let planted = facts.events.iter().find_map(|event| match event.kind {
        Kind::Planted { call, count } if me.is_some_and(|me| me.as_raw() == event.pid) => {
            Some((Call::of_number(call)?, count))
        }
        _ => None,
    });
    match planted {
        _ if facts.of(Kind::ForkFailed {}).next().is_some() => {
            "A fork had\nfailed: wait for the children that there are, and then return the error."
                .to_owned()
        }
        Some((call, count)) => format!(
            "Call {count}\nof {} had gone wrong, on purpose. An error is no reason to leave children alone: wait for\n\
             those that there are, and then return it.",
            call.name()
        ),
        None => "A process\nthat has ended stays a zombie until its parent waits for it.\n\
                 Call waitpid once for every child."
            .to_owned(),
    }
}

fn still_running(facts: &Facts, verdict: &mut Verdict) {
    let ProcessTree { tree, alive: count, .. } = &facts.seen.survivors;
    if *count == 0 {
        return;
    }
    verdict.add(
        Fault::StillRunning,
        format!(
            "Your function had returned, and 0.3 s later {} {} still alive:\n{}\
             Wait for every child before you return. (The grader has stopped what was left.)\n",
            text::count(*count, "process", "processes"),
            if *count == 1 { "was" } else { "were" },
            text::quote(tree, "  ", 24)
        ),
    );
}

fn strangers(facts: &Facts, verdict: &mut Verdict) {
    let gone = facts.events.iter().find_map(|event| match event.kind {
        Kind::StrangerGone { reaped } => Some((event.pid, reaped != 0)),
        _ => None,
    });
    let Some((pid, reaped)) = gone else { return };
    let what = if reaped {
        "Your function waited for it, so its parent will never learn how it ended.\n\
         Wait for the children that your function has forked, by their PIDs: waitpid(child), not\n\
         wait() or waitpid(-1)."
    } else {
        "Your function, or one of its children, has ended it.\n\
         Signal only processes that your function has forked."
    };
    verdict.add(
        Fault::TookStranger,
        format!("The caller had a child of its own, process {pid}. {what}\n"),
    );
}

const WENT_ON: &str = " A fork had failed, and your function went on forking.";

const FORK_ONLY: &str = "\
 (On this system only the function fork\nis counted: processes that are created in another way are not seen.)";

fn counted(facts: &Facts, verdict: &mut Verdict) {
    let created = facts.log.processes();
    if let Some(wanted) = facts.check.wanted.forks.filter(|&wanted| wanted != created) {
        let went_on = created > wanted && facts.of(Kind::ForkFailed {}).next().is_some();
        verdict.add(
            Fault::WrongProcessCount,
            format!(
                "{} forked; {wanted} wanted.{}{}\n",
                text::count(created as usize, "process was", "processes were"),
                if went_on { WENT_ON } else { "" },
                if facts.log.sees_all() { "" } else { FORK_ONLY },
            ),
        );
    }
    if facts.check.wanted.no_threads {
        threads(facts, verdict);
    }
    let Some((low, high)) = facts.check.wanted.at_once else { return };
    let most = most_at_once(&facts.events, facts.log.init().as_raw());
    if most < low as usize || most > high as usize {
        let wanted = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        verdict.add(
            Fault::WrongConcurrency,
            format!(
                "At most {most} of your processes were alive at the same time; {wanted} are wanted.\n"
            ),
        );
    }
}

fn threads(facts: &Facts, verdict: &mut Verdict) {
    let own = |pid: i32| facts.events.iter().any(|e| e.pid == pid && e.kind == Kind::Helper {});
    let threads = facts.of(Kind::Thread {}).filter(|event| !own(event.pid)).count();
    if threads > 0 {
        verdict.add(
            Fault::UsedThreads,
            format!(
                "{} created. This task is to be solved with processes alone: a process that forks\n\
                 while it has threads copies locks that they hold, and not the threads.\n",
                text::count(threads, "thread was", "threads were")
            ),
        );
    }
}

/// How many questions in vain are no busy wait, however fast they come.
const FEW_QUESTIONS: u32 = 500;

/// How many questions in a millisecond are a busy wait. One that sleeps in between asks ten times
/// less often even if it sleeps for a millisecond only.
const QUESTIONS: u32 = 10;

/// Busy waits: many questions in a short time, or processor time used while there was nothing to
/// do but wait.
fn busy(facts: &Facts, verdict: &mut Verdict) {
    let questions = facts.log.questions();
    let milliseconds = u32::try_from(facts.seen.took.as_millis()).unwrap_or(u32::MAX).max(1);
    if questions > FEW_QUESTIONS && questions / milliseconds >= QUESTIONS {
        verdict.add(
            Fault::BusyWait,
            format!(
                "It asked {questions} times within {milliseconds} ms whether something had happened (waitpid with\n\
                 WNOHANG, or poll with a limit of 0), without sleeping in between. That uses a whole\n\
                 processor. Let the call wait: without WNOHANG, or with a time limit.\n"
            ),
        );
        return;
    }
    let used = facts.log.leftovers().used;
    if let Some(limit) = facts.check.wanted.processor_time.filter(|&limit| used > limit) {
        verdict.add(
            Fault::BusyWait,
            format!(
                "The process that called your function used {} ms of processor time within {milliseconds} ms,\n\
                 though it had nothing to do but wait; {} ms are plenty. Does it ask again and again in a\n\
                 loop? Let a call wait: waitpid without WNOHANG, read, or poll with a time limit.\n",
                used.as_millis(),
                limit.as_millis()
            ),
        );
    }
}
