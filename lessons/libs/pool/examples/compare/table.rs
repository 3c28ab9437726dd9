//! The figures, as text or as JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::goal::Goal;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// More is better.
    Items,
    Megabytes,
    SpeedUp,
    /// Less is better.
    Seconds,
    Growth,
    Bytes,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Items => "items/s",
            Unit::Megabytes => "MB/s",
            Unit::SpeedUp => "times a loop",
            Unit::Seconds => "s",
            Unit::Growth => "MB",
            Unit::Bytes => "bytes",
        }
    }

    fn less_is_better(self) -> bool {
        matches!(self, Unit::Seconds | Unit::Growth | Unit::Bytes)
    }

    /// Large figures need no decimals.
    fn show(self, value: f64) -> String {
        match self {
            Unit::Items => format!("{value:.0}"),
            Unit::Megabytes | Unit::Growth | Unit::Bytes => format!("{value:.1}"),
            Unit::SpeedUp => format!("{value:.3}"),
            Unit::Seconds => format!("{value:.6}"),
        }
    }
}

/// All rows.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

struct Row {
    name: &'static str,
    title: &'static str,
    unit: Unit,
    values: Vec<(String, f64)>,
    goals: Vec<Goal>,
}

impl Table {
    /// Begins a row.
    pub(crate) fn row(&mut self, name: &'static str, title: &'static str, unit: Unit) {
        self.0.push(Row { name, title, unit, values: Vec::new(), goals: Vec::new() });
    }

    fn last(&mut self) -> &mut Row {
        self.0.last_mut().expect("BUG: no row")
    }

    /// Adds a figure to the last row.
    pub(crate) fn put(&mut self, figure: &str, value: f64) {
        self.last().values.push((figure.to_owned(), value));
    }

    /// Adds Python's figures to the last row.
    pub(crate) fn python(&mut self, name: &str) {
        for (_, peer, value) in crate::peers::python(&[name]) {
            self.put(&peer, value);
        }
    }

    /// In the last row, `ours` divided by the best of `against` should be `ratio`, or better.
    pub(crate) fn goal(
        &mut self,
        ours: &'static str,
        against: &'static [&'static str],
        ratio: f64,
    ) {
        self.last().goals.push(Goal { ours, against, ratio });
    }

    /// All figures, and then all ratios with the goal beside each.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let _ = writeln!(text, "{}: {}", row.name, row.title);
            for (figure, value) in &row.values {
                let (value, unit) = (row.unit.show(*value), row.unit.name());
                let _ = writeln!(text, "  {figure:<22} {value:>14} {unit}");
            }
        }
        text.push_str("ratios of this run:\n");
        self.0.iter().flat_map(Row::verdicts).for_each(|line| text += &line);
        text
    }

    pub(crate) fn json(&self) -> String {
        let rows: Map<String, Value> =
            self.0.iter().map(|row| (row.name.to_owned(), row.json())).collect();
        Value::Object(rows).to_string() + "\n"
    }
}

impl Row {
    fn of(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(figure, _)| figure == name).map(|(_, value)| *value)
    }

    /// What a goal's figure is held against, and the quotient. `None` if that was not measured.
    fn ratio(&self, goal: &Goal) -> Option<(&'static str, f64)> {
        let sign = if self.unit.less_is_better() { -1.0 } else { 1.0 };
        let peers = goal.against.iter().filter_map(|peer| Some((*peer, self.of(peer)?)));
        let best = peers.max_by(|(_, one), (_, other)| (sign * one).total_cmp(&(sign * other)));
        best.zip(self.of(goal.ours)).map(|((peer, value), ours)| (peer, ours / value))
    }

    /// A line for each goal.
    fn verdicts(&self) -> impl Iterator<Item = String> {
        let bound = if self.unit.less_is_better() { "at most" } else { "at least" };
        self.goals.iter().map(move |goal| {
            let Some((peer, ratio)) = self.ratio(goal) else {
                let against = goal.against.join(", ");
                return format!("  {}: {} / {against} was not measured\n", self.name, goal.ours);
            };
            let reached = goal.is_reached(ratio, self.unit.less_is_better());
            let verdict = if reached { "reached" } else { "MISSED" };
            let what = format!("{}: {} / {peer}", self.name, goal.ours);
            format!("  {what:<28} {ratio:>8.2}   goal: {bound} {:<6} {verdict}\n", goal.ratio)
        })
    }

    fn json(&self) -> Value {
        let mut object: Map<String, Value> =
            self.values.iter().map(|(figure, value)| (figure.clone(), json!(value))).collect();
        let goals = self.goals.iter().filter_map(|goal| {
            let (peer, ratio) = self.ratio(goal)?;
            let reached = goal.is_reached(ratio, self.unit.less_is_better());
            let ours = goal.ours;
            let goal = goal.ratio;
            Some(json!({ "ours": ours, "against": peer, "ratio": ratio, "goal": goal, "reached": reached }))
        });
        object.insert("goals".to_owned(), goals.collect());
        Value::Object(object)
    }
}
