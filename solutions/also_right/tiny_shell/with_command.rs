//! With std's `Command`: it opens files and reports a failed exec in the shell, and what a job needs on a
//! terminal happens before the exec.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{Pid, getpgrp, setpgid, tcsetpgrp};

use crate::command_line::{Command, Line, Pipeline, Redirection, parse};

pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    let terminal = io::stdin().is_terminal();
    let mut before = Vec::new();
    if terminal {
        for key in KEYS {
            before.push((key, unsafe { signal(key, SigHandler::SigIgn) }?));
        }
    }
    let mut shell = Shell { status: 0, jobs: Vec::new(), terminal };
    let result = shell.run_lines(input);
    shell.wait_for_jobs()?;
    for (key, action) in before {
        unsafe { signal(key, action) }?;
    }
    result.map(|()| shell.status)
}

const KEYS: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGTTOU];

struct Job {
    number: usize,
    text: String,
    children: Vec<Child>,
}

impl Job {
    fn runs(&mut self) -> bool {
        // Each is asked, also if one runs: what has ended is no zombie after that.
        let running = self.children.iter_mut().map(|child| matches!(child.try_wait(), Ok(None)));
        running.filter(|runs| *runs).count() > 0
    }
}

struct Shell {
    status: u8,
    jobs: Vec<Job>,
    terminal: bool,
}

impl Shell {
    fn run_lines(&mut self, mut input: impl BufRead) -> io::Result<()> {
        loop {
            self.jobs.retain_mut(Job::runs);
            if self.terminal {
                print!("$ ");
                io::stdout().flush()?;
            }
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            self.status = match parse(&line, self.status) {
                Ok(Line::Empty) => self.status,
                Ok(Line::Jobs) => {
                    self.jobs.retain_mut(Job::runs);
                    for job in &self.jobs {
                        println!("[{}] Running {}", job.number, job.text);
                    }
                    0
                }
                Ok(Line::Wait) => self.wait_for_jobs()?,
                Ok(Line::Run(pipeline)) => self.run(&pipeline)?,
                Err(message) => told(message, 2),
            };
        }
    }

    fn wait_for_jobs(&mut self) -> io::Result<u8> {
        for child in self.jobs.drain(..).flat_map(|job| job.children) {
            status_of({ child }.wait()?);
        }
        Ok(0)
    }

    fn run(&mut self, pipeline: &Pipeline) -> io::Result<u8> {
        let (mut children, failed) = self.start(pipeline);
        if pipeline.background && failed.is_none() {
            let number = self.jobs.last().map_or(1, |job| job.number + 1);
            self.jobs.push(Job { number, text: pipeline.text.clone(), children });
            return Ok(0);
        }
        let mut status = 0;
        for child in &mut children {
            status = status_of(child.wait()?);
        }
        if self.terminal {
            tcsetpgrp(io::stdin(), getpgrp())?;
        }
        Ok(failed.unwrap_or(status))
    }

    /// The programs that run, and the status if the last one does not.
    fn start(&self, pipeline: &Pipeline) -> (Vec<Child>, Option<u8>) {
        let mut children: Vec<Child> = Vec::new();
        let mut failed = None;
        let mut input = if pipeline.background { Stdio::null() } else { Stdio::inherit() };
        for (number, words) in pipeline.commands.iter().enumerate() {
            let is_last = number + 1 == pipeline.commands.len();
            let output = if is_last { Stdio::inherit() } else { Stdio::piped() };
            let leader = children.first().map(|child| child.id().cast_signed());
            failed = None;
            let mut next = Stdio::null();
            match self.spawn(words, leader, pipeline.background, input, output) {
                Ok(mut child) => {
                    if let Some(output) = child.stdout.take() {
                        next = output.into();
                    }
                    children.push(child);
                }
                Err(status) => failed = Some(status),
            }
            input = next;
        }
        (children, failed)
    }

    fn spawn(
        &self,
        words: &Command,
        leader: Option<i32>,
        background: bool,
        input: Stdio,
        output: Stdio,
    ) -> Result<Child, u8> {
        let [program, arguments @ ..] = &words.words[..] else { return Err(2) };
        let program = OsStr::from_bytes(program.as_bytes());
        let mut command = std::process::Command::new(program);
        command.args(arguments.iter().map(|word| OsStr::from_bytes(word.as_bytes())));
        command.stdin(input).stdout(output);
        for redirection in &words.redirections {
            redirect(&mut command, redirection)?;
        }
        let terminal = self.terminal;
        let before_exec = move || {
            if terminal {
                setpgid(Pid::from_raw(0), Pid::from_raw(leader.unwrap_or(0)))?;
                if !background {
                    tcsetpgrp(io::stderr(), getpgrp())?; // 0 may be a pipe by now
                }
                for key in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTTOU] {
                    unsafe { signal(key, SigHandler::SigDfl) }?;
                }
            }
            Ok(())
        };
        // `spawn` returns when the program is there, so the group is, too.
        unsafe { command.pre_exec(before_exec) }.spawn().map_err(|error| {
            let status = match error.kind() {
                ErrorKind::NotFound => 127,
                ErrorKind::PermissionDenied => 126,
                _ => 2,
            };
            told(format!("{}: {error}", program.display()), status)
        })
    }
}

fn redirect(command: &mut std::process::Command, redirection: &Redirection) -> Result<(), u8> {
    let (file, opened) = match redirection {
        Redirection::Input(file) => (file, File::open(file)),
        Redirection::Output(file) => (file, File::create(file)),
        Redirection::Append(file) => (file, OpenOptions::new().append(true).create(true).open(file)),
    };
    let opened = opened.map_err(|error| told(format!("{}: {error}", file.display()), 2))?;
    match redirection {
        Redirection::Input(_) => command.stdin(opened),
        _ => command.stdout(opened),
    };
    Ok(())
}

fn told(message: String, status: u8) -> u8 {
    eprintln!("{message}");
    status
}

fn status_of(status: ExitStatus) -> u8 {
    match status.signal() {
        Some(signal) => 128 + signal as u8,
        None => status.code().unwrap_or(0) as u8,
    }
}
