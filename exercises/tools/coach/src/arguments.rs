//! What the coach is asked for.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};

use crate::catalogue::did_you_mean;

/// How to ask.
pub const USAGE: &str = "\
Leads you through the exercises.

Usage: cargo coach [COMMAND]

  (none)           check the current exercise at every save, until you quit
  NAME             the same, with this exercise
  list             all exercises, and how far you are
  next             which one to do next, and what to read before
  check [NAME]     check an exercise once; without a name all that you have begun
  hint [NAME]      a hint, and one more at each call
  reset NAME       put the stub back; your answer is kept, and you are told where
  solution NAME    the reference, discussed; asks first if you have not solved it
  doctor           is everything there that the workbook needs?

  --yes            do not ask (reset, solution)
  --help           show this text

Exit code: 0 if all is well, 1 if a check failed or something is wrong, 2 if the command makes no
sense.
";

/// The command line makes no sense; in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Nonsense(pub String);

impl std::fmt::Display for Nonsense {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Nonsense {}

/// The commands, for who mistypes one.
const COMMANDS: [&str; 8] =
    ["list", "next", "check", "hint", "reset", "solution", "doctor", "help"];

/// A command, with the name of an exercise where it takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Show the usage.
    Help,
    /// Check at every save.
    Watch(Option<String>),
    /// All exercises.
    List,
    /// The next one.
    Next,
    /// Check once.
    Check(Option<String>),
    /// One more hint.
    Hint(Option<String>),
    /// Put the stub back.
    Reset {
        /// Which exercise.
        name: String,
        /// Without asking.
        yes: bool,
    },
    /// Show the reference.
    Solution {
        /// Which exercise.
        name: String,
        /// Without asking.
        yes: bool,
    },
    /// Look at the machine.
    Doctor,
}

impl Command {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// One line on what makes no sense.
    pub fn read(raw: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
        let (mut words, mut yes) = (Vec::new(), false);
        let mut parser = lexopt::Parser::from_args(raw);
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Long("help") | Short('h') => return Ok(Command::Help),
                Long("yes") | Short('y') => yes = true,
                Value(word) => words.push(word.to_string_lossy().into_owned()),
                other => return Err(other.unexpected().to_string()),
            }
        }
        let mut words = words.into_iter();
        let Some(command) = words.next() else { return Ok(Command::Watch(None)) };
        let name = words.next();
        if let Some(surplus) = words.next() {
            return Err(format!("surplus argument '{surplus}'"));
        }
        let named = |name: Option<String>| {
            name.ok_or_else(|| format!("which exercise? `cargo coach {command} NAME`"))
        };
        match command.as_str() {
            "check" => Ok(Command::Check(name)),
            "hint" => Ok(Command::Hint(name)),
            "reset" => Ok(Command::Reset { name: named(name)?, yes }),
            "solution" => Ok(Command::Solution { name: named(name)?, yes }),
            _ if let Some(surplus) = name => Err(format!("surplus argument '{surplus}'")),
            "help" => Ok(Command::Help),
            "list" => Ok(Command::List),
            "next" => Ok(Command::Next),
            "doctor" => Ok(Command::Doctor),
            _ => Ok(Command::Watch(Some(command))),
        }
    }
}

/// What to say to somebody whose first word is neither a command nor an exercise.
pub(crate) fn no_such<'a>(word: &'a str, exercises: impl Iterator<Item = &'a str>) -> String {
    let meant = did_you_mean(word, COMMANDS.into_iter().chain(exercises));
    format!("'{word}' is neither a command nor an exercise{meant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Command, String> {
        Command::read(words.iter().map(OsString::from))
    }

    #[test]
    fn a_first_word_that_is_no_command_may_be_an_exercise() {
        assert_eq!(read(&["many_forks"]), Ok(Command::Watch(Some("many_forks".to_owned()))));
        assert_eq!(read(&[]), Ok(Command::Watch(None)));
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        assert!(read(&["reset"]).unwrap_err().contains("cargo coach reset NAME"));
        assert!(read(&["list", "many_forks"]).unwrap_err().contains("'many_forks'"));
        assert!(read(&["check", "a", "b"]).unwrap_err().contains("'b'"));
        assert!(read(&["--loud"]).unwrap_err().contains("--loud"));
    }

    #[test]
    fn a_slip_is_pointed_out() {
        assert!(no_such("lisst", [].into_iter()).contains("did you mean 'list'?"));
        assert!(no_such("pool_mop", ["pool_map"].into_iter()).contains("'pool_map'?"));
    }
}
