//! The lives of processes: which process forked which, what it ran, when it waited, how it ended,
//! how long it was a zombie, and which process reaped it.
//!
//! Three parts that know each other in one direction only:
//!
//! * [`Event`]: one thing that happened to one process. Events come from
//!   the recorder of `lesson-timeline`, from the grader, or from a file ([`json`]).
//! * [`Run`]: what the events add up to.
//! * [`terminal::draw`], [`svg::draw`] and [`words::sentences`]: the run for people.
//!
//! ```
//! use timeline::{Event, How, Kind, Run, Source, terminal};
//!
//! let events = vec![
//!     Event::new(0, 70, Kind::Start { name: "parent".into(), source: Source::Log }),
//!     Event::new(100, 70, Kind::Fork { child: 71, how: How::Fork }),
//!     Event::new(110, 70, Kind::Wait { child: Some(71), nohang: false }),
//!     Event::new(900, 71, Kind::Exit { code: 3 }),
//!     Event::new(950, 70, Kind::Reap { child: 71 }),
//!     Event::new(990, 70, Kind::Exit { code: 0 }),
//! ];
//! let run = Run::new(events)?;
//! assert_eq!(run.zombie(1).map(|span| span.to - span.from), Some(50));
//! print!("{}", terminal::draw(&run, &terminal::Style { width: 80, ..Default::default() }));
//! # Ok::<(), timeline::ModelError>(())
//! ```

mod event;
pub mod json;
mod lanes;
mod model;
mod names;
mod scale;
pub mod svg;
pub mod terminal;
pub mod words;

pub use event::{Event, How, Kind, Source, WaitOver};
pub use model::{End, ModelError, Process, Run, Span};
pub use names::names;
