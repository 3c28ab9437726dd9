//! The status after a signal is its number, as if the program had exited with that.
//!
//! base: reference
//! verdict: check failed
//! check: step_1_the_status_of_the_last_line_is_returned
//! says: SIGKILL is number 9

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write, pipe, stdin, stdout};
use std::mem::take;
use std::os::fd::OwnedFd;
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};
use nix::unistd::{getpgrp, getpid, setpgid, tcsetpgrp};

use crate::command_line::{Command, Line, Pipeline, Redirection, parse};

/// Runs the lines of `input`, and returns the status of the last one.
///
/// # Errors
///
/// If a line cannot be read, or the terminal cannot be had.
pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    let mut shell = Shell { status: 0, jobs: BTreeMap::new(), terminal: Terminal::find()? };
    let result = shell.run_lines(input);
    shell.wait_for_jobs()?;
    result.map(|()| shell.status)
}

struct Shell {
    status: u8,
    /// In the background, by number.
    jobs: BTreeMap<usize, Job>,
    /// If there is one, each job has a process group of its own.
    terminal: Option<Terminal>,
}

impl Shell {
    fn run_lines(&mut self, mut input: impl BufRead) -> io::Result<()> {
        let mut line = String::new();
        loop {
            self.forget_what_has_ended()?;
            if self.terminal.is_some() {
                print!("$ ");
                stdout().flush()?; // else the text is still here at the next fork, and comes twice
            }
            line.clear();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            self.run_line(&line)?;
        }
    }

    fn run_line(&mut self, line: &str) -> io::Result<()> {
        self.status = match parse(line, self.status) {
            Ok(Line::Empty) => return Ok(()),
            Ok(Line::Jobs) => self.list_jobs()?,
            Ok(Line::Wait) => self.wait_for_jobs()?,
            Ok(Line::Run(pipeline)) => self.run(&pipeline).unwrap_or_else(complain),
            Err(message) => complain(message),
        };
        Ok(())
    }

    fn run(&mut self, pipeline: &Pipeline) -> io::Result<u8> {
        let mut job = Job { text: pipeline.text.clone(), processes: Vec::new(), status: 0 };
        let started = self.start(pipeline, &mut job);
        if pipeline.background && started.is_ok() {
            let number = self.jobs.keys().next_back().map_or(1, |last| last + 1);
            self.jobs.insert(number, job);
            return Ok(0);
        }
        // All pipes are closed here by now, so every program comes to its end, also after an error.
        let waited = job.wait();
        if let Some(terminal) = &self.terminal {
            terminal.give_to(terminal.shell)?;
        }
        started?;
        Ok(waited.map(|()| job.status)?)
    }

    /// Forks from left to right. What a round leaves to the next is the pipe to read from.
    fn start(&self, pipeline: &Pipeline, job: &mut Job) -> io::Result<()> {
        let mut input = match pipeline.background {
            true => Some(File::open("/dev/null")?.into()),
            false => None,
        };
        for (number, command) in pipeline.commands.iter().enumerate() {
            let is_last = number + 1 == pipeline.commands.len();
            let (next_input, output) = if is_last { (None, None) } else { ends_of_a_pipe()? };
            let leader = job.processes.first().copied();
            // SAFETY: to be called in a process with one thread only, so that the child lacks no
            // thread that holds a lock. Here the checks see to that.
            match unsafe { fork()? } {
                ForkResult::Child => {
                    let ready = self.become_job(leader, pipeline.background);
                    let ready = ready.and_then(|()| connect(command, input, output));
                    exit(ready.map_or_else(complain, |()| become_program(command)).into())
                }
                ForkResult::Parent { child } => {
                    if self.terminal.is_some() {
                        // The child does it too: so the group is there for both, whichever runs
                        // first. It fails when the child has done it and has called exec.
                        let _ = setpgid(child, leader.unwrap_or(child));
                    }
                    job.processes.push(child);
                }
            }
            input = next_input; // the child before has its end, and the parent closes its copies
        }
        Ok(())
    }

    /// In a child: what a job needs on a terminal.
    fn become_job(&self, leader: Option<Pid>, background: bool) -> io::Result<()> {
        let Some(terminal) = &self.terminal else { return Ok(()) };
        let group = leader.unwrap_or_else(getpid);
        setpgid(Pid::from_raw(0), group)?;
        if !background {
            terminal.give_to(group)?; // SIGTTOU is still ignored
        }
        terminal.leave_signals()?;
        Ok(())
    }

    fn list_jobs(&mut self) -> io::Result<u8> {
        self.forget_what_has_ended()?;
        for (number, job) in &self.jobs {
            println!("[{number}] Running {}", job.text);
        }
        Ok(0)
    }

