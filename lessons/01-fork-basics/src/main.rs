//! One fork, seen from both sides. A run shows:
//!
//! * `fork` is called once and returns twice: in the child, and in the parent with the child's PID;
//! * each has its own copy of the memory: the parent never sees what the child changes;
//! * the child ends with exit status 3; the parent waits for it and gets that status.
//!
//! With `--forget-exit` the child does not exit where it should: a hazard, shown on purpose.

use std::process::{ExitCode, exit};

use lesson_cli::{Args, Failure, say};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};

const USAGE: &str = "\
One fork, seen from both sides.

Usage: lesson-fork-basics [--forget-exit]
Example: cargo run -p lesson-fork-basics -- --forget-exit

  --forget-exit   HAZARD: the child does not exit, and runs the parent's code
  --help          show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let forget_exit = args.flag("--forget-exit");
    args.finish()?;

    let mut apples = 1;
    say!("process {}: there is one of me, and I have {apples} apple", getpid());

    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => return Err(Failure::system("fork", errno)),

        Ok(ForkResult::Child) => {
            apples += 1;
            say!("child   {}: my parent is {}", getpid(), getppid());
            say!("child   {}: I picked one more, so I have {apples} apples", getpid());
            if !forget_exit {
                exit(3); // the child ends here and never runs the code below
            }
            say!("child   {}: HAZARD: I did not exit, so I continue", getpid());
        }

        Ok(ForkResult::Parent { child }) => {
            say!("parent  {}: fork told me that my child is {child}", getpid());
            say!("parent  {}: {}", getpid(), wait_for(child)?);
        }
    }

    // Only the parent should reach this point.
    say!("process {}: I have {apples} apple{}", getpid(), if apples == 1 { "" } else { "s" });
    Ok(())
}

/// Waits until `child` ends, and says how it ended.
fn wait_for(child: Pid) -> Result<String, Failure> {
    match waitpid(child, None) {
        Ok(WaitStatus::Exited(pid, code)) => {
            Ok(format!("child {pid} ended with exit status {code}"))
        }
        Ok(other) => Ok(format!("child {child} ended in another way: {other:?}")),
        Err(errno) => Err(Failure::system(format!("waiting for child {child}"), errno)),
    }
}
