//! Where everything is: a column for each lane, time from top to bottom.

use super::sheet::{count, width};
use crate::lanes::Lane;
use crate::scale::{Scale, times};
use crate::{Run, names};

/// How wide the bar of a process is.
pub(super) const BAR: f64 = 12.0;
/// The same, of several processes.
pub(super) const WIDE_BAR: f64 = 56.0;
/// The room for the times.
pub(super) const LEFT: f64 = 52.0;
/// From the middle of a bar to the labels at its right.
pub(super) const TO_LABEL: f64 = BAR / 2.0 + 5.0;
/// The least room left and right of a bar, beside half of its width.
const LEAST: (f64, f64) = (9.0, 12.0);
/// What a bold letter takes at most in the fonts that are in use, for names beside each other.
const BOLD_LETTER: f64 = 8.8;
/// How much wider bold letters are.
const BOLD: f64 = 1.12;
/// With more times than this, not each gets a step of its own.
const STEPS: usize = 140;
/// What is divided as time is, besides the steps.
const FOR_TIME: f64 = 200.0;

pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    pub(super) width: f64,
    /// Where time begins and ends.
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) scale: Scale,
    /// Whether there is room for exit statuses as mere numbers only.
    pub(super) short_ends: bool,
}

/// The column of a lane.
pub(super) struct Column {
    /// The middle of its bar.
    pub(super) x: f64,
    /// What stands at its head: a name, and a PID or a number.
    pub(super) head: [String; 2],
    /// How many letters of the name there is room for.
    pub(super) letters: usize,
    /// How far down the head is.
    pub(super) head_y: f64,
    /// How many pixels there are for labels, right of the bar.
    pub(super) room: f64,
}

impl Layout {
    pub(super) fn new(run: &Run, lanes: &[Lane], most: f64) -> Self {
        let names = names(run);
        let heads: Vec<[String; 2]> = lanes.iter().map(|lane| lane.title(run, &names)).collect();
        let wanted: Vec<(f64, f64)> =
            lanes.iter().zip(&heads).map(|(lane, head)| wanted(run, lane, head)).collect();
        let least: Vec<(f64, f64)> = lanes.iter().map(least).collect();
        let sides = fitted(&wanted, &least, most - LEFT - 8.0);
        let staggered =
            sides.iter().zip(&heads).any(|(side, head)| side.0 + side.1 < head_width(head));
        let mut x = LEFT + 4.0;
        let mut columns = Vec::new();
        for (index, (head, (left, right))) in heads.into_iter().zip(sides).enumerate() {
            let head_y = if staggered && index % 2 == 0 { 52.0 } else { 18.0 };
            let room = right - TO_LABEL;
            columns.push(Column { x: x + left, head, head_y, room, letters: 0 });
            x += left + right;
        }
        share_heads(&mut columns);
        let top = if staggered { 92.0 } else { 58.0 };
        let scale = scale(run);
        let short_ends = columns.iter().any(|column| column.room + 5.0 < width("exit 0"));
        Layout { columns, width: x + 4.0, top, bottom: top + scale.length(), scale, short_ends }
    }

    pub(super) fn y(&self, time: u64) -> f64 {
        self.top + self.scale.place(time)
    }
}

/// A step for each time, or a true scale if there are too many.
fn scale(run: &Run) -> Scale {
    let times = times(run);
    if times.len() > STEPS {
        return Scale::linear(run.end, 900.0);
    }
    let step = (1700.0 / count(times.len())).clamp(11.0, 20.0);
    let scale = Scale::stepped(&times, FOR_TIME / step);
    let length = (scale.length() * step).max(48.0);
    scale.stretched_to(length)
}

/// Gives each head the room up to its neighbours in the same row: half of the way to the nearer one
/// on both sides, since heads are centred.
fn share_heads(columns: &mut [Column]) {
    let places: Vec<(f64, f64)> = columns.iter().map(|c| (c.x, c.head_y)).collect();
    for (index, column) in columns.iter_mut().enumerate() {
        let others = places.iter().enumerate();
        let row = others.filter(|(other, place)| *other != index && place.1 == column.head_y);
        let nearest = row.map(|(_, place)| (place.0 - column.x).abs()).fold(f64::MAX, f64::min);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few letters")]
        let letters = ((nearest - 4.0) / BOLD_LETTER).min(22.0) as usize;
        column.letters = letters.max(2);
    }
}

fn head_width(head: &[String; 2]) -> f64 {
    head.iter().map(|line| width(line) * BOLD + 6.0).fold(0.0, f64::max)
}

/// The room that a lane would like, left and right of the middle of its bar.
fn wanted(run: &Run, lane: &Lane, head: &[String; 2]) -> (f64, f64) {
    let half = head_width(head).min(150.0) / 2.0;
    let several = lane.single().is_none();
    let (bar, label) = if several { (WIDE_BAR / 2.0, 92.0) } else { (BAR / 2.0, 0.0) };
    let ends = lane.ends(run);
    let mut longest = ends.iter().map(|(end, _)| width(&end.to_string())).fold(label, f64::max);
    if lane.single().is_some_and(|process| run.processes[process].adopted.is_some()) {
        longest = longest.max(width("adopted by 1234"));
    }
    (half.max(bar + 4.0), half.max(bar + 13.0 + longest))
}

/// The room that a lane must have, left and right of the middle of its bar.
fn least(lane: &Lane) -> (f64, f64) {
    let bar = if lane.single().is_some() { BAR } else { WIDE_BAR };
    (bar / 2.0 + LEAST.0, bar / 2.0 + LEAST.1)
}

/// As wanted, or narrower, so that all find room; but not too narrow to read.
fn fitted(wanted: &[(f64, f64)], least: &[(f64, f64)], room: f64) -> Vec<(f64, f64)> {
    let sum = |sides: &[(f64, f64)]| sides.iter().map(|(left, right)| left + right).sum::<f64>();
    // What is over the least is shared out.
    let share = ((room - sum(least)) / (sum(wanted) - sum(least)).max(1.0)).clamp(0.0, 1.0);
    let squeeze = |wanted: f64, least: f64| least.min(wanted) + (wanted - least).max(0.0) * share;
    let sides = wanted.iter().zip(least);
    sides.map(|(want, least)| (squeeze(want.0, least.0), squeeze(want.1, least.1))).collect()
}
