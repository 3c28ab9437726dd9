//! Marshalling: a structure becomes bytes, travels, and becomes a structure again. A run shows:
//!
//! * the same structure in three formats: how many bytes, how long to encode and to decode;
//! * why the bytes of the structure in memory cannot be sent;
//! * what each format reports about damaged data, and what it does not notice;
//! * the structure on its way to a forked child, to Python, and back.
//!
//! With `--save` one run writes it to a file, and with `--load` another one reads it.

mod child;
mod damage;
mod file;
mod format;
mod formats;
mod parts;
mod python;
mod raw;
mod voyage;

use std::process::ExitCode;

use file::DataFile;
use lesson_cli::{Args, Failure, say};

const USAGE: &str = "\
One structure as bytes in three formats: to a file, a child, Python, and back.

Usage: lesson-marshalling [PART]
       lesson-marshalling [--save FILE] [--overwrite] [--load FILE]
Example: cargo run -p lesson-marshalling -- formats

  PART         formats, raw, damage, child or python (default: all of them)
  --save FILE  write the structure to FILE: *.json, *.msgpack or *.postcard
  --overwrite  replace FILE if it exists
  --load FILE  read it from such a file
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let save = args.option("--save").map(DataFile::named).transpose()?;
    let overwrite = args.flag("--overwrite");
    let load = args.option("--load").map(DataFile::named).transpose()?;
    let of_files = save.is_some() || load.is_some();
    let parts = match args.value() {
        Some(_) if of_files => {
            return Err(Failure::Usage("--save and --load take no PART".into()));
        }
        Some(name) => vec![parts::named(&name.to_string_lossy())?],
        None if of_files => Vec::new(),
        None => parts::ALL.map(|(_, part)| part).to_vec(),
    };
    args.finish()?;

    let voyage = voyage::sample();
    save.map_or(Ok(()), |file| file.save(&voyage, overwrite))?;
    load.map_or(Ok(()), |file| file.load(&voyage))?;
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            say!("");
        }
        part(&voyage)?;
    }
    Ok(())
}
