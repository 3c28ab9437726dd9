//! What a search has found.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::order::Order;
use crate::outcome::Outcome;
use crate::step::Step;

/// The result of a search.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each distinct outcome.
    pub outcomes: BTreeMap<Outcome, Found>,
    /// How many times the program was run.
    pub runs: usize,
    /// How many of these runs were abandoned because an equivalent one had been made.
    pub redundant: usize,
    /// Whether every order has been tried, or one that differs from it in independent steps only.
    pub exhausted: bool,
    /// What keeps the result from being a proof, although the search came to its end.
    pub caveats: std::collections::BTreeSet<Caveat>,
    /// Whether a signal's handler could run. The search lets handlers run at visible calls. The code
    /// between two calls may be interrupted too, and if it reads what the handler sets, more can happen.
    pub handlers: bool,
    /// How long the search took.
    pub time: Duration,
}

impl Report {
    /// Whether it is proved that there are no other outcomes; with [`handlers`](Report::handlers), under
    /// the condition said there.
    pub fn is_proof(&self) -> bool {
        self.exhausted && self.caveats.is_empty()
    }
}

/// In how many orders an outcome happens, and one of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many orders lead to it; orders that differ in independent steps only count once.
    pub orders: usize,
    /// The steps of one that changes least between processes.
    pub steps: Vec<Step>,
    /// The choices of that one, for a replay.
    pub order: Order,
}

/// Something that is out of the search's sight, so that outcomes may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Caveat {
    /// A process maps memory that it shares with others.
    SharedMemory,
    /// A process slept in a call that it had begun.
    SleptInCall,
    /// A process kept asking whether something had changed.
    AsksAgain,
    /// Files outside the folder of the run were changed.
    ChangesFiles,
    /// A call was made whose effects this library does not model.
    Unmodelled,
    /// A process read in `/proc` what another does.
    LooksAtProcesses,
    /// A process was ended by what it computed, which is no step.
    Faults,
    /// A process asked for one that had just been killed.
    AsksForKilled,
    /// A run was cut off because it did not end.
    CutOff,
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Caveat::SharedMemory => {
                "the program shares memory between processes, and the orders of reads and writes \
                 in memory are not tried"
            }
            Caveat::SleptInCall => {
                "a process blocked in the middle of a call (such as a write larger than a pipe's \
                 room), and the orders of its remaining parts are not tried"
            }
            Caveat::AsksAgain => {
                "a process keeps asking whether something has changed; it was allowed to ask \
                 four times in a row, then the others continued"
            }
            Caveat::ChangesFiles => {
                "the program changes files outside the folder it runs in, so that a run may not \
                 begin like the one before"
            }
            Caveat::Unmodelled => {
                "the program made a system call whose effect on other processes is not modelled"
            }
            Caveat::LooksAtProcesses => {
                "a process reads in /proc what other processes do, which can also change between their \
                 steps"
            }
            Caveat::Faults => {
                "a fault, such as a bad memory access, ended a process; a fault is not a step in this \
                 search, which assumes that it comes immediately after the previous step"
            }
            Caveat::AsksForKilled => {
                "a process asked, without waiting, for the status of a process that had just been \
                 killed, and found that it had ended; the search does not try the orders in which \
                 the killed process is still alive for a moment"
            }
            Caveat::CutOff => "a run took too many steps, or computed for too long",
        })
    }
}
