//! Small programs with several processes, and all that they can print.
//!
//! A program is flat code; [`all_outputs`] takes its processes through every order of their steps.
//! No process is forked for that, so it is done in a moment, on every system.

use std::collections::{BTreeMap, BTreeSet};

/// A step of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `println!`: writes what is in the buffer, and this line.
    Line(&'static str),
    /// `print!`: puts text into the buffer.
    Text(&'static str),
    /// `if let Child = unsafe { fork()? } {`: the child continues with the next step, the parent
    /// skips this many.
    Child(usize),
    /// `wait`, for any child; without one it returns at once.
    Wait,
    /// `exit`, which writes the text in the buffer. The end of the code is an exit too.
    Exit,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Life {
    /// It is at this step.
    At(usize),
    Zombie,
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    name: String,
    parent: Option<usize>,
    life: Life,
    buffer: String,
    forked: usize,
}

/// All processes at one moment, and what they have written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    processes: Vec<Process>,
    output: String,
}

/// The process and its step, one after the other.
pub(crate) type Order = Vec<(String, String)>;

/// Each output that a program can have, with an order of steps that leads to it.
pub(crate) fn all_outputs(program: &[Step]) -> BTreeMap<String, Order> {
    let first = Process {
        name: "parent".to_owned(),
        parent: None,
        life: Life::At(0),
        buffer: String::new(),
        forked: 0,
    };
    let start = Moment { processes: vec![first], output: String::new() };
    let mut search = Search { program, seen: BTreeSet::new(), found: BTreeMap::new() };
    search.visit(start, &mut Vec::new(), 0);
    search.found
}

struct Search<'a> {
    program: &'a [Step],
    seen: BTreeSet<Moment>,
    found: BTreeMap<String, Order>,
}

impl Search<'_> {
    /// Goes on from here in every way. The process that took the last step is tried first, so that
    /// an order changes from one process to another as late as it can.
    fn visit(&mut self, moment: Moment, order: &mut Order, last: usize) {
        if !self.seen.insert(moment.clone()) {
            return;
        }
        let count = moment.processes.len();
        let mut may_go_on = false;
        for process in (0..count).map(|index| (last + index) % count) {
            for (next, what) in moment.steps(process, self.program) {
                may_go_on = true;
                order.push((moment.processes[process].name.clone(), what));
                self.visit(next, order, process);
                order.pop();
            }
        }
        if !may_go_on {
            self.found.entry(moment.output).or_insert_with(|| order.clone());
        }
    }
}

impl Moment {
    /// Every way in which this process can take its next step, in words.
    fn steps(&self, process: usize, program: &[Step]) -> Vec<(Moment, String)> {
        let Life::At(place) = self.processes[process].life else { return Vec::new() };
        let mut next = self.clone();
        next.processes[process].life = Life::At(place + 1);
        match program.get(place).unwrap_or(&Step::Exit) {
            Step::Wait => self.waits(process, next),
            Step::Text(text) => {
                next.processes[process].buffer += text;
                vec![(next, format!("puts {text:?} into its buffer"))]
            }
            Step::Line(text) => {
                next.processes[process].buffer += &format!("{text}\n");
                let what = next.write(process);
                vec![(next, what)]
            }
            Step::Child(skipped) => {
                let what = next.fork(process, place + 1 + skipped);
                vec![(next, what)]
            }
            Step::Exit => {
                let what = next.exit(process);
                vec![(next, what)]
            }
        }
    }

    fn write(&mut self, process: usize) -> String {
        let text = std::mem::take(&mut self.processes[process].buffer);
        self.output += &text;
        format!("writes {text:?}")
    }

    /// The child stands behind the fork, and the parent at `behind`.
    fn fork(&mut self, process: usize, behind: usize) -> String {
        let parent = &mut self.processes[process];
        parent.forked += 1;
        let number = parent.forked;
        let name = match parent.name.strip_prefix("child ") {
            None => format!("child {number}"),
            Some(path) => format!("child {path}.{number}"),
        };
        let what = format!("forks {name}");
        let child = Process { name, parent: Some(process), forked: 0, ..parent.clone() };
        parent.life = Life::At(behind);
        self.processes.push(child);
        what
    }

    fn exit(&mut self, process: usize) -> String {
        let is_empty = self.processes[process].buffer.is_empty();
        let what = if is_empty { String::new() } else { format!("{}, and ", self.write(process)) };
        // Children that are left get another parent, which waits for them.
        for child in &mut self.processes {
            if child.parent == Some(process) && child.life == Life::Zombie {
                child.life = Life::Gone;
            }
        }
        let parent = self.processes[process].parent.map(|parent| &self.processes[parent].life);
        let is_orphan = !matches!(parent, Some(Life::At(_)));
        self.processes[process].life = if is_orphan { Life::Gone } else { Life::Zombie };
        format!("{what}ends")
    }

    /// One way for each child that has ended; none as long as all live.
    fn waits(&self, process: usize, next: Moment) -> Vec<(Moment, String)> {
        let is_own = |child: &&Process| child.parent == Some(process) && child.life != Life::Gone;
        if self.processes.iter().filter(is_own).count() == 0 {
            return vec![(next, "has no child to wait for".to_owned())];
        }
        let children = self.processes.iter().enumerate();
        let ended = children.filter(|(_, child)| is_own(child) && child.life == Life::Zombie);
        let reap = |(index, child): (usize, &Process)| {
            let mut next = next.clone();
            next.processes[index].life = Life::Gone;
            (next, format!("has waited for {}", child.name))
        };
        ended.map(reap).collect()
    }
}
