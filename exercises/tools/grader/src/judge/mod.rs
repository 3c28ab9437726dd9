//! From what was seen to words.

mod children;
mod ending;
mod output;
mod recording;

pub(crate) use children::SECTIONS as CHILDREN_SECTIONS;

use std::cell::Cell;

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::Fault;
use crate::case::CALLED_BY;
use crate::check::Check;
use crate::shared::events::{Event, Kind};
use crate::shared::log::{Outcome, SharedLog};
use crate::shared::rule::Call;
use crate::shared::seen::{End, Seen};
use crate::shared::text;
use crate::shared::verdict::{NO_PROCESSES, Verdict};

/// The advice on how to end a child, for all verdicts that need it.
const END_THE_CHILD: &str = "\
End the child inside your function with std::process::exit, which also writes out the child's
buffered text. (libc::_exit ends the child too, but loses this text unless you flush it first.)
";

/// Everything there is to know about a case that is over.
struct Facts<'a> {
    check: &'a Check,
    log: &'a SharedLog,
    seen: &'a Seen,
    events: Vec<Event>,
    /// What is in the folders of the case, which were empty.
    files: Vec<String>,
    /// The function returned an error about data, which was not to be expected.
    error_came_first: Cell<bool>,
}

/// The verdict on a case that is over.
pub(crate) fn judge(check: &Check, log: &SharedLog, seen: &Seen, files: Vec<String>) -> Verdict {
    let facts =
        Facts { check, log, seen, events: log.events(), files, error_came_first: Cell::new(false) };
    let mut verdict = Verdict::default();
    if let Some(place) = facts.unfinished() {
        verdict.add(Fault::NotStarted, place);
        return verdict;
    }
    ending::judge(&facts, &mut verdict);
    children::judge(&facts, &mut verdict);
    output::judge(&facts, &mut verdict);
    if log.lacks_processes()
        && !seen.in_a_search
        && (facts.stopped() || !verdict.findings.is_empty())
    {
        verdict.add(Fault::NoProcesses, NO_PROCESSES);
    }
    if facts.error_came_first.get() && verdict.fault() == Some(Fault::NotWaitedFor) {
        verdict.put_first(Fault::CheckFailed);
    }
    verdict.drop_consequences();
    verdict.notes = facts.notes();
    verdict.run = recording::of(log, &facts.events, seen);
    verdict.calls = Box::new(log.calls());
    verdict.out.clone_from(&seen.out);
    verdict.err.clone_from(&seen.err);
    verdict
}

impl Facts<'_> {
    /// The events of a kind without data.
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    /// The case was stopped, so what it had not done yet means nothing.
    fn stopped(&self) -> bool {
        !matches!(self.seen.end, End::ByItself(_))
    }

    /// A panic, in the test process or of the check, cut the function or the check short.
    fn cut_short(&self) -> bool {
        self.stopped() || self.log.outcome() == Some(Outcome::Panicked)
    }

    /// The last call of the test process that failed because the check wanted it to, and its error.
    fn failed_call(&self) -> Option<(&'static str, Errno)> {
        let test_process = self.log.test_process().map(Pid::as_raw);
        let own = self.events.iter().rev().filter(|event| Some(event.pid) == test_process);
        own.into_iter().find_map(|event| match event.kind {
            Kind::CallFailed { call, errno } => {
                Some((Call::of_number(call)?.name(), Errno::from_raw(errno)))
            }
            Kind::ForkFailed {} => Some(("fork", Errno::EAGAIN)),
            _ => None,
        })
    }

    /// A child of the caller's that one of the function's waits gave it.
    fn taken_zombie(&self) -> Option<i32> {
        self.of(Kind::ZombieTaken {}).next().map(|event| event.pid)
    }

    fn is_of_the_check(&self, panic: &Panic) -> bool {
        self.check.is_in(&panic.place)
    }

    /// The place of the `todo!` that was reached, in the parent or in a child.
    fn unfinished(&self) -> Option<String> {
        let said = [self.log.said(), self.log.child_said()];
        let mut panics = said.into_iter().filter_map(|message| Panic::read(&message.read()?.1));
        panics.find(|panic| panic.text.starts_with("not yet implemented")).map(|panic| panic.place)
    }

    fn notes(&self) -> String {
        let forks = self.log.processes() as usize;
        let forks = text::count(forks, "process", "processes");
        let planted = self.events.iter().find_map(|event| match event.kind {
            Kind::Planted { call, count } => Some((event.pid, Call::of_number(call)?, count)),
            _ => None,
        });
        let planted = planted.map_or(String::new(), |(pid, call, count)| {
            format!("; call {count} of {} was made to fail in process {pid}", call.name())
        });
        format!("{} ms, {forks} forked{planted}", self.seen.took.as_millis())
    }
}

/// A panic message, as the test process wrote it to the log.
struct Panic {
    /// As in `exercises/src/pool_map.rs:12`.
    place: String,
    /// If that is in a library: where the answer called it, or which function did.
    caller: Option<String>,
    text: String,
}

impl Panic {
    fn read(message: &str) -> Option<Panic> {
        let (place, text) = message.split_once('\n')?;
        let (place, caller) = match place.split_once(CALLED_BY) {
            Some((place, caller)) => (place, Some(caller.to_owned())),
            None => (place, None),
        };
        Some(Panic { place: place.to_owned(), caller, text: text.to_owned() })
    }

    /// Not on purpose, in work that a check gives to the answer.
    fn is_of_an_answer(&self) -> bool {
        !self.place.contains("/checks/") && !self.place.contains("grader/")
    }

    /// Where the answer panicked. A path outside the workbook, which is absolute, says nothing to a
    /// learner but whose code it is.
    fn whereabouts(&self) -> String {
        let Panic { place, caller, .. } = self;
        if !place.starts_with('/') {
            return format!("at {place}");
        }
        let is_of_std =
            place.starts_with("/rustc/") || place.contains("/rustlib/src/rust/library/");
        let library = if is_of_std { "the standard library" } else { "a library" };
        let file = place.rsplit('/').next().unwrap_or(place);
        match caller {
            Some(caller) if caller.contains(".rs:") => {
                format!("at {caller}, in a call to {library} ({file})")
            }
            Some(caller) => format!("in {library} ({file}), which `{caller}` called"),
            None => format!("in {library} ({file}), which your function probably called"),
        }
    }
}
