//! What the children did, and what became of them.

use nix::errno::Errno;
use nix::unistd::Pid;

use super::{END_THE_CHILD, Facts, Panic};
use crate::Fault;
use crate::shared::events::{Event, Kind, most_at_once};
use crate::shared::process_tree::ProcessTree;
use crate::shared::text;
use crate::shared::verdict::Verdict;

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
    if !facts.stopped() {
        at_once(facts, verdict);
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
                 After a fork, two processes run this code, and only the parent may return to the caller.\n\
                 {END_THE_CHILD}",
                these("Child", "children", &back)
            ),
        );
    }
}

fn child_panicked(panicked: &[&Event], panic: &Panic) -> String {
    format!(
        "In {} a panic unwound out of your function into the caller's code:\n{}\
         {}\
         In a child, catch the panic (std::panic::catch_unwind), and end with an exit status that\n\
         reports it to the parent.\n",
        these("child", "children", panicked),
        text::quote(&in_quotation_marks(&panic.text), "  ", 12),
        if panic.is_of_an_answer() {
            format!("  ({})\n", panic.whereabouts())
        } else {
            String::new()
        },
    )
}

/// A message that stands in a line of its own is not to be read as a part of the sentence.
fn in_quotation_marks(message: &str) -> String {
    let one_line = !message.trim_end().contains('\n');
    if one_line { format!("\"{}\"", message.trim_end()) } else { message.to_owned() }
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
        let advice = what_kept_it_from_waiting(facts);
        verdict.add_with_section(
            Fault::NotWaitedFor,
            format!(
                "When your function returned, {} had not been waited for. {advice}\n",
                text::count(own, "child", "children"),
            ),
            section(facts, Fault::NotWaitedFor),
        );
    }
    if later > 0 && !leftovers.running {
        verdict.add(
            Fault::NotWaitedFor,
            format!(
                "Deeper in the process tree, {} ended without having been waited for by the process\n\
                 that had forked. Children that fork must wait too, before they end.\n",
                text::count(later, "process", "processes"),
            ),
        );
    }
}

/// Sections on children that are left because something else happened.
pub(crate) const SECTIONS: [&str; 2] = [AFTER_A_FAILED_FORK, OF_AN_ORPHAN];
const AFTER_A_FAILED_FORK: &str = "many-forks.md#a-fork-that-fails";
const OF_AN_ORPHAN: &str = "process-groups.md#the-sleep-stays";

/// Where to read about the function's own children that it has left.
fn section(facts: &Facts, fault: Fault) -> Option<&'static str> {
    match facts.failed_call() {
        Some(("fork", _)) if facts.taken_zombie().is_none() => Some(AFTER_A_FAILED_FORK),
        _ => fault.section(),
    }
}

/// Why it may be that children were not waited for, and what to do.
fn what_kept_it_from_waiting(facts: &Facts) -> String {
    if let Some(zombie) = facts.taken_zombie() {
        return format!(
            "One of your waits\n\
             reaped process {zombie}, a child that the caller already had. Do not count it: continue to wait\n\
             until your own children have ended."
        );
    }
    match facts.failed_call() {
        Some(("fork", _)) => {
            "A fork had\nfailed: wait for the existing children, and then return the error."
                .to_owned()
        }
        Some((call, Errno::EINTR)) => format!(
            "A call of\n\
             {call} had failed with EINTR: a signal handler ran, but no child ended. Repeat the call."
        ),
        Some((call, error)) => format!(
            "A call of\n\
             {call} had failed with {error:?}: wait for the existing children, and then return the error."
        ),
        None if facts.log.questions() > 0 && waits_for_any(facts) => {
            "It called\n\
             wait or waitpid(-1), which reaps whichever child ends first: it may have taken one child for\n\
             another, and left the one that was meant. Wait for that child by its PID. (It also used\n\
             WNOHANG, which does not wait.)"
                .to_owned()
        }
        None if facts.log.questions() > 0 => {
            "It used\n\
             WNOHANG, which does not wait: a child that is still running is not reaped. Call waitpid\n\
             without WNOHANG, or repeat the call until the child has ended."
                .to_owned()
        }
        None => "A process\nthat has ended stays a zombie until its parent waits for it.\n\
             Call waitpid once for every child, also if a `?` after the fork returns an error."
            .to_owned(),
    }
}

/// Whether the function let the kernel choose, at least once, whose end it waits for.
fn waits_for_any(facts: &Facts) -> bool {
    let test_process = facts.log.test_process().map(Pid::as_raw);
    let waits = facts.events.iter().filter(|event| Some(event.pid) == test_process);
    waits.into_iter().any(|event| matches!(event.kind, Kind::Wait { child: ..=0 }))
}

