//! The picture itself: arrows, bars, marks and the legend, drawn on a sheet in that order, since
//! what is drawn later covers what was drawn before, and a label gives way to an earlier one.

use super::layout::{BAR, LEFT, Layout, TO_LABEL, WIDE_BAR};
use super::sheet::{LETTER, Sheet, width};
use crate::lanes::Lane;
use crate::scale::label;
use crate::{End, How, Process, Run, Span, names, words};

/// So many lines tell how the processes of a lane ended.
const MOST_ENDS: usize = 5;

/// A picture that is drawn, without the document around it.
pub(super) struct Drawing {
    /// Elements of SVG.
    pub(super) elements: String,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Draws the lanes, at least `narrowest` pixels wide. The names in the picture begin with `id`.
pub(super) fn draw(
    run: &Run,
    lanes: &[Lane],
    layout: &Layout,
    id: &str,
    narrowest: f64,
) -> Drawing {
    let mut picture = Picture { run, lanes, layout, id, sheet: Sheet::default() };
    picture.times();
    picture.heads();
    picture.arrows();
    picture.bars();
    picture.marks();
    let width = layout.width.max(picture.sheet.right()).max(narrowest);
    let height = picture.legend(width);
    Drawing { elements: picture.sheet.text, width, height }
}

/// A picture while it is drawn.
struct Picture<'a> {
    run: &'a Run,
    lanes: &'a [Lane],
    layout: &'a Layout,
    id: &'a str,
    sheet: Sheet,
}

impl Picture<'_> {
    /// The times at the left, and a line for each.
    fn times(&mut self) {
        self.sheet.label("tl-dim", LEFT - 12.0, self.layout.top - 24.0, "end", "ms");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        let about = (self.layout.scale.length() / 3.0) as usize;
        let (mut last_line, mut last_time, mut shown) = (f64::MIN, f64::MIN, String::new());
        for (time, place) in self.layout.scale.marks(about) {
            let y = self.layout.top + place;
            if y - last_line >= 9.0 {
                let line = format!("M{LEFT} {y:.1}H{:.1}", self.layout.width - 4.0);
                self.sheet.path("tl-guide", &line, "");
                last_line = y;
            }
            let text = label(time);
            if text != shown && y - last_time >= 13.0 {
                self.sheet.label("tl-dim", LEFT - 8.0, y + 4.0, "end", &text);
                (last_time, shown) = (y, text);
            }
        }
    }

    /// Name and PID over each column, and a line from there to where the process begins.
    fn heads(&mut self) {
        for (lane, column) in self.lanes.iter().zip(&self.layout.columns) {
            let [name, number] = &column.head;
            let name = shortened(name, column.letters);
            self.sheet.label("tl-name", column.x, column.head_y, "middle", &name);
            self.sheet.label("tl-dim", column.x, column.head_y + 15.0, "middle", number);
            let (from, to) = (column.head_y + 21.0, self.layout.y(lane.span(self.run).from) - 4.0);
            if to > from + 4.0 {
                self.sheet.path("tl-drop", &format!("M{:.1} {from:.1}V{to:.1}", column.x), "");
            }
        }
    }
}

