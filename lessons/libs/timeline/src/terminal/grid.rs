//! Rows of cells, each with a sign and what it means.

use super::glyphs::{Ink, Paint};

#[derive(Debug)]
pub(super) struct Grid {
    rows: Vec<Vec<(char, Ink)>>,
}

impl Grid {
    pub(super) fn new(rows: usize, cells: usize) -> Self {
        Grid { rows: vec![vec![(' ', Ink::Nothing); cells]; rows] }
    }

    pub(super) fn put(&mut self, row: usize, cell: usize, sign: char, ink: Ink) {
        if let Some(place) = self.rows.get_mut(row).and_then(|row| row.get_mut(cell)) {
            *place = (sign, ink);
        }
    }

    pub(super) fn ink(&self, row: usize, cell: usize) -> Ink {
        self.rows.get(row).and_then(|row| row.get(cell)).map_or(Ink::Nothing, |place| place.1)
    }

    pub(super) fn sign(&self, row: usize, cell: usize) -> char {
        self.rows.get(row).and_then(|row| row.get(cell)).map_or(' ', |place| place.0)
    }

    pub(super) fn has(&self, ink: Ink) -> bool {
        self.rows.iter().flatten().any(|place| place.1 == ink)
    }

    /// A row as text, with one change of colour for each stretch of the same meaning.
    pub(super) fn row(&self, row: usize, paint: Paint) -> String {
        let stretches = self.rows[row].chunk_by(|a, b| a.1 == b.1);
        stretches
            .map(|stretch| {
                let text: String = stretch.iter().map(|place| place.0).collect();
                paint.ink(stretch[0].1, &text)
            })
            .collect()
    }
}
