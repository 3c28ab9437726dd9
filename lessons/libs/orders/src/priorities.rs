//! Which of the possible steps a run takes next.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::job::Plan;
use crate::name::Name;
use crate::step::{Choice, How, Offer};

/// Chooses by random priorities, or so that the order changes little between processes.
///
/// Random priorities are those of PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized
/// Scheduler with Probabilistic Guarantees of Finding Bugs, 2010): each process has a priority,
/// the highest continues, and at a few random steps the one that continues falls to the end. Of n
/// processes and k steps, a fault that needs d changes is found with probability 1/(n k^(d-1))
/// at least in each run.
pub(crate) struct Priorities {
    random: Option<Random>,
    step: usize,
}

struct Random {
    source: ChaCha8Rng,
    priorities: BTreeMap<Name, i64>,
    changes: Vec<usize>,
    lowest: i64,
}

/// How many times the priorities change in a run: faults that need more are rare.
const CHANGES: usize = 2;

impl Priorities {
    pub(crate) fn new(plan: Plan) -> Self {
        let Plan::Random { seed, steps } = plan else {
            return Priorities { random: None, step: 0 };
        };
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        let changes = (0..CHANGES).map(|_| source.random_range(0..steps.max(1))).collect();
        let random = Random { source, priorities: BTreeMap::new(), changes, lowest: 0 };
        Priorities { random: Some(random), step: 0 }
    }

    /// Which of `offers` is taken, among those that are `awake`; none if none is.
    pub(crate) fn choose(
        &mut self,
        offers: &[Offer],
        awake: impl Fn(&Offer) -> bool,
        last: Option<&Choice>,
    ) -> Option<usize> {
        let mut fitting = offers.iter().enumerate().filter(|(_, offer)| awake(offer)).peekable();
        fitting.peek()?;
        self.step += 1;
        match &mut self.random {
            Some(random) => random.choose(&fitting.collect::<Vec<_>>(), self.step),
            None => {
                let rank = |offer: &Offer| {
                    let other = last.is_none_or(|last| last.process != *offer.step.process());
                    (offer.step.choice.how != How::Call, other)
                };
                fitting.min_by_key(|(_, offer)| rank(offer)).map(|(index, _)| index)
            }
        }
    }
}

impl Random {
    fn choose(&mut self, fitting: &[(usize, &Offer)], step: usize) -> Option<usize> {
        for (_, offer) in fitting {
            let priority = self.source.random_range(1..i64::from(u32::MAX));
            self.priorities.entry(offer.step.process().clone()).or_insert(priority);
        }
        let of = |offer: &Offer| self.priorities.get(offer.step.process()).copied().unwrap_or(0);
        let best = fitting.iter().map(|(_, offer)| of(offer)).max()?;
        let ways: Vec<&(usize, &Offer)> = fitting.iter().filter(|(_, o)| of(o) == best).collect();
        let (index, offer) = *ways[self.source.random_range(0..ways.len())];
        if self.changes.contains(&step) {
            self.lowest -= 1;
            self.priorities.insert(offer.step.process().clone(), self.lowest);
        }
        Some(index)
    }
}