fn still_running(facts: &Facts, verdict: &mut Verdict) {
    let ProcessTree { tree, alive: count, zombies, .. } = &facts.seen.survivors;
    if *count == 0 {
        return;
    }
    let living = zombies.iter().filter(|(_, is_zombie)| !**is_zombie).map(|(pid, _)| *pid);
    let (advice, see) =
        if tree.contains(" orphan: ") && living.into_iter().all(|pid| !is_own(facts, pid)) {
            (OF_A_CHILD, Some(OF_AN_ORPHAN))
        } else {
            ("Wait for every child before you return.", section(facts, Fault::StillRunning))
        };
    verdict.add_with_section(
        Fault::StillRunning,
        format!(
            "0.3 s after your function returned, {} {} still alive:\n{}\
             {advice}\n(The grader has stopped the remaining processes.)\n",
            text::count(*count, "process", "processes"),
            if *count == 1 { "was" } else { "were" },
            text::quote(tree, "  ", 24)
        ),
        see,
    );
}

/// What to do about processes that outlive a child and are not the function's own children.
const OF_A_CHILD: &str = "\
An orphan's parent has ended: a program that your function ran had started it. You cannot wait
for an orphan, unless your process is a subreaper. End it too, by its process group for example.";

/// Whether the process that called the function has forked this one.
fn is_own(facts: &Facts, pid: i32) -> bool {
    let parent = facts.log.test_process().map(Pid::as_raw);
    facts.events.iter().any(|event| {
        let by = match event.kind {
            Kind::Fork { parent } | Kind::Forked { parent } => Some(parent),
            _ => None,
        };
        event.pid == pid && by.is_some() && by == parent
    })
}

fn strangers(facts: &Facts, verdict: &mut Verdict) {
    let gone = facts.events.iter().find_map(|event| match event.kind {
        Kind::StrangerGone { reaped } => Some((event.pid, reaped != 0)),
        _ => None,
    });
    let Some((pid, reaped)) = gone else { return };
    let what = if reaped {
        "Your function reaped it, so the caller will never learn how it ended.\n\
         Wait for the children that your function has forked, by their PIDs: waitpid(child), not\n\
         wait() or waitpid(-1)."
    } else {
        "Your function, or one of its children, ended it.\n\
         Signal only processes that your function has forked."
    };
    verdict.add(
        Fault::NotYourChild,
        format!("The caller had a child of its own, process {pid}. {what}\n"),
    );
}

const WENT_ON: &str = " Your function continued to fork after a fork had failed.";

const FORK_ONLY: &str = "\
 (On this system, only calls of the\nfunction fork are counted, not processes that are created in another way.)";

fn counted(facts: &Facts, verdict: &mut Verdict) {
    let created = facts.log.processes();
    let wanted = facts.check.wanted.forks;
    let wanted = wanted.filter(|_| !(facts.seen.in_a_search && facts.check.has_faults_in_search()));
    if let Some(wanted) = wanted.filter(|&wanted| wanted != created) {
        let went_on = created > wanted && facts.of(Kind::ForkFailed {}).next().is_some();
        verdict.add(
            Fault::WrongProcessCount,
            format!(
                "{} forked, but the check wants {wanted}.{}{}\n",
                text::count(created as usize, "process was", "processes were"),
                if went_on { WENT_ON } else { "" },
                if facts.log.sees_all() { "" } else { FORK_ONLY },
            ),
        );
    }
    if facts.check.wanted.no_threads {
        threads(facts, verdict);
    }
}

/// Too few may follow from whatever cut the check short; too many do not.
fn at_once(facts: &Facts, verdict: &mut Verdict) {
    let wanted = facts.check.wanted.at_once.filter(|_| !facts.seen.in_a_search);
    let Some((low, high)) = wanted else { return };
    let most = most_at_once(&facts.events, facts.log.init().as_raw());
    let too_few = most < low as usize && !facts.cut_short();
    if too_few || most > high as usize {
        let wanted = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        verdict.add(
            Fault::WrongConcurrency,
            format!(
                "At most {most} of your processes ran at the same time, but the check wants {wanted}.\n"
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
                "{} created. Solve this task with processes alone: a fork in a process with\n\
                 several threads copies the locks that these threads hold, but not the threads.\n",
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

/// With more children than this, a look at each of them is one question: a parent that looks at all of
/// seventy whenever one has ended asks thousands of times.
const MANY_CHILDREN: u32 = 16;

/// Busy waits: many questions in a short time, or processor time used while there was nothing to
/// do but wait.
fn busy(facts: &Facts, verdict: &mut Verdict) {
    if facts.seen.in_a_search {
        return; // time does not count in it
    }
    let questions = facts.log.questions();
    let milliseconds = u32::try_from(facts.seen.took.as_millis()).unwrap_or(u32::MAX).max(1);
    let processes = facts.log.processes();
    let rounds = if processes > MANY_CHILDREN { questions / processes } else { questions };
    if questions > FEW_QUESTIONS && rounds / milliseconds >= QUESTIONS {
        verdict.add(
            Fault::BusyWait,
            format!(
                "Your function polled {questions} times within {milliseconds} ms (waitpid with WNOHANG, poll with a\n\
                 timeout of 0, or a read that does not block), without sleeping in between. This keeps a\n\
                 processor busy. Let the call wait: use waitpid without WNOHANG, poll with a timeout that\n\
                 is not 0, or a read that blocks.\n"
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
                 although it only had to wait; {} ms would be enough. Does it poll in a loop? Let a call\n\
                 wait instead: waitpid without WNOHANG, read, or poll with a timeout.\n",
                used.as_millis(),
                limit.as_millis()
            ),
        );
    }
}
