//! What each key does, and the screen.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use signal_hook::consts::SIGINT;

use crate::check::Outcome;
use crate::page;
use crate::standing::Standing;
use crate::text::wrap;
use crate::watch::{End, Question, Watch};

impl Watch {
    /// Does what a key asks for.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Result<Option<End>> {
        if key.kind == KeyEventKind::Release {
            return Ok(None);
        }
        let KeyCode::Char(letter) = key.code else {
            if key.code == KeyCode::Esc {
                self.escape();
            }
            return Ok(None);
        };
        let letter = letter.to_ascii_lowercase();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            if letter == 'z' {
                self.terminal.suspend()?;
                self.show();
            }
            return Ok((letter == 'c').then_some(End::Signal(SIGINT)));
        }
        if let Some(question) = self.question.take() {
            return self.answer(question, letter).map(|()| None);
        }
        match letter {
            'q' => return Ok(Some(End::Quit)),
            's' => self.stop(),
            'c' => self.start_check(false)?,
            't' => self.start_check(true)?,
            'h' => self.hint()?,
            'l' => self.list()?,
            'n' => self.next()?,
            'p' => self.previous()?,
            'o' => self.open(),
            'r' => self.ask(Question::Reset),
            'v' => self.solution()?,
            _ => {}
        }
        Ok(None)
    }

    fn escape(&mut self) {
        if self.question.take().is_some() {
            self.note.clear();
            self.status();
        } else {
            self.stop();
        }
    }

    fn hint(&mut self) -> Result<()> {
        let shown = self.coach.one_more_hint(self.at)?;
        self.body = self.coach.hints(self.at, shown);
        self.show();
        Ok(())
    }

    fn list(&mut self) -> Result<()> {
        self.body = self.coach.list(Some(self.at))?;
        self.show();
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        match self.coach.next(Some(self.at))? {
            Some(at) => self.turn_to(at),
            None => {
                self.note = "There is no other one that is not solved.".to_owned();
                self.status();
                Ok(())
            }
        }
    }

    fn previous(&mut self) -> Result<()> {
        let count = self.coach.catalogue.exercises.len();
        self.turn_to((self.at + count - 1) % count)
    }

    /// The chapter to read: before it is solved the one that helps, then the one that comes next.
    fn open(&mut self) {
        let exercise = self.coach.exercise(self.at);
        let solved = matches!(self.outcome, Some(Outcome::Passed(_)));
        let chapter = if solved { &exercise.next } else { &exercise.chapter };
        self.note = self.coach.open_chapter(chapter);
        self.show();
    }

    fn solution(&mut self) -> Result<()> {
        if self.coach.standing(self.at)? == Standing::Solved {
            return self.show_solution();
        }
        self.ask(Question::Solution);
        Ok(())
    }

    fn ask(&mut self, question: Question) {
        self.note = match question {
            Question::Reset => "Put the stub back, and your answer aside? y/n",
            Question::Solution => "You have not solved it. See the reference all the same? y/n",
        }
        .to_owned();
        self.question = Some(question);
        self.show();
    }

    fn answer(&mut self, question: Question, letter: char) -> Result<()> {
        self.note.clear();
        match (letter, question) {
            ('y', Question::Reset) => self.reset(),
            ('y', Question::Solution) => self.show_solution(),
            _ => {
                self.show();
                Ok(())
            }
        }
    }

    fn reset(&mut self) -> Result<()> {
        self.check = None;
        let said = self.coach.reset_and_say(self.at)?;
        self.start_check(false)?;
        self.note = said;
        Ok(())
    }

    fn show_solution(&mut self) -> Result<()> {
        let name = &self.coach.exercise(self.at).name;
        let code = self.coach.workspace.read(&self.coach.workspace.reference(name))?;
        let (paint, width) = (self.coach.paint, self.coach.width);
        let discussion = page::discussion(&self.coach.workspace, name, paint, width)?;
        self.body = format!("{}\n{discussion}", paint.code(code.trim_end()) + "\n");
        self.show();
        Ok(())
    }

    /// The whole screen.
    pub(crate) fn show(&mut self) {
        self.measure();
        let heading = self.coach.heading(self.at);
        let keys = self.keys();
        let note = if self.check.is_none() && self.note.len() >= self.coach.width {
            wrap(&format!("{}\n", std::mem::take(&mut self.note)), self.coach.width)
        } else {
            String::new()
        };
        let body = if self.body.is_empty() { String::new() } else { format!("{}\n", self.body) };
        self.terminal.page(&format!("{heading}\n{body}{keys}{note}"));
        self.status();
    }

    /// Which keys there are.
    fn keys(&self) -> String {
        let exercise = self.coach.exercise(self.at);
        let hints = self.coach.progress.of(&exercise.name).hints;
        let hint = format!("hint {hints}/{}", exercise.hints.len());
        let keys = [
            ("h", hint.as_str()),
            ("n", "next"),
            ("p", "previous"),
            ("l", "list"),
            ("o", "open chapter"),
            ("t", "timeline"),
            ("c", "check"),
            ("s", "stop"),
            ("r", "reset"),
            ("v", "view reference"),
            ("q", "quit"),
        ];
        // A key and what it does stay together on a line.
        let (mut text, mut at) = (String::new(), 0);
        for (key, does) in keys {
            let wide = key.len() + 1 + does.len();
            if at > 0 && at + 2 + wide > self.coach.width {
                text.push('\n');
                at = 0;
            } else if at > 0 {
                text.push_str("  ");
                at += 2;
            }
            text.push_str(&format!("{} {does}", self.coach.paint.bold(key)));
            at += wide;
        }
        text + "\n"
    }
}
