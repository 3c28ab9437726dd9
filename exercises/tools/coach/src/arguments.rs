//! The command line.

use std::ffi::OsString;
use std::fmt;

use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt;

/// The text of `--help`.
pub(crate) const USAGE: &str = "\
Leads you through the exercises.

Usage: cargo coach [COMMAND]

  (none)           check the current exercise at every save, until you quit
  NAME             check this exercise at every save, until you quit
  list             show all exercises and your progress
  next             show the next exercise, and what to read first
  check [NAME]     check one exercise once, or all that you have started
  hint [NAME]      show the next hint
  run NAME [ARG…]  run your function in a small `main` of your own, without checks
  practise         answer questions about what small programs can print
  reset NAME       restore the stub; your answer is kept in another file
  solution NAME    show the reference solution and a discussion of it
  doctor           check that your machine has everything the workbook needs

  --yes            do not ask for confirmation (reset, solution)
  --all            show the earlier hints too (hint); show all failed checks in full (check)
  --seed N         repeat the questions of an earlier session (practise)
  --help           show this text

Example: cargo coach check fork_basics

The coach uses the workbook in the current folder. To use another one, set the environment variable
WORKBOOK to its folder: WORKBOOK=~/workbook coach list

Exit status: 0 for success, 1 if a check or the command failed, 2 if the command is invalid.
If the coach is killed and your terminal no longer shows what you type, type `reset` and Enter.
";

/// The command line cannot be understood; the text says why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl From<lexopt::Error> for UsageError {
    fn from(why: lexopt::Error) -> UsageError {
        UsageError(why.to_string())
    }
}

/// The first words that are commands.
pub(crate) const COMMANDS: [&str; 10] =
    ["list", "next", "check", "hint", "run", "practise", "reset", "solution", "doctor", "help"];

/// A command, with the name of an exercise where it takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Watch(Option<String>),
    List,
    Next,
    Check {
        name: Option<String>,
        /// All failed checks in full.
        all: bool,
    },
    Hint {
        name: Option<String>,
        /// The earlier ones, too.
        all: bool,
    },
    Run {
        name: String,
        /// For the learner's program.
        arguments: Vec<String>,
    },
    Practise {
        /// For the same questions again.
        seed: Option<u64>,
    },
    Reset {
        name: String,
        /// Without asking.
        yes: bool,
    },
    Solution {
        name: String,
        /// Without asking.
        yes: bool,
    },
    Doctor,
}

/// What begins with `--`.
#[derive(Clone, Debug, Default)]
struct Options {
    yes: bool,
    all: bool,
    seed: Option<u64>,
}

impl Command {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// One line on what cannot be understood.
    pub(crate) fn read(raw: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
        let (mut words, mut options) = (Vec::new(), Options::default());
        let mut parser = lexopt::Parser::from_args(raw);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("help") | Short('h') => return Ok(Command::Help),
                Long("yes") | Short('y') => options.yes = true,
                Long("all") | Short('a') => options.all = true,
                Long("seed") => options.seed = Some(parser.value()?.parse()?),
                Value(word) => words.push(word.to_string_lossy().into_owned()),
                other => return Err(other.unexpected().into()),
            }
        }
        let mut words = words.into_iter();
        let Some(command) = words.next() else { return Ok(Command::Watch(None)) };
        let name = words.next();
        if let ("run", Some(name)) = (command.as_str(), &name) {
            return Ok(Command::Run { name: name.clone(), arguments: words.collect() });
        }
        if let Some(surplus) = words.next() {
            return Err(UsageError(format!("unexpected argument '{surplus}'")));
        }
        Command::from_words(command, name, &options)
    }

    fn from_words(
        command: String,
        name: Option<String>,
        options: &Options,
    ) -> Result<Command, UsageError> {
        let named = |name: Option<String>| {
            name.ok_or_else(|| {
                UsageError(format!("name an exercise: `cargo coach {command} NAME`"))
            })
        };
        let &Options { yes, all, seed } = options;
        match command.as_str() {
            "check" => Ok(Command::Check { name, all }),
            "hint" => Ok(Command::Hint { name, all }),
            "run" => Ok(Command::Run { name: named(name)?, arguments: Vec::new() }),
            "reset" => Ok(Command::Reset { name: named(name)?, yes }),
            "solution" => Ok(Command::Solution { name: named(name)?, yes }),
            word if !COMMANDS.contains(&word) && name.is_some() => Err(UsageError(format!(
                "'{word}' is not a command; `cargo coach --help` lists the commands"
            ))),
            _ if let Some(surplus) = name => {
                Err(UsageError(format!("unexpected argument '{surplus}'")))
            }
            "help" => Ok(Command::Help),
            "list" => Ok(Command::List),
            "next" => Ok(Command::Next),
            "doctor" => Ok(Command::Doctor),
            "practise" => Ok(Command::Practise { seed }),
            _ => Ok(Command::Watch(Some(command))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Command, UsageError> {
        Command::read(words.iter().map(OsString::from))
    }

    #[test]
    fn a_first_word_that_is_no_command_may_be_an_exercise() {
        assert_eq!(read(&["many_forks"]), Ok(Command::Watch(Some("many_forks".to_owned()))));
        assert_eq!(read(&[]), Ok(Command::Watch(None)));
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        let why = |words| read(words).unwrap_err().to_string();
        assert!(why(&["reset"]).contains("cargo coach reset NAME"));
        assert!(why(&["list", "many_forks"]).contains("'many_forks'"));
        assert!(why(&["check", "a", "b"]).contains("'b'"));
        assert!(why(&["--loud"]).contains("--loud"));
        assert!(why(&["show", "many_forks"]).starts_with("'show' is not a command"));
    }

    #[test]
    fn every_command_is_in_the_help_and_is_read() {
        for command in COMMANDS.iter().filter(|command| **command != "help") {
            assert!(USAGE.contains(&format!("\n  {command} ")), "{command}");
            let watch = Command::Watch(Some((*command).to_owned()));
            let read = read(&[command]).or_else(|_| self::read(&[command, "x"]));
            assert!(read.is_ok_and(|read| read != watch), "{command}");
        }
    }
}