    fn wait_for_jobs(&mut self) -> io::Result<u8> {
        for mut job in take(&mut self.jobs).into_values() {
            job.wait()?;
        }
        Ok(0)
    }

    /// Asks for each job, and does not wait.
    fn forget_what_has_ended(&mut self) -> nix::Result<()> {
        for job in self.jobs.values_mut() {
            job.reap(Some(WaitPidFlag::WNOHANG))?;
        }
        self.jobs.retain(|_, job| !job.processes.is_empty());
        Ok(())
    }
}

/// The status of a line that went wrong.
fn complain(error: impl std::fmt::Display) -> u8 {
    eprintln!("tiny_shell: {error}");
    2
}

/// The processes of one line.
struct Job {
    text: String,
    /// Those that have not been waited for.
    processes: Vec<Pid>,
    /// Of the last command, when it has ended.
    status: u8,
}

impl Job {
    fn wait(&mut self) -> nix::Result<()> {
        self.reap(None)
    }

    /// Waits for each process, by its PID: the caller may have other children.
    fn reap(&mut self, flags: Option<WaitPidFlag>) -> nix::Result<()> {
        let mut running = Vec::new();
        for process in take(&mut self.processes) {
            match wait_for(process, flags)? {
                WaitStatus::Exited(_, status) => self.status = status as u8,
                WaitStatus::Signaled(_, signal, _) => self.status = signal as u8,
                _ => running.push(process),
            }
        }
        self.processes = running;
        Ok(())
    }
}

fn wait_for(process: Pid, flags: Option<WaitPidFlag>) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(process, flags) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

type Ends = (Option<OwnedFd>, Option<OwnedFd>);

fn ends_of_a_pipe() -> io::Result<Ends> {
    let (reader, writer) = pipe()?;
    Ok((Some(reader.into()), Some(writer.into())))
}

/// In a child. All descriptors here are close-on-exec, and the copies that `dup2` makes are not.
fn connect(command: &Command, input: Option<OwnedFd>, output: Option<OwnedFd>) -> io::Result<()> {
    if let Some(input) = input {
        dup2_stdin(input)?;
    }
    if let Some(output) = output {
        dup2_stdout(output)?;
    }
    command.redirections.iter().try_for_each(redirect)
}

fn redirect(redirection: &Redirection) -> io::Result<()> {
    let (file, opened) = match redirection {
        Redirection::Input(file) => (file, File::open(file)),
        Redirection::Output(file) => (file, File::create(file)),
        Redirection::Append(file) => {
            (file, OpenOptions::new().append(true).create(true).open(file))
        }
    };
    let opened = opened
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    match redirection {
        Redirection::Input(_) => dup2_stdin(opened)?,
        Redirection::Output(_) | Redirection::Append(_) => dup2_stdout(opened)?,
    }
    Ok(())
}

/// In a child. Returns only if it has failed.
fn become_program(command: &Command) -> u8 {
    // SAFETY: this installs the kernel's own action, which runs no code of this program.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }; // Rust ignores it, exec keeps that
    let Err(error) = execvp(&command.words[0], &command.words);
    complain(format!("{}: {}", command.words[0].to_string_lossy(), error.desc()));
    if error == Errno::ENOENT { 127 } else { 126 }
}

/// The terminal on standard input, and what this process did about its signals.
struct Terminal {
    /// The group of the shell itself.
    shell: Pid,
    before: Vec<(Signal, SigAction)>,
}

/// What keys send, and what a process gets that takes the terminal back from the background.
const IGNORED: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGTTOU];

impl Terminal {
    fn find() -> nix::Result<Option<Terminal>> {
        if !stdin().is_terminal() {
            return Ok(None);
        }
        let mut terminal = Terminal { shell: getpgrp(), before: Vec::new() };
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for signal in IGNORED {
            // SAFETY: to ignore a signal runs no code of this program.
            let before = unsafe { sigaction(signal, &ignore) }?;
            terminal.before.push((signal, before));
        }
        Ok(Some(terminal))
    }

    fn give_to(&self, group: Pid) -> nix::Result<()> {
        tcsetpgrp(stdin(), group)
    }

    /// In a child. SIGTSTP stays ignored, because this shell knows no stopped jobs.
    fn leave_signals(&self) -> nix::Result<()> {
        for ignored in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTTOU] {
            // SAFETY: the kernel's own action runs no code of this program.
            unsafe { signal(ignored, SigHandler::SigDfl) }?;
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            // SAFETY: this action was the process's own before.
            let _ = unsafe { sigaction(*signal, before) };
        }
    }
}
