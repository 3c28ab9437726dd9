//! `console` blocks: commands with what they printed, run again and compared.
//!
//! ````text
//! ```console,order=prefix,first=1,last=2
//! $ cargo run -q -p lesson-fork-basics
//! process 812: there is one of me, and I have 1 apple
//! …
//! ```
//! ````
//!
//! What may differ between two runs is the same for every block: the names of processes, by one
//! consistent renaming (see [`compare`]), and times. What else may differ, a block says:
//!
//! | attribute | meaning |
//! |---|---|
//! | `order=any` | the lines come in any order |
//! | `order=prefix` | each speaker (what stands before the first colon, or the PID in it) keeps its order, the speakers mix as they like |
//! | `first=N`, `last=N` | with an order: so many lines at the beginning or the end have their places |
//! | `vary=decimals` | numbers with a decimal point may be any others |
//! | `vary=numbers` | all numbers may be any others |
//! | `keep=768 256` | these numbers are facts, though they look like the name of a process |
//! | `free=PATTERN` | what the regular expression finds may be any other text that it finds; it may stand several times |
//! | `lines=3-8`, `lines=3-` | these lines of the output are shown; their common indentation is taken away |
//! | `until-blank` | of those, the ones before the first blank line are shown |
//! | `without=TEXT` | lines that contain the text are left out; it may stand several times |
//! | `exit=N` | the exit status of the last command (0 if nothing is said) |
//! | `plain-user` | run by a user who is not root: limits do not bind root |
//! | `linux` | runs on Linux only |
//! | `needs=TOOL` | a program uses this tool, which the command does not name |
//! | `skip=WHY` | is not run by the tests, and why |

pub mod blocks;
pub(crate) mod cargo;
pub mod compare;
mod line;
pub(crate) mod page;
pub mod run;
pub(crate) mod sandbox;
pub mod shown;

use crate::fences::Fence;
use compare::Allowed;
use shown::Shown;

/// One command of a block and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What a reader types, without the `$ `.
    pub command: String,
    /// The lines that were printed on standard output and standard error.
    pub output: Vec<String>,
}

/// A `console` block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its first line in the chapter, from 1.
    pub line: usize,
    /// What may differ.
    pub allowed: Allowed,
    /// Which lines of the output are shown.
    pub shown: Shown,
    /// The exit status of the last command.
    pub exit: i32,
    /// Run by a user who is not root.
    pub plain_user: bool,
    /// Runs on Linux only.
    pub linux: bool,
    /// A tool that a program in it uses.
    pub needs: Option<String>,
    /// Why the tests do not run it, if they do not.
    pub skip: Option<String>,
    /// The commands.
    pub steps: Vec<Step>,
}

impl Block {
    /// Reads a fence; `None` if it is neither a `console` block nor a `predict` one, which has a
    /// question before the command and a reason after its output.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(fence: &Fence<'_>) -> Option<Result<Block, String>> {
        match fence.language {
            "console" => Some(Self::parse(fence, fence.body)),
            "predict" => {
                let (before, after) = around(fence.body);
                Some(Self::parse(fence, &fence.body[before..after]))
            }
            _ => None,
        }
    }

    fn parse(fence: &Fence<'_>, body: &str) -> Result<Block, String> {
        let mut block = Block {
            line: fence.line,
            allowed: Allowed::default(),
            shown: Shown::default(),
            exit: 0,
            plain_user: false,
            linux: false,
            needs: None,
            skip: None,
            steps: steps(body)?,
        };
        for (name, value) in &fence.attributes {
            match (*name, *value) {
                ("exit", code) => block.exit = number(name, code)?,
                ("plain-user", "") => block.plain_user = true,
                ("linux", "") => block.linux = true,
                ("needs", tool) if !tool.is_empty() => block.needs = Some(tool.to_owned()),
                ("skip", why) if !why.is_empty() => block.skip = Some(why.to_owned()),
                (name, value) if block.shown.set(name, value)? => {}
                (name, value) => block.allowed.set(name, value)?,
            }
        }
        let shown: usize = block.steps.iter().map(|step| step.output.len()).max().unwrap_or(0);
        // A block that has no output yet is waiting for `cargo book bless`.
        if shown > 0 && block.allowed.first + block.allowed.last > shown {
            return Err("`first` and `last` name more lines than there are".to_owned());
        }
        Ok(block)
    }

    /// The fence with its info string as it was and the steps as they are now.
    pub fn rewrite(&self, old: &str) -> String {
        let opening = old.lines().next().unwrap_or_default();
        let ticks = opening.chars().take_while(|c| *c == '`').count();
        let body =
            old.trim_end().trim_end_matches('`').get(opening.len() + 1..).unwrap_or_default();
        let (before, after) = match opening[ticks..].starts_with("predict") {
            true => around(body),
            false => (0, body.len()),
        };
        let mut out = format!("{opening}\n{}", &body[..before]);
        for step in &self.steps {
            out.push_str(&format!("$ {}\n", step.command));
            out.extend(step.output.iter().flat_map(|line| [line.as_str(), "\n"]));
        }
        out.push_str(&body[after..]);
        out.push_str(&"`".repeat(ticks));
        out
    }
}

/// Where in a `predict` fence the question ends and where the reason begins.
fn around(body: &str) -> (usize, usize) {
    let before = if body.starts_with("$ ") { 0 } else { body.find("\n$ ").map_or(0, |at| at + 1) };
    let after = body[before..].find("\n---\n").map_or(body.len(), |at| before + at + 1);
    (before, after)
}

fn steps(body: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for line in body.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), output: Vec::new() });
            }
            (None, Some(step)) => step.output.push(line.to_owned()),
            (None, None) => return Err("output before the first `$ `".to_owned()),
        }
    }
    if steps.is_empty() {
        Err("no line with `$ `, so nothing to run".to_owned())
    } else {
        Ok(steps)
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("`{name}` takes a number, not {value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    fn read(text: &str) -> Result<Block, String> {
        Block::read(&fences(text)[0]).expect("a console block")
    }

    #[test]
    fn a_block_is_read_and_written_alike() {
        let text = "```console,order=any,exit=3\n$ one\na\n\nb\n$ two\n```";
        let block = read(text).unwrap();
        assert_eq!(block.steps.len(), 2);
        assert_eq!(block.steps[0].output, ["a", "", "b"]);
        assert_eq!(block.exit, 3);
        assert_eq!(block.rewrite(text), text);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(read("```console,oder=any\n$ x\n```").unwrap_err().contains("oder"));
        assert!(read("```console,order=random\n$ x\n```").unwrap_err().contains("random"));
        assert!(read("```console,exit=three\n$ x\n```").unwrap_err().contains("three"));
        assert!(read("```console,skip=\n$ x\n```").unwrap_err().contains("skip"));
        assert!(read("```console,first=3\n$ x\ny\n```").unwrap_err().contains("first"));
        assert!(read("```console\nx\n```").unwrap_err().contains("before"));
        assert!(read("```console\n```").unwrap_err().contains("nothing to run"));
    }
}
