//! What the learner sees: a line an exercise, and in words what is wrong.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Instant;

use super::arguments::Arguments;
use super::report::{CheckEvent, CheckReport, Status, section};
use super::timeline;
use super::trial::{Outcome, Trial};
use crate::shared::searched::Searched;
use crate::shared::text;
use crate::shared::verdict::Verdict;
use crate::sys;

/// Prints the outcomes, for a reader or for a program.
pub(super) enum Reporter<'a> {
    Text(TextReporter<'a>),
    Json(JsonReporter<'a>),
}

impl<'a> Reporter<'a> {
    /// Of a run of `trials`.
    pub(super) fn new(arguments: &Arguments, trials: &'a [&'a Trial], filtered_out: usize) -> Self {
        if arguments.json {
            Reporter::Json(JsonReporter::new(trials, filtered_out))
        } else {
            Reporter::Text(TextReporter::new(arguments, trials, filtered_out))
        }
    }

    /// Trial number `index` is over.
    pub(super) fn done(&mut self, index: usize, outcome: Outcome) {
        match self {
            Reporter::Text(text) => text.done(index, outcome),
            Reporter::Json(json) => json.done(index, &outcome),
        }
    }

    /// The run is over. Returns whether all passed.
    pub(super) fn finish(self) -> bool {
        match self {
            Reporter::Text(text) => text.finish(),
            Reporter::Json(json) => json.finish(),
        }
    }
}

/// A [`CheckEvent`] a line.
pub(super) struct JsonReporter<'a> {
    trials: &'a [&'a Trial<'a>],
    started: Instant,
    passed: usize,
    failed: usize,
    not_started: usize,
}

impl<'a> JsonReporter<'a> {
    fn new(trials: &'a [&'a Trial], filtered_out: usize) -> Self {
        tell(&CheckEvent::Began { checks: trials.len(), filtered_out });
        JsonReporter { trials, started: Instant::now(), passed: 0, failed: 0, not_started: 0 }
    }

    fn done(&mut self, index: usize, outcome: &Outcome) {
        let report = CheckReport::of(self.trials[index], outcome);
        match report.status {
            Status::Passed => self.passed += 1,
            Status::Failed => self.failed += 1,
            Status::NotStarted => self.not_started += 1,
        }
        tell(&CheckEvent::Checked(report));
    }

    fn finish(self) -> bool {
        let JsonReporter { passed, failed, not_started, .. } = self;
        let seconds = self.started.elapsed().as_secs_f64();
        tell(&CheckEvent::Finished { passed, failed, not_started, seconds });
        failed == 0 && not_started == 0
    }
}

/// Where the verdict stands.
const INDENT: &str = timeline::INDENT;

/// Wider lines are hard to read.
const WIDE: usize = 90;

fn tell(event: &CheckEvent) {
    print(&(event.line() + "\n"));
}

/// Text for a reader: a line an exercise, and what is wrong.
pub(super) struct TextReporter<'a> {
    trials: &'a [&'a Trial<'a>],
    /// Those that are not shown yet.
    outcomes: Vec<Option<Outcome>>,
    /// How many of them have been shown, whole groups in order.
    shown: usize,
    filtered_out: usize,
    colour: bool,
    quiet: bool,
    brief: bool,
    nocapture: bool,
    timelines: bool,
    /// Characters in a line of prose.
    width: usize,
    started: Instant,
    passed: usize,
    failed: usize,
    not_started: usize,
    /// Why checks that are to hold in every order were run once.
    not_searched: Option<String>,
    /// The first exercise that has not been started, and the file to open.
    begin_with: Option<(String, String)>,
}

