//! The sessions of the tiny shell's checks, typed into `dash` and into the reference: on both terminals
//! the same is to be seen.

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::openpty;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{Pid, setsid};

#[path = "../../exercises/tests/checks/tiny_shell/sessions.rs"]
mod sessions;
#[path = "../../exercises/tests/checks/tiny_shell/typist.rs"]
mod typist;
use sessions::Session;
use typist::Typist;

/// A program that leads a session with a terminal of its own, as in a terminal window.
fn on_a_terminal(mut command: Command) -> std::io::Result<(File, Child)> {
    let pty = openpty(None, None)?;
    for end in [&pty.master, &pty.slave] {
        fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    let ends: Vec<OwnedFd> = (0..3).map(|_| pty.slave.try_clone()).collect::<Result<_, _>>()?;
    let [input, output, error] = ends.try_into().expect("three of them");
    command.stdin(input).stdout(output).stderr(error);
    // SAFETY: between fork and exec the closure makes system calls and allocates nothing.
    unsafe { command.pre_exec(take_the_terminal) };
    Ok((pty.master.into(), command.spawn()?))
}

fn take_the_terminal() -> std::io::Result<()> {
    setsid()?;
    // Whatever started the tests may have ignored these, as a shell does for what it runs in the
    // background. A terminal window does not, and a shell keeps what was ignored.
    for ignored in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: the kernel's own action runs no code of this program.
        unsafe { signal(ignored, SigHandler::SigDfl) }?;
    }
    // SAFETY: TIOCSCTTY takes a number, and descriptor 0 is the terminal by now.
    Errno::result(unsafe { libc::ioctl(0.as_raw_fd(), libc::TIOCSCTTY as _, 0) })?;
    Ok(())
}

/// What is on the screen in the end.
fn screen_of(command: Command, name: &str, session: Session) -> String {
    let program = command.get_program().to_owned();
    let (master, mut shell) = on_a_terminal(command).expect("the shell can be started");
    let mut typist = Typist::new(master, Pid::from_raw(shell.id().cast_signed()), None);
    let result = session(&mut typist).and_then(|()| typist.end());
    if result.is_err() {
        typist.break_off();
        let _ = shell.kill();
    }
    let status = shell.wait().expect("the shell's end");
    let screen = typist.screen();
    assert_eq!(result, Ok(()), "{name}, with {}", program.display());
    assert!(status.success(), "{name}, with {}: {status}\n{screen}", program.display());
    screen
}

/// All words of the screen, without prompts, PIDs, and what only dash prints: that a job has ended, and
/// by which signal. They are sorted, because a job in the background, the prompt and the echo of what is
/// typed reach the terminal in any order, even within a line.
fn plain(screen: &str) -> Vec<String> {
    let screen = screen.replace("^C", "^C\n").replace("^\\", "^\\\n");
    let is_dashs_own = |line: &&str| {
        let line = line.trim_start_matches("$ ");
        line.starts_with("Quit") || line.starts_with('[') && !line.contains("Running")
    };
    let lines = screen.lines().filter(|line| !is_dashs_own(line));
    let words = lines.flat_map(str::split_whitespace).map(|word| {
        let word = word.replace(['$', '\\'], "").replace('"', "'");
        let is_pid = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_pid { String::new() } else { word }
    });
    let mut words: Vec<String> =
        words.filter(|word| !["", "+", "-"].contains(&word.as_str())).collect();
    words.sort_unstable();
    words
}

fn dash() -> Command {
    let mut dash = Command::new("dash");
    dash.arg("-i").env("PS1", "$ ").env_remove("ENV");
    dash
}

fn tiny_shell() -> Command {
    let tests = std::env::current_exe().expect("the path of this program");
    let folder = tests.parent().and_then(Path::parent).expect("target/debug/deps/THIS");
    let program = folder.join("examples/tiny_shell");
    assert!(program.exists(), "first: cargo build -p solutions --examples");
    Command::new(program)
}

#[test]
fn on_both_terminals_the_same_is_to_be_seen() {
    if Command::new("dash").args(["-c", "true"]).status().is_err() {
        use std::io::Write;
        let _ = writeln!(
            std::io::stderr(),
            "skipped: comparing the tiny shell with dash: there is no dash"
        );
        return;
    }
    for (name, session) in sessions::ALL {
        let [reference, dash] = [tiny_shell(), dash()].map(|shell| screen_of(shell, name, session));
        assert_eq!(plain(&reference), plain(&dash), "{name}\n{reference}\nand dash:\n{dash}");
    }
}
