//! The coach's screen, drawn anew from what is to be seen: a heading, a body that can be scrolled,
//! the keys, and a last line.

use anyhow::Result;
use grader::count;

use crate::check::Outcome;
use crate::course::Course;
use crate::report::{self, Detail, Style};
use crate::terminal::{Size, Terminal};
use crate::text::{Paint, cut, fold_together, wrap};

/// The last line when there is nothing else to say.
const IDLE: &str = "Save your file to check it.";

/// What the body shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The newest verdict.
    Verdict(Detail),
    /// The newest verdict, and hints below it.
    Hints {
        /// The earlier ones, too.
        all: bool,
    },
    /// All exercises, of which one can be chosen.
    List {
        /// The index of the one that Enter chooses.
        selected: usize,
    },
    /// The reference.
    Solution,
    /// Something went wrong that is no fault of the answer.
    Trouble(String),
}

/// A question that waits for a `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Put the stub back?
    Reset,
    /// Show the reference before the exercise is solved?
    Solution,
}

impl Question {
    fn text(self) -> &'static str {
        match self {
            Question::Reset => "Restore the stub, and keep your answer in another file? y/n",
            Question::Solution => {
                "You have not solved this exercise. Show the reference anyway? y/n"
            }
        }
    }
}

/// The newest verdict about the current exercise.
#[derive(Debug)]
pub(crate) struct Verdict {
    outcome: Outcome,
    /// The digest of what was checked.
    digest: String,
}

impl Verdict {
    /// The verdict about the answer with this digest.
    pub(crate) fn new(outcome: Outcome, digest: String) -> Verdict {
        Verdict { outcome, digest }
    }

    /// Whether all checks passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.outcome.has_passed()
    }

    /// Whether a check has forked a process, so that there is something to draw.
    pub(crate) fn has_processes(&self) -> bool {
        match &self.outcome {
            Outcome::Checked { reports, .. } => {
                reports.iter().any(|report| !report.verdict.run.is_empty())
            }
            _ => false,
        }
    }
}

/// All that decides how the screen looks.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) course: &'a Course,
    pub(crate) index: usize,
    pub(crate) screen: &'a Screen,
    pub(crate) verdict: Option<&'a Verdict>,
    /// The digest of the answer as it was seen last.
    pub(crate) digest: &'a str,
    pub(crate) question: Option<Question>,
    /// What a running check is doing.
    pub(crate) running: Option<String>,
    pub(crate) note: &'a str,
    /// How many lines of the body are above the screen.
    pub(crate) scroll: usize,
    pub(crate) size: Size,
    pub(crate) paint: Paint,
}

/// A drawn screen.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// All but the last line.
    page: String,
    last_line: String,
    scroll_end: usize,
}

impl Drawing {
    /// Puts it on the terminal.
    pub(crate) fn print(&self, terminal: &mut Terminal) {
        terminal.print_page(&self.page);
        terminal.print_last_line(&self.last_line);
    }

    /// How many lines the body can be scrolled down in all.
    pub(crate) fn scroll_end(&self) -> usize {
        self.scroll_end
    }
}

