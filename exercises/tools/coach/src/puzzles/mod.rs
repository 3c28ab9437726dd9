//! Questions about small programs with several processes, and their answers.
//!
//! A [program] is generated, shown as Rust code, and run by an interpreter that makes the same
//! system calls. The answer is what a search over all orders of these calls finds, so no question
//! needs a compiler, and no answer is anybody's opinion. (The idea of asking about generated trees
//! of processes is that of `fork.py` in the homework of "Operating Systems: Three Easy Pieces",
//! chapter 5, <https://pages.cs.wisc.edu/~remzi/OSTEP/cpu-api.pdf>.)
//!
//! ```text
//! topic, level ─► generator ─► program ─► interpreter ─► search ─► puzzle
//! ```

pub(crate) mod generator;
mod interpreter;
pub(crate) mod program;
mod puzzle;
mod random;
pub(crate) mod search;
mod story;
mod topic;

pub(crate) use puzzle::{Given, Puzzle};
pub(crate) use random::Random;
pub(crate) use search::Searches;
pub(crate) use topic::Topic;
