//! What the events add up to: the life of each process, and what processes did to each other.

use std::collections::HashMap;
use std::fmt;

use crate::{Event, How, Kind, Source, WaitOver};

/// A whole recording, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Every process, in the order of their births. The first began it all.
    pub processes: Vec<Process>,
    /// How the events were learned.
    pub source: Source,
    /// When the last thing happened, in microseconds.
    pub end: u64,
    /// The events, in order of time.
    pub events: Vec<Event>,
    /// The PIDs in use at the end. A PID may have had several owners in a long recording.
    current: HashMap<u32, usize>,
}

/// The life of one process. Times are microseconds since the recording began; another process
/// is its index in [`Run::processes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The process that made it; none for the first.
    pub parent: Option<usize>,
    /// By which call.
    pub how: How,
    /// The program it ran last, without its folder.
    pub name: String,
    /// When it was made.
    pub born: u64,
    /// When it ran another program, and that program's arguments.
    pub execs: Vec<(u64, Vec<String>)>,
    /// When its first thread waited for a child.
    pub waits: Vec<Span>,
    /// When it asked whether a child had ended, and none had (`WNOHANG`).
    pub asked: Vec<u64>,
    /// When it was stopped, as by Ctrl-Z.
    pub stops: Vec<Span>,
    /// Signals that were delivered: when, which, and the PID of the sender.
    pub signals: Vec<(u64, String, Option<u32>)>,
    /// How many threads it had besides its first, at most at one time.
    pub threads: usize,
    /// When and how it ended.
    pub end: Option<(u64, End)>,
    /// When a parent asked for its status, after which it is gone, and which process did.
    pub reaped: Option<(u64, usize)>,
    /// When its parent was gone before it, and the PID and name of the new parent.
    pub adopted: Option<(u64, u32, String)>,
    /// Whether it ended unseen, since its parent ignores SIGCHLD.
    pub discarded: bool,
    /// The threads it has besides its first, as the events go by.
    alive_threads: usize,
}

/// A stretch of time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub from: u64,
    /// When it was over.
    pub to: u64,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// By itself, with an exit status.
    Exit(u8),
    /// By a signal of this name, with a core dump or without.
    Killed(String, bool),
    /// In a way that was not seen.
    Vanished,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(code) => write!(f, "exit {code}"),
            End::Killed(signal, false) => write!(f, "{signal}"),
            End::Killed(signal, true) => write!(f, "{signal}, core"),
            End::Vanished => write!(f, "vanished"),
        }
    }
}

/// Why events do not add up to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Which event, counted from 1 in order of time; 0 if there is none at all.
    pub number: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}: {}", self.number, self.reason)
    }
}

impl std::error::Error for ModelError {}

impl Run {
    /// Adds up `events`, which may come in any order of time. All names and arguments become
    /// [printable](lesson_cli::printable), so that no drawing of the run can control a terminal.
    ///
    /// # Errors
    ///
    /// There is no event; the first is no [`Kind::Start`], or a later one is; or one names a
    /// process that no event before it made.
    pub fn new(mut events: Vec<Event>) -> Result<Self, ModelError> {
        events.sort_by_key(|event| event.us);
        events.iter_mut().for_each(|event| event.kind.make_printable());
        let error = |number, reason: &str| ModelError { number, reason: reason.to_owned() };
        let first = events.first().ok_or_else(|| error(0, "the recording is empty"))?;
        let Kind::Start { name, source } = &first.kind else {
            return Err(error(1, "the first event of a recording is `start`"));
        };
        let process = Process::new(first.pid, None, How::Unknown, base_name(name), first.us);
        let mut run = Run {
            processes: vec![process],
            source: *source,
            end: events.last().map_or(0, |event| event.us),
            events: Vec::new(),
            current: HashMap::from([(first.pid, 0)]),
        };
        for (index, event) in events.iter().enumerate().skip(1) {
            run.apply(event).map_err(|reason| ModelError { number: index + 1, reason })?;
        }
        run.close();
        run.events = events;
        Ok(run)
    }

    /// The children that `process` made, in order.
    pub fn children(&self, process: usize) -> impl Iterator<Item = usize> {
        let made = move |(_, child): &(usize, &Process)| child.parent == Some(process);
        self.processes.iter().enumerate().filter(made).map(|(index, _)| index)
    }

