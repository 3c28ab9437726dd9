//! Packs the built book: `book-export epub|zip FOLDER FILE`. `cargo book epub` and `cargo book zip`
//! run it after they have built the pages.
//!
//! * The EPUB is made of the page that holds all chapters in the order in which they are printed,
//!   with answers, hints and references at the end ([`epub`]); [`xhtml`] writes its pieces as XML.
//! * The zip archive holds the pages as they are, to be read offline in any browser.

mod archive;
mod epub;
mod xhtml;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [format, folder, file] = &arguments[..] else {
        eprintln!("usage: book-export epub|zip FOLDER FILE");
        return ExitCode::from(2);
    };
    let (folder, file) = (PathBuf::from(folder), PathBuf::from(file));
    let done: Result<()> = match format.to_str() {
        Some("epub") => epub::write(&folder, &file),
        Some("zip") => archive::pack(&folder, &file),
        _ => Err(anyhow::anyhow!("there is no format '{}'", format.display())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{}: {why:#}", file.display());
            ExitCode::FAILURE
        }
    }
}
