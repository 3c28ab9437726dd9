//! `cargo coach practise`: endless questions about small programs, asked one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, bail};

use crate::course::Course;
use crate::output::print;
use crate::puzzles::{Given, Puzzle, Random, Searches, Topic};
use crate::report::Style;
use crate::score::Score;
use crate::text::wrap;

/// A reader's line.
enum Input {
    Answer(Given),
    /// It cannot be understood.
    Unclear,
    /// Enough for today.
    Quit,
}

/// Asks until the reader quits.
///
/// # Errors
///
/// If this system cannot run a program in every order, or nothing can be printed.
pub(crate) fn run(course: &mut Course, seed: Option<u64>, style: Style) -> Result<ExitCode> {
    if cfg!(target_os = "linux") && !Path::new("/proc/self/stat").exists() {
        bail!("each program is run in every order to find the answers, which needs /proc");
    }
    // A session that is to be repeated neither depends on those before it nor changes the next.
    let is_remembered = seed.is_none();
    let known = Topic::ALL.into_iter().filter(|_| is_remembered);
    let scores = known.map(|topic| (topic, course.score(topic.name()))).collect();
    let seed = seed.unwrap_or_else(new_seed);
    let random = Random::new(seed);
    let (asked, searches, today) = (BTreeSet::new(), Searches::default(), BTreeMap::new());
    let mut session = Session { random, scores, asked, searches, today, style };
    let mut first = session.next_puzzle()?; // before the greeting: it may not be possible here
    session.greet(seed)?;
    let mut forgotten = None;
    while let Some(is_right) = session.ask(&first)? {
        let topic = first.topic();
        session.count(topic, is_right);
        if is_remembered {
            let remembered = course.practised(topic.name(), is_right);
            forgotten = remembered.err().or(forgotten);
        }
        first = session.next_puzzle()?;
    }
    session.sum_up(is_remembered)?;
    match forgotten {
        None => Ok(ExitCode::SUCCESS),
        Some(why) => Err(why.context("your answers were not saved")),
    }
}

/// A short one, to be typed again.
fn new_seed() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (time.as_nanos() % 10_000) as u64
}

struct Session {
    random: Random,
    scores: BTreeMap<Topic, Score>,
    /// The programs that were asked about.
    asked: BTreeSet<Vec<String>>,
    searches: Searches,
    /// How many answers were right and wrong in this session.
    today: BTreeMap<Topic, (usize, usize)>,
    style: Style,
}

impl Session {
    fn next_puzzle(&mut self) -> Result<Puzzle> {
        let topic = choose(&self.scores, self.asked.len());
        let level = self.scores.get(&topic).map_or(0, Score::level);
        let (searches, random) = (&mut self.searches, &mut self.random);
        let made = Puzzle::make(topic, level, &self.asked, searches, random);
        let made = made.map_err(|why| match why {
            orders::Error::Interrupted { signal } => {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                anyhow!("ended by signal {signal}")
            }
            why => anyhow!(
                "each program is run in every order to find the answers, which is not possible \
                 here: {why}"
            ),
        })?;
        let Some(puzzle) = made else {
            bail!("the programs do not run as expected: `cargo coach doctor` checks your machine");
        };
        self.asked.insert(puzzle.code());
        Ok(puzzle)
    }

    fn say(&self, text: &str) -> Result<()> {
        print(&wrap(text, self.style.width))
    }

    fn greet(&self, seed: u64) -> Result<()> {
        self.say(&format!(
            "Questions about small programs, with seed {seed}. All programs begin with\n\n"
        ))?;
        print(&indented(Puzzle::imports().lines()))?;
        self.say("\nand their standard output is a pipe. No fork fails. Type q to quit.\n")
    }

    /// Asks one question. Returns whether the answer was right; nothing if the reader quits.
    fn ask(&self, puzzle: &Puzzle) -> Result<Option<bool>> {
        let title = format!("Question {}: {}", self.asked.len(), puzzle.topic());
        let title = self.style.paint.bold(&title);
        print(&format!("\n{title}\n\n{}\n", indented(puzzle.code().iter().map(String::as_str))))?;
        self.say(&format!("{}\n", puzzle.question()))?;
        for (index, option) in puzzle.options().iter().enumerate() {
            self.say(&format!("  {}  {option}\n", Puzzle::letter(index)))?;
        }
        let how = match (puzzle.options().is_empty(), puzzle.is_list()) {
            (true, _) => "A number",
            (false, true) => "All letters that are right, or 0 if none is right",
            (false, false) => "A letter",
        };
        loop {
            // Only a terminal shows the reader's answer, and the end of its line.
            print(&format!("{how}:{}", if io::stdin().is_terminal() { " " } else { "\n" }))?;
            match read(puzzle)? {
                Input::Quit => return Ok(None),
                Input::Unclear => self.say(&format!("{how}, please, or q to quit.\n"))?,
                Input::Answer(given) => return self.judge(puzzle, &given).map(Some),
            }
        }
    }

    fn judge(&self, puzzle: &Puzzle, given: &Given) -> Result<bool> {
        let paint = self.style.paint;
        let Err(reasons) = puzzle.judge(given) else {
            print(&format!("{}\n", paint.green("Right.")))?;
            return Ok(true);
        };
        print(&format!("{}\n", paint.red("Wrong.")))?;
        for (why, story) in &reasons {
            self.say(&format!("{why}\n"))?;
            story.iter().try_for_each(|line| print(&fold_story(line, self.style.width)))?;
        }
        self.say(&format!("Read {}.\n", puzzle.topic().chapter()))?;
        Ok(false)
    }

