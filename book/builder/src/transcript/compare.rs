//! Whether what a command prints now may stand for what the book shows.
//!
//! A *name* is a whole number of three or more digits in what the book shows, or an address
//! (`0x…`): a PID, most of the time. Names may differ, but only by one renaming for the whole
//! block that is consistent and one-to-one: where the book says 812 twice the run must print one
//! number twice, and where the book says 812 and 813 the run must print two. So "my parent is
//! 812" still has to be the number that the parent printed. How many digits the *run* prints does
//! not matter. Shorter numbers are facts.

use std::collections::{HashMap, HashSet};

use regex::{NoExpand, Regex};

use super::line::{Part, parts};

/// How the order of lines may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Not at all.
    #[default]
    Exact,
    /// As it likes.
    Any,
    /// Each speaker keeps its order; the speakers mix.
    Prefix,
}

/// Which numbers may be any others, apart from names and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vary {
    /// None.
    #[default]
    Nothing,
    /// Those with a decimal point.
    Decimals,
    /// All.
    Numbers,
}

/// What may differ between the book and a run.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// The order of lines.
    pub order: Order,
    /// So many lines at the beginning have their places.
    pub first: usize,
    /// So many lines at the end have their places.
    pub last: usize,
    /// Numbers.
    pub vary: Vary,
    /// Numbers that look like names and are facts.
    pub keep: HashSet<String>,
    /// Text that may be any other which the same pattern finds.
    pub free: Vec<Regex>,
}

impl Allowed {
    /// Sets what the attribute `name` of a block says.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("order", "any") => self.order = Order::Any,
            ("order", "prefix") => self.order = Order::Prefix,
            ("vary", "decimals") => self.vary = Vary::Decimals,
            ("vary", "numbers") => self.vary = Vary::Numbers,
            ("first", n) => self.first = super::number(name, n)?,
            ("last", n) => self.last = super::number(name, n)?,
            ("free", pattern) => {
                let pattern = Regex::new(pattern).map_err(|why| format!("`free`: {why}"))?;
                self.free.push(pattern);
            }
            ("keep", list) => self.keep = list.split(' ').map(str::to_owned).collect(),
            _ => return Err(format!("unknown attribute `{name}={value}` of a console block")),
        }
        Ok(())
    }

    /// A line in which all that may be any other is the same.
    fn masked(&self, line: &str) -> String {
        let masked = |line: String, (at, pattern): (usize, &Regex)| {
            let mask = format!("<free {}>", (b'a' + u8::try_from(at % 26).unwrap_or(0)) as char);
            pattern.replace_all(&line, NoExpand(&mask)).into_owned()
        };
        self.free.iter().enumerate().fold(line.to_owned(), masked)
    }

    /// Whether a number in the book is a name.
    pub(crate) fn is_pid(&self, number: &str) -> bool {
        let long = number.len() >= 3;
        long && self.vary != Vary::Numbers && !self.keep.contains(number)
    }
}

/// One renaming for a whole block, which grows from command to command.
///
/// It is one-to-one within each command only: when the processes of one command have ended, the
/// system may give their PIDs to those of the next, and now and then it does.
#[derive(Debug, Clone, Default)]
pub struct PidMapping {
    new: HashMap<String, String>,
    /// Which name in the book a printed one stands for, in the command at hand.
    old: HashMap<String, String>,
}

impl PidMapping {
    /// Whether `printed` may stand for `shown`. If so, the renaming knows the names in it.
    ///
    /// # Errors
    ///
    /// What does not fit, with both texts.
    pub fn fit(
        &mut self,
        shown: &[String],
        printed: &[String],
        allowed: &Allowed,
    ) -> Result<(), String> {
        self.old.clear();
        let why = if shown.len() == printed.len() {
            let masked = |text: &[String]| -> Vec<String> {
                text.iter().map(|line| allowed.masked(line)).collect()
            };
            let (shown, printed) = (masked(shown), masked(printed));
            let mut search = Search {
                shown: lines(&shown, allowed),
                printed: lines(&printed, allowed),
                allowed,
                place_of: vec![None; printed.len()],
                budget: BUDGET,
            };
            match search.place(0, self) {
                Some(grown) => {
                    *self = grown;
                    return Ok(());
                }
                None if search.budget == 0 => "too many orders to try them all".to_owned(),
                None if allowed.order == Order::Exact => "no renaming of processes fits".to_owned(),
                None => "no allowed order and no renaming of processes fit".to_owned(),
            }
        } else {
            format!("{} lines in the book, {} printed", shown.len(), printed.len())
        };
        Err(format!("{why}:\n{}{}", marked("- ", shown), marked("+ ", printed)))
    }

