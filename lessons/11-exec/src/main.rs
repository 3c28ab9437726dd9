//! Fork, redirect, exec: how a program starts another one. A run shows:
//!
//! * the parent forks, and one `dup2` sends what the child prints into a pipe;
//! * the child describes its process, calls exec, and the new program describes it again;
//! * the process is the same: its PID, parent, folder, environment and ignored signals are kept;
//! * the program is new: memory, handlers, and descriptors marked close-on-exec are gone.
//!
//! The new program is this one again, with the argument `report`. It could be any other.

mod report;

use std::ffi::CString;
use std::io::{self, PipeWriter};
use std::os::unix::ffi::OsStringExt;
use std::process::{ExitCode, exit};

use lesson_cli::{Args, Failure, complain, printable, say};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, dup2_stdout, execv, fork, getpid};

const USAGE: &str = "\
Another program in the same process, and what it finds there.

Usage: lesson-exec [report]
Example: cargo run -p lesson-exec -- report

  report   only describe this process: what the child does before and after exec
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let word = args.value();
    args.finish()?;
    match word {
        None => fork_and_compare(),
        Some(word) if word == "report" => {
            report::print();
            Ok(())
        }
        Some(word) => Err(Failure::Usage(format!("unknown argument '{}'", printable(&word)))),
    }
}

fn fork_and_compare() -> Result<(), Failure> {
    let (reader, writer) = io::pipe().map_err(|error| Failure::system("a pipe", error))?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => Err(Failure::system("fork", errno)),
        Ok(ForkResult::Child) => {
            let reason = redirect_and_exec(&writer).unwrap_or_else(|error| error);
            complain(&format!("child {}: exec failed: {reason}\n", getpid()));
            exit(127)
        }
        Ok(ForkResult::Parent { child }) => {
            drop(writer); // otherwise the parent would never see end-of-file
            say!("parent {}: forked {child}; I read what it prints", getpid());
            report::show_both(reader)?;
            let status = waitpid(child, None).map_err(|errno| Failure::system("waitpid", errno))?;
            say!("parent {}: {}", getpid(), report::end(status));
            Ok(())
        }
    }
}

/// Returns only if there is no new program: `Ok` is exec's reason, `Err` that of a step before it.
fn redirect_and_exec(writer: &PipeWriter) -> io::Result<io::Error> {
    let this_program = CString::new(std::env::current_exe()?.into_os_string().into_vec())?;
    dup2_stdout(writer)?; // standard output is the pipe now, also after exec: no close-on-exec
    report::change_everything()?;
    report::print();
    let Err(reason) = execv(&this_program, &[&*this_program, c"report"]);
    Ok(reason.into())
}
