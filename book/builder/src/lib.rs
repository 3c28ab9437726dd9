//! The book's builder, on top of mdBook.
//!
//! What it adds: everything that is quoted is there ([`build()`]), every command that a chapter shows
//! is run again ([`transcript`]), questions and hints work without scripts, and every link leads
//! somewhere. How to write a chapter: `book/WRITING.md`.

mod bless;
mod build;
mod chapter;
pub mod fences;
mod hints;
mod html;
mod include;
mod links;
mod log;
mod output;
mod pages;
mod pdf;
mod polish;
mod problem;
mod quiz;
pub mod recording;
mod serve;
mod shape;
mod spelling;
pub mod timeline;
pub mod transcript;
mod watch;

pub use bless::{Runnable, bless, build_programs, runnable};
pub use build::{Built, build, chapters, check};
pub use output::say;
pub use pdf::pdf;
pub use watch::serve;
