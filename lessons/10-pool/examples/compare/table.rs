//! The figures, as text or as JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// All rows.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

struct Row {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    values: Vec<(String, f64)>,
}

impl Table {
    pub(crate) fn row(&mut self, name: &'static str, title: &'static str, unit: &'static str) {
        self.0.push(Row { name, title, unit, values: Vec::new() });
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

    pub(crate) fn rayon(&mut self, name: &str) {
        if let Some(value) = crate::rayon(name) {
            self.put("rayon", value);
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let _ = writeln!(text, "{}: {}", row.name, row.title);
            for (who, value) in &row.values {
                let ratio = row.ratio(*value);
                let unit = row.unit;
                let _ = writeln!(text, "  {who:<21} {value:>16.4} {unit:<8} {ratio:>9.2} x ours");
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
    fn ours(&self) -> f64 {
        self.values.iter().find(|(who, _)| who == "ours").map_or(f64::NAN, |(_, value)| *value)
    }

    fn ratio(&self, value: f64) -> f64 {
        value / self.ours()
    }

    /// The figures, and how ours stands to the first peer of: mp, floor, rayon.
    fn json(&self) -> Value {
        let mut object: Map<String, Value> =
            self.values.iter().map(|(who, value)| (who.clone(), json!(value))).collect();
        let peers = ["mp", "floor", "rayon"];
        let peer = peers.iter().find_map(|peer| self.values.iter().find(|(who, _)| who == peer));
        if let Some((peer, value)) = peer {
            object.insert("against".to_owned(), json!(peer));
            object.insert("ratio".to_owned(), json!(self.ours() / value));
        }
        Value::Object(object)
    }
}
