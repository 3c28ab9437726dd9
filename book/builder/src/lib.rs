//! The book's builder, on top of mdBook.
//!
//! What it adds: everything that is quoted is there ([`build()`]), every command that a chapter shows
//! is run again ([`transcript`]), questions and hints work without scripts, and every link leads
//! somewhere. How to write a chapter: `book/WRITING.md`.

mod bless;
mod browser;
mod build;
mod chapter;
mod check;
mod claims;
pub mod every_order;
mod export;
pub mod fences;
mod hints;
mod html;
mod include;
mod links;
mod log;
mod output;
mod pages;
mod pdf;
mod postprocess;
mod printed;
mod problem;
mod publish;
mod quiz;
pub mod recording;
mod required_sections;
mod search;
mod serve;
pub mod timeline;
pub mod transcript;
mod watch;
pub mod workspace;

pub use bless::{bless, build_programs};
pub use build::{Built, build};
pub use check::check;
pub use claims::claims;
pub use export::{Format, export};
pub use output::say;
pub use pdf::pdf;
pub use quiz::searched::{Searched, searched};
pub use watch::serve;
