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
/// The least room at both sides of a bar's middle.
const LEAST: (f64, f64) = (15.0, 18.0);
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
        let sides = fitted(&wanted, most - LEFT - 8.0);
        let staggered =
            sides.iter().zip(&heads).any(|(side, head)| side.0 + side.1 < head_width(head));
        let mut x = LEFT + 4.0;
        let mut columns = Vec::new();
        for (index, (head, (left, right))) in heads.into_iter().zip(sides).enumerate() {
            let head_y = if staggered && index % 2 == 0 { 52.0 } else { 18.0 };
            let room = right - TO_LABEL;
            columns.push(Column { x: x + left, head, head_y, room });
            x += left + right;
        }
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

fn head_width(head: &[String; 2]) -> f64 {
    head.iter().map(|line| width(line) * 1.12 + 6.0).fold(0.0, f64::max)
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

/// As wanted, or narrower, so that all find room; but not too narrow to read.
fn fitted(wanted: &[(f64, f64)], room: f64) -> Vec<(f64, f64)> {
    let sum: f64 = wanted.iter().map(|(left, right)| left + right).sum();
    let least = count(wanted.len()) * (LEAST.0 + LEAST.1);
    // What is over the least is shared out.
    let share = ((room - least) / (sum - least).max(1.0)).clamp(0.0, 1.0);
    let squeeze = |wanted: f64, least: f64| least.min(wanted) + (wanted - least).max(0.0) * share;
    wanted.iter().map(|(left, right)| (squeeze(*left, LEAST.0), squeeze(*right, LEAST.1))).collect()
}
