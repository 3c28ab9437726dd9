//! The structure that travels: numbers, text, a list, a map, and an optional value.

use std::collections::BTreeMap;

use lesson_cli::{Failure, say};
use serde::{Deserialize, Serialize};

/// The log of a voyage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Voyage {
    pub(crate) ship: String,
    pub(crate) days: u16,
    pub(crate) stops: Vec<Stop>,
    /// Kilograms of each good.
    pub(crate) cargo_kg: BTreeMap<String, u32>,
}

/// A port on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) port: String,
    pub(crate) celsius: f64,
    pub(crate) note: Option<String>,
}

/// What another process computed from a voyage, with the voyage as it arrived there.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) who: String,
    pub(crate) mean_celsius: f64,
    pub(crate) cargo_kg: u64,
    pub(crate) voyage: Voyage,
}

impl Answer {
    /// Computes the answer of the process named `who`.
    pub(crate) fn to(voyage: Voyage, who: String) -> Self {
        let sum: f64 = voyage.stops.iter().map(|stop| stop.celsius).sum();
        let mean_celsius = sum / voyage.stops.len() as f64;
        let cargo_kg = voyage.cargo_kg.values().copied().map(u64::from).sum();
        Answer { who, mean_celsius, cargo_kg, voyage }
    }

    pub(crate) fn say(&self) {
        let (who, ship, cargo) = (&self.who, &self.voyage.ship, self.cargo_kg);
        let stops = match self.voyage.stops.len() {
            0 => "no stops".to_owned(),
            n => format!("{n} stops, mean {:.2} °C", self.mean_celsius),
        };
        say!("    {who}: {ship}, {stops}, cargo {cargo} kg");
    }

    /// Checks that the voyage came back as it was sent, and that the answer is right.
    pub(crate) fn compare_with(self, sent: &Voyage) -> Result<(), Failure> {
        let who = self.who.clone();
        if self == Answer::to(sent.clone(), self.who.clone()) {
            say!("The voyage came back unchanged, and the answer is right.");
            return Ok(());
        }
        Err(Failure::Other(format!("{who} returned something else: {self:?}")))
    }
}

/// The voyage of this lesson.
pub(crate) fn sample() -> Voyage {
    let stop = |port: &str, celsius, note: Option<&str>| Stop {
        port: port.to_owned(),
        celsius,
        note: note.map(str::to_owned),
    };
    let cargo = [("coffee", 1200), ("crème brûlée", 45), ("お茶", 800)];
    Voyage {
        ship: "Möwe ⛵".to_owned(),
        days: 31,
        stops: vec![
            stop("Tromsø", -3.5, Some("ice on the ropes")),
            stop("A Coruña", 17.25, None),
            stop("Ísafjörður", 4.25, Some("said: \"stay!\"")),
        ],
        cargo_kg: cargo.map(|(good, kg)| (good.to_owned(), kg)).into(),
    }
}
