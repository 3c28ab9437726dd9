//! A command's help as its parts: what it does, how it is called, its options, and the rest.
//!
//! The workbook's commands write their help by hand, since it is a page for people. Each has the
//! same shape: a first paragraph; a paragraph that begins with `Usage:`; lines that begin with two
//! blanks, a name, and two blanks more, which describe an argument and may go on in the next line.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Roff, bold, roman};

/// A line that describes an argument begins with these, and one that goes on with more of them.
const INDENT: &str = "  ";

/// The help of one command.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Help {
    about: String,
    /// The lines after `Usage:`.
    usage: Vec<String>,
    /// Names, as `--svg FILE`, with what they mean.
    described: Vec<(String, String)>,
    /// Paragraphs that are none of these.
    rest: Vec<String>,
}

impl Help {
    pub(crate) fn read(text: &str) -> Self {
        let mut help = Help::default();
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            if paragraph.starts_with("Usage:") {
                help.read_usage(paragraph);
            } else if paragraph.starts_with(INDENT) {
                paragraph.lines().for_each(|line| help.describe(line));
            } else if help.about.is_empty() {
                help.about = joined(paragraph);
            } else {
                help.rest.push(joined(paragraph));
            }
        }
        help
    }

    /// The calls, which stand below each other, and perhaps an example.
    fn read_usage(&mut self, paragraph: &str) {
        for line in paragraph.lines() {
            if line.starts_with("Example:") {
                self.rest.push(line.trim().to_owned());
            } else {
                self.usage.push(line.trim_start_matches("Usage:").trim().to_owned());
            }
        }
    }

    fn describe(&mut self, line: &str) {
        let line = line.strip_prefix(INDENT).unwrap_or(line);
        match (line.starts_with(' '), self.described.last_mut()) {
            (true, Some((_, meaning))) => *meaning = format!("{meaning} {}", line.trim()),
            _ => {
                let (name, meaning) = line.split_once(INDENT).unwrap_or((line, ""));
                self.described.push((name.trim().to_owned(), meaning.trim().to_owned()));
            }
        }
    }

    /// The same for clap, which knows what manual pages and completions look like.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(leaked(name))
            .about(leaked(&self.about))
            .after_help(leaked(&self.rest.join("\n\n")))
            .disable_help_flag(true)
            .disable_help_subcommand(true);
        for (name, meaning) in &self.described {
            command = match option(name, meaning) {
                Some(option) => command.arg(option),
                None => command.subcommands(subcommand(name, meaning)),
            };
        }
        command
    }

    /// The calls as they stand in the help.
    pub(crate) fn synopsis(&self) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["SYNOPSIS"]);
        for call in &self.usage {
            let (name, rest) = call.split_once(' ').unwrap_or((call, ""));
            roff.text([bold(name), roman(format!(" {rest}"))]);
            roff.control("br", []);
        }
        roff
    }
}

/// An option, if `name` is one's.
fn option(name: &str, meaning: &str) -> Option<Arg> {
    let (long, value) = name.strip_prefix("--")?.split_once(' ').unwrap_or((&name[2..], ""));
    let option = Arg::new(leaked(long)).long(leaked(long)).help(leaked(meaning));
    Some(match value {
        "" => option.action(ArgAction::SetTrue),
        value => option.value_name(leaked(value)).value_hint(hint(value)),
    })
}

/// What a shell offers for a value of this name.
fn hint(value: &str) -> clap::ValueHint {
    if value == "FILE" { clap::ValueHint::FilePath } else { clap::ValueHint::Other }
}

/// A word in small letters is typed as it stands, so a shell may offer it. One in capitals stands
/// for something.
fn subcommand(name: &str, meaning: &str) -> Option<Command> {
    let word = name.split(' ').next().unwrap_or(name);
    let typed = word.starts_with(|first: char| first.is_ascii_lowercase());
    typed.then(|| Command::new(leaked(word)).about(leaked(meaning)))
}

fn joined(paragraph: &str) -> String {
    paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// clap wants texts that live as long as the program. There are a few dozen, and the program ends
/// when it has written them.
fn leaked(text: &str) -> &'static str {
    text.to_owned().leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Draws\nlives.\n\nUsage: draw [OPTIONS] FILE\n       draw --none\nExample: draw a\n\n  \
        list         all of them\n  NAME         one of them\n  --svg FILE   into FILE,\n               as SVG\n  --ascii      plain\n\nThe exit\nstatus.\n";

    #[test]
    fn a_help_has_its_parts() {
        let help = Help::read(TEXT);
        assert_eq!(help.about, "Draws lives.");
        assert_eq!(help.usage, ["draw [OPTIONS] FILE", "draw --none"]);
        let svg = ("--svg FILE".to_owned(), "into FILE, as SVG".to_owned());
        assert_eq!(help.described[2], svg);
        assert_eq!(help.rest, ["Example: draw a", "The exit status."]);
    }

    #[test]
    fn options_with_values_take_one_and_words_are_subcommands() {
        let command = Help::read(TEXT).command("draw");
        let takes = |name: &str| {
            let option = command.get_arguments().find(|it| it.get_id() == name).expect("there");
            option.get_action().takes_values()
        };
        assert!(takes("svg") && !takes("ascii"));
        let offered: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        assert_eq!(offered, ["list"]);
    }
}
