//! Runs the command of a block as a reader would, in a shell. (But see `cargo.rs`.)

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, geteuid};

use super::compare::PidMapping;
use super::sandbox::Sandbox;
use super::{Block, Step};
use crate::workspace::{Workspace, forget_package};

/// No command in the book takes longer, even beside busy loops on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// What blocks may use and a machine may lack. The shell and what POSIX lists is taken as there.
const TOOLS: [&str; 8] = ["bash", "cc", "gdb", "pstree", "python3", "strace", "taskset", "timeout"];

/// A user ID without an account, for blocks that must not be run by root.
const PLAIN_USER: u32 = 40_961;

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Standard output and standard error, as they came.
    pub lines: Vec<String>,
    /// The exit status, or -1 after a signal.
    pub code: i32,
}

/// A block that does not fit what its commands do now.
#[derive(Debug)]
pub struct Mismatch {
    /// What does not fit, command by command.
    pub why: String,
    /// The block as it would have to read.
    pub now: Box<Block>,
}

/// Runs a block and compares.
///
/// # Errors
///
/// What does not fit.
pub fn check(block: &Block, workspace: &Workspace) -> Result<(), Mismatch> {
    // Limits do not bind root, who does not reach everything in a container either.
    let plain_user = block.plain_user && geteuid().is_root();
    let commands = block.steps.iter().map(|step| step.command.as_str());
    let sandbox = Sandbox::new(commands, workspace, plain_user).map_err(|why| Mismatch {
        why: format!("no folder for the block's own files: {why}"),
        now: Box::new(block.clone()),
    })?;
    let folder = if plain_user { sandbox.path() } else { workspace.root() };
    let mut now = block.clone();
    let mut names = PidMapping::default();
    let mut wrong = Vec::new();
    let last = block.steps.len() - 1;
    for (at, step) in now.steps.iter_mut().enumerate() {
        let expected = if at == last { block.exit } else { 0 };
        match run_in(&sandbox, &step.command, folder, plain_user) {
            Err(why) => wrong.push(format!("$ {}\n    {why}", step.command)),
            Ok(mut ran) => {
                ran.lines = block.shown.of(ran.lines);
                if let Err(why) = names.fit(&step.output, &ran.lines, &block.allowed) {
                    wrong.push(format!("$ {}\n    {why}", step.command));
                }
                if ran.code != expected {
                    let code = ran.code;
                    wrong.push(format!(
                        "$ {}\n    exit status {code}, not {expected}",
                        step.command
                    ));
                }
                *step = Step { command: step.command.clone(), output: ran.lines };
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Mismatch { why: wrong.join("\n"), now: Box::new(now) })
    }
}

/// A tool that the block's commands need and this machine lacks.
pub fn missing_tool(block: &Block) -> Option<&'static str> {
    let words = block.steps.iter().flat_map(|step| step.command.split_whitespace());
    let words = words.chain(block.needs.as_deref());
    let words: BTreeSet<&str> = words.collect();
    TOOLS.into_iter().filter(|tool| words.contains(tool)).find(|tool| {
        let mut asked = Command::new("sh");
        asked.args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null());
        !asked.status().is_ok_and(|status| status.success())
    })
}

/// Runs one line in a shell.
///
/// # Errors
///
/// If the shell cannot be started, or does not end in time.
pub(crate) fn run(command: &str, workspace: &Workspace) -> Result<Ran, String> {
    let sandbox = Sandbox::new([command], workspace, false).map_err(|why| why.to_string())?;
    run_in(&sandbox, command, workspace.root(), false)
}

/// Runs one line in a shell in a folder, with what the sandbox has for it.
///
/// # Errors
///
/// If the shell cannot be started, or does not end in time.
pub(crate) fn run_in(
    sandbox: &Sandbox,
    command: &str,
    folder: &Path,
    plain_user: bool,
) -> Result<Ran, String> {
    let (mut output, input) = io::pipe().map_err(|error| error.to_string())?;
    let mut shell = Command::new("sh");
    shell.args(["-c", &sandbox.command(command)]).current_dir(folder).process_group(0);
    shell.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("TMPDIR", sandbox.temporary());
    shell.env("COLUMNS", "80").env("PYTHONDONTWRITEBYTECODE", "1");
    for name in ["NO_COLOR", "PYTHONUNBUFFERED", "RUST_BACKTRACE", "RUST_LOG", "CARGO_TERM_COLOR"] {
        shell.env_remove(name);
    }
    forget_package(&mut shell);
    if plain_user {
        shell.uid(PLAIN_USER).gid(PLAIN_USER);
    }
    // SAFETY: between fork and exec the function makes system calls only, and allocates nothing.
    unsafe { shell.pre_exec(procinfo::default_terminal_signals) };
    let error = input.try_clone().map_err(|error| error.to_string())?;
    shell.stdin(Stdio::null()).stdout(input).stderr(error);
    let child = shell.spawn().map_err(|error| format!("cannot start a shell: {error}"))?;
    drop(shell); // and with it our copies of the pipe's write end
    let (text, code) = finish(&child, move |text| output.read_to_end(text).map(drop))?;
    let lines = sandbox.shown(&text).lines().map(str::to_owned).collect();
    Ok(Ran { lines, code })
}

/// Reads to the end of the output, waits for the shell, and ends what is left of its group.
fn finish(
    shell: &Child,
    read: impl FnOnce(&mut Vec<u8>) -> io::Result<()> + Send + 'static,
) -> Result<(String, i32), String> {
    let group = Pid::from_raw(shell.id().try_into().expect("BUG: a PID is positive and fits"));
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let done = read(&mut text).map(|()| text);
        let _ = send.send(done); // not received after the deadline
    });
    let text = receive.recv_timeout(DEADLINE);
    let ended = match text {
        Ok(_) => procinfo::end_group_after(group),
        Err(_) => procinfo::end_group(group, Duration::ZERO),
    };
    let ended = ended.map_err(|error| error.to_string())?;
    let text = text.map_err(|_| format!("not over after {DEADLINE:?}"))?;
    let text = text.map_err(|error| error.to_string())?;
    let code = ended.iter().find_map(|status| match status {
        WaitStatus::Exited(pid, code) if *pid == group => Some(*code),
        _ => None,
    });
    Ok((String::from_utf8_lossy(&text).into_owned(), code.unwrap_or(-1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_errors_come_as_one_with_the_exit_code() {
        let ran = run("echo a; echo b >&2; echo c; exit 3", &Workspace::find().unwrap()).unwrap();
        assert_eq!((ran.lines.join(" ").as_str(), ran.code), ("a b c", 3));
    }

    #[test]
    fn what_runs_on_in_the_background_is_ended() {
        let line = "sleep 50 > /dev/null 2>&1 & echo $!";
        let ran = run(line, &Workspace::find().unwrap()).unwrap();
        let stat = format!("/proc/{}/stat", ran.lines[0]);
        // It has been sent SIGKILL, and dies as soon as it gets a processor.
        let start = std::time::Instant::now();
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(start.elapsed() < Duration::from_secs(20), "still alive");
            thread::yield_now();
        }
    }
}