    /// How long `process` was a zombie: from its end until it was reaped, or until the end of
    /// the recording. `None` if it never was one as far as is known: it did not end, its
    /// parent is not part of the recording, or its parent ignores SIGCHLD.
    pub fn zombie(&self, process: usize) -> Option<Span> {
        let process = &self.processes[process];
        let (from, how) = process.end.as_ref()?;
        let unseen = process.discarded || *how == End::Vanished;
        match (process.reaped, &process.adopted) {
            (Some((to, _)), _) => Some(Span { from: *from, to: to.max(*from) }),
            (None, _) if unseen => None,
            // Its parent ended first, so it was a zombie until then; of what the new parent
            // does, nothing is known.
            (None, Some((to, ..))) => (to > from).then_some(Span { from: *from, to: *to }),
            (None, None) => process.parent.map(|_| Span { from: *from, to: self.end }),
        }
    }

    /// When nothing more is to be said of `process`: it is gone, or the recording is over.
    pub fn gone(&self, process: usize) -> u64 {
        let end = self.processes[process].end.as_ref().map(|(at, _)| *at);
        self.zombie(process).map(|span| span.to).or(end).unwrap_or(self.end)
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        let (us, index) = (event.us, self.index(event.pid)?);
        match &event.kind {
            Kind::Start { .. } => return Err("there is only one `start`".to_owned()),
            Kind::Fork { child, how } => {
                let name = self.processes[index].name.clone();
                self.current.insert(*child, self.processes.len());
                self.processes.push(Process::new(*child, Some(index), *how, name, us));
            }
            Kind::Reap { child } => {
                let child = self.index(*child)?;
                self.processes[child].reaped = Some((us, index));
                self.processes[index].wait_is_over(us);
            }
            kind => self.processes[index].apply(us, kind),
        }
        Ok(())
    }

    fn index(&self, pid: u32) -> Result<usize, String> {
        let index = self.current.get(&pid).copied();
        index.ok_or_else(|| format!("no event before it made a process {pid}"))
    }

    /// What is still open when the recording ends, ends with it.
    fn close(&mut self) {
        let end = self.end;
        for process in &mut self.processes {
            let until = process.end.as_ref().map_or(end, |(at, _)| *at);
            for span in process.waits.iter_mut().chain(&mut process.stops) {
                span.to = span.to.min(until);
            }
        }
    }
}

/// The end of a span that is still going on.
const OPEN: u64 = u64::MAX;

impl Process {
    fn new(pid: u32, parent: Option<usize>, how: How, name: String, born: u64) -> Self {
        Process {
            pid,
            parent,
            how,
            name,
            born,
            execs: Vec::new(),
            waits: Vec::new(),
            asked: Vec::new(),
            stops: Vec::new(),
            signals: Vec::new(),
            threads: 0,
            end: None,
            reaped: None,
            adopted: None,
            discarded: false,
            alive_threads: 0,
        }
    }

    /// What happened to this process alone.
    fn apply(&mut self, us: u64, kind: &Kind) {
        match kind {
            Kind::Exec { args } => {
                self.name = base_name(args.first().map_or("?", String::as_str));
                self.execs.push((us, args.clone()));
                self.alive_threads = 0;
            }
            Kind::Thread { .. } => {
                self.alive_threads += 1;
                self.threads = self.threads.max(self.alive_threads);
            }
            Kind::ThreadEnd { .. } => self.alive_threads = self.alive_threads.saturating_sub(1),
            Kind::Wait { nohang: false, .. } => self.waits.push(Span { from: us, to: OPEN }),
            Kind::WaitOver { why: WaitOver::NotYet } => self.asked.push(us),
            Kind::WaitOver { .. } => self.wait_is_over(us),
            Kind::Signal { signal, from } => self.signals.push((us, signal.clone(), *from)),
            Kind::Stop { .. } => self.stops.push(Span { from: us, to: OPEN }),
            Kind::Continue => close_last(&mut self.stops, us),
            Kind::Exit { code } => self.end = Some((us, End::Exit(*code))),
            Kind::Killed { signal, core } => {
                self.end = Some((us, End::Killed(signal.clone(), *core)));
            }
            Kind::Vanished => self.end = Some((us, End::Vanished)),
            Kind::Discarded => self.discarded = true,
            Kind::Adopted { by, name } => self.adopted = Some((us, *by, name.clone())),
            Kind::Wait { nohang: true, .. } | Kind::Cut => {}
            Kind::Start { .. } | Kind::Fork { .. } | Kind::Reap { .. } => {
                unreachable!("BUG: events between two processes are the run's")
            }
        }
    }

    fn wait_is_over(&mut self, us: u64) {
        close_last(&mut self.waits, us);
    }
}

fn close_last(spans: &mut [Span], us: u64) {
    if let Some(last) = spans.last_mut() {
        last.to = last.to.min(us);
    }
}

/// The name of a program without its folder. A login shell's name starts with a dash.
fn base_name(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or(program);
    if name.is_empty() { program.to_owned() } else { name.to_owned() }
}
