//! The bars of the processes, and the lines between them: down from a fork, down to a reaping.

use super::glyphs::{Glyphs, Ink};
use super::grid::Grid;
use crate::lanes::Lane;
use crate::scale::Scale;
use crate::{End, Run, Span};

/// With more lanes than this, lines between them would hide them.
const FOR_LINES: usize = 16;

/// The column of a place.
pub(super) fn cell(place: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column")]
    let cell = place.round() as usize;
    cell
}

/// Draws every lane in its row.
pub(super) fn draw(
    run: &Run,
    lanes: &[Lane],
    scale: &Scale,
    glyphs: &Glyphs,
    cells: usize,
) -> Grid {
    let grid = Grid::new(lanes.len(), cells);
    let mut bars = Bars { run, lanes, scale, glyphs, grid };
    for (row, lane) in lanes.iter().enumerate() {
        match lane.single() {
            Some(process) => bars.one(row, process),
            None => bars.several(row, lane),
        }
    }
    if lanes.len() <= FOR_LINES {
        for row in 1..lanes.len() {
            bars.lines(row);
        }
    }
    bars.grid
}

struct Bars<'a> {
    run: &'a Run,
    lanes: &'a [Lane],
    scale: &'a Scale,
    glyphs: &'a Glyphs,
    grid: Grid,
}

impl Bars<'_> {
    fn cell(&self, time: u64) -> usize {
        cell(self.scale.place(time))
    }

    fn mark(&mut self, row: usize, time: u64, ink: Ink) {
        self.grid.put(row, self.cell(time), self.glyphs.sign(ink), ink);
    }

    fn span(&mut self, row: usize, span: Span, ink: Ink) {
        for cell in self.cell(span.from)..=self.cell(span.to) {
            self.grid.put(row, cell, self.glyphs.sign(ink), ink);
        }
    }

    /// From what lasts to what happens: the later paints over the earlier.
    fn one(&mut self, row: usize, index: usize) {
        let process = &self.run.processes[index];
        let until = process.end.as_ref().map_or(self.run.end, |(at, _)| *at);
        self.span(row, Span { from: process.born, to: until }, Ink::Alive);
        for wait in &process.waits {
            self.span(row, *wait, Ink::Waiting);
        }
        for stop in &process.stops {
            self.span(row, *stop, Ink::Stopped);
        }
        if let Some(zombie) = self.run.zombie(index) {
            self.span(row, zombie, Ink::Zombie);
        }
        for time in &process.asked {
            self.mark(row, *time, Ink::Asked);
        }
        // That the first process runs a program goes without saying.
        for (time, _) in process.execs.iter().skip(usize::from(process.parent.is_none())) {
            self.mark(row, *time, Ink::Exec);
        }
        for (time, ..) in &process.signals {
            self.mark(row, *time, Ink::Signal);
        }
        if let Some((time, ..)) = process.adopted {
            self.mark(row, time, Ink::Orphan);
        }
        if let Some((time, End::Killed(..))) = process.end {
            self.mark(row, time, Ink::Killed);
        }
        self.first_and_last(row, index);
    }

    fn first_and_last(&mut self, row: usize, index: usize) {
        let process = &self.run.processes[index];
        if process.parent.is_some() {
            let cell = self.cell(process.born);
            self.grid.put(row, cell, self.glyphs.into, Ink::Forked);
        }
        if let Some((time, _)) = process.reaped {
            let cell = self.cell(time).max(self.cell(process.born) + 1);
            self.grid.put(row, cell, self.glyphs.back, Ink::Reaped);
        }
    }

    /// How many are alive in each column, as the height of a block.
    fn several(&mut self, row: usize, lane: &Lane) {
        let heights: Vec<char> = self.glyphs.heights.chars().collect();
        let (most, _) = lane.peaks(self.run);
        let counts = lane.counts(self.run);
        for pair in counts.windows(2) {
            let [(from, alive, zombies), (to, ..)] = pair else { continue };
            for cell in self.cell(*from)..=self.cell(*to) {
                let height = usize::try_from(*alive).unwrap_or(0) * heights.len();
                let height = height.div_ceil(usize::try_from(most).unwrap_or(1).max(1));
                // Of all moments in a column, the one with the most alive is shown.
                match (height.checked_sub(1), self.grid.ink(row, cell)) {
                    (Some(new), Ink::Nothing | Ink::Zombies) => {
                        self.grid.put(row, cell, heights[new], Ink::Several);
                    }
                    (Some(new), _) => self.raise(row, cell, heights[new]),
                    (None, Ink::Nothing) if *zombies > 0 => {
                        let sign = self.glyphs.sign(Ink::Zombies);
                        self.grid.put(row, cell, sign, Ink::Zombies);
                    }
                    (None, _) => {}
                }
            }
        }
    }

    fn raise(&mut self, row: usize, cell: usize, sign: char) {
        if self.grid.sign(row, cell) < sign {
            self.grid.put(row, cell, sign, Ink::Several);
        }
    }

    /// The lines from a lane up to its parent's: where it was forked, and where it was reaped.
    fn lines(&mut self, row: usize) {
        let lane = &self.lanes[row];
        let Some(parent) = lane.parent else { return };
        let span = lane.span(self.run);
        self.line(parent, row, self.cell(span.from), Ink::Forked);
        let Some(process) = lane.single() else { return };
        if let Some((time, by)) = self.run.processes[process].reaped
            && let Some(reaper) = self.lanes.iter().position(|lane| lane.members.contains(&by))
        {
            let born = self.cell(self.run.processes[process].born);
            self.line(reaper, row, self.cell(time).max(born + 1), Ink::Reaped);
        }
    }

    fn line(&mut self, from: usize, to: usize, cell: usize, ink: Ink) {
        let start = self.grid.ink(from, cell);
        if start.is_bar() || start == Ink::Nothing {
            self.grid.put(from, cell, self.glyphs.down, ink);
        }
        for row in from + 1..to {
            match self.grid.ink(row, cell) {
                Ink::Nothing => self.grid.put(row, cell, self.glyphs.through, ink),
                bar if bar.is_bar() => self.grid.put(row, cell, self.glyphs.cross, bar),
                _ => {}
            }
        }
    }
}
