//! Types on a terminal, and looks at what comes. It never waits for a time: it types when the prompt is
//! there, or the output that is to come before.

use std::fs::{self, File};
use std::io::{PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid, getpid, tcgetpgrp};

pub(crate) const CTRL_C: &str = "\x03";
pub(crate) const CTRL_D: &str = "\x04";
pub(crate) const CTRL_BACKSLASH: &str = "\x1c";
/// Throws away what was typed in this line.
const CTRL_U: &str = "\x15";

const PROMPT: &str = "$ ";

/// How long something may take to come while no process on the terminal has anything to do.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long it may take on a busy machine.
const STARVED: Duration = Duration::from_secs(15);

/// How long one look takes at most.
const TICK: u8 = 10; // milliseconds

/// Keyboard and screen of a terminal on which a shell runs.
#[derive(Debug)]
pub(crate) struct Typist {
    master: File,
    /// The shell, which leads the session.
    pub(crate) shell: Pid,
    /// Says something when the shell has come to its end. Without it, the terminal says so.
    over: Option<PipeReader>,
    is_over: bool,
    screen: Vec<u8>,
    /// How much there was on the screen when something was typed last.
    typed_at: usize,
}

/// What a session finds wrong, in words.
pub(crate) type Complaint = String;

impl Typist {
    pub(crate) fn new(master: File, shell: Pid, over: Option<PipeReader>) -> Typist {
        Typist { master, shell, over, is_over: false, screen: Vec::new(), typed_at: 0 }
    }

    /// All that has come, with what was typed.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen).replace('\r', "")
    }

    /// Waits for the prompt, and types a line.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Complaint> {
        self.prompt("The prompt did not appear.")?;
        self.type_in(&format!("{text}\n"))
    }

    /// Types at once.
    pub(crate) fn type_in(&mut self, keys: &str) -> Result<(), Complaint> {
        self.look(); // what is there by now is no answer to it
        self.typed_at = self.screen.len();
        let typed = self.master.write_all(keys.as_bytes());
        typed.map_err(|error| format!("The check could not type on its terminal: {error}"))
    }

    /// Waits for the prompt after what was typed last.
    pub(crate) fn prompt(&mut self, otherwise: &str) -> Result<(), Complaint> {
        self.wait_until(|typist| typist.since_typed().contains(PROMPT), otherwise)
    }

    /// Waits for `text` in what is printed after the line that was typed last.
    pub(crate) fn shows(&mut self, text: &str) -> Result<(), Complaint> {
        let complaint = format!("This text should have been printed, but was not: {text}");
        self.wait_until(|typist| typist.printed().contains(text), &complaint)
    }

    /// Waits until a program has printed `name` and its PID.
    pub(crate) fn pid_of(&mut self, name: &str) -> Result<Pid, Complaint> {
        let find = |typist: &Typist| {
            let printed = typist.printed();
            let name = format!("{name} ");
            let mut places = printed.match_indices(&name); // the line that was typed may be one
            places.find_map(|(at, _)| {
                let (number, _) = printed[at + name.len()..].split_once('\n')?;
                Some(Pid::from_raw(number.trim().parse().ok()?))
            })
        };
        let complaint = format!("A program should print its PID, as in `{name} 123`.");
        self.wait_until(|typist| find(typist).is_some(), &complaint)?;
        find(self).ok_or(complaint)
    }

    /// Waits until the program that prints `name` and its PID is in the foreground, so that keys reach it.
    pub(crate) fn in_the_foreground(&mut self, name: &str) -> Result<(), Complaint> {
        let pid = self.pid_of(name)?;
        let is_there = |typist: &Typist| typist.foreground() == getpgid(Some(pid)).ok();
        let complaint = format!(
            "The program that printed `{name}` is not in the terminal's foreground group, so\n\
             Ctrl-C does not reach it."
        );
        self.wait_until(is_there, &complaint)
    }

    /// Looks at the group of the program that prints `name` and its PID.
    #[allow(dead_code, clippy::allow_attributes, reason = "no session needs it that dash has, too")]
    pub(crate) fn in_a_group_of_its_own(&mut self, name: &str) -> Result<(), Complaint> {
        let pid = self.pid_of(name)?;
        if getpgid(Some(pid)) != getpgid(Some(self.shell)) {
            return Ok(());
        }
        Err(self.complaint(
            "A program is in the shell's group. After the fork, it was faster than the shell, and\n\
             after its exec, the shell can no longer move it: let the child move itself too.",
        ))
    }

    /// The group in the foreground of the terminal.
    pub(crate) fn foreground(&self) -> Option<Pid> {
        tcgetpgrp(&self.master).ok()
    }

    /// Ctrl-D, which is the end of the shell's input.
    pub(crate) fn end(&mut self) -> Result<(), Complaint> {
        self.prompt("The prompt did not appear.")?;
        self.type_in(CTRL_D)?;
        let patience = Instant::now();
        while !self.is_over {
            if patience.elapsed() > PATIENCE && (patience.elapsed() > STARVED || !self.is_busy()) {
                return Err(self.complaint("Ctrl-D at the prompt did not end the shell."));
            }
            self.look();
        }
        Ok(())
    }

    /// After a complaint: ends all that runs on the terminal, and the shell's input. Gives up if the
    /// shell does not end by that.
    pub(crate) fn break_off(&mut self) {
        let begin = Instant::now();
        while !self.is_over && begin.elapsed() < PATIENCE {
            for process in processes_on(self.shell).iter().filter(|one| one.pid != self.shell) {
                let _ = kill(process.pid, Signal::SIGKILL);
            }
            let _ = self.type_in(&format!("{CTRL_U}{CTRL_D}"));
            self.look();
        }
    }

    fn since_typed(&self) -> String {
        String::from_utf8_lossy(&self.screen[self.typed_at..]).replace('\r', "")
    }

    /// Without the line that was typed, which the terminal echoes.
    fn printed(&self) -> String {
        let since = self.since_typed();
        since.split_once('\n').map_or(String::new(), |(_, printed)| printed.to_owned())
    }

    fn wait_until(
        &mut self,
        is_met: impl Fn(&Typist) -> bool,
        otherwise: &str,
    ) -> Result<(), Complaint> {
        let begin = Instant::now();
        while !is_met(self) {
            let waited = begin.elapsed();
            if self.is_over {
                return Err(self.complaint("The shell ended too early."));
            }
            if waited > PATIENCE && (waited > STARVED || !self.is_busy()) {
                return Err(self.complaint(otherwise));
            }
            self.look();
        }
        Ok(())
    }

    /// Takes what has come; waits for it for a tick at most.
    fn look(&mut self) {
        let mut waiting = vec![PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        waiting.extend(self.over.iter().map(|over| PollFd::new(over.as_fd(), PollFlags::POLLIN)));
        let _ = poll(&mut waiting, TICK); // EINTR is as good as a tick
        let [from_screen, over] =
            [0, 1].map(|at| waiting.get(at).and_then(PollFd::any).unwrap_or(false));
        self.is_over |= over;
        if from_screen {
            let mut buffer = [0; 4096];
            match self.master.read(&mut buffer) {
                Ok(count @ 1..) => self.screen.extend(&buffer[..count]),
                Err(error) if error.raw_os_error() == Some(Errno::EINTR as i32) => {}
                Ok(0) | Err(_) => self.is_over = true, // no process has the terminal any more
            }
        }
    }

    fn is_busy(&self) -> bool {
        processes_on(self.shell).iter().any(|process| process.state == 'R')
    }

    /// What is wrong, the screen, and the processes.
    fn complaint(&self, what: &str) -> Complaint {
        let foreground = self.foreground();
        let mut text = format!("{what}\nThe screen of the terminal:\n");
        self.screen().lines().for_each(|line| text += &format!("    {line}\n"));
        let processes = processes_on(self.shell);
        let Some(shell) = processes.iter().find(|process| process.pid == self.shell) else {
            return text;
        };
        text += "The processes on the terminal:\n";
        for process in &processes {
            let Process { pid, group, .. } = process;
            let place = if foreground == Some(*group) { ", in the foreground" } else { "" };
            let (name, doing) = (process.is_called(shell), process.doing());
            text += &format!("    {pid} {name}: {doing}, in group {group}{place}\n");
        }
        match processes.iter().find(|process| process.is_stopped()) {
            Some(stopped) if stopped.name == shell.name => text + STOPPED_BEFORE_EXEC,
            Some(_) => text + STOPPED,
            None => text,
        }
    }
}