    fn count(&mut self, topic: Topic, is_right: bool) {
        self.scores.entry(topic).or_default().record(is_right);
        let (right, wrong) = self.today.entry(topic).or_default();
        *(if is_right { right } else { wrong }) += 1;
    }

    fn sum_up(&self, is_remembered: bool) -> Result<()> {
        let right: usize = self.today.values().map(|(right, _)| right).sum();
        let wrong: usize = self.today.values().map(|(_, wrong)| wrong).sum();
        let all = right + wrong;
        self.say(&format!("\nRight answers: {right} of {all}.\n"))?;
        for (topic, (right, wrong)) in &self.today {
            self.say(&format!("  {:<9} {right} of {}\n", topic.name(), right + wrong))?;
        }
        let owed = self.scores.iter().filter(|(_, score)| score.is_owed());
        let owed: Vec<&str> = owed.map(|(topic, _)| topic.name()).collect();
        if is_remembered && !owed.is_empty() {
            self.say(&format!("Next time you will be asked about {} first.\n", owed.join(", ")))?;
        }
        Ok(())
    }
}

fn indented<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// A line of a story, broken between steps; those below stand under the first step.
fn fold_story(line: &str, width: usize) -> String {
    const HEAD: &str = "               "; // as wide as the indent and a process's name
    let (mut text, mut used) = (String::from("   "), 3);
    for step in line.split_inclusive(", ") {
        let wide = step.trim_end().chars().count();
        if used > HEAD.len() && used + 1 + wide > width {
            text = text.trim_end().to_owned() + "\n" + HEAD;
            used = HEAD.len();
        } else {
            text.push(' ');
            used += 1;
        }
        text += step.trim_end();
        used += wide;
    }
    text + "\n"
}

/// The topic of the next question. Three of four questions are about what went wrong most; the
/// others, and all where nothing is owed, about what was asked least among the topics that are open.
/// A topic is open when an answer to the one before it was right.
fn choose(scores: &BTreeMap<Topic, Score>, asked: usize) -> Topic {
    let score = |topic: &Topic| scores.get(topic).cloned().unwrap_or_default();
    let most_owed = Topic::ALL.into_iter().rev().max_by_key(|topic| score(topic).owed());
    match most_owed {
        Some(topic) if score(&topic).is_owed() && asked % 4 != 3 => return topic,
        _ => {}
    }
    let solved = Topic::ALL.iter().take_while(|topic| score(topic).has_right()).count();
    let open = Topic::ALL.into_iter().take(solved + 1);
    open.min_by_key(|topic| score(topic).asked()).unwrap_or(Topic::Branches)
}

/// Reads a line. The end of the input is a wish to quit.
fn read(puzzle: &Puzzle) -> Result<Input> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(Input::Quit);
    }
    let line = line.trim().to_ascii_uppercase();
    if matches!(line.as_str(), "Q" | "QUIT" | "EXIT") {
        return Ok(Input::Quit);
    }
    Ok(parse(puzzle, &line).map_or(Input::Unclear, Input::Answer))
}

fn parse(puzzle: &Puzzle, line: &str) -> Option<Given> {
    let options = puzzle.options().len();
    if options == 0 {
        return line.parse().ok().map(Given::Number);
    }
    if line == "0" && puzzle.is_list() {
        return Some(Given::Letters(BTreeSet::new()));
    }
    let letters = line.chars().filter(|c| !c.is_whitespace() && *c != ',');
    let index = |c: char| {
        let index = usize::try_from(u32::from(c).checked_sub(u32::from('A'))?).ok()?;
        (index < options).then_some(index)
    };
    let chosen: Option<BTreeSet<usize>> = letters.map(index).collect();
    let fits = |chosen: &BTreeSet<usize>| {
        if puzzle.is_list() { !chosen.is_empty() } else { chosen.len() == 1 }
    };
    chosen.filter(fits).map(Given::Letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_asked_about_first() {
        let mut scores = BTreeMap::new();
        assert_eq!(choose(&scores, 0), Topic::Branches);
        for topic in Topic::ALL {
            scores.entry(topic).or_insert(Score::default()).record(true);
        }
        scores.entry(Topic::Pipes).or_default().record(false);
        for asked in [4, 5, 6] {
            assert_eq!(choose(&scores, asked), Topic::Pipes);
        }
        assert_eq!(choose(&scores, 7), Topic::Branches, "one of four is another one");
        for _ in 0..2 {
            scores.entry(Topic::Pipes).or_default().record(true);
        }
        assert_eq!(choose(&scores, 8), Topic::Branches, "nothing is owed any more");
    }

    #[test]
    fn a_story_is_broken_between_its_steps() {
        let line = "child 1    writes \"a\", exits with status 0";
        assert_eq!(fold_story(line, 80), format!("    {line}\n"));
        let folded = "    child 1    writes \"a\",\n               exits with status 0\n";
        assert_eq!(fold_story(line, 40), folded);
    }

    #[test]
    fn a_topic_opens_when_the_one_before_it_was_right() {
        let mut scores = BTreeMap::new();
        scores.entry(Topic::Branches).or_insert(Score::default()).record(true);
        assert_eq!(choose(&scores, 1), Topic::Loops);
    }
}
