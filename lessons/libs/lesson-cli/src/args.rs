//! A lesson's arguments. Which options there are is read off the usage text, so that the help
//! and the program cannot disagree.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::Failure;

/// The arguments of a lesson, taken one by one. [`Args::finish`] refuses any that are left.
#[derive(Debug, Default)]
pub struct Args {
    /// Options that were given, with the value of those that take one.
    options: Vec<(String, Option<OsString>)>,
    /// Everything else, in order.
    values: VecDeque<OsString>,
    help: bool,
}

impl Args {
    /// Reads `raw` by the options that `usage` describes: each on a line of its own that starts
    /// with `--name`, followed by a word in capitals if it takes a value. A lesson whose subject
    /// has short options (`-w N`) describes them likewise. `-h` is `--help`, unless described.
    pub(crate) fn read(
        usage: &str,
        raw: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, Failure> {
        use lexopt::Arg::{Long, Short, Value};

        let mut args = Args::default();
        let mut parser = lexopt::Parser::from_args(raw);
        while let Some(arg) = parser.next().map_err(usage_error)? {
            let name = match arg {
                Value(value) => {
                    args.values.push_back(value);
                    if is_command(usage) {
                        args.values.extend(parser.raw_args().map_err(usage_error)?);
                    }
                    continue;
                }
                Short(letter) => format!("-{letter}"),
                Long(name) => format!("--{name}"),
            };
            match described(usage, &name) {
                _ if name == "--help" => args.help = true,
                None if name == "-h" => args.help = true,
                None => {
                    let name = crate::printable(&name);
                    return Err(Failure::Usage(format!("unknown option {name}")));
                }
                Some(takes_value) => {
                    let value = takes_value.then(|| parser.value()).transpose();
                    args.options.push((name, value.map_err(usage_error)?));
                }
            }
        }
        Ok(args)
    }

    pub(crate) fn wants_help(&self) -> bool {
        self.help
    }

    /// Whether the option `name` (with its dashes, as in the usage) was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.options.len();
        self.options.retain(|(option, _)| option != name);
        self.options.len() < before
    }

    /// The value of the option `name` (with its dashes), if it was given. The last one counts.
    pub fn option(&mut self, name: &str) -> Option<OsString> {
        let at = self.options.iter().rposition(|(option, _)| option == name)?;
        let value = self.options.swap_remove(at).1;
        self.flag(name);
        value
    }

    /// The value of the option `name` as a number, if it was given.
    ///
    /// # Errors
    ///
    /// A usage error if it is no number or not in `range`.
    pub fn number_option<N>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
    ) -> Result<Option<N>, Failure>
    where
        N: FromStr + PartialOrd + Display,
    {
        self.option(name).map(|value| number(name, &value, &range)).transpose()
    }

    /// The next argument that is not an option, if there is one.
    pub fn value(&mut self) -> Option<OsString> {
        self.values.pop_front()
    }

    /// The next argument that is not an option, as a number; `name` is what the usage calls it.
    ///
    /// # Errors
    ///
    /// A usage error if it is no number or not in `range`.
    pub fn number<N>(&mut self, name: &str, range: RangeInclusive<N>) -> Result<Option<N>, Failure>
    where
        N: FromStr + PartialOrd + Display,
    {
        self.value().map(|value| number(name, &value, &range)).transpose()
    }

    /// All remaining arguments that are not options: file names, or a command after `--`.
    pub fn rest(&mut self) -> Vec<OsString> {
        self.values.drain(..).collect()
    }

    /// Checks that all arguments have been taken.
    ///
    /// # Errors
    ///
    /// A usage error that names the first surplus argument.
    pub fn finish(self) -> Result<(), Failure> {
        match self.values.front() {
            Some(surplus) => {
                Err(Failure::Usage(format!("unexpected argument {}", quoted(surplus))))
            }
            None => Ok(()),
        }
    }
}

/// Whether the arguments are a command, as the usage line's `COMMAND...` says. Its own options
/// do not concern the lesson, so nothing after its first word is read as an option.
fn is_command(usage: &str) -> bool {
    usage.lines().any(|line| line.starts_with("Usage: ") && line.contains("COMMAND..."))
}

/// `None` if the usage text has no such option, otherwise whether it takes a value: a word in
/// capitals after one blank. After two blanks it belongs to the description.
fn described(usage: &str, name: &str) -> Option<bool> {
    usage.lines().find_map(|line| {
        let mut words = line.trim().split(' ');
        let found = words.next() == Some(name);
        let next = words.next().unwrap_or_default();
        let capitals = next.chars().all(|c| c.is_ascii_uppercase());
        found.then_some(capitals && !next.is_empty())
    })
}

