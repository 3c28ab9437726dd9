//! From what was seen to words.

mod children;
mod ending;
mod output;

use std::sync::atomic::Ordering::*;

use crate::board::{Board, PANICKED};
use crate::check::Check;
use crate::events::{Event, Kind};
use crate::verdict::Verdict;
use crate::watch::{End, Seen};
use crate::{Fault, recording, words};

/// Everything there is to know about a case that is over.
struct Facts<'a> {
    check: &'a Check,
    board: &'a Board,
    seen: &'a Seen,
    events: Vec<Event>,
    /// What is in the empty folder that the check asked for.
    files: Vec<String>,
}

/// The verdict on a case that is over.
pub(crate) fn judge(check: &Check, board: &Board, seen: &Seen, files: Vec<String>) -> Verdict {
    let facts = Facts { check, board, seen, events: board.events(), files };
    let mut verdict = Verdict::default();
    if let Some(place) = facts.unfinished() {
        verdict.add(Fault::NotStarted, place);
        return verdict;
    }
    ending::judge(&facts, &mut verdict);
    children::judge(&facts, &mut verdict);
    output::judge(&facts, &mut verdict);
    verdict.drop_consequences();
    verdict.notes = facts.notes();
    verdict.run = recording::of(board, &facts.events, seen);
    verdict.out.clone_from(&seen.out);
    verdict.err.clone_from(&seen.err);
    verdict
}

impl Facts<'_> {
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    /// The case was stopped, so that what it had not done yet means nothing.
    fn stopped(&self) -> bool {
        !matches!(self.seen.end, End::ByItself(_))
    }

    /// A panic, in the case or of the check, cut the function or the check short.
    fn cut_short(&self) -> bool {
        self.stopped() || self.board.returned.load(Acquire) == PANICKED
    }

    fn is_of_the_check(&self, panic: &Panic) -> bool {
        panic.place.starts_with(self.check.file)
    }

    /// The place of the `todo!` that was reached, in the parent or in a child.
    fn unfinished(&self) -> Option<String> {
        let said = [&self.board.case_said, &self.board.child_said];
        let mut panics = said.into_iter().filter_map(|message| Panic::read(&message.read()?.1));
        panics.find(|panic| panic.text.starts_with("not yet implemented")).map(|panic| panic.place)
    }

    fn notes(&self) -> String {
        let forks = self.board.forks.load(Relaxed) as usize;
        let forks = words::count(forks, "process", "processes");
        format!("{} ms, {forks} forked", self.seen.took.as_millis())
    }
}

/// A panic message, as the case wrote it to the board.
struct Panic {
    /// As in `exercises/src/pool_map.rs:12`.
    place: String,
    text: String,
}

impl Panic {
    fn read(message: &str) -> Option<Panic> {
        let (place, text) = message.split_once('\n')?;
        Some(Panic { place: place.to_owned(), text: text.to_owned() })
    }
}
