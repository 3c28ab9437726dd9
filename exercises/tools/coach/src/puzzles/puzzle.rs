//! A question about a program, with its answer and the reasons for it.

use std::collections::BTreeSet;
use std::rc::Rc;

use orders::{Error, Found, Outcome, Report};

use super::generator::{Ask, HIGHEST, generate};
use super::interpreter::ZOMBIE;
use super::program::{IMPORTS, MOST_LINES, Program};
use super::random::Random;
use super::search::Searches;
use super::story;
use super::topic::Topic;

/// Programs that are tried until one makes a good question.
const MOST_TRIES: usize = 200;

/// More outputs than this are not listed.
const MOST_LISTED: usize = 8;

/// How many outputs a reader chooses from.
const OPTIONS: usize = 4;

/// The three answers to whether something happens.
const HOW_OFTEN: [&str; 3] = ["in every order", "in some orders, but not in others", "in no order"];

/// A question.
#[derive(Debug)]
pub(crate) struct Puzzle {
    topic: Topic,
    program: Program,
    ask: Ask,
    report: Rc<Report>,
    answer: Answer,
}

/// The right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    /// A number.
    Number(usize),
    /// One of [`HOW_OFTEN`].
    HowOften(usize),
    /// Of these outputs those that are possible.
    Outputs(Vec<String>, BTreeSet<usize>),
}

/// What a reader answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// A number.
    Number(usize),
    /// Letters of options, as indexes.
    Letters(BTreeSet<usize>),
}

/// Why an answer is wrong: sentences, each with the lines of an order that shows it.
pub(crate) type Reasons = Vec<(String, Vec<String>)>;

impl Puzzle {
    /// A question of this topic that is none of those asked before, by the text of their programs,
    /// as long as there are others. None if the programs fail, as where no process can be forked.
    ///
    /// # Errors
    ///
    /// If this system cannot run a program in every order.
    pub(crate) fn make(
        topic: Topic,
        level: usize,
        asked: &BTreeSet<Vec<String>>,
        searches: &mut Searches,
        random: &mut Random,
    ) -> Result<Option<Puzzle>, Error> {
        let (mut again, mut repeated) = (None, 0);
        let refused = searches.refused();
        for tries in 0..MOST_TRIES {
            // A level has some dozens of programs: after these come the longer ones.
            let level = (level + repeated / 20).min(HIGHEST);
            let (program, ask) = generate(topic, level, random);
            let code = program.code();
            let is_new = !asked.contains(&code);
            repeated += usize::from(!is_new);
            if code.len() > MOST_LINES || !is_new && again.is_some() {
                continue;
            }
            // The reader waits: after one long search only short ones, as long as there may be any.
            let is_late = searches.refused() > refused && tries < MOST_TRIES / 2;
            if is_late && !searches.is_quick(&program, ask == Ask::Zombie) {
                continue;
            }
            let Some(puzzle) = Puzzle::about(topic, program, ask, searches, random)? else {
                continue;
            };
            if is_new {
                return Ok(Some(puzzle));
            }
            again = Some(puzzle);
        }
        Ok(again)
    }

    /// The question, if the program makes a good one.
    fn about(
        topic: Topic,
        program: Program,
        ask: Ask,
        searches: &mut Searches,
        random: &mut Random,
    ) -> Result<Option<Puzzle>, Error> {
        let Some(report) = searches.all(&program, ask == Ask::Zombie)? else { return Ok(None) };
        let outcomes = &report.outcomes;
        let answer = match ask {
            Ask::Lines => same(outcomes.keys().map(|outcome| outcome.output.lines().count())),
            Ask::Words => same(outcomes.keys().map(|outcome| outcome.output.matches('x').count())),
            Ask::Outputs => outputs(&report, random),
            Ask::Zombie => Some(how_often(&report, has_zombie)),
            Ask::Hang => Some(how_often(&report, Outcome::is_deadlock)),
        };
        Ok(answer.map(|answer| Puzzle { topic, program, ask, report, answer }))
    }

    /// What it is about.
    pub(crate) fn topic(&self) -> Topic {
        self.topic
    }

    /// The lines of its program.
    pub(crate) fn code(&self) -> Vec<String> {
        self.program.code()
    }

