//! What the system knows of a process's descendants at one moment.
//!
//! It is asked through the crate sysinfo, because that knows macOS as well as Linux.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use lesson_cli::Failure;
use nix::unistd::Pid;
use sysinfo::{ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

/// The kernel counts CPU time in steps of 10 ms, so shorter intervals cannot be measured.
const SHORTEST: Duration = Duration::from_millis(90);

/// One process in a sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    /// 0 for the command itself, 1 for its children, and so on.
    pub(crate) depth: usize,
    pub(crate) state: State,
    /// Percent of one core since the previous sample; `None` if that was only just now.
    pub(crate) cpu: Option<f64>,
    /// Resident memory in bytes. Memory that processes share is counted for each of them.
    pub(crate) memory: u64,
    pub(crate) age: Duration,
    /// The command line, which a process loses when it ends. If it was not seen before, this is
    /// the name of the program in brackets.
    pub(crate) command: String,
}

impl Process {
    /// Whether it has no command line yet, because its program is being loaded. (A process that has
    /// ended has none any more.)
    pub(crate) fn is_loading(&self) -> bool {
        self.state != State::Zombie && self.command.starts_with('[')
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Sleeping,
    /// Waiting for a device; no signal ends it.
    DiskWait,
    /// By a signal, such as Ctrl-Z sends.
    Stopped,
    /// It has ended, and its parent has not waited for it yet.
    Zombie,
    Other,
}

/// Takes samples, and remembers what it needs to compute the usage in between.
#[derive(Debug)]
pub(crate) struct Sampler {
    system: System,
    /// The process whose descendants are sampled.
    ancestor: sysinfo::Pid,
    /// When the previous sample was taken, and the CPU time in ms that each process had used then.
    before: (Instant, HashMap<sysinfo::Pid, u64>),
}

/// The children of each process, by PID.
type Children<'a> = BTreeMap<sysinfo::Pid, Vec<&'a sysinfo::Process>>;

impl Sampler {
    /// A sampler for all descendants of `ancestor`, but not for `ancestor` itself.
    ///
    /// # Errors
    ///
    /// sysinfo does not know this system.
    pub(crate) fn new(ancestor: Pid) -> Result<Self, Failure> {
        let system = System::new().map_err(|error| Failure::Other(error.to_string()))?;
        let ancestor = sysinfo::Pid::from_u32(ancestor.as_raw().cast_unsigned());
        Ok(Sampler { system, ancestor, before: (Instant::now(), HashMap::new()) })
    }

    /// The tree as it is now: every process before its children, siblings by PID.
    pub(crate) fn take(&mut self) -> Vec<Process> {
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory();
        let wanted = wanted.with_cmd(UpdateKind::Always).without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
        let now = Instant::now();
        let interval = now - self.before.0;

        let mut sample = Vec::new();
        self.add_children(self.ancestor, 0, interval, &self.children(), &mut sample);
        let used = |process: &sysinfo::Process| (process.pid(), process.accumulated_cpu_time());
        self.before = (now, self.system.processes().values().map(used).collect());
        sample
    }

    fn children(&self) -> Children<'_> {
        let mut children = Children::new();
        for process in self.system.processes().values() {
            // On Linux threads can have an entry too.
            if let (Some(parent), None) = (process.parent(), process.thread_kind()) {
                children.entry(parent).or_default().push(process);
            }
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|process| process.pid());
        }
        children
    }

    fn add_children(
        &self,
        parent: sysinfo::Pid,
        depth: usize,
        interval: Duration,
        children: &Children,
        sample: &mut Vec<Process>,
    ) {
        for process in children.get(&parent).into_iter().flatten() {
            sample.push(self.describe(process, depth, interval));
            self.add_children(process.pid(), depth + 1, interval, children, sample);
        }
    }

    fn describe(&self, process: &sysinfo::Process, depth: usize, interval: Duration) -> Process {
        // A new process has used all its time since the previous sample. (If it has the PID of an
        // old process, it may have used less than that one did; then nothing is known.)
        let before = self.before.1.get(&process.pid()).copied().unwrap_or(0);
        let used = process.accumulated_cpu_time().checked_sub(before);
        let percent = |used| Duration::from_millis(used).div_duration_f64(interval) * 100.0;
        Process {
            pid: Pid::from_raw(process.pid().as_u32().cast_signed()),
            depth,
            state: state_of(process.status()),
            cpu: used.filter(|_| interval >= SHORTEST).map(percent),
            memory: process.memory(),
            age: Duration::from_secs(process.run_time()),
            command: command_of(process),
        }
    }
}

fn state_of(status: ProcessStatus) -> State {
    match status {
        ProcessStatus::Run => State::Running,
        ProcessStatus::Sleep | ProcessStatus::Idle => State::Sleeping,
        ProcessStatus::UninterruptibleDiskSleep => State::DiskWait,
        ProcessStatus::Stop | ProcessStatus::Tracing => State::Stopped,
        ProcessStatus::Zombie | ProcessStatus::Dead => State::Zombie,
        _ => State::Other,
    }
}

fn command_of(process: &sysinfo::Process) -> String {
    let words: Vec<_> = process.cmd().iter().map(|word| word.to_string_lossy()).collect();
    if words.is_empty() {
        return format!("[{}]", process.name().to_string_lossy());
    }
    words.join(" ")
}
