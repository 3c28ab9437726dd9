//! Every order: runs a program, unmodified, once for every order in which its processes can take
//! their visible steps.
//!
//! A run of a program with several processes shows one order of events; the next may show
//! another. This library runs them all, so that "can this happen?" has an answer:
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use orders::{Place, Search};
//!
//! # fn main() -> Result<(), orders::Error> {
//! let words = ["sh", "-c", "echo child & echo parent; wait"].map(Into::into);
//! let report = Search::command(words.into(), Place::Own)?.run(|_, _| ControlFlow::Continue(()))?;
//! for (outcome, found) in &report.outcomes {
//!     println!("in {} orders:\n{outcome}", found.orders);
//! }
//! assert!(report.is_proof());
//! # Ok(())
//! # }
//! ```
//!
//! A function can be searched too. It runs in a forked child for each order, which costs about a
//! tenth of starting a program; a check of an exercise looks like this:
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use std::time::Duration;
//! use orders::{End, Faults, Search};
//!
//! # fn answer() -> Result<u8, String> { Ok(3) }
//! # fn main() -> Result<(), orders::Error> {
//! let check = || i32::from(answer() != Ok(3)); // status 0: right in this order
//! let faults = Faults { refuse_forks: true, most: 1, ..Faults::none() };
//! let search = Search::function(check)
//!     .in_own_folder()
//!     .faults(faults)
//!     .most_time(Duration::from_secs(1));
//! let report = search.run(|_, outcome| match outcome.end {
//!     Some(End::Exited(0)) => ControlFlow::Continue(()),
//!     _ => ControlFlow::Break(()), // wrong, killed, or in a deadlock
//! })?;
//! if let Some((outcome, found)) = report.outcomes.iter().find(|(o, _)| o.end != Some(End::Exited(0))) {
//!     // `found.order` breaks the answer: show it, and give it to `Search::first` next time.
//!     println!("{}: {outcome}", found.order);
//!     for (process, words) in orders::witness::story(&found.steps) {
//!         println!("{process}: {}", words.join(", "));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `DESIGN.md` beside this crate explains how this works, and why it misses nothing. Each
//! part is a module:
//!
//! * `calls`: the system calls that are steps, and their arguments;
//! * `family`: the processes of a run, what each is doing, and their open files;
//! * `steps`: what a parked call touches, and whether it can continue;
//! * `control`: one run, in which one process at a time is released;
//! * `object` and `dependence`: the table that says which steps' order matters;
//! * `search`: which runs to make;
//! * `outcome`: how a run ended;
//! * `order` and `witness`: an order as text, as a story, and as a drawing.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod control;
mod dependence;
mod error;
#[cfg(target_os = "linux")]
mod family;
mod faults;
#[cfg(target_os = "linux")]
mod job;
mod name;
mod object;
mod order;
mod outcome;
#[cfg(target_os = "linux")]
mod priorities;
mod program;
mod report;
#[cfg(target_os = "linux")]
mod search;
mod step;
#[cfg(target_os = "linux")]
mod steps;
mod sys;
pub mod witness;
#[cfg(target_os = "linux")]
mod worker;

pub use error::{Divergence, Error};
pub use faults::Faults;
pub use name::Name;
pub use order::Order;
pub use outcome::{End, Outcome, Stuck};
pub use program::Place;
pub use report::{Caveat, Found, Report};
#[cfg(target_os = "linux")]
pub use search::{Replay, Search};
pub use step::{Choice, How, Step};
#[cfg(not(target_os = "linux"))]
pub use sys::{Replay, Search};