    /// What all programs begin with.
    pub(crate) fn imports() -> &'static str {
        IMPORTS
    }

    /// The question.
    pub(crate) fn question(&self) -> &'static str {
        match self.ask {
            Ask::Lines => "How many lines do all its processes print in total?",
            Ask::Words => "How many times do all its processes print the letter x in total?",
            Ask::Outputs => "Which of these outputs are possible? (a / b: two lines, a and then b)",
            Ask::Zombie => "When the first process ends, does it have a child that is a zombie?",
            Ask::Hang => "Does any process wait for ever?",
        }
    }

    /// What to choose from, if not a number is asked for.
    pub(crate) fn options(&self) -> Vec<String> {
        match &self.answer {
            Answer::Number(_) => Vec::new(),
            Answer::HowOften(_) => HOW_OFTEN.map(str::to_owned).to_vec(),
            Answer::Outputs(outputs, _) => outputs.iter().map(|output| shown(output)).collect(),
        }
    }

    /// The letter of an option.
    pub(crate) fn letter(index: usize) -> char {
        char::from(b'A' + u8::try_from(index).unwrap_or(0))
    }

    /// Whether several options, or none, may be right.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.answer, Answer::Outputs(..))
    }

    /// The right answer.
    pub(crate) fn right_answer(&self) -> Given {
        match &self.answer {
            Answer::Number(number) => Given::Number(*number),
            Answer::HowOften(index) => Given::Letters([*index].into()),
            Answer::Outputs(_, possible) => Given::Letters(possible.clone()),
        }
    }

    /// Judges an answer.
    ///
    /// # Errors
    ///
    /// Why it is wrong.
    pub(crate) fn judge(&self, given: &Given) -> Result<(), Reasons> {
        if *given == self.right_answer() {
            return Ok(());
        }
        Err(match (&self.answer, given) {
            (Answer::Number(number), _) => self.about_number(*number),
            (Answer::HowOften(index), _) => self.about_how_often(*index),
            (Answer::Outputs(outputs, possible), Given::Letters(chosen)) => {
                self.about_outputs(outputs, possible, chosen)
            }
            (Answer::Outputs(outputs, possible), Given::Number(_)) => {
                self.about_outputs(outputs, possible, &BTreeSet::new())
            }
        })
    }

    fn about_number(&self, number: usize) -> Reasons {
        let what = match self.ask {
            Ask::Words => "The number of letters",
            _ => "The number of lines",
        };
        let why = format!("{what} is {number} in every order. One such order:");
        vec![(why, self.first_story(|_| true).unwrap_or_default())]
    }

    fn about_how_often(&self, index: usize) -> Reasons {
        let (is, what, yes, no) = match self.ask {
            Ask::Zombie => (
                has_zombie as fn(&Outcome) -> bool,
                "It has a zombie child",
                "An order in which it has a zombie child:",
                "An order in which it has none:",
            ),
            _ => (
                Outcome::is_deadlock as fn(&Outcome) -> bool,
                "A process waits for ever",
                "An order in which a process waits for ever:",
                "An order in which all processes end:",
            ),
        };
        let mut reasons = vec![(format!("{what} {}.", HOW_OFTEN[index]), Vec::new())];
        reasons.extend(self.first_story(is).map(|story| (yes.to_owned(), story)));
        reasons
            .extend(self.first_story(|outcome| !is(outcome)).map(|story| (no.to_owned(), story)));
        reasons
    }

    fn about_outputs(
        &self,
        outputs: &[String],
        possible: &BTreeSet<usize>,
        chosen: &BTreeSet<usize>,
    ) -> Reasons {
        let mut reasons = Vec::new();
        for index in possible.difference(chosen) {
            let why = format!("{} is possible, in this order:", Puzzle::letter(*index));
            let story = self.first_story(|outcome| outcome.output == outputs[*index]);
            reasons.push((why, story.unwrap_or_default()));
        }
        for index in chosen.difference(possible) {
            let why = format!("{} is not possible: no order prints it.", Puzzle::letter(*index));
            reasons.push((why, Vec::new()));
        }
        let all: BTreeSet<&str> =
            self.report.outcomes.keys().map(|outcome| outcome.output.as_str()).collect();
        if !chosen.is_subset(possible) && all.len() <= MOST_LISTED {
            let all = all.into_iter().map(|output| format!("  {}", shown(output))).collect();
            reasons.push(("Only these outputs are possible:".to_owned(), all));
            let story = self.first_story(|_| true).unwrap_or_default();
            reasons.push(("For example, this order prints the first of them:".to_owned(), story));
        }
        reasons
    }

    /// An order that leads to an outcome like this.
    fn first_story(&self, is: impl Fn(&Outcome) -> bool) -> Option<Vec<String>> {
        let (outcome, found): (&Outcome, &Found) =
            self.report.outcomes.iter().find(|(outcome, _)| is(outcome))?;
        Some(match self.ask {
            Ask::Zombie => story::up_to_the_look(found, has_zombie(outcome)),
            _ => story::of(outcome, found),
        })
    }
}

/// An output in one line.
fn shown(output: &str) -> String {
    match output.trim_end() {
        "" => "(no output)".to_owned(),
        output => output.split('\n').map(str::trim_end).collect::<Vec<_>>().join(" / "),
    }
}

fn has_zombie(outcome: &Outcome) -> bool {
    outcome.output.ends_with(ZOMBIE)
}

/// The number, if it is the same in all outcomes.
fn same(mut numbers: impl Iterator<Item = usize>) -> Option<Answer> {
    let first = numbers.next()?;
    numbers.all(|number| number == first).then_some(Answer::Number(first))
}

fn how_often(report: &Report, is: impl Fn(&Outcome) -> bool) -> Answer {
    let count = report.outcomes.keys().filter(|outcome| is(outcome)).count();
    Answer::HowOften(match count {
        0 => 2,
        _ if count == report.outcomes.len() => 0,
        _ => 1,
    })
}

/// Outputs to choose from: some that are possible, and others with the same lines in another order,
/// or one of them too few or too many.
fn outputs(report: &Report, random: &mut Random) -> Option<Answer> {
    if report.outcomes.keys().any(Outcome::is_deadlock) {
        return None;
    }
    let possible: BTreeSet<String> =
        report.outcomes.keys().map(|outcome| outcome.output.clone()).collect();
    let mut right: Vec<String> = possible.iter().cloned().collect();
    random.shuffle(&mut right);
    right.truncate(random.between(1, OPTIONS - 1));
    let mut options = right.clone();
    for _ in 0..50 {
        let other = changed(&right[random.below(right.len())], random);
        if options.len() < OPTIONS && !possible.contains(&other) && !options.contains(&other) {
            options.push(other);
        }
    }
    random.shuffle(&mut options);
    let which = (0..options.len()).filter(|&index| possible.contains(&options[index])).collect();
    // Lines of which no order can go wrong teach nothing.
    (options.len() > 2 && options.len() > right.len()).then_some(Answer::Outputs(options, which))
}

fn changed(output: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = output.lines().collect();
    match random.below(4) {
        0 if lines.len() > 1 => drop(lines.remove(random.below(lines.len()))),
        1 if !lines.is_empty() => lines.push(lines[random.below(lines.len())]),
        _ => random.shuffle(&mut lines),
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