    /// The renaming that `printed` needs to be `shown`, on top of what is known.
    fn with(&self, shown: &Line<'_>, printed: &Line<'_>, allowed: &Allowed) -> Option<PidMapping> {
        if shown.parts.len() != printed.parts.len() {
            return None;
        }
        let mut grown = self.clone();
        for (a, b) in shown.parts.iter().zip(&printed.parts) {
            let fits = match (a, b) {
                (Part::Space(_), Part::Space(_)) | (Part::Time(_), Part::Time(_)) => true,
                (Part::Number(a), Part::Number(b)) if allowed.is_pid(a) => grown.add(a, b),
                (Part::Decimal(_), Part::Decimal(_)) => a == b || allowed.vary != Vary::Nothing,
                (Part::Number(_), Part::Number(_)) => a == b || allowed.vary == Vary::Numbers,
                _ => a == b,
            };
            if !fits {
                return None;
            }
        }
        Some(grown)
    }

    fn add(&mut self, shown: &str, printed: &str) -> bool {
        let new = self.new.entry(shown.to_owned()).or_insert_with(|| printed.to_owned());
        let old = self.old.entry(printed.to_owned()).or_insert_with(|| shown.to_owned());
        new == printed && old == shown
    }
}

/// Enough for any block in a book; the search must end also for one that is not meant for it.
const BUDGET: u32 = 200_000;

struct Line<'a> {
    parts: Vec<Part<'a>>,
    /// Who says it: the last name before the first colon, or else all before it.
    speaker: &'a str,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, allowed: &Allowed) -> Self {
        let before = text.split(':').next().unwrap_or_default();
        let mut names = parts(before).into_iter().filter_map(|part| match part {
            Part::Number(n) if allowed.is_pid(n) => Some(n),
            _ => None,
        });
        // Some systems put spaces before a number that stands alone (`wc -l`).
        Line { speaker: names.next_back().unwrap_or(before), parts: parts(text.trim()) }
    }
}

fn lines<'a>(text: &'a [String], allowed: &Allowed) -> Vec<Line<'a>> {
    text.iter().map(|line| Line::new(line, allowed)).collect()
}

struct Search<'a> {
    shown: Vec<Line<'a>>,
    printed: Vec<Line<'a>>,
    allowed: &'a Allowed,
    /// Where in the book each printed line has found its place.
    place_of: Vec<Option<usize>>,
    budget: u32,
}

impl Search<'_> {
    /// Finds a printed line for the shown line `at` and all after it.
    fn place(&mut self, at: usize, names: &PidMapping) -> Option<PidMapping> {
        if at == self.shown.len() {
            return Some(names.clone());
        }
        for candidate in self.candidates(at) {
            self.budget = self.budget.checked_sub(1)?;
            let (shown, printed) = (&self.shown[at], &self.printed[candidate]);
            let Some(grown) = names.with(shown, printed, self.allowed) else { continue };
            self.place_of[candidate] = Some(at);
            if let Some(all) = self.place(at + 1, &grown) {
                return Some(all);
            }
            self.place_of[candidate] = None;
        }
        None
    }

    fn candidates(&self, at: usize) -> Vec<usize> {
        let middle = self.allowed.first..self.shown.len().saturating_sub(self.allowed.last);
        if self.allowed.order == Order::Exact || !middle.contains(&at) {
            return vec![at];
        }
        // What its speaker has said before must have been printed before. Who speaks is read off
        // the book, where names are known from facts.
        let earlier = |place: &Option<usize>| {
            place.is_some_and(|before| self.shown[before].speaker == self.shown[at].speaker)
        };
        let after = match self.allowed.order {
            Order::Prefix => self.place_of.iter().rposition(earlier),
            _ => None,
        };
        middle
            .filter(|i| self.place_of[*i].is_none() && after.is_none_or(|after| *i > after))
            .collect()
    }
}

fn marked(mark: &str, lines: &[String]) -> String {
    lines.iter().map(|line| format!("    {mark}{line}\n")).collect()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
