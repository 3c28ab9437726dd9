//! `cargo book`: builds, checks and shows the book.

use std::process::ExitCode;

use book::Format;
use book::workspace::Workspace;
use lesson_cli::complain;
use lexopt::Arg::{Long, Short, Value};

const USAGE: &str = "\
Builds, checks and shows the book.

Usage: cargo book [COMMAND]

  (none)      build the book, serve it to this machine, open the browser, follow changes
  serve       the same without opening the browser
  build       build the pages into target/book
  check       build, and check what `cargo test` does not see: spelling, each page's parts
              --claims lists the sentences that state a fact and show nothing for it
  bless       run every command in the book, and write what it prints now where it no longer fits
              --quotes only corrects the line numbers of quoted code, which takes a moment
  pdf         print the book into target/book.pdf, where Chromium is installed
  epub        pack the book as target/book.epub, and check it where epubcheck is installed
  zip         pack the pages as target/book.zip, to be read offline

  --help      show this text
";

fn main() -> ExitCode {
    let command = match command() {
        Ok(command) => command,
        Err(why) => {
            complain(&format!("cargo book: {why}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    let done = run(command);
    let lost = lesson_cli::output_failure();
    let lost = lost.map(|why| format!("cargo book: writing standard output failed: {why}"));
    let failures = done.err().map(|why| format!("{why:#}")).into_iter().chain(lost);
    failures.fold(ExitCode::SUCCESS, |_, why| {
        complain(&format!("{why}\n"));
        ExitCode::FAILURE
    })
}

#[derive(Clone, Copy)]
enum Command {
    Help,
    Serve { open: bool },
    Build,
    Check,
    Claims,
    Bless { only_quotes: bool },
    Pdf,
    Export(Format),
}

fn command() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut command = None;
    while let Some(argument) = parser.next()? {
        command = Some(match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("claims") if matches!(command, Some(Command::Check)) => Command::Claims,
            Long("quotes") if matches!(command, Some(Command::Bless { .. })) => {
                Command::Bless { only_quotes: true }
            }
            Value(word) if command.is_none() => match word.to_str() {
                Some("serve") => Command::Serve { open: false },
                Some("build") => Command::Build,
                Some("check") => Command::Check,
                Some("bless") => Command::Bless { only_quotes: false },
                Some("pdf") => Command::Pdf,
                Some("epub") => Command::Export(Format::Epub),
                Some("zip") => Command::Export(Format::Zip),
                _ => return Err(format!("there is no command '{}'", word.display()).into()),
            },
            other => return Err(other.unexpected()),
        });
    }
    Ok(command.unwrap_or(Command::Serve { open: true }))
}

fn run(command: Command) -> anyhow::Result<()> {
    let workspace = &Workspace::find()?;
    match command {
        Command::Help => book::say(USAGE.trim_end()),
        Command::Serve { open } => book::serve(workspace, open)?,
        Command::Build => book::say(book::build(workspace)?.out.join("index.html").display()),
        Command::Check => book::say(book::check(workspace)?),
        Command::Claims => book::say(book::claims(workspace)?),
        Command::Export(format) => book::say(book::export(workspace, format)?.display()),
        Command::Pdf => book::say(book::pdf(workspace)?.display()),
        Command::Bless { only_quotes } => {
            let changed = book::bless(workspace, only_quotes)?;
            let count = changed.len();
            book::say(format!("{count} file{} changed", if count == 1 { "" } else { "s" }));
            changed.iter().for_each(|chapter| book::say(format!("  {}", chapter.display())));
        }
    }
    Ok(())
}
