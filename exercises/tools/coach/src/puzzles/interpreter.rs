//! Runs a program: with the system calls that its Rust code would make, in the process of the
//! caller, which a search has forked for it.

use std::os::fd::OwnedFd;

use nix::sys::wait::{WaitPidFlag, WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, fork, pipe, read, write};

use super::program::{Program, Statement};

/// What the first process prints at its end if it has a zombie and was to look for one.
pub(crate) const ZOMBIE: &str = "zombie\n";

/// The status of a process in which a call failed.
const FAILED: i32 = 1;

/// What comes after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Exit,
}

/// A process.
struct Process {
    /// Whether it is the one that the program begins with.
    is_first: bool,
    /// What was printed and not yet written.
    buffer: String,
    /// In which turn of the loop it is.
    turn: u8,
    reader: Option<OwnedFd>,
    writer: Option<OwnedFd>,
}

impl Program {
    /// Runs it, and returns the exit status of its first process. The others do not return. With
    /// `look`, the first process looks for a zombie among its children when it ends.
    pub(crate) fn run(&self, look: bool) -> i32 {
        let (buffer, reader, writer) = (String::new(), None, None);
        let mut process = Process { is_first: true, buffer, turn: 0, reader, writer };
        let mut status = if process.block(&self.0).is_ok() { 0 } else { FAILED };
        if look && process.is_first && has_zombie() {
            process.buffer.push_str(ZOMBIE);
        }
        if process.flush().is_err() {
            status = FAILED;
        }
        if process.is_first {
            return status;
        }
        // SAFETY: it ends this process, and nothing after it runs.
        unsafe { nix::libc::_exit(status) }
    }
}

/// Whether a child has ended that was not waited for.
fn has_zombie() -> bool {
    let ended = waitpid(None, Some(WaitPidFlag::WNOHANG));
    matches!(ended, Ok(status) if status != WaitStatus::StillAlive)
}

impl Process {
    fn block(&mut self, statements: &[Statement]) -> nix::Result<Next> {
        for statement in statements {
            if self.statement(statement)? == Next::Exit {
                return Ok(Next::Exit);
            }
        }
        Ok(Next::GoOn)
    }

    fn statement(&mut self, statement: &Statement) -> nix::Result<Next> {
        match statement {
            Statement::Line(text) => {
                self.print(&format!("{text}\n"));
                self.flush()?;
            }
            Statement::Text(text) => self.print(text),
            Statement::Fork => drop(self.fork()?),
            Statement::Child(block) => {
                if self.fork()?.is_child() {
                    return self.block(block);
                }
            }
            Statement::Repeat(count, block) => return self.repeat(*count, block),
            Statement::Exit => return Ok(Next::Exit),
            Statement::Wait => drop(wait()),
            Statement::WaitForAll => while wait().is_ok() {},
            Statement::Pipe => {
                let (reader, writer) = pipe()?;
                (self.reader, self.writer) = (Some(reader), Some(writer));
            }
            Statement::Send(letter) => {
                if let Some(writer) = &self.writer {
                    write(writer, letter.to_string().as_bytes())?;
                }
            }
            Statement::CloseWriter => self.writer = None,
            Statement::Receive => self.receive()?,
        }
        Ok(Next::GoOn)
    }

    fn repeat(&mut self, count: u8, block: &[Statement]) -> nix::Result<Next> {
        for turn in 0..count {
            self.turn = turn;
            if self.block(block)? == Next::Exit {
                return Ok(Next::Exit);
            }
        }
        Ok(Next::GoOn)
    }

    fn fork(&mut self) -> nix::Result<ForkResult> {
        // SAFETY: a search forks no process that has threads, and this one makes none.
        let result = unsafe { fork() }?;
        self.is_first &= result.is_parent();
        Ok(result)
    }

    fn print(&mut self, text: &str) {
        self.buffer.push_str(&text.replace("{i}", &self.turn.to_string()));
    }

    /// One call for all that is in the buffer, as `println!` makes.
    fn flush(&mut self) -> nix::Result<()> {
        if !self.buffer.is_empty() {
            write(std::io::stdout(), self.buffer.as_bytes())?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn receive(&mut self) -> nix::Result<()> {
        let Some(reader) = self.reader.take() else { return Ok(()) };
        let mut bytes = [0; 32];
        loop {
            match read(&reader, &mut bytes)? {
                0 => break,
                count => self.print(&String::from_utf8_lossy(&bytes[..count])),
            }
        }
        drop(reader);
        self.print("\n");
        self.flush()
    }
}
