//! A run as lines of text: a row for each process, time from left to right.

mod bars;
mod glyphs;
mod grid;

use crate::lanes::{Lane, lanes};
use crate::scale::{Scale, label, times};
use crate::{Run, names, words};
use glyphs::{Glyphs, Paint};
use grid::Grid;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// No line is longer than this many columns, which are at least 40.
    pub width: usize,
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// Whether to keep to ASCII.
    pub ascii: bool,
}

impl Default for Style {
    /// 80 columns, no colour.
    fn default() -> Self {
        Style { width: 80, colour: false, ascii: false }
    }
}

/// With more lanes than this, processes that are alike share one.
const MANY: usize = 36;
/// A longer name is cut, as it would take the room of the picture.
const LONGEST_NAME: usize = 16;

/// Draws `run`: a line in sum, the picture with its legend, and what is to be noted.
pub fn draw(run: &Run, style: &Style) -> String {
    let glyphs = if style.ascii { &glyphs::ASCII } else { &glyphs::UNICODE };
    let paint = Paint { colour: style.colour };
    let page = Page { run, glyphs, paint, width: style.width.max(40) };
    let lanes = lanes(run, MANY);
    let mut text = page.chart(&lanes);
    text.push('\n');
    let names = names(run);
    let crowds = lanes.iter().filter_map(|lane| lane.crowd(run, &names));
    for line in crowds.chain(words::notes(run)) {
        text += &wrapped(&line, page.width, "  ");
    }
    text += &wrapped(&words::summary(run), page.width, "  ");
    if style.ascii { glyphs::to_ascii(&text) } else { text }
}

struct Page<'a> {
    run: &'a Run,
    glyphs: &'static Glyphs,
    paint: Paint,
    width: usize,
}

impl Page<'_> {
    fn chart(&self, lanes: &[Lane]) -> String {
        let names = names(self.run);
        let heads: Vec<String> =
            (0..lanes.len()).map(|lane| self.head(lanes, lane, &names)).collect();
        let tails: Vec<String> = lanes.iter().map(|lane| self.tail(lane)).collect();
        let widest = |texts: &[String]| texts.iter().map(|t| t.chars().count()).max().unwrap_or(0);
        let left = widest(&heads).min(self.width * 2 / 5);
        let right = widest(&tails).min(self.width / 4);
        let cells = self.width - left - right - 2;
        let scale = self.scale(cells);
        let grid = bars::draw(self.run, lanes, &scale, self.glyphs, cells);
        let full = "ms, not to scale";
        let unit = if scale.is_true || left < full.len() { "ms" } else { full };
        let unit = fit(unit, left);
        let mut text = format!("{}\n", self.paint.dim(&format!("{unit} {}", axis(&scale, cells))));
        for (row, (head, tail)) in heads.iter().zip(&tails).enumerate() {
            let bar = grid.row(row, self.paint);
            let line = format!("{} {bar} {}", fit(head, left), fit(tail, right));
            text += line.trim_end();
            text.push('\n');
        }
        text + "\n" + &self.legend(&grid)
    }

    fn scale(&self, cells: usize) -> Scale {
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let last_cell = (cells - 1) as f64;
        Scale::fitting(&times(self.run), self.run.end, last_cell, 1.5)
    }

    /// The name and PID of a lane, behind the branches of the family tree.
    fn head(&self, lanes: &[Lane], index: usize, names: &[String]) -> String {
        let [name, number] = lanes[index].title(self.run, names);
        let mut branches = String::new();
        let mut lane = index;
        while let Some(parent) = lanes[lane].parent {
            let more = lanes[lane + 1..].iter().take_while(|l| l.depth >= lanes[lane].depth);
            let last = !more.into_iter().any(|l| l.parent == Some(parent));
            let branch = self.glyphs.branch(lane == index, last);
            branches.insert_str(0, branch);
            lane = parent;
        }
        let name = fit(&name, name.chars().count().min(LONGEST_NAME));
        format!("{branches}{name} {number}")
    }

    /// How the processes of a lane ended.
    fn tail(&self, lane: &Lane) -> String {
        let ends = lane.ends(self.run);
        let alive = lane.members.len() - ends.iter().map(|(_, count)| count).sum::<usize>();
        let mut parts: Vec<String> = ends
            .iter()
            .map(|(end, count)| match lane.single() {
                Some(_) => end.to_string(),
                None => format!("{count} {end}"),
            })
            .collect();
        if alive > 0 {
            let some = if lane.single().is_some() { String::new() } else { format!("{alive} ") };
            parts.push(some + "alive");
        }
        parts.join(", ")
    }

    /// What the signs mean, of those that occur.
    fn legend(&self, grid: &Grid) -> String {
        let mut lines = vec![String::new()];
        let mut used = 0;
        for (ink, sign, meaning) in self.glyphs.legend() {
            if !grid.has(ink) {
                continue;
            }
            let needed = sign.chars().count() + 1 + meaning.chars().count() + 3;
            if used + needed > self.width + 3 {
                lines.push(String::new());
                used = 0;
            }
            used += needed;
            if let Some(line) = lines.last_mut() {
                *line += &format!("{} {meaning}   ", self.paint.ink(ink, &sign));
            }
        }
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// `text` in exactly `width` columns.
fn fit(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return format!("{text:<width$}");
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// The times over the columns, as many as have room.
fn axis(scale: &Scale, cells: usize) -> String {
    let mut line = String::new();
    for (time, place) in scale.marks(cells) {
        let at = bars::cell(place);
        let text = label(time);
        let start = if line.is_empty() { 0 } else { line.chars().count() + 2 };
        let again = line.ends_with(&text);
        if at >= start && at + text.len() <= cells && !again {
            line = format!("{line:<at$}{text}");
        }
    }
    line
}

/// `text` in lines of at most `width` columns, all but the first behind `indent`.
fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used == 0 {
            used = length;
        } else if used + 1 + length > width {
            lines += &format!("\n{indent}");
            used = indent.len() + length;
        } else {
            lines.push(' ');
            used += 1 + length;
        }
        lines += word;
    }
    lines + "\n"
}
