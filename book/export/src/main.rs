//! Packs the built book: `book-export epub|zip FOLDER FILE`. `cargo book epub` and `cargo book zip`
//! run it after they have built the pages. `book-export commands FOLDER` writes what a shell wants
//! to know of the commands that a reader installs. `book-export screen FILE` draws what a program
//! has printed on a terminal, colours and all, for the README.
//!
//! * The EPUB is made of the page that holds all chapters in the order in which they are printed,
//!   with answers, hints and references at the end ([`epub`]); [`xhtml`] writes its pieces as XML.
//! * The zip archive holds the pages as they are, to be read offline in any browser.
//! * Manual pages and completions are made from the commands' own help ([`commands`], [`help`]).

mod archive;
mod commands;
mod epub;
mod help;
mod screen;
mod xhtml;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or("")).collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let done: Result<()> = match words[..] {
        ["epub", _, _] => epub::write(&path(1), &path(2)),
        ["zip", _, _] => archive::pack(&path(1), &path(2)),
        ["commands", _] => commands::write(&path(1)),
        ["screen", _] => screen::draw(&path(1)),
        _ => {
            eprintln!(
                "usage: book-export epub|zip FOLDER FILE\n       book-export commands FOLDER\n       book-export screen FILE < OUTPUT"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("book-export {}: {why:#}", words.join(" "));
            ExitCode::FAILURE
        }
    }
}
