//! A job has ended when its last program has.
//!
//! base: reference
//! verdict: wrong output or not waited for
//! check: step_4_a_job_may_be_a_pipeline or step_4_a_job_runs_as_long_as_one_of_its_programs

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
/// Fails if a line cannot be read, or if the shell cannot take control of the terminal.
pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    let mut shell = Shell { status: 0, jobs: BTreeMap::new(), terminal: Terminal::find()? };
    let result = shell.run_lines(input);
    shell.wait_for_jobs()?;
    result.map(|()| shell.status)
}

struct Shell {
    status: u8,
    /// The jobs in the background, by number.
    jobs: BTreeMap<usize, Job>,
    /// If there is a terminal, each job has its own process group.
    terminal: Option<Terminal>,
}

impl Shell {
    fn run_lines(&mut self, mut input: impl BufRead) -> io::Result<()> {
        let mut line = String::new();
        loop {
            self.forget_what_has_ended()?;
            if self.terminal.is_some() {
                print!("$ ");
                stdout().flush()?; // otherwise the next fork would copy the prompt
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
        let mut job = Job { text: pipeline.text.clone(), processes: Vec::new(), status: 0, last: Pid::from_raw(0) };
        let started = self.start(pipeline, &mut job);
        if pipeline.background && started.is_ok() {
            let number = self.jobs.keys().next_back().map_or(1, |last| last + 1);
            self.jobs.insert(number, job);
            return Ok(0);
        }
        // All pipes are closed here by now, so every program can end, even after an error.
        let waited = job.wait();
        if let Some(terminal) = &self.terminal {
            terminal.give_to(terminal.shell)?;
        }
        started?;
        Ok(waited.map(|()| job.status)?)
    }

    /// Forks from left to right. Each iteration passes the pipe to read from on to the next.
    fn start(&self, pipeline: &Pipeline, job: &mut Job) -> io::Result<()> {
        let mut input = match pipeline.background {
            true => Some(File::open("/dev/null")?.into()),
            false => None,
        };
        for (number, command) in pipeline.commands.iter().enumerate() {
            let is_last = number + 1 == pipeline.commands.len();
            let (next_input, output) = if is_last { (None, None) } else { ends_of_a_pipe()? };
            let leader = job.processes.first().copied();
            // SAFETY: to be called only in a process with one thread, so that no lock is held by a
            // thread that the child lacks. The checks ensure this.
            match unsafe { fork()? } {
                ForkResult::Child => {
                    let ready = self.become_job(leader, pipeline.background);
                    let ready = ready.and_then(|()| connect(command, input, output));
                    exit(ready.map_or_else(complain, |()| become_program(command)).into())
                }
                ForkResult::Parent { child } => {
                    if self.terminal.is_some() {
                        // The child makes this call too, so the group exists for both, whichever
                        // runs first. The call fails if the child has already called exec.
                        let _ = setpgid(child, leader.unwrap_or(child));
                    }
                    job.processes.push(child);
                    job.last = child;
                }
            }
            input = next_input; // the previous child has its end; this drops the parent's copy
        }
        Ok(())
    }

    /// Called in a child: sets up what a job on a terminal needs.
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

    /// Checks each job without waiting.
    fn forget_what_has_ended(&mut self) -> nix::Result<()> {
        for job in self.jobs.values_mut() {
            job.reap(Some(WaitPidFlag::WNOHANG))?;
        }
        self.jobs.retain(|_, job| job.processes.last().is_some_and(|it| *it == job.last));
        Ok(())
    }
}

/// Prints the error, and returns the status of a line that failed.
fn complain(error: impl std::fmt::Display) -> u8 {
    eprintln!("tiny_shell: {error}");
    2
}

/// The processes of one line.
struct Job {
    text: String,
    last: Pid,
    /// The processes that have not been waited for.
    processes: Vec<Pid>,
    /// The status of the last command, once it has ended.
    status: u8,
}

impl Job {
    fn wait(&mut self) -> nix::Result<()> {
        self.reap(None)
    }

    /// Waits for each process by its PID, because the caller may have other children.
    fn reap(&mut self, flags: Option<WaitPidFlag>) -> nix::Result<()> {
        let mut running = Vec::new();
        for process in take(&mut self.processes) {
            match wait_for(process, flags)? {
                WaitStatus::Exited(_, status) => self.status = status as u8,
                WaitStatus::Signaled(_, signal, _) => self.status = 128 + signal as u8,
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

/// Called in a child. All descriptors here are close-on-exec; the copies made by `dup2` are not.
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

/// Called in a child. Returns only if it fails.
fn become_program(command: &Command) -> u8 {
    // SAFETY: this installs the kernel's own action, which runs no code of this program.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }; // exec keeps Rust's SIG_IGN
    let Err(error) = execvp(&command.words[0], &command.words);
    complain(format!("{}: {}", command.words[0].to_string_lossy(), error.desc()));
    if error == Errno::ENOENT { 127 } else { 126 }
}

/// The terminal on standard input, and the previous actions for the signals.
struct Terminal {
    /// The process group of the shell.
    shell: Pid,
    before: Vec<(Signal, SigAction)>,
}

/// The signals that keys send, and SIGTTOU, sent when a background process takes the terminal.
const IGNORED: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGTTOU];

impl Terminal {
    fn find() -> nix::Result<Option<Terminal>> {
        if !stdin().is_terminal() {
            return Ok(None);
        }
        let mut terminal = Terminal { shell: getpgrp(), before: Vec::new() };
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for signal in IGNORED {
            // SAFETY: ignoring a signal runs no code of this program.
            let before = unsafe { sigaction(signal, &ignore) }?;
            terminal.before.push((signal, before));
        }
        Ok(Some(terminal))
    }

    fn give_to(&self, group: Pid) -> nix::Result<()> {
        tcsetpgrp(stdin(), group)
    }

    /// Called in a child. SIGTSTP stays ignored, because this shell cannot continue stopped jobs.
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
            // SAFETY: this was the action of the process before.
            let _ = unsafe { sigaction(*signal, before) };
        }
    }
}
