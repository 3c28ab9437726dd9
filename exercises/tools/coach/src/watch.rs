//! The coach at work: it checks the current exercise at every save, and listens to keys.
//!
//! [`Watch::handle`] names every event and what it does, and [`Watch::press`] every key.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use signal_hook::consts::SIGINT;

use crate::browser;
use crate::check::{CheckEvent, Outcome};
use crate::course::Course;
use crate::events::{self, Event};
use crate::report::Detail;
use crate::running::{After, Running};
use crate::screen::{Question, Screen, Verdict, View};
use crate::status::Status;
use crate::terminal::{self, Terminal};
use crate::text::Paint;

/// Editors touch a file several times in one save. So long after the first time it is read; if more
/// comes after that, the check begins anew.
const SETTLED: Duration = Duration::from_millis(10);

/// How often the time of a running check is shown, and files are looked at without being told:
/// some file systems do not tell of changes.
const TICK: Duration = Duration::from_secs(1);

/// How many lines a page is scrolled by.
const PAGE: isize = 8;

/// Why the coach ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Quit,
    Signal(i32),
}

/// Watches until the learner quits.
///
/// # Errors
///
/// If there is no terminal, or the answers' folder cannot be watched or read.
pub(crate) fn watch(course: Course, index: usize, paint: Paint) -> Result<ExitCode> {
    let (events, receiver) = channel();
    events::signals(events.clone())?;
    let saved = events.clone();
    let on_save = move || drop(saved.send(Event::Saved)); // in vain when the coach ends
    let _watcher = events::saves(&course.workspace().answers(), on_save)?;
    let terminal = Terminal::open()?;
    events::keys(events.clone());
    let mut watch = Watch::new(course, terminal, events, paint);
    let end = watch.run(index, &receiver);
    drop(watch); // the check ends, and the terminal is as it was
    match end? {
        End::Quit => Ok(ExitCode::SUCCESS),
        End::Signal(signal) => {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The state of the watch loop.
struct Watch {
    // Dropped in this order: the check is stopped before the terminal goes back to normal.
    running: Option<Running>,
    terminal: Terminal,
    course: Course,
    paint: Paint,
    /// The current exercise.
    index: usize,
    verdict: Option<Verdict>,
    screen: Screen,
    question: Option<Question>,
    /// Said below the keys, until something else is.
    note: String,
    /// How many lines of the body are above the screen, and how many can be.
    scroll: usize,
    scroll_end: usize,
    /// The text of each answer when it was looked at last.
    answers: Vec<Option<String>>,
    /// The digest of what was checked last, or is being checked.
    checked: String,
    /// When to look at the files.
    look_at: Option<Instant>,
    events: Sender<Event>,
    /// How many checks there were.
    checks: u64,
}

impl Watch {
    fn new(course: Course, terminal: Terminal, events: Sender<Event>, paint: Paint) -> Watch {
        Watch {
            running: None,
            terminal,
            note: course.notice().unwrap_or_default().to_owned(),
            course,
            paint,
            index: 0,
            verdict: None,
            screen: Screen::Verdict(Detail::First),
            question: None,
            scroll: 0,
            scroll_end: 0,
            answers: Vec::new(),
            checked: String::new(),
            look_at: None,
            events,
            checks: 0,
        }
    }

    /// Handles what happens, until something ends it.
    fn run(&mut self, index: usize, receiver: &Receiver<Event>) -> Result<End> {
        self.answers = self.read_answers()?;
        let mut handled = self.turn_to(index).map(|()| None);
        loop {
            match handled {
                Ok(None) => {}
                Ok(Some(end)) => return Ok(end),
                // A file that cannot be read or written, say: the learner can mend it meanwhile.
                Err(why) => self.show_trouble(&why),
            }
            let wait =
                self.look_at.map_or(TICK, |time| time.saturating_duration_since(Instant::now()));
            handled = match receiver.recv_timeout(wait) {
                Ok(event) => self.handle(event),
                Err(RecvTimeoutError::Timeout) => self.handle(Event::Timeout),
                Err(RecvTimeoutError::Disconnected) => Ok(Some(End::Quit)),
            };
        }
    }

    /// Every event, and what it does.
    fn handle(&mut self, event: Event) -> Result<Option<End>> {
        match event {
            Event::Key(key) => return self.press(key),
            Event::Resized => self.draw()?,
            Event::Saved => {
                self.look_at.get_or_insert_with(|| Instant::now() + SETTLED);
            }
            Event::Timeout => {
                self.look_at = None;
                self.check_what_changed()?;
                // Left alone otherwise: the learner may be marking text with the mouse.
                if self.running.is_some() {
                    self.draw_last_line();
                }
            }
            Event::Check(number, event) => self.on_check_event(number, event)?,
            Event::Signal(signal) => return Ok(Some(End::Signal(signal))),
            Event::TerminalGone => return Ok(Some(End::Quit)),
        }
        Ok(None)
    }

    /// Every key, and what it does.
    fn press(&mut self, key: KeyEvent) -> Result<Option<End>> {
        if key.kind == KeyEventKind::Release {
            return Ok(None);
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match (key.code, self.question.take(), &self.screen) {
            (KeyCode::Char('c'), _, _) if control => return Ok(Some(End::Signal(SIGINT))),
            (KeyCode::Char('z'), _, _) if control => self.suspend()?,
            (KeyCode::Char('l'), _, _) if control => self.draw()?,
            (KeyCode::Char('y' | 'Y'), Some(Question::Reset), _) => self.reset()?,
            (KeyCode::Char('y' | 'Y'), Some(Question::Solution), _) => {
                self.show(Screen::Solution)?;
            }
            (_, Some(_), _) => self.draw()?, // the question is gone
            (KeyCode::Up, _, &Screen::List { selected }) => self.select(selected, -1)?,
            (KeyCode::Down, _, &Screen::List { selected }) => self.select(selected, 1)?,
            (KeyCode::Enter, _, &Screen::List { selected }) => self.turn_to(selected)?,
            (KeyCode::Up, ..) => self.scroll_by(-1)?,
            (KeyCode::Down, ..) => self.scroll_by(1)?,
            (KeyCode::PageUp, ..) => self.scroll_by(-PAGE)?,
            (KeyCode::PageDown | KeyCode::Char(' '), ..) => self.scroll_by(PAGE)?,
            (KeyCode::Esc, ..) => self.escape()?,
            (KeyCode::Char('q' | 'Q'), ..) => return Ok(Some(End::Quit)),
            (KeyCode::Char('h'), ..) => self.show_hint()?,
            (KeyCode::Char('H'), ..) => self.show(Screen::Hints { all: true })?,
            (KeyCode::Char('n' | 'N'), ..) => self.turn_to_next()?,
            (KeyCode::Char('p' | 'P'), ..) => self.turn_to_previous()?,
            (KeyCode::Char('l' | 'L'), ..) => self.show(Screen::List { selected: self.index })?,
            (KeyCode::Char('o' | 'O'), ..) => self.open_chapter()?,
            (KeyCode::Char('t' | 'T'), ..) => self.show_verdict(Detail::Timeline)?,
            (KeyCode::Char('a' | 'A'), ..) => self.show_verdict(Detail::All)?,
            (KeyCode::Char('c' | 'C'), ..) => self.start_check()?,
            (KeyCode::Char('s' | 'S'), ..) => self.stop()?,
            (KeyCode::Char('r' | 'R'), ..) => self.ask(Question::Reset)?,
            (KeyCode::Char('v' | 'V'), ..) => self.show_solution()?,
            (KeyCode::Char(letter), ..) => {
                self.say(&format!("The key {letter} does nothing here."))?;
            }
            _ => self.say("This key does nothing here.")?,
        }
        Ok(None)
    }

    /// Makes another exercise the current one, and checks it.
    fn turn_to(&mut self, index: usize) -> Result<()> {
        let is_other = index != self.index || self.checks == 0;
        self.index = index;
        if is_other {
            self.verdict = None;
        }
        let remembered = self.course.begin(index);
        self.answers[index] = self.course.answer(index)?;
        self.start_check()?;
        if let Err(why) = remembered {
            self.note = format!("Your progress was not saved: {why:#}");
        }
        Ok(())
    }

    fn turn_to_next(&mut self) -> Result<()> {
        match self.course.next_unsolved(Some(self.index))? {
            Some(index) => self.turn_to(index),
            None => self.say("There is no other unsolved exercise."),
        }
    }

    fn turn_to_previous(&mut self) -> Result<()> {
        let count = self.course.catalogue().len();
        self.turn_to((self.index + count - 1) % count)
    }

    fn read_answers(&self) -> Result<Vec<Option<String>>> {
        (0..self.course.catalogue().len()).map(|index| self.course.answer(index)).collect()
    }

    /// Looks at the answers, and checks the one that has changed.
    fn check_what_changed(&mut self) -> Result<()> {
        let now = self.read_answers()?;
        let before = std::mem::replace(&mut self.answers, now);
        let now = &self.answers;
        // Half way through a save it may be empty or not there: there will be more to see.
        if now[self.index].as_ref().is_none_or(String::is_empty) {
            let first_time = !self.checked.is_empty();
            self.checked.clear();
            self.note =
                "Your file is missing or empty. Save it, or press r to restore the stub.".into();
            return if first_time { self.draw() } else { Ok(()) };
        }
        if self.course.digest(self.index)? != self.checked {
            return self.start_check();
        }
        // Another exercise was saved, and no other: the learner has gone on to it.
        let mut changed = (0..now.len()).filter(|&i| now[i] != before[i] && now[i].is_some());
        match (changed.next(), changed.next()) {
            (Some(index), None) if self.course.status(index)? != Status::NotStarted => {
                self.turn_to(index)
            }
            _ => Ok(()),
        }
    }

    /// Stops what is running and checks the current exercise.
    fn start_check(&mut self) -> Result<()> {
        self.running = None; // ends the one before, and waits until it has
        self.checks += 1;
        let colour = self.paint.on;
        let running = Running::start(&self.course, self.index, colour, self.checks, &self.events)?;
        self.checked = running.digest().to_owned();
        self.running = Some(running);
        self.show(Screen::Verdict(Detail::First))
    }

    /// A check tells something. One that was stopped may still have had something to tell.
    fn on_check_event(&mut self, number: u64, event: CheckEvent) -> Result<()> {
        let is_this = |running: &mut Running| running.number() == number;
        let Some(running) = self.running.take_if(is_this) else { return Ok(()) };
        match running.on_event(event, &self.course, &self.events)? {
            After::Running(running) => {
                self.running = Some(running);
                self.draw_last_line();
                Ok(())
            }
            After::Finished(digest, outcome) => self.finish(digest, outcome),
        }
    }

    /// The check is finished: remembers and shows the outcome.
    fn finish(&mut self, digest: String, outcome: Outcome) -> Result<()> {
        if let Err(why) = self.course.record(self.index, &digest, &outcome) {
            self.note = format!("Your progress was not saved: {why:#}"); // the verdict holds
        }
        self.verdict = Some(Verdict::new(outcome, digest));
        match self.screen {
            Screen::Verdict(_) | Screen::Trouble(_) => self.scroll = 0,
            // What the learner reads at this moment stays.
            Screen::Hints { .. } | Screen::List { .. } | Screen::Solution => {}
        }
        self.draw()
    }

    /// Ends a running check, with all that it has started.
    fn stop(&mut self) -> Result<()> {
        match self.running.take() {
            None => self.say("Nothing is running."),
            Some(running) => {
                let note = running.stop();
                self.say(&note)
            }
        }
    }

    fn escape(&mut self) -> Result<()> {
        match self.screen {
            Screen::Verdict(Detail::First) => self.stop(),
            _ => self.show(Screen::Verdict(Detail::First)),
        }
    }

    fn suspend(&mut self) -> Result<()> {
        self.terminal.suspend()?;
        self.draw()
    }

    /// Shows another body, from its first line.
    fn show(&mut self, screen: Screen) -> Result<()> {
        self.screen = screen;
        self.scroll = 0;
        self.note.clear();
        self.draw()
    }

    /// Says something below the keys.
    fn say(&mut self, note: &str) -> Result<()> {
        self.note = note.to_owned();
        self.draw()
    }

    fn ask(&mut self, question: Question) -> Result<()> {
        self.question = Some(question);
        self.draw()
    }

    fn show_verdict(&mut self, detail: Detail) -> Result<()> {
        match (&self.verdict, detail) {
            (None, _) => self.say("There is no verdict yet."),
            (Some(verdict), Detail::Timeline) if !verdict.has_processes() => {
                self.say("No check forked a process, so there is nothing to draw.")
            }
            _ => self.show(Screen::Verdict(detail)),
        }
    }

    /// One more hint, with the verdict above it. The hint is in sight.
    fn show_hint(&mut self) -> Result<()> {
        let shown = self.course.one_more_hint(self.index);
        self.show(Screen::Hints { all: false })?;
        self.scroll = self.scroll_end;
        match shown.forgotten {
            Some(why) => self.say(&format!("Your progress was not saved: {why:#}")),
            None if shown.no_more => {
                self.say("That was the last hint. Press H to see all of them.")
            }
            None if shown.count > 1 => self.say("Press H to see the earlier hints too."),
            None => self.draw(),
        }
    }

    fn show_solution(&mut self) -> Result<()> {
        match self.course.status(self.index)? {
            Status::Solved => self.show(Screen::Solution),
            _ => self.ask(Question::Solution),
        }
    }

    fn select(&mut self, selected: usize, by: isize) -> Result<()> {
        let last = self.course.catalogue().len() - 1;
        let selected = selected.saturating_add_signed(by).min(last);
        self.screen = Screen::List { selected };
        // The line that is chosen stays on the screen.
        self.scroll =
            self.scroll.min(selected).max(selected.saturating_sub(5)).min(self.scroll_end);
        self.draw()
    }

    fn scroll_by(&mut self, lines: isize) -> Result<()> {
        let before = self.scroll;
        self.scroll = before.saturating_add_signed(lines).min(self.scroll_end);
        match (self.scroll == before, self.scroll_end) {
            (false, _) => self.draw(),
            (true, 0) => self.say("The whole text is on the screen."),
            (true, _) if before == 0 => self.say("This is the beginning of the text."),
            (true, _) => self.say("This is the end of the text."),
        }
    }

    /// The chapter to read: before it is solved the one that helps, then the one that comes next.
    fn open_chapter(&mut self) -> Result<()> {
        let exercise = self.course.exercise(self.index);
        let solved = self.verdict.as_ref().is_some_and(Verdict::has_passed);
        let next = exercise.next.as_ref().filter(|_| solved);
        let chapter = next.unwrap_or(&exercise.chapter);
        let note = browser::show_chapter(self.course.workspace(), chapter);
        self.say(&note)
    }

    fn reset(&mut self) -> Result<()> {
        self.running = None;
        let kept = self.course.reset(self.index)?;
        self.verdict = None;
        self.start_check()?;
        let name = &self.course.exercise(self.index).name;
        let note = self.course.reset_note(name, kept.as_deref());
        self.say(&note)
    }

    /// Something went wrong that is no fault of the answer, and no reason to end.
    fn show_trouble(&mut self, why: &anyhow::Error) {
        let screen = Screen::Trouble(format!("{why:#}"));
        // What goes wrong every second is shown once.
        if self.screen != screen {
            self.screen = screen;
            self.scroll = 0;
            let _ = self.draw(); // when the files cannot be read to draw it, the next try tells
        }
    }

    fn view(&self) -> View<'_> {
        View {
            course: &self.course,
            index: self.index,
            screen: &self.screen,
            verdict: self.verdict.as_ref(),
            digest: &self.checked,
            question: self.question,
            running: self.running.as_ref().map(Running::progress),
            note: &self.note,
            scroll: self.scroll,
            size: terminal::size(),
            paint: self.paint,
        }
    }

    fn draw(&mut self) -> Result<()> {
        let drawing = self.view().draw()?;
        self.scroll_end = drawing.scroll_end();
        self.scroll = self.scroll.min(self.scroll_end);
        drawing.print(&mut self.terminal);
        Ok(())
    }

    fn draw_last_line(&mut self) {
        let line = self.view().last_line();
        self.terminal.print_last_line(&line);
    }
}
