//! Small programs with several processes, and their text as Rust code.

/// The most lines that a program may have.
pub(crate) const MOST_LINES: usize = 15;

/// What all programs begin with, and what is not shown with each.
pub(crate) const IMPORTS: &str = "\
use std::{fs::File, io::{self, read_to_string}, process::exit};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult::Child, fork, pipe, write};
";

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Statement {
    /// Prints a line, in which `{i}` is the number of the loop's turn.
    Line(String),
    /// Prints text without a newline, which stays in the buffer.
    Text(String),
    /// Forks; both processes go on behind it.
    Fork,
    /// Forks; the child runs these statements, and then what follows, if it has not ended.
    Child(Vec<Statement>),
    /// Runs these statements so many times.
    Repeat(u8, Vec<Statement>),
    /// Ends the process.
    Exit,
    /// Waits for any child; without one, goes on at once.
    Wait,
    /// Waits for all children.
    WaitForAll,
    /// Makes a pipe.
    Pipe,
    /// Writes a letter into the pipe.
    Send(char),
    /// Closes the process's own writing end.
    CloseWriter,
    /// Reads to the end of the pipe, and prints what was read as a line.
    Receive,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Program(pub(crate) Vec<Statement>);

impl Program {
    /// Its lines of code.
    pub(crate) fn code(&self) -> Vec<String> {
        let mut lines = vec!["fn main() -> io::Result<()> {".to_owned()];
        add(&self.0, 1, &mut lines);
        lines.extend(["    Ok(())".to_owned(), "}".to_owned()]);
        lines
    }

    /// How many processes it has, and how many lines they write in all.
    pub(crate) fn size(&self) -> (usize, usize) {
        let mut size = Size { processes: 1, writes: 0 };
        let at_the_end = size.run(&self.0, 1);
        // What is left in their buffers, perhaps.
        let left = if format!("{:?}", self.0).contains("Text") { at_the_end } else { 0 };
        (size.processes, size.writes + left)
    }
}

/// What has been counted so far.
struct Size {
    processes: usize,
    writes: usize,
}

impl Size {
    /// Runs statements in so many processes. Returns how many go on behind them.
    fn run(&mut self, statements: &[Statement], count: usize) -> usize {
        let mut running = count;
        for statement in statements {
            match statement {
                Statement::Line(_) | Statement::Receive => self.writes += running,
                Statement::Exit => return 0,
                Statement::Fork => {
                    self.processes += running;
                    running *= 2;
                }
                Statement::Child(block) => {
                    self.processes += running;
                    running += self.run(block, running);
                }
                Statement::Repeat(turns, block) => {
                    running = (0..*turns).fold(running, |running, _| self.run(block, running));
                }
                _ => {}
            }
        }
        running
    }
}

fn add(statements: &[Statement], depth: usize, lines: &mut Vec<String>) {
    let indent = "    ".repeat(depth);
    for statement in statements {
        let block = match statement {
            Statement::Child(block) => Some(("if let Child = unsafe { fork()? } {".into(), block)),
            Statement::Repeat(count, block) => {
                let name = if format!("{block:?}").contains("{i}") { "i" } else { "_" };
                Some((format!("for {name} in 0..{count} {{"), block))
            }
            _ => None,
        };
        if let Some((head, block)) = block {
            lines.push(format!("{indent}{head}"));
            add(block, depth + 1, lines);
            lines.push(format!("{indent}}}"));
        } else {
            lines.extend(simple(statement).iter().map(|line| format!("{indent}{line}")));
        }
    }
}

/// A statement without a block.
fn simple(statement: &Statement) -> Vec<String> {
    let line = match statement {
        Statement::Line(text) => format!("println!(\"{text}\");"),
        Statement::Text(text) => format!("print!(\"{text}\");"),
        Statement::Fork => "unsafe { fork()? };".to_owned(),
        Statement::Exit => "exit(0);".to_owned(),
        Statement::Wait => "let _ = wait();".to_owned(),
        Statement::WaitForAll => "while wait().is_ok() {}".to_owned(),
        Statement::Pipe => "let (reader, writer) = pipe()?;".to_owned(),
        Statement::Send(letter) => format!("write(&writer, b\"{letter}\")?;"),
        Statement::CloseWriter => "drop(writer);".to_owned(),
        Statement::Receive => {
            let read = "let text = read_to_string(File::from(reader))?;".to_owned();
            return vec![read, "println!(\"{text}\");".to_owned()];
        }
        Statement::Child(_) | Statement::Repeat(..) => unreachable!("BUG: it has a block"),
    };
    vec![line]
}
