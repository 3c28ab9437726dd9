//! Below the picture: what its signs mean, what is to be noted, and the sum.

use super::Picture;
use super::sheet::{LETTER, width};
use crate::{End, names, words};

impl Picture<'_> {
    /// Draws them in `width` pixels, and gives the height of the whole.
    pub(super) fn legend(&mut self, width: f64) -> f64 {
        let mut y = self.layout.bottom + 40.0;
        let mut x = 12.0;
        for (sign, meaning) in self.signs() {
            let needed = 26.0 + super::sheet::width(meaning) + 14.0;
            if x > 12.0 && x + needed > width + 10.0 {
                (x, y) = (12.0, y + 22.0);
            }
            self.sign(sign, x, y);
            self.sheet.label("", x + 26.0, y, "", meaning);
            x += needed;
        }
        y += 28.0;
        let names = names(self.run);
        let crowds = self.lanes.iter().filter_map(|lane| lane.crowd(self.run, &names));
        let lines = crowds.chain(words::notes(self.run)).chain([self.sum()]);
        for line in lines.flat_map(|line| wrapped(&line, width - 24.0)) {
            self.sheet.label("tl-dim", 12.0, y, "", &line);
            y += 17.0;
        }
        y
    }

    fn sum(&self) -> String {
        let scale = if self.layout.scale.is_true { "" } else { " Times are not to scale." };
        format!("{}.{scale}", words::summary(self.run))
    }

    /// The signs that occur.
    fn signs(&self) -> Vec<(&'static str, &'static str)> {
        let processes = &self.run.processes;
        let numbers = (0..processes.len()).collect::<Vec<_>>();
        let killed = |end: &Option<(u64, End)>| matches!(end, Some((_, End::Killed(..))));
        let all = [
            (true, "tl-alive", "alive"),
            (processes.iter().any(|p| !p.waits.is_empty()), "tl-wait", "waiting for a child"),
            (
                numbers.iter().any(|p| self.run.zombie(*p).is_some()),
                "tl-zombie",
                "zombie: ended, not yet reaped",
            ),
            (processes.iter().any(|p| !p.stops.is_empty()), "tl-stopped", "stopped"),
            (processes.len() > 1, "tl-fork", "forked"),
            (processes.iter().any(|p| p.reaped.is_some()), "tl-reap", "reaped"),
            (processes.iter().skip(1).any(|p| !p.execs.is_empty()), "tl-exec", "exec"),
            (
                processes.iter().any(|p| !p.asked.is_empty()),
                "tl-asked",
                "asked: no child had ended",
            ),
            (self.layout.short_ends, "0", "exit code"),
            (processes.iter().any(|p| !p.signals.is_empty()), "tl-signal", "signal"),
            (processes.iter().any(|p| killed(&p.end)), "tl-kill", "ended by a signal"),
            (processes.iter().any(|p| p.adopted.is_some()), "tl-orphan", "parent gone, adopted"),
        ];
        all.into_iter().filter(|sign| sign.0).map(|(_, sign, meaning)| (sign, meaning)).collect()
    }

    fn sign(&mut self, sign: &str, left: f64, base: f64) {
        let (middle, y) = (left + 10.0, base - 4.0);
        match sign {
            "tl-alive" => self.sheet.rect(sign, middle - 6.0, y - 7.0, 12.0, 14.0),
            "tl-wait" | "tl-stopped" => self.sheet.rect(sign, middle - 5.2, y - 6.2, 10.4, 12.4),
            "tl-zombie" => {
                let outline = format!("M{:.1} {:.1}h10.6v12.6h-10.6z", middle - 5.3, y - 6.3);
                self.sheet.path(sign, &outline, &format!(" fill=\"url(#{}-hatch)\"", self.id));
            }
            "tl-fork" => self.arrow_sign("fork", left, left + 20.0, y),
            "tl-reap" => self.arrow_sign("reap", left + 20.0, left, y),
            "0" => self.sheet.label("", middle, base, "middle", sign),
            "tl-asked" => {
                self.sheet.rect("tl-alive", middle - 6.0, y - 7.0, 12.0, 14.0);
                self.sheet.dot(middle, y);
            }
            "tl-exec" => self.sheet.rect(sign, middle - 7.2, y - 2.4, 14.4, 4.8),
            "tl-signal" => self.sheet.pointer(middle + 7.0, y),
            "tl-kill" => self.sheet.cross(middle, y),
            _ => self.sheet.diamond(middle, y),
        }
    }

    fn arrow_sign(&mut self, kind: &str, from: f64, to: f64, y: f64) {
        let head = format!(" marker-end=\"url(#{}-{kind})\"", self.id);
        self.sheet.path(&format!("tl-{kind}"), &format!("M{from:.1} {y:.1}H{to:.1}"), &head);
    }
}

/// `text` in lines of at most `room` pixels.
fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + width(word) + LETTER <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
