//! The figures, as text or as JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

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
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Items => "items/s",
            Unit::Megabytes => "MB/s",
            Unit::SpeedUp => "times a loop",
            Unit::Seconds => "s",
            Unit::Growth => "MB",
        }
    }

    fn is_cost(self) -> bool {
        matches!(self, Unit::Seconds | Unit::Growth)
    }

    /// Large figures need no decimals.
    fn show(self, value: f64) -> String {
        match self {
            Unit::Items => format!("{value:.0}"),
            Unit::Megabytes | Unit::Growth => format!("{value:.1}"),
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
    /// Those whose best figure ours is held against.
    against: &'static [&'static str],
    values: Vec<(String, f64)>,
}

impl Table {
    /// Begins a row; ours will be held against the best of some.
    pub(crate) fn row(
        &mut self,
        name: &'static str,
        title: &'static str,
        unit: Unit,
        against: &'static [&'static str],
    ) {
        self.0.push(Row { name, title, unit, against, values: Vec::new() });
    }

    /// Adds a figure to the last row.
    pub(crate) fn put(&mut self, who: &str, value: f64) {
        self.0.last_mut().expect("BUG: no row").values.push((who.to_owned(), value));
    }

    pub(crate) fn python(&mut self, name: &str) {
        for (_, peer, value) in crate::peers::python(&[name]) {
            self.put(&peer, value);
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let _ = writeln!(text, "{}: {}", row.name, row.title);
            for (who, value) in &row.values {
                let (figure, unit) = (row.unit.show(*value), row.unit.name());
                let _ = write!(text, "  {who:<20} {figure:>14} {unit:<12}");
                let _ = match row.advantage(*value) {
                    Some(times) if who != "ours" => {
                        writeln!(text, "  ours is {times:.2} x as good")
                    }
                    _ => writeln!(text),
                };
            }
        }
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
        self.values.iter().find(|(who, _)| who == name).map(|(_, value)| *value)
    }

    /// How many times as good as `value` ours is. Nothing is so many times as good as nothing.
    fn advantage(&self, value: f64) -> Option<f64> {
        let ours = self.of("ours")?;
        let (better, worse) = if self.unit.is_cost() { (value, ours) } else { (ours, value) };
        (worse != 0.0).then(|| better / worse)
    }

    /// The figures, and ours divided by the best of those it is held against.
    fn json(&self) -> Value {
        let mut object: Map<String, Value> =
            self.values.iter().map(|(who, value)| (who.clone(), json!(value))).collect();
        let sign = if self.unit.is_cost() { -1.0 } else { 1.0 };
        let peers = self.against.iter().filter_map(|peer| Some((peer, self.of(peer)?)));
        let best = peers.max_by(|(_, one), (_, other)| (sign * one).total_cmp(&(sign * other)));
        if let (Some((peer, value)), Some(ours)) = (best, self.of("ours")) {
            object.insert("against".to_owned(), json!(peer));
            object.insert("ratio".to_owned(), json!(ours / value));
        }
        Value::Object(object)
    }
}
