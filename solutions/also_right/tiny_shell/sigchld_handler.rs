//! A handler for SIGCHLD reaps every process of a job as soon as it ends, in a table that the shell
//! looks at. A wait is a `sigsuspend` until the table says so.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write, pipe, stdin};
use std::os::fd::OwnedFd;
use std::process::exit;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::signal::{sigaction, signal};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};
use nix::unistd::{getpgrp, setpgid, tcsetpgrp};

use crate::command_line::{Command, Line, Pipeline, Redirection, parse};

const PLACES: usize = 64;

/// The PID of a process that runs, 0 if the place is free, or -1 if the status is there.
static PIDS: [AtomicI32; PLACES] = [const { AtomicI32::new(0) }; PLACES];
static STATUSES: [AtomicI32; PLACES] = [const { AtomicI32::new(0) }; PLACES];

/// Asks for the shell's own processes only: the caller may have others.
extern "C" fn reap(_signal: i32) {
    let errno = Errno::last_raw();
    for (pid, status) in PIDS.iter().zip(&STATUSES) {
        let child = pid.load(SeqCst);
        if child <= 0 {
            continue;
        }
        let mut word = 0;
        let ended = loop {
            match unsafe { libc::waitpid(child, &mut word, libc::WNOHANG) } {
                -1 if Errno::last() == Errno::EINTR => {}
                ended => break ended,
            }
        };
        if ended == child {
            status.store(word, SeqCst);
            pid.store(-1, SeqCst);
        }
    }
    Errno::set_raw(errno);
}

pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    let on_sigchld = SigAction::new(SigHandler::Handler(reap), SaFlags::SA_RESTART, SigSet::empty());
    let mut before = vec![(Signal::SIGCHLD, unsafe { sigaction(Signal::SIGCHLD, &on_sigchld) }?)];
    let terminal = stdin().is_terminal();
    if terminal {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for key in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP, Signal::SIGTTOU] {
            before.push((key, unsafe { sigaction(key, &ignore) }?));
        }
    }
    let mut shell = Shell { status: 0, jobs: Vec::new(), terminal };
    let result = shell.run_lines(input);
    shell.wait_for_jobs()?;
    for (signal, action) in before {
        unsafe { sigaction(signal, &action) }?;
    }
    result.map(|()| shell.status)
}

struct Job {
    number: usize,
    text: String,
    places: Vec<usize>,
}

impl Job {
    fn runs(&self) -> bool {
        self.places.iter().any(|place| PIDS[*place].load(SeqCst) > 0)
    }

