//! Which process gets a lane of its own in a drawing, and which share one.
//!
//! A thousand children that all did the same are one fact, so they are drawn as one lane. Alike
//! are siblings of the same *shape*: the same program, with children of the same shapes.

use std::collections::{BTreeMap, HashMap};

use crate::{End, Run, Span, names};

/// One line of life in a drawing: of one process, or of several that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    /// The processes in it, in order of birth; at least one.
    pub(crate) members: Vec<usize>,
    /// The lane of their parents.
    pub(crate) parent: Option<usize>,
    /// How many generations lie before it.
    pub(crate) depth: usize,
}

/// What makes siblings alike.
#[derive(Debug, Clone, Copy)]
enum Alike {
    /// Nothing does.
    Never,
    /// Program and descendants.
    Shape,
    /// The program alone.
    Name,
}

/// Fewer siblings than this are drawn one by one.
const FEW: usize = 3;

/// Lanes for all processes of `run`, children below their parents: one for each process if that
/// makes at most `limit`, and as few as need be otherwise.
pub(crate) fn lanes(run: &Run, limit: usize) -> Vec<Lane> {
    let mut children = vec![Vec::new(); run.processes.len()];
    for (index, process) in run.processes.iter().enumerate() {
        if let Some(parent) = process.parent {
            children[parent].push(index);
        }
    }
    let attempts = [Alike::Never, Alike::Shape, Alike::Name].map(|alike| {
        let mut maker = Maker { children: &children, kinds: kinds(run, &children, alike), alike };
        let mut lanes = Vec::new();
        maker.add(vec![0], None, 0, &mut lanes);
        lanes
    });
    let [.., last] = &attempts;
    attempts.iter().find(|lanes| lanes.len() <= limit).unwrap_or(last).clone()
}

/// A number for each process, the same for those that are alike.
fn kinds(run: &Run, children: &[Vec<usize>], alike: Alike) -> Vec<usize> {
    let mut known = HashMap::new();
    let mut kinds = vec![0; run.processes.len()];
    // Children come after their parents, so from the end every child has its number already.
    for index in (0..run.processes.len()).rev() {
        let mut below: Vec<usize> = children[index].iter().map(|child| kinds[*child]).collect();
        below.sort_unstable();
        below.dedup();
        if matches!(alike, Alike::Name) {
            below.clear();
        }
        let next = known.len();
        kinds[index] = *known.entry((&*run.processes[index].name, below)).or_insert(next);
    }
    kinds
}

struct Maker<'a> {
    children: &'a [Vec<usize>],
    kinds: Vec<usize>,
    alike: Alike,
}

impl Maker<'_> {
    fn add(
        &mut self,
        members: Vec<usize>,
        parent: Option<usize>,
        depth: usize,
        lanes: &mut Vec<Lane>,
    ) {
        let groups = self.groups_below(&members);
        let this = lanes.len();
        lanes.push(Lane { members, parent, depth });
        for group in groups {
            self.add(group, Some(this), depth + 1, lanes);
        }
    }

    /// The children of `members`, alike ones together, in order of their first births.
    fn groups_below(&self, members: &[usize]) -> Vec<Vec<usize>> {
        let mut below: Vec<usize> =
            members.iter().flat_map(|member| &self.children[*member]).copied().collect();
        below.sort_unstable();
        let mut by_kind: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for child in below {
            by_kind.entry(self.kinds[child]).or_default().push(child);
        }
        let one_by_one = |group: &Vec<usize>| match self.alike {
            Alike::Never => true,
            Alike::Shape | Alike::Name => members.len() == 1 && group.len() < FEW,
        };
        let mut groups: Vec<Vec<usize>> = by_kind
            .into_values()
            .flat_map(|group| match one_by_one(&group) {
                true => group.into_iter().map(|child| vec![child]).collect(),
                false => vec![group],
            })
            .collect();
        groups.sort_unstable();
        groups
    }
}

impl Lane {
    /// The only process in it, if there is only one.
    pub(crate) fn single(&self) -> Option<usize> {
        (self.members.len() == 1).then_some(self.members[0])
    }

    /// What stands at its head: a name and a PID, or how many of which name.
    pub(crate) fn title(&self, run: &Run, names: &[String]) -> [String; 2] {
        let number = match self.single() {
            Some(process) => run.processes[process].pid.to_string(),
            None => format!("× {}", self.members.len()),
        };
        [names::common(names, &self.members), number]
    }

    /// How its processes ended, each way once, the most frequent first, with how often.
    pub(crate) fn ends(&self, run: &Run) -> Vec<(End, usize)> {
        let mut counts: BTreeMap<End, usize> = BTreeMap::new();
        for (_, end) in self.members.iter().filter_map(|m| run.processes[*m].end.as_ref()) {
            *counts.entry(end.clone()).or_default() += 1;
        }
        let mut ends: Vec<(End, usize)> = counts.into_iter().collect();
        ends.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ends
    }

    /// From the first birth to the last trace of any of its processes.
    pub(crate) fn span(&self, run: &Run) -> Span {
        let born = self.members.iter().map(|m| run.processes[*m].born).min();
        let gone = self.members.iter().map(|m| run.gone(*m)).max();
        Span { from: born.unwrap_or_default(), to: gone.unwrap_or_default() }
    }

    /// How many of its processes are alive, and how many zombies: at each moment at which one
    /// of the two changes.
    pub(crate) fn counts(&self, run: &Run) -> Vec<(u64, i32, i32)> {
        let mut changes: BTreeMap<u64, (i32, i32)> = BTreeMap::new();
        let mut change = |at: u64, alive: i32, zombies: i32| {
            let entry = changes.entry(at).or_default();
            *entry = (entry.0 + alive, entry.1 + zombies);
        };
        for member in &self.members {
            let process = &run.processes[*member];
            change(process.born, 1, 0);
            if let Some((at, _)) = process.end {
                change(at, -1, 0);
            }
            if let Some(span) = run.zombie(*member) {
                change(span.from, 0, 1);
                change(span.to, 0, -1);
            }
        }
        let (mut alive, mut zombies) = (0, 0);
        let step = |(at, change): (u64, (i32, i32))| {
            (alive, zombies) = (alive + change.0, zombies + change.1);
            (at, alive, zombies)
        };
        changes.into_iter().map(step).collect()
    }

    /// At the same time at most: alive, zombies.
    pub(crate) fn peaks(&self, run: &Run) -> (i32, i32) {
        let counts = self.counts(run);
        let alive = counts.iter().map(|count| count.1).max();
        let zombies = counts.iter().map(|count| count.2).max();
        (alive.unwrap_or_default(), zombies.unwrap_or_default())
    }

    /// Of several: how they ended, and what the width of their bar stands for, in words.
    pub(crate) fn crowd(&self, run: &Run, names: &[String]) -> Option<String> {
        self.single().is_none().then(|| {
            let ([name, number], (alive, zombies)) = (self.title(run, names), self.peaks(run));
            let zombies = match zombies {
                1 => "1 zombie".to_owned(),
                more => format!("{more} zombies"),
            };
            let ends = self.ends(run).into_iter().map(|(end, count)| format!("{count} {end}"));
            let ends = ends.collect::<Vec<String>>().join(", ");
            format!(
                "{name} {number}: {ends}; at most {alive} alive at once, and at most {zombies}."
            )
        })
    }
}
