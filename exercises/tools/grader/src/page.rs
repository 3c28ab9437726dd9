//! What the learner sees: a line an exercise, and in words what is wrong.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use crate::arguments::Arguments;
use crate::trial::{Outcome, Trial};
use crate::verdict::Verdict;
use crate::{drawing, platform, words};

/// Prints the outcomes and counts them.
pub(crate) struct Page {
    colour: bool,
    quiet: bool,
    brief: bool,
    nocapture: bool,
    timelines: bool,
    started: Instant,
    passed: usize,
    failed: usize,
    not_started: usize,
    /// The first exercise that has not been started, and the file to open.
    begin_with: Option<(String, String)>,
}

impl Page {
    pub(crate) fn new(arguments: &Arguments) -> Page {
        Page {
            colour: arguments.color.unwrap_or_else(terminal_with_colour),
            quiet: arguments.quiet,
            brief: arguments.brief,
            nocapture: arguments.nocapture,
            timelines: drawing::is_asked_for(),
            started: Instant::now(),
            passed: 0,
            failed: 0,
            not_started: 0,
            begin_with: None,
        }
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.failed == 0 && self.not_started == 0
    }

    /// Shows the trials of one group.
    pub(crate) fn group(&mut self, trials: &[&Trial], outcomes: &[Option<Outcome>]) {
        let pairs: Vec<(&Trial, &Outcome)> =
            trials.iter().zip(outcomes).filter_map(|(&t, o)| Some((t, o.as_ref()?))).collect();
        let passed = pairs.iter().filter(|(_, o)| matches!(o, Outcome::Passed(_))).count();
        let mut places = pairs.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::NotStarted(place) => Some(file_of(place)),
            _ => None,
        });
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
            self.details(&pairs);
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
                    let text = words::quote(text, "         ", usize::MAX);
                    print(&format!("  {} {name}\n{text}", self.red("FAILED")));
                }
                Outcome::Failed(verdict) => self.failure(trial, verdict, &mut said),
            }
        }
    }

    /// Of a check that passed, what was printed; of a wrong answer, also how it was refused.
    fn shown(&self, verdict: &Verdict) {
        for finding in &verdict.findings {
            let text = words::quote(&finding.text, "         ", usize::MAX);
            print(&format!("         {}\n{text}", finding.fault.name().to_uppercase()));
        }
        print(&printed(verdict, usize::MAX));
        if self.timelines && !verdict.run.is_empty() {
            print(&drawing::of(&verdict.run, self.colour));
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
        let mut text = format!("{head}\n{}", words::quote(&main.text, "         ", usize::MAX));
        for finding in &verdict.findings[1..] {
            let title = finding.fault.name();
            text.push_str(&format!("         And: {title}\n"));
            text.push_str(&words::quote(&finding.text, "           ", 12));
        }
        text.push_str(&printed(verdict, if self.nocapture { usize::MAX } else { 12 }));
        if let Some(see) = trial.see {
            text.push_str(&format!("         Read book/src/{see}\n"));
        }
        print(&format!("{text}         ({})\n", verdict.notes));
        if verdict.run.is_empty() {
            return;
        }
        let hint = drawing::hint(trial.group);
        if self.timelines {
            print(&drawing::of(&verdict.run, self.colour)); // the verdict stands above already
        } else if !self.brief && said.insert(hint.clone()) {
            print(&hint);
        }
    }

    /// The last lines.
    pub(crate) fn end(&self, filtered_out: usize) {
        let result = if self.all_passed() { self.green("ok") } else { self.red("FAILED") };
        let seconds = self.started.elapsed().as_secs_f64();
        let Page { passed, failed, not_started, .. } = self;
        print(&format!(
            "\ntest result: {result}. {passed} passed; {failed} failed; {not_started} not started; \
             {filtered_out} filtered out; finished in {seconds:.2}s\n"
        ));
        if let (0, Some((exercise, file))) = (self.failed, &self.begin_with) {
            print(&format!(
                "\nBegin with {exercise}: open {file}, put your code where the todo! is, and ask\n\
                 \n    cargo test -p exercises {exercise}\n"
            ));
        }
        print(platform::MISSING);
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

/// A reader who has gone away, as behind `| head`, is no reason to fail.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

fn terminal_with_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
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
            format!("         {name}:\n{}", words::quote(text, "         | ", most))
        })
        .collect()
}
