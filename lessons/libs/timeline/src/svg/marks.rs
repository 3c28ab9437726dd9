//! What happens at one moment: marks on the bars, and labels beside them. The most important
//! labels come first, since a later one gives way.

use super::Picture;
use super::layout::{BAR, TO_LABEL};
use super::sheet::width;
use crate::{End, Process};

impl Picture<'_> {
    pub(super) fn marks(&mut self) {
        for (index, lane) in self.lanes.iter().enumerate() {
            match lane.single() {
                Some(process) => self.end(index, &self.run.processes[process]),
                None => self.ends(index),
            }
        }
        for (index, lane) in self.lanes.iter().enumerate() {
            if let Some(process) = lane.single() {
                self.moments(index, &self.run.processes[process]);
            }
        }
        self.calls();
        for (index, lane) in self.lanes.iter().enumerate() {
            if let Some(process) = lane.single() {
                self.states(index, process);
            }
        }
    }

    /// How a process ended.
    fn end(&mut self, lane: usize, process: &Process) {
        let Some((time, end)) = &process.end else { return };
        let (x, y) = (self.layout.columns[lane].x, self.layout.y(*time));
        let class = match end {
            End::Killed(..) => {
                self.sheet.cross(x, y);
                "tl-bad"
            }
            _ => "",
        };
        let text = match end {
            End::Exit(code) if self.layout.short_ends => code.to_string(),
            end => end.to_string(),
        };
        self.sheet.label_if_free(class, self.label_x(lane), y + 4.0, &text);
    }

    /// How several ended: a line for each way.
    fn ends(&mut self, index: usize) {
        let lane = &self.lanes[index];
        let x = self.label_x(index);
        let top = self.layout.y(lane.span(self.run).from) + 34.0;
        let lines = lane.ends(self.run).into_iter().take(5);
        let lines: Vec<String> = lines.map(|(end, count)| format!("{count} × {end}")).collect();
        for (line, y) in lines.iter().zip((0..).map(|line| top + 15.0 * f64::from(line))) {
            self.sheet.label_if_free("", x, y, line);
        }
    }

    /// Exec, asking, signals, adoption.
    fn moments(&mut self, lane: usize, process: &Process) {
        let x = self.layout.columns[lane].x;
        // That the first process runs a program goes without saying.
        for (time, args) in process.execs.iter().skip(usize::from(process.parent.is_none())) {
            self.exec(lane, *time, args, &process.name);
        }
        for time in &process.asked {
            self.sheet.dot(x, self.layout.y(*time));
        }
        for (time, name, _) in &process.signals {
            let y = self.layout.y(*time);
            self.sheet.pointer(x, y);
            // The name of the one that ends it stands at the end.
            if !matches!(&process.end, Some((_, End::Killed(last, _))) if last == name) {
                self.sheet.label_if_free("tl-bad", self.label_x(lane), y + 4.0, name);
            }
        }
        if let Some((time, by, _)) = &process.adopted {
            self.adoption(lane, *time, *by);
        }
    }

    /// `args` are those of the program it runs from here on, `last` is the name of the last one.
    fn exec(&mut self, lane: usize, time: u64, args: &[String], last: &str) {
        let (x, y) = (self.layout.columns[lane].x, self.layout.y(time));
        self.sheet.rect("tl-exec", x - BAR / 2.0 - 1.2, y - 2.4, BAR + 2.4, 4.8);
        let name = args.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
        let text = if name == last { "exec".to_owned() } else { format!("exec {name}") };
        self.sheet.label_if_free("tl-what", self.label_x(lane), y + 4.0, &text);
    }

    fn adoption(&mut self, lane: usize, time: u64, by: u32) {
        let y = self.layout.y(time);
        self.sheet.diamond(self.layout.columns[lane].x, y);
        let full = format!("adopted by {by}");
        let fits = width(&full) <= self.layout.columns[lane].room;
        let text = if fits { &full } else { "orphan" };
        self.sheet.label_if_free("", self.label_x(lane) + 3.0, y + 4.0, text);
    }

    /// What the parent does, at its end of the arrows.
    fn calls(&mut self) {
        for lane in self.lanes {
            let Some(parent) = lane.parent else { continue };
            let y = self.layout.y(lane.span(self.run).from);
            self.call_label(parent, y, &self.call(lane));
        }
        for (index, lane) in self.lanes.iter().enumerate() {
            let Some((time, by)) = lane.single().and_then(|p| self.run.processes[p].reaped) else {
                continue;
            };
            let reaper = self.lanes.iter().position(|lane| lane.members.contains(&by));
            if let Some(reaper) = reaper.filter(|reaper| *reaper != index) {
                self.call_label(reaper, self.layout.y(time), "reap");
            }
        }
    }

    /// On a narrow picture it would hide the next bar, and the arrow says the same.
    fn call_label(&mut self, lane: usize, y: f64, text: &str) {
        if self.layout.columns[lane].room >= 16.0 {
            self.sheet.label_if_free("", self.label_x(lane), y - 4.0, text);
        }
    }

    /// What a long piece of a bar means, in its middle.
    fn states(&mut self, lane: usize, index: usize) {
        let mut spans: Vec<_> =
            self.run.zombie(index).into_iter().map(|span| (span, "zombie")).collect();
        let process = &self.run.processes[index];
        spans.extend(process.waits.iter().map(|span| (*span, "waiting")));
        spans.extend(process.stops.iter().map(|span| (*span, "stopped")));
        for (span, text) in spans {
            let (from, to) = (self.layout.y(span.from), self.layout.y(span.to));
            let fits = width(text) <= self.layout.columns[lane].room + TO_LABEL;
            if to - from > 30.0 && fits {
                let x = self.label_x(lane);
                self.sheet.label_if_free("tl-what", x, f64::midpoint(from, to) + 4.0, text);
            }
        }
    }
}