    /// Sleeps until all have ended, and frees their places. SIGCHLD comes during the sleep only.
    fn wait(self) -> io::Result<u8> {
        let blocked = SigSet::from(Signal::SIGCHLD).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        while self.runs() {
            let _ = blocked.suspend(); // EINTR: a handler ran
        }
        blocked.thread_set_mask()?;
        let mut status = 0;
        for place in self.places {
            let word = STATUSES[place].load(SeqCst);
            status = match libc::WIFSIGNALED(word) {
                true => 128 + libc::WTERMSIG(word) as u8,
                false => libc::WEXITSTATUS(word) as u8,
            };
            PIDS[place].store(0, SeqCst);
        }
        Ok(status)
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
            self.forget()?;
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
                    self.forget()?;
                    for job in &self.jobs {
                        println!("[{}] Running {}", job.number, job.text);
                    }
                    0
                }
                Ok(Line::Wait) => self.wait_for_jobs()?,
                Ok(Line::Run(pipeline)) => self.run(&pipeline)?,
                Err(message) => complain(message),
            };
        }
    }

    fn forget(&mut self) -> io::Result<()> {
        let (running, ended): (Vec<Job>, Vec<Job>) = self.jobs.drain(..).partition(Job::runs);
        self.jobs = running;
        ended.into_iter().try_for_each(|job| job.wait().map(drop))
    }

    fn wait_for_jobs(&mut self) -> io::Result<u8> {
        self.jobs.drain(..).try_for_each(|job| job.wait().map(drop))?;
        Ok(0)
    }

    fn run(&mut self, pipeline: &Pipeline) -> io::Result<u8> {
        let number = self.jobs.last().map_or(1, |job| job.number + 1);
        let mut job = Job { number, text: pipeline.text.clone(), places: Vec::new() };
        // A child may end at once: not before its PID is in the table.
        let before = SigSet::from(Signal::SIGCHLD).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let started = self.start(pipeline, &before, &mut job.places);
        before.thread_set_mask()?;
        if pipeline.background && started.is_ok() {
            self.jobs.push(job);
            return Ok(0);
        }
        let status = job.wait()?;
        if self.terminal {
            tcsetpgrp(stdin(), getpgrp())?;
        }
        Ok(started.map_or_else(complain, |()| status))
    }

    fn start(&self, pipeline: &Pipeline, mask: &SigSet, places: &mut Vec<usize>) -> io::Result<()> {
        let mut input: Option<OwnedFd> = None;
        let mut leader = Pid::from_raw(0);
        if pipeline.background {
            input = Some(File::open("/dev/null")?.into());
        }
        for (number, command) in pipeline.commands.iter().enumerate() {
            let mut output: Option<OwnedFd> = None;
            let mut next: Option<OwnedFd> = None;
            if number + 1 < pipeline.commands.len() {
                let (reader, writer) = pipe()?;
                (next, output) = (Some(reader.into()), Some(writer.into()));
            }
            let free = |place: &usize| PIDS[*place].load(SeqCst) == 0;
            let place = (0..PLACES).find(free).ok_or(Errno::EAGAIN)?;
            match unsafe { fork() }? {
                ForkResult::Child => {
                    let ready = self.become_job(leader, pipeline.background, mask);
                    let ready = ready.and_then(|()| connect(command, input, output));
                    exit(ready.map_or_else(complain, |()| become_program(command)).into())
                }
                ForkResult::Parent { child } => {
                    PIDS[place].store(child.as_raw(), SeqCst);
                    places.push(place);
                    if leader.as_raw() == 0 {
                        leader = child;
                    }
                    if self.terminal {
                        let _ = setpgid(child, leader);
                    }
                }
            }
            input = next;
        }
        Ok(())
    }

    fn become_job(&self, leader: Pid, background: bool, mask: &SigSet) -> io::Result<()> {
        if self.terminal {
            setpgid(Pid::from_raw(0), leader)?;
            if !background {
                tcsetpgrp(stdin(), getpgrp())?;
            }
            for key in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTTOU] {
                unsafe { signal(key, SigHandler::SigDfl) }?;
            }
        }
        mask.thread_set_mask()?;
        Ok(())
    }
}

fn connect(command: &Command, input: Option<OwnedFd>, output: Option<OwnedFd>) -> io::Result<()> {
    if let Some(input) = input {
        dup2_stdin(input)?;
    }
    if let Some(output) = output {
        dup2_stdout(output)?;
    }
    for redirection in &command.redirections {
        let named = |file: &std::path::Path, error| io::Error::other(format!("{file:?}: {error}"));
        match redirection {
            Redirection::Input(file) => dup2_stdin(File::open(file).map_err(|e| named(file, e))?)?,
            Redirection::Output(file) => {
                dup2_stdout(File::create(file).map_err(|e| named(file, e))?)?;
            }
            Redirection::Append(file) => {
                let opened = OpenOptions::new().append(true).create(true).open(file);
                dup2_stdout(opened.map_err(|e| named(file, e))?)?;
            }
        }
    }
    Ok(())
}

fn become_program(command: &Command) -> u8 {
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let Err(error) = execvp(&command.words[0], &command.words);
    complain(format!("{}: {error}", command.words[0].to_string_lossy()));
    if error == Errno::ENOENT { 127 } else { 126 }
}

fn complain(error: impl std::fmt::Display) -> u8 {
    eprintln!("{error}");
    2
}