/// The bars of the processes, and the arrows between them.
impl Picture<'_> {
    /// From parents to children at a fork, and back when they are reaped. They are drawn first,
    /// so that they pass under the bars that they cross.
    fn arrows(&mut self) {
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

    fn bars(&mut self) {
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
    fn label_x(&self, lane: usize) -> f64 {
        let several = self.lanes[lane].single().is_none();
        let more = if several { (WIDE_BAR - BAR) / 2.0 } else { 0.0 };
        self.layout.columns[lane].x + TO_LABEL + more
    }

    /// What the call is named with which a lane's processes were made.
    fn call(&self, lane: &Lane) -> String {
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

/// What happens at one moment: marks on the bars, and labels beside them. The most important
/// labels come first, since a later one gives way.
impl Picture<'_> {
    fn marks(&mut self) {
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
        let ends = lane.ends(self.run);
        let shown = if ends.len() > MOST_ENDS { MOST_ENDS - 1 } else { ends.len() };
        let (shown, others) = ends.split_at(shown);
        let mut lines: Vec<String> =
            shown.iter().map(|(end, count)| format!("{count} × {end}")).collect();
        if !others.is_empty() {
            let count: usize = others.iter().map(|(_, count)| count).sum();
            lines.push(format!("{count} × other"));
        }
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

/// Below the picture: what its signs mean, what is to be noted, and the sum.
impl Picture<'_> {
    /// Draws them in `width` pixels, and gives the height of the whole.
    fn legend(&mut self, width: f64) -> f64 {
        let mut y = self.layout.bottom + 40.0;
        let mut x = 12.0;
        for (sign, meaning) in self.signs() {
            let needed = 26.0 + self::width(meaning) + 14.0;
            if x > 12.0 && x + needed > width + 10.0 {
                (x, y) = (12.0, y + 22.0);
            }
            self.sign(sign, x, y);
            self.sheet.label("", x + 26.0, y, "", meaning);
            x += needed;
        }
        y += 28.0;
        let names = names(self.run);
        let crowds = self.lanes.iter().filter_map(|lane| lane.crowd(self.run, &names));
        let lines = crowds.chain(words::notes(self.run)).chain([self.sum()]);
        for line in lines.flat_map(|line| wrapped(&line, width - 24.0)) {
            self.sheet.label("tl-dim", 12.0, y, "", &line);
            y += 17.0;
        }
        y
    }

    fn sum(&self) -> String {
        let scale = if self.layout.scale.is_true { "" } else { " Times are not to scale." };
        format!("{}.{scale}", words::summary(self.run))
    }

    /// The signs that occur.
    fn signs(&self) -> Vec<(Sign, &'static str)> {
        let processes = &self.run.processes;
        let any = |test: &dyn Fn(&Process) -> bool| processes.iter().any(test);
        let killed = |process: &Process| matches!(process.end, Some((_, End::Killed(..))));
        let zombies = (0..processes.len()).any(|index| self.run.zombie(index).is_some());
        let all = [
            (true, Sign::Alive, "alive"),
            (any(&|p| !p.waits.is_empty()), Sign::Waiting, "waiting for a child"),
            (zombies, Sign::Zombie, "zombie: ended, not yet reaped"),
            (any(&|p| !p.stops.is_empty()), Sign::Stopped, "stopped"),
            (processes.len() > 1, Sign::Forked, "forked"),
            (any(&|p| p.reaped.is_some()), Sign::Reaped, "reaped"),
            (processes.iter().skip(1).any(|p| !p.execs.is_empty()), Sign::Exec, "exec"),
            (any(&|p| !p.asked.is_empty()), Sign::Asked, "asked: no child had ended"),
            (self.layout.short_ends, Sign::ExitCode, "exit status"),
            (any(&|p| !p.signals.is_empty()), Sign::Signal, "signal"),
            (any(&killed), Sign::Killed, "ended by a signal"),
            (any(&|p| p.adopted.is_some()), Sign::Adopted, "parent gone, adopted"),
        ];
        all.into_iter().filter(|sign| sign.0).map(|(_, sign, meaning)| (sign, meaning)).collect()
    }

    fn sign(&mut self, sign: Sign, left: f64, base: f64) {
        let (middle, y) = (left + 10.0, base - 4.0);
        match sign {
            Sign::Alive => self.sheet.rect("tl-alive", middle - 6.0, y - 7.0, 12.0, 14.0),
            Sign::Waiting => self.sheet.rect("tl-wait", middle - 5.2, y - 6.2, 10.4, 12.4),
            Sign::Stopped => self.sheet.rect("tl-stopped", middle - 5.2, y - 6.2, 10.4, 12.4),
            Sign::Zombie => {
                let outline = format!("M{:.1} {:.1}h10.6v12.6h-10.6z", middle - 5.3, y - 6.3);
                let hatched = format!(" fill=\"url(#{}-hatch)\"", self.id);
                self.sheet.path("tl-zombie", &outline, &hatched);
            }
            Sign::Forked => self.arrow_sign("fork", left, left + 20.0, y),
            Sign::Reaped => self.arrow_sign("reap", left + 20.0, left, y),
            Sign::ExitCode => self.sheet.label("", middle, base, "middle", "0"),
            Sign::Asked => {
                self.sheet.rect("tl-alive", middle - 6.0, y - 7.0, 12.0, 14.0);
                self.sheet.dot(middle, y);
            }
            Sign::Exec => self.sheet.rect("tl-exec", middle - 7.2, y - 2.4, 14.4, 4.8),
            Sign::Signal => self.sheet.pointer(middle + 7.0, y),
            Sign::Killed => self.sheet.cross(middle, y),
            Sign::Adopted => self.sheet.diamond(middle, y),
        }
    }

    fn arrow_sign(&mut self, kind: &str, from: f64, to: f64, y: f64) {
        let head = format!(" marker-end=\"url(#{}-{kind})\"", self.id);
        self.sheet.path(&format!("tl-{kind}"), &format!("M{from:.1} {y:.1}H{to:.1}"), &head);
    }
}

/// The signs of the picture, as the legend explains them.
#[derive(Debug, Clone, Copy)]
enum Sign {
    Alive,
    Waiting,
    Zombie,
    Stopped,
    Forked,
    Reaped,
    Exec,
    Asked,
    ExitCode,
    Signal,
    Killed,
    Adopted,
}

fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters - 1).chain(['…']).collect()
}

/// `text` in lines of at most `room` pixels.
fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + width(word) + LETTER <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