const STOPPED: &str = "\
A process in the background that reads from the terminal is stopped (SIGTTIN).\n";
const STOPPED_BEFORE_EXEC: &str = "\
A process in the background that calls tcsetpgrp is stopped, unless it ignores SIGTTOU.\n";

/// A process, from proc_pid_stat(5).
struct Process {
    pid: Pid,
    name: String,
    state: char,
    group: Pid,
}

impl Process {
    fn is_stopped(&self) -> bool {
        self.state == 'T'
    }

    fn is_called(&self, shell: &Process) -> &str {
        match &self.name {
            _ if self.pid == shell.pid => "the shell",
            name if *name == shell.name => "a child of the shell, before its exec",
            name => name,
        }
    }

    fn doing(&self) -> &'static str {
        match self.state {
            'R' => "runs",
            _ if self.is_stopped() => "stopped by a signal",
            'Z' => "a zombie",
            _ => "waits",
        }
    }

    /// Of the line in its `stat`, with its session.
    fn read(line: &str) -> Option<(Process, Pid)> {
        let (before, after) = line.rsplit_once(')')?;
        let (pid, name) = before.split_once('(')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let _parent = fields.next()?;
        let mut number = || Some(Pid::from_raw(fields.next()?.parse().ok()?));
        let (group, session) = (number()?, number()?);
        let pid = Pid::from_raw(pid.trim().parse().ok()?);
        Some((Process { pid, name: name.to_owned(), state, group }, session))
    }
}

/// The processes in the session of `shell`. None where there is no /proc, or only one in which processes
/// have other numbers.
fn processes_on(shell: Pid) -> Vec<Process> {
    let own = fs::read_link("/proc/self").unwrap_or_default();
    if own.to_str() != Some(&getpid().to_string()) {
        return Vec::new();
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let all = lines.filter_map(|line| Process::read(&line));
    let mut found: Vec<Process> =
        all.filter(|(_, session)| *session == shell).map(|(process, _)| process).collect();
    found.sort_by_key(|process| process.pid);
    found
}
