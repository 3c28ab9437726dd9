//! The bars of the processes, and the arrows between them.

use super::Picture;
use super::layout::{BAR, TO_LABEL, WIDE_BAR};
use crate::lanes::Lane;
use crate::{How, Span};

impl Picture<'_> {
    /// From parents to children at a fork, and back when they are reaped. They are drawn first,
    /// so that they pass under the bars that they cross.
    pub(super) fn arrows(&mut self) {
        for (index, lane) in self.lanes.iter().enumerate() {
            if let Some(parent) = lane.parent {
                self.fork(parent, index);
            }
            self.reaping(index);
        }
    }

    fn fork(&mut self, parent: usize, child: usize) {
        let y = self.layout.y(self.lanes[child].span(self.run).from);
        self.arrow("fork", parent, child, y);
    }

    /// When the last of a lane was reaped.
    fn reaping(&mut self, index: usize) {
        let reaped = self.lanes[index].members.iter().filter_map(|m| self.run.processes[*m].reaped);
        let Some((time, by)) = reaped.max() else { return };
        let Some(reaper) = self.lanes.iter().position(|lane| lane.members.contains(&by)) else {
            return;
        };
        self.arrow("reap", index, reaper, self.layout.y(time));
    }

    fn arrow(&mut self, kind: &str, from: usize, to: usize, y: f64) {
        let (start, end) = (self.layout.columns[from].x, self.layout.columns[to].x);
        let bar = if self.lanes[to].single().is_some() { BAR } else { WIDE_BAR };
        let end = end + (bar / 2.0 + 1.0) * if start < end { -1.0 } else { 1.0 };
        let head = format!(" marker-end=\"url(#{}-{kind})\"", self.id);
        self.sheet.keep_free([end, y, end + 10.0, y + 3.0]);
        self.sheet.path(&format!("tl-{kind}"), &format!("M{start:.1} {y:.1}H{end:.1}"), &head);
    }

    pub(super) fn bars(&mut self) {
        for (index, lane) in self.lanes.iter().enumerate() {
            match lane.single() {
                Some(process) => self.one(index, process),
                None => self.several(index, lane),
            }
        }
    }

    fn one(&mut self, lane: usize, index: usize) {
        let process = &self.run.processes[index];
        let until = process.end.as_ref().map_or(self.run.end, |(at, _)| *at);
        self.bar(lane, "tl-alive", Span { from: process.born, to: until }, 0.0);
        // What the parent of a vfork does until its child runs is to stand still, as in a wait.
        for wait in &process.waits {
            self.bar(lane, "tl-wait", *wait, 0.8);
        }
        for stop in &process.stops {
            self.bar(lane, "tl-stopped", *stop, 0.8);
        }
        if let Some(zombie) = self.run.zombie(index) {
            self.zombie(lane, zombie);
        }
    }

    /// A piece of a bar, smaller by `inset` on all sides to leave room for its outline.
    fn bar(&mut self, lane: usize, class: &str, span: Span, inset: f64) {
        let (from, to) = (self.layout.y(span.from), self.layout.y(span.to));
        let x = self.layout.columns[lane].x - BAR / 2.0 + inset;
        let height = (to - from - 2.0 * inset).max(2.0);
        self.sheet.rect(class, x, from + inset, BAR - 2.0 * inset, height);
    }

    fn zombie(&mut self, lane: usize, span: Span) {
        let (from, to) = (self.layout.y(span.from), self.layout.y(span.to));
        let (left, right) = (
            self.layout.columns[lane].x - BAR / 2.0 + 0.7,
            self.layout.columns[lane].x + BAR / 2.0 - 0.7,
        );
        let to = to.max(from + 2.0);
        let outline = format!("M{left:.1} {from:.1}H{right:.1}V{to:.1}H{left:.1}Z");
        let hatched = format!(" fill=\"url(#{}-hatch)\"", self.id);
        self.sheet.path("tl-zombie", &outline, &hatched);
    }

    /// How many are alive, and beside them how many are zombies, as the width of the bar.
    fn several(&mut self, index: usize, lane: &Lane) {
        let left = self.layout.columns[index].x - WIDE_BAR / 2.0;
        let rows = self.rows(lane);
        let most = rows.iter().map(|row| row.1 + row.2).max().unwrap_or(1).max(1);
        let wide = |n: i32| f64::from(n) * WIDE_BAR / f64::from(most);
        let (mut alive, mut zombies) = (String::new(), String::new());
        for pair in rows.windows(2) {
            let ((y, living, dead), height) = (pair[0], pair[1].0 - pair[0].0);
            if living > 0 {
                alive += &format!(
                    "M{left:.1} {y:.1}h{:.1}v{height:.1}h{:.1}z",
                    wide(living),
                    -wide(living)
                );
            }
            if dead > 0 {
                let x = left + wide(living);
                zombies +=
                    &format!("M{x:.1} {y:.1}h{:.1}v{height:.1}h{:.1}z", wide(dead), -wide(dead));
            }
        }
        self.sheet.path("tl-alive", &alive, "");
        let hatched = format!(" fill=\"url(#{}-hatch)\"", self.id);
        self.sheet.path("tl-many-zombies", &zombies, &hatched);
    }

    /// Alive and zombies at each height; within two pixels the most of them.
    fn rows(&self, lane: &Lane) -> Vec<(f64, i32, i32)> {
        let mut rows: Vec<(f64, i32, i32)> = Vec::new();
        for (time, alive, zombies) in lane.counts(self.run) {
            let y = self.layout.y(time);
            match rows.last_mut() {
                Some(last) if y - last.0 < 2.0 && (alive, zombies) != (0, 0) => {
                    (last.1, last.2) = (last.1.max(alive), last.2.max(zombies));
                }
                _ => rows.push((y, alive, zombies)),
            }
        }
        rows
    }

    /// Where the labels of a lane begin.
    pub(super) fn label_x(&self, lane: usize) -> f64 {
        let several = self.lanes[lane].single().is_none();
        let more = if several { (WIDE_BAR - BAR) / 2.0 } else { 0.0 };
        self.layout.columns[lane].x + TO_LABEL + more
    }

    /// What the call is named with which a lane's processes were made.
    pub(super) fn call(&self, lane: &Lane) -> String {
        let name = match self.run.processes[lane.members[0]].how {
            How::Fork | How::Unknown => "fork",
            How::Vfork => "vfork",
            How::Clone => "clone",
        };
        if lane.single().is_some() {
            name.to_owned()
        } else {
            format!("{name} × {}", lane.members.len())
        }
    }
}