fn number<N>(name: &str, value: &OsStr, range: &RangeInclusive<N>) -> Result<N, Failure>
where
    N: FromStr + PartialOrd + Display,
{
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.filter(|n| range.contains(n)).ok_or_else(|| {
        let (low, high) = (range.start(), range.end());
        Failure::Usage(format!(
            "{name} must be a number from {low} to {high}, not {}",
            quoted(value)
        ))
    })
}

fn quoted(value: &OsStr) -> String {
    format!("'{}'", crate::printable(value))
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn usage_error(error: lexopt::Error) -> Failure {
    Failure::Usage(crate::printable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: &str = "Usage: x [N]\n\n  N            a number\n  --twice      N times two\n  --plot FILE  draw it\n";

    fn read(words: &[&str]) -> Result<Args, Failure> {
        Args::read(USAGE, words.iter().map(OsString::from))
    }

    fn complaint(result: Result<impl Sized, Failure>) -> String {
        match result {
            Err(Failure::Usage(text)) => text,
            Err(other) => panic!("not a usage error: {other:?}"),
            Ok(_) => panic!("no error"),
        }
    }

    #[test]
    fn options_and_values_come_in_any_order() {
        let mut args = read(&["--plot", "a.svg", "7", "--twice"]).unwrap();
        assert!(args.flag("--twice"));
        assert!(!args.flag("--thrice"));
        assert_eq!(args.option("--plot"), Some("a.svg".into()));
        assert_eq!(args.number("N", 1..=9).unwrap(), Some(7));
        args.finish().unwrap();
    }

    #[test]
    fn a_value_may_follow_an_equals_sign() {
        assert_eq!(read(&["--plot=a.svg"]).unwrap().option("--plot"), Some("a.svg".into()));
    }

    #[test]
    fn short_options_are_those_that_the_usage_describes() {
        let usage = "Usage: x [-w N] [-h FILE]\n\n  -w N     workers\n  -h FILE  hosts\n";
        let read = |words: &[&str]| Args::read(usage, words.iter().map(OsString::from)).unwrap();
        let mut args = read(&["-w", "2", "-hx.txt"]);
        assert_eq!(args.number_option("-w", 1..=9).unwrap(), Some(2));
        assert_eq!(args.option("-h"), Some("x.txt".into()));
        assert!(!args.wants_help());
        assert!(read(&["--help"]).wants_help());
    }

    #[test]
    fn h_is_help_unless_the_usage_says_otherwise() {
        assert!(read(&["-h"]).unwrap().wants_help());
    }

    #[test]
    fn an_unknown_option_is_named() {
        assert_eq!(complaint(read(&["--nonsense"])), "unknown option --nonsense");
        assert_eq!(complaint(read(&["-3"])), "unknown option -3");
    }

    #[test]
    fn a_missing_value_is_named() {
        assert!(complaint(read(&["--plot"])).contains("--plot"));
    }

    #[test]
    fn a_value_for_a_flag_is_refused() {
        assert!(complaint(read(&["--twice=yes"])).contains("--twice"));
    }

    #[test]
    fn a_number_out_of_range_says_the_range() {
        let mut args = read(&["10"]).unwrap();
        let expected = "N must be a number from 1 to 9, not '10'";
        assert_eq!(complaint(args.number("N", 1..=9)), expected);
    }

    #[test]
    fn a_surplus_argument_is_named() {
        let mut args = read(&["1", "two"]).unwrap();
        args.value();
        assert_eq!(complaint(args.finish()), "unexpected argument 'two'");
    }

    #[test]
    fn what_follows_a_command_is_its_own() {
        let usage = "Usage: x [--twice] [--] COMMAND...\n\n  --twice  run it twice\n";
        let words = ["--twice", "ls", "-l", "--twice", "--help"].map(OsString::from);
        let mut args = Args::read(usage, words).unwrap();
        assert!(args.flag("--twice"));
        assert_eq!(args.rest(), ["ls", "-l", "--twice", "--help"]);
        assert!(!args.wants_help());
    }

    #[test]
    fn after_two_dashes_everything_is_a_value() {
        let mut args = read(&["--twice", "--", "ls", "--plot"]).unwrap();
        assert!(args.flag("--twice"));
        assert_eq!(args.rest(), ["ls", "--plot"]);
    }
}