impl<'a> TextReporter<'a> {
    fn new(arguments: &Arguments, trials: &'a [&'a Trial], filtered_out: usize) -> Self {
        TextReporter {
            trials,
            outcomes: trials.iter().map(|_| None).collect(),
            shown: 0,
            filtered_out,
            colour: arguments.color.unwrap_or_else(lesson_cli::colour),
            quiet: arguments.quiet,
            brief: arguments.brief,
            nocapture: arguments.nocapture,
            timelines: timeline::is_asked_for(),
            width: timeline::width().min(WIDE),
            started: Instant::now(),
            passed: 0,
            failed: 0,
            not_started: 0,
            not_searched: None,
            begin_with: None,
        }
    }

    fn all_passed(&self) -> bool {
        self.failed == 0 && self.not_started == 0
    }

    fn done(&mut self, index: usize, outcome: Outcome) {
        self.outcomes[index] = Some(outcome);
        while let Some(end) = self.complete_group() {
            let outcomes = self.outcomes[self.shown..end].iter_mut().filter_map(Option::take);
            let outcomes: Vec<Outcome> = outcomes.collect();
            let trials = self.trials[self.shown..end].iter().copied();
            self.group(&trials.zip(&outcomes).collect::<Vec<_>>());
            self.shown = end;
        }
    }

    /// The end of the first group that has not been shown, if all its outcomes are there.
    fn complete_group(&self) -> Option<usize> {
        let rest = &self.trials[self.shown..];
        let group = rest.first()?.group;
        let end = self.shown + rest.iter().take_while(|trial| trial.group == group).count();
        self.outcomes[self.shown..end].iter().all(Option::is_some).then_some(end)
    }

    /// Shows the trials of one group.
    fn group(&mut self, pairs: &[(&Trial, &Outcome)]) {
        let passed = pairs.iter().filter(|(_, o)| matches!(o, Outcome::Passed(_))).count();
        let mut places = pairs.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::NotStarted(place) => Some(file_of(place)),
            _ => None,
        });
        self.not_searched = self.not_searched.take().or_else(|| why_not_searched(pairs));
        let (first_place, waiting) = (places.next(), places.count());
        let waiting = first_place.map_or(0, |_| waiting + 1);
        let Some((first, _)) = pairs.first() else { return };
        self.passed += passed;
        self.not_started += waiting;
        self.failed += pairs.len() - passed - waiting;
        let group = first.group;
        let line = match first_place {
            Some(file) if waiting == pairs.len() => {
                self.begin_with.get_or_insert_with(|| (group.to_owned(), file.to_owned()));
                format!("not started, open {file}")
            }
            _ if passed == pairs.len() => self.green(&format!("ok, {passed} passed")),
            _ => self.red(&format!("{passed} of {} passed", pairs.len())),
        };
        let all_alike = passed == pairs.len() && !self.nocapture || waiting == pairs.len();
        if !(self.quiet && passed == pairs.len()) {
            print(&format!("{group:<18} {line}\n"));
        }
        if !all_alike {
            self.details(pairs);
        }
    }

    fn details(&self, pairs: &[(&Trial, &Outcome)]) {
        let mut said = HashSet::new();
        for (trial, outcome) in pairs {
            let name = trial.name;
            match outcome {
                Outcome::Passed(verdict) => {
                    print(&format!("  {} {name}\n", self.green("ok    ")));
                    if self.nocapture {
                        self.shown(verdict);
                    }
                }
                Outcome::NotStarted(place) => {
                    print(&format!("  todo   {name}: open {place}\n"));
                }
                Outcome::Unexpected(text) => {
                    let text = text::quote(text, INDENT, usize::MAX);
                    print(&format!("  {} {name}\n{text}", self.red("FAILED")));
                }
                Outcome::Failed(verdict) => self.failure(trial, verdict, &mut said),
            }
        }
    }

    /// Of a check that passed, what was printed; of a wrong answer, also how it was refused.
    fn shown(&self, verdict: &Verdict) {
        for finding in &verdict.findings {
            let text = text::quote(&finding.text, INDENT, usize::MAX);
            print(&format!("         {}\n{text}", finding.fault.name().to_uppercase()));
        }
        print(&printed(verdict, usize::MAX));
        if verdict.searched != Searched::NotAskedFor {
            print(&format!("{INDENT}({})\n", verdict.searched));
        }
        if self.timelines && !verdict.run.is_empty() {
            print(&timeline::of(&verdict.run, self.colour));
        }
    }

    /// What one mistake makes of several checks is told once.
    fn failure(&self, trial: &Trial, verdict: &Verdict, said: &mut HashSet<String>) {
        let Some(main) = verdict.findings.first() else { return };
        let title = self.red(&main.fault.name().to_uppercase());
        let name = trial.name;
        let head = format!("\n  {} {name}: {title}", self.red("FAILED"));
        if !said.insert(without_digits(&format!("{} {}", main.fault, main.text))) {
            print(&format!("{}, as above\n", head.trim_start_matches('\n')));
            return;
        }
        let prose = text::fold(&main.text, self.width);
        let mut text = format!("{head}\n{}", text::quote(&prose, INDENT, usize::MAX));
        for finding in &verdict.findings[1..] {
            let title = finding.fault.name();
            text.push_str(&format!("         And: {title}\n"));
            let prose = text::fold(&finding.text, self.width.saturating_sub(2));
            text.push_str(&text::quote(&prose, "           ", 12));
        }
        text.push_str(&printed(verdict, if self.nocapture { usize::MAX } else { 12 }));
        if let Some(see) = section(trial, verdict) {
            text.push_str(&format!("         Read {see}\n"));
        }
        if !verdict.notes.is_empty() {
            text.push_str(&format!("         ({})\n", verdict.notes));
        }
        print(&text);
        if verdict.run.is_empty() {
            return;
        }
        let hint = timeline::hint(trial.group);
        if self.timelines {
            print(&timeline::of(&verdict.run, self.colour)); // the verdict stands above already
        } else if !self.brief && said.insert(hint.clone()) {
            print(&hint);
        }
    }

    fn finish(&self) -> bool {
        if !self.brief {
            self.result();
        }
        self.all_passed()
    }

    /// The last lines.
    fn result(&self) {
        let result = if self.all_passed() { self.green("ok") } else { self.red("FAILED") };
        let seconds = self.started.elapsed().as_secs_f64();
        let TextReporter { passed, failed, not_started, filtered_out, .. } = self;
        print(&format!(
            "\ntest result: {result}. {passed} passed; {failed} failed; {not_started} not started; \
             {filtered_out} filtered out; finished in {seconds:.2}s\n"
        ));
        if let (0, Some((exercise, file))) = (self.failed, &self.begin_with) {
            print(&format!(
                "\nBegin with {exercise}: open {file}, replace the todo! with your code, and run\n\
                 \n    cargo test -p exercises {exercise}\n"
            ));
        }
        if let Some(why) = &self.not_searched {
            let text =
                format!("Checks that should pass in every order were run in only one order: {why}");
            print(&format!("\n{}", text::fold(&text, self.width)));
        }
        print(sys::MISSING);
        print("\n");
    }

    fn green(&self, text: &str) -> String {
        self.coloured("32", text)
    }

    fn red(&self, text: &str) -> String {
        self.coloured("31", text)
    }

    fn coloured(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What could not be printed, and why.
static LOST: OnceLock<String> = OnceLock::new();

/// A reader who has gone away, as behind `| head`, is no reason to fail.
pub(super) fn print(text: &str) {
    let printed = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
    if let Err(error) = printed
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(format!("the result cannot be printed: {error}"));
    }
}

/// Why something could not be printed; `None` if all of it was.
pub(super) fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

fn why_not_searched(pairs: &[(&Trial, &Outcome)]) -> Option<String> {
    pairs.iter().find_map(|(_, outcome)| match outcome {
        Outcome::Passed(Verdict { searched: Searched::Not { why }, .. }) => Some(why.clone()),
        _ => None,
    })
}

/// `exercises/src/pool_map.rs` of `exercises/src/pool_map.rs:12`.
fn file_of(place: &str) -> &str {
    place.rsplit_once(':').map_or(place, |(file, _)| file)
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// What the function printed.
fn printed(verdict: &Verdict, most: usize) -> String {
    let streams = [("Its output", &verdict.out), ("Its standard error", &verdict.err)];
    let streams = streams.into_iter().filter(|(_, text)| !text.trim().is_empty());
    streams
        .map(|(name, text)| {
            format!("{INDENT}{name}:\n{}", text::quote(text, &format!("{INDENT}| "), most))
        })
        .collect()
}
