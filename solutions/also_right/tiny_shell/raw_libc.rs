//! With libc's functions, and descriptors as plain numbers that each child closes itself.

use std::ffi::CString;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use nix::errno::Errno;

use crate::command_line::{Command, Line, Pipeline, Redirection, parse};

pub fn tiny_shell(mut input: impl BufRead) -> io::Result<u8> {
    let terminal = unsafe { libc::isatty(0) } == 1;
    let before = KEYS.map(|signal| {
        let action = if terminal { libc::SIG_IGN } else { libc::SIG_DFL };
        if terminal { unsafe { libc::signal(signal, action) } } else { action }
    });
    let mut shell = Shell { status: 0, jobs: Vec::new(), terminal };
    let mut line = String::new();
    let result = loop {
        shell.jobs.retain_mut(|job| !job.has_ended(libc::WNOHANG));
        if terminal {
            print!("$ ");
            let _ = io::stdout().flush();
        }
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => break Ok(()),
            Ok(_) => shell.run_line(&line),
            Err(error) => break Err(error),
        }
    };
    shell.wait_for_jobs();
    if terminal {
        for (signal, action) in KEYS.into_iter().zip(before) {
            unsafe { libc::signal(signal, action) };
        }
    }
    result.map(|()| shell.status)
}

const KEYS: [i32; 4] = [libc::SIGINT, libc::SIGQUIT, libc::SIGTSTP, libc::SIGTTOU];

struct Job {
    number: usize,
    text: String,
    processes: Vec<i32>,
    status: u8,
}

impl Job {
    /// With `WNOHANG`, only what has ended is waited for.
    fn has_ended(&mut self, flags: i32) -> bool {
        let status = &mut self.status;
        self.processes.retain(|process| {
            let mut word = 0;
            let ended = loop {
                match unsafe { libc::waitpid(*process, &mut word, flags) } {
                    -1 if Errno::last() == Errno::EINTR => {}
                    ended => break ended,
                }
            };
            if ended == *process {
                *status = match libc::WIFSIGNALED(word) {
                    true => 128 + libc::WTERMSIG(word) as u8,
                    false => libc::WEXITSTATUS(word) as u8,
                };
            }
            ended != *process
        });
        self.processes.is_empty()
    }
}

struct Shell {
    status: u8,
    jobs: Vec<Job>,
    terminal: bool,
}

impl Shell {
    fn run_line(&mut self, line: &str) {
        self.status = match parse(line, self.status) {
            Ok(Line::Empty) => self.status,
            Ok(Line::Jobs) => {
                self.jobs.retain_mut(|job| !job.has_ended(libc::WNOHANG));
                self.jobs.iter().for_each(|job| println!("[{}] Running {}", job.number, job.text));
                0
            }
            Ok(Line::Wait) => self.wait_for_jobs(),
            Ok(Line::Run(pipeline)) => self.run(&pipeline),
            Err(message) => {
                eprintln!("{message}");
                2
            }
        };
    }

    fn wait_for_jobs(&mut self) -> u8 {
        for job in &mut self.jobs {
            job.has_ended(0);
        }
        self.jobs.clear();
        0
    }

    fn run(&mut self, pipeline: &Pipeline) -> u8 {
        let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        let text = pipeline.text.clone();
        let mut job = Job { number, text, processes: Vec::new(), status: 0 };
        let started = self.start(pipeline, &mut job.processes);
        if started && pipeline.background {
            self.jobs.push(job);
            return 0;
        }
        job.has_ended(0);
        if self.terminal {
            unsafe { libc::tcsetpgrp(0, libc::getpgrp()) };
        }
        if started { job.status } else { 2 }
    }

    fn start(&self, pipeline: &Pipeline, processes: &mut Vec<i32>) -> bool {
        let mut input = -1;
        for (number, command) in pipeline.commands.iter().enumerate() {
            let mut ends = [-1, -1];
            if number + 1 < pipeline.commands.len() {
                unsafe { libc::pipe(ends.as_mut_ptr()) };
            }
            let child = unsafe { libc::fork() };
            if child == 0 {
                let leader = processes.first().copied().unwrap_or(0);
                self.become_job(leader, pipeline.background, number == 0);
                become_program(command, input, ends);
            }
            let error = Errno::last();
            close(input);
            close(ends[1]);
            input = ends[0];
            if child < 0 {
                eprintln!("fork: {error}");
                close(input);
                return false;
            }
            processes.push(child);
            if self.terminal {
                unsafe { libc::setpgid(child, processes[0]) };
            }
        }
        true
    }

    fn become_job(&self, leader: i32, background: bool, is_first: bool) {
        if self.terminal {
            unsafe { libc::setpgid(0, leader) };
            if !background {
                unsafe { libc::tcsetpgrp(0, libc::getpgrp()) };
            }
            for signal in [libc::SIGINT, libc::SIGQUIT, libc::SIGTTOU] {
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
        }
        if background && is_first {
            put(unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY) }, 0);
        }
    }
}

fn become_program(command: &Command, input: i32, ends: [i32; 2]) -> ! {
    put(input, 0);
    put(ends[1], 1);
    close(ends[0]);
    for redirection in &command.redirections {
        let (file, flags, place) = match redirection {
            Redirection::Input(file) => (file, libc::O_RDONLY, 0),
            Redirection::Output(file) => (file, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 1),
            Redirection::Append(file) => (file, libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND, 1),
        };
        let opened = open(file, flags);
        if opened < 0 {
            eprintln!("{}: {}", file.display(), Errno::last());
            unsafe { libc::_exit(2) };
        }
        put(opened, place);
    }
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let mut words: Vec<_> = command.words.iter().map(|word| word.as_ptr()).collect();
    words.push(ptr::null());
    unsafe { libc::execvp(words[0], words.as_ptr()) };
    let error = Errno::last();
    eprintln!("{}: {error}", command.words[0].to_string_lossy());
    unsafe { libc::_exit(if error == Errno::ENOENT { 127 } else { 126 }) }
}

fn open(file: &Path, flags: i32) -> i32 {
    let Ok(file) = CString::new(file.as_os_str().as_bytes()) else { return -1 };
    unsafe { libc::open(file.as_ptr(), flags, 0o666) }
}

/// Puts a descriptor in the place of standard input or output.
fn put(descriptor: i32, place: i32) {
    if descriptor >= 0 {
        unsafe { libc::dup2(descriptor, place) };
        close(descriptor);
    }
}

fn close(descriptor: i32) {
    if descriptor >= 0 {
        unsafe { libc::close(descriptor) };
    }
}