impl View<'_> {
    /// Draws the screen.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read.
    pub(crate) fn draw(&self) -> Result<Drawing> {
        let style = self.style();
        let heading = report::heading(self.course, self.index, style);
        let (note, last_line) = self.last_lines();
        let below = format!("{}{note}", self.keys());
        let body = self.body()?;
        // A line that is wider than the screen would take two rows of it.
        let body: String = body
            .trim_end()
            .lines()
            .map(|line| fold_together(&[line], 0, self.size.width))
            .collect();
        let body: Vec<&str> = body.lines().collect();
        // Two blank lines and the last line are to be had as well.
        let used = heading.lines().count() + below.lines().count() + 3;
        let room = self.size.height.saturating_sub(used).max(3);
        let scroll_end = if body.len() > room { body.len() - (room - 1) } else { 0 };
        let first = self.scroll.min(scroll_end);
        let last = if scroll_end == 0 { body.len() } else { first + room - 1 };
        let mut shown = body[first..last].join("\n") + "\n";
        if scroll_end > 0 {
            shown += &(self.style().paint.dim(&scroll_line(first, body.len() - last)) + "\n");
        }
        let gap = if body.is_empty() { "" } else { "\n" };
        let shown = if body.is_empty() { "" } else { &shown };
        Ok(Drawing { page: format!("{heading}\n{shown}{gap}{below}"), last_line, scroll_end })
    }

    /// The last line alone, which changes while a check runs.
    pub(crate) fn last_line(&self) -> String {
        self.last_lines().1
    }

    fn style(&self) -> Style {
        Style { paint: self.paint, width: self.size.width }
    }

    fn body(&self) -> Result<String> {
        let style = self.style();
        match self.screen {
            Screen::Verdict(detail) => self.verdict(*detail),
            Screen::Hints { all } => {
                let exercise = self.course.exercise(self.index);
                let shown = self.course.hints_shown(self.index);
                let first = if *all { 0 } else { shown.saturating_sub(1) };
                let hints = report::hints(exercise, first..shown, style);
                Ok(format!("{}\n{hints}", self.verdict(Detail::Brief)?))
            }
            Screen::List { selected } => {
                let list = report::list(self.course, Some(*selected), style)?;
                Ok(list + "Choose an exercise with the arrow keys and Enter.\n")
            }
            Screen::Solution => report::solution(self.course, self.index, style),
            Screen::Trouble(why) => {
                let title = self.paint.red("That did not work.");
                Ok(wrap(&format!("{title}\n{why}\nPress c to try again.\n"), style.width))
            }
        }
    }

    /// The verdict, marked if it is about an earlier answer.
    fn verdict(&self, detail: Detail) -> Result<String> {
        let Some(Verdict { outcome, digest }) = self.verdict else { return Ok(String::new()) };
        let mut text = report::verdict(self.course, self.index, outcome, detail, self.style())?;
        let age = if self.running.is_some() {
            "Your answer is being checked again. The previous verdict:"
        } else if digest != self.digest {
            "This verdict is about an earlier version of your answer:"
        } else {
            if outcome.has_passed() && detail == Detail::First {
                text += &format!(
                    "\n{}",
                    report::solved(self.course, self.index, outcome, self.style())?
                );
            }
            return Ok(text);
        };
        Ok(format!("{}\n{text}", self.paint.yellow(&cut(age, self.size.width))))
    }

    /// What is longer than a line, and the last line.
    fn last_lines(&self) -> (String, String) {
        // One column less: a cursor beside the last column is where terminals differ.
        let room = self.size.width.saturating_sub(1);
        let is_long = |text: &str| text.chars().count() > room;
        let wrapped = |text: &str| wrap(&format!("{text}\n"), self.size.width);
        let (above, line) = match (self.question, &self.running, self.note) {
            (Some(question), ..) if is_long(question.text()) => (wrapped(question.text()), "y/n"),
            (Some(question), ..) => (String::new(), question.text()),
            (None, Some(progress), _) => (String::new(), progress.as_str()),
            (None, None, "") => (String::new(), IDLE),
            (None, None, note) if is_long(note) => (wrapped(note), IDLE),
            (None, None, note) => (String::new(), note),
        };
        (above, cut(line, room))
    }

    /// Which keys there are.
    fn keys(&self) -> String {
        let exercise = self.course.exercise(self.index);
        let hints = self.course.hints_shown(self.index);
        let hint = format!("hint {hints}/{}", exercise.hints.len());
        let keys = [
            ("h", hint.as_str()),
            ("n", "next"),
            ("p", "previous"),
            ("l", "list"),
            ("o", "open chapter"),
            ("t", "timeline"),
            ("a", "all failed"),
            ("c", "check"),
            ("s", "stop"),
            ("r", "reset"),
            ("v", "view reference"),
            ("q", "quit"),
        ];
        // A key and what it does stay together on a line.
        let (mut text, mut used) = (String::new(), 0);
        for (key, does) in keys {
            let wide = key.len() + 1 + does.len();
            if used > 0 && used + 2 + wide > self.size.width {
                text.push('\n');
                used = 0;
            } else if used > 0 {
                text.push_str("  ");
                used += 2;
            }
            text += &format!("{} {does}", self.paint.bold(key));
            used += wide;
        }
        text + "\n"
    }
}

fn scroll_line(above: usize, below: usize) -> String {
    match (above, below) {
        (0, below) => format!("… {}: ↓ or space", count(below, "more line", "more lines")),
        (above, 0) => format!("… {} above: ↑", count(above, "line", "lines")),
        (above, below) => {
            let above = count(above, "line", "lines");
            format!("… {above} above: ↑, {below} below: ↓ or space")
        }
    }
}
