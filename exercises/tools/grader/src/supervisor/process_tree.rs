//! The tree of the processes of a case, and what each waits for.

use nix::unistd::Pid;
use procinfo::State;

use super::open_file::OpenFile;
use super::process::Process;
use super::system_call::{SystemCall, Wait};
use crate::shared::events::{Event, Kind};
use crate::shared::log::SharedLog;
use crate::shared::process_tree::{Advice, ProcessTree};

/// A tree that is being drawn.
struct Drawing {
    tree: ProcessTree,
    /// The pipes that a process waits for, so that each gets a letter.
    pipes: Vec<OpenFile>,
}

/// What the tree is drawn from.
struct View<'a> {
    all: &'a [Process],
    test_process: Option<Pid>,
    log: &'a SharedLog,
    events: Vec<Event>,
}

impl View<'_> {
    /// The check's own processes have an event of this kind.
    fn is_own(&self, process: &Process, kind: Kind) -> bool {
        self.events.iter().any(|e| e.pid == process.own_pid.as_raw() && e.kind == kind)
    }

    /// The inode of the socket that was made together with this one.
    fn other_end(&self, inode: u64) -> Option<u64> {
        let inode = inode as i32;
        self.events
            .iter()
            .find_map(|event| match event.kind {
                Kind::SocketPair { one, other } if one == inode => Some(other as u32),
                Kind::SocketPair { one, other } if other == inode => Some(one as u32),
                _ => None,
            })
            .map(u64::from)
    }

    /// A pipe that the check has made for itself.
    fn is_of_the_check(&self, file: &OpenFile) -> bool {
        let inode = file.inode().map(|inode| inode as i32);
        self.events.iter().any(|event| match event.kind {
            Kind::CheckPipe { inode: own } => inode == Some(own),
            _ => false,
        })
    }

    fn role(&self, process: &Process) -> &'static str {
        let is_test_process = |process: &Process| Some(process.own_pid) == self.test_process;
        if is_test_process(process) {
            return "parent";
        }
        if self.is_own(process, Kind::Stranger {}) {
            return "child of the caller, not of your function";
        }
        if self.is_own(process, Kind::Helper {}) {
            return "helper of the check";
        }
        match self.all.iter().find(|other| other.pid == process.parent) {
            None => "orphan",
            Some(parent) if is_test_process(parent) => "child",
            Some(_) => "grandchild",
        }
    }
}

/// Draws all processes below `root`.
pub(super) fn draw(root: Pid, log: &SharedLog, all: &[Process]) -> ProcessTree {
    let view = View { all, test_process: log.test_process(), log, events: log.events() };
    let own = |p: &&Process| view.is_own(p, Kind::Stranger {}) || view.is_own(p, Kind::Helper {});
    let alive = all.iter().filter(|p| !p.is_zombie() && !own(p)).count();
    let zombies = all.iter().map(|p| (p.own_pid.as_raw(), p.is_zombie())).collect();
    let tree = ProcessTree { alive, zombies, ..ProcessTree::default() };
    let mut drawing = Drawing { tree, pipes: Vec::new() };
    drawing.draw_children(root, &view, "");
    drawing.tree
}

impl Drawing {
    fn draw_children(&mut self, parent: Pid, view: &View, indent: &str) {
        let children: Vec<&Process> =
            view.all.iter().filter(|child| child.parent == parent).collect();
        for (index, child) in children.iter().enumerate() {
            let last = index + 1 == children.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (pid, role) = (child.own_pid, view.role(child));
            let doing = self.doing(child, view);
            self.tree.tree.push_str(&format!("{indent}{branch}{pid} {role}: {doing}\n"));
            self.draw_children(child.pid, view, &format!("{indent}{below}"));
        }
    }

    fn doing(&mut self, process: &Process, view: &View) -> String {
        let is_parent = Some(process.own_pid) == view.test_process;
        match process.state {
            State::Zombie => "a zombie: it has ended, and its parent has not waited for it".into(),
            State::Stopped | State::Traced => {
                self.advise(&STOPPED);
                "stopped by a signal".into()
            }
            State::Running => {
                if is_parent {
                    self.advise(&LOOP);
                }
                "running".into()
            }
            _ => match SystemCall::of(&format!("/proc/{}", process.pid)) {
                Some(call) => self.waiting(call.wait(), process, view),
                None => "running".into(),
            },
        }
    }

    fn waiting(&mut self, wait: Wait, process: &Process, view: &View) -> String {
        match wait {
            Wait::Child(pid) => self.waiting_for_child(pid, process, view),
            Wait::Read(descriptor) => self.reading(process.pid, descriptor, view),
            Wait::Write(descriptor) => self.writing(process.pid, descriptor, view),
            Wait::Lock { .. } => {
                let alone = self.tree.alive == 1 && Some(process.own_pid) == view.test_process;
                self.advise(if alone { &LOCK_OF_A_THREAD } else { &LOCK });
                "waiting for a lock, or for a thread (futex)".into()
            }
            Wait::FileLock => {
                self.advise(&FILE_LOCK);
                "waiting for a file lock (flock)".into()
            }
            Wait::Sleep => "sleeping (sleep)".into(),
            Wait::Signal(call) => {
                if call == "pause" && !view.is_own(process, Kind::Stranger {}) {
                    self.advise(&SIGNAL);
                }
                format!("waiting for a signal ({call})")
            }
            Wait::Client => {
                self.advise(&CLIENT);
                "waiting for a client (accept)".into()
            }
            Wait::Ready(_) => {
                self.advise(&READY);
                "waiting until a descriptor is ready (poll)".into()
            }
            Wait::Open => {
                self.advise(&OPEN);
                "opening a named pipe, until another process opens the other end (open)".into()
            }
            Wait::Other(number) => format!("waiting in system call {number}"),
        }
    }

    fn waiting_for_child(&mut self, pid: Option<i32>, process: &Process, view: &View) -> String {
        let children: Vec<&Process> =
            view.all.iter().filter(|other| other.parent == process.pid).collect();
        let strange = children.iter().any(|child| view.is_own(child, Kind::Stranger {}));
        if strange && children.len() == 1 && !matches!(pid, Some(1..)) {
            self.advise(&STRANGER);
        }
        match pid {
            Some(child @ 1..) => format!("waiting for child {child} to end (waitpid)"),
            Some(-1) => "waiting for any child to end (waitpid)".into(),
            _ => "waiting for a child to end".into(),
        }
    }

    fn reading(&mut self, pid: Pid, descriptor: i64, view: &View) -> String {
        let Some(file) = OpenFile::of(pid, descriptor) else { return "reading".into() };
        if file.is_socket() {
            return self.reading_socket(&file, view);
        }
        if !file.is_pipe() {
            return format!("reading {} (read)", file.name());
        }
        if view.is_of_the_check(&file) {
            self.advise(&GATE);
            return "waiting until the check lets it continue (read)".into();
        }
        self.advise(&READ);
        let writers = file.writers(view.all);
        let pipe = self.letter(file);
        if writers.is_empty() {
            return format!("reading pipe {pipe} (read)");
        }
        format!("reading pipe {pipe}, whose write end is still open in {writers} (read)")
    }

    fn reading_socket(&mut self, file: &OpenFile, view: &View) -> String {
        self.advise(&SOCKET);
        match self.other_end(file, view) {
            Some(holders) if holders.is_empty() => {
                "reading a socket, whose other end is closed in every process (read)".into()
            }
            Some(holders) => {
                format!("reading a socket, whose other end is still open in {holders} (read)")
            }
            None => "reading a socket (read)".into(),
        }
    }

    /// The processes that hold the other end of one of a pair of sockets, if it is one.
    fn other_end(&self, file: &OpenFile, view: &View) -> Option<String> {
        let other = OpenFile::socket(view.other_end(file.inode()?)?);
        Some(other.all_holders(view.all))
    }

    fn writing(&mut self, pid: Pid, descriptor: i64, view: &View) -> String {
        let Some(file) = OpenFile::of(pid, descriptor) else { return "writing".into() };
        if file.is_socket() {
            self.advise(&WRITE_SOCKET);
            let holders = self.other_end(&file, view);
            let whose = holders.map(|holders| format!(", whose other end is open in {holders}"));
            return format!(
                "writing to a socket that is full{} (write)",
                whose.unwrap_or_default()
            );
        }
        if !file.is_pipe() {
            return format!("writing {} (write)", file.name());
        }
        let reads = file.inode().map_or(0, |inode| view.log.reads_of(inode));
        self.advise(if reads == 0 { &WRITE } else { &READ_ON });
        let readers = file.readers(view.all);
        let pipe = self.letter(file);
        format!("writing to pipe {pipe}, which is full; its read end is open in {readers} (write)")
    }

    /// A for the first pipe of the tree, then B and so on.
    fn letter(&mut self, pipe: OpenFile) -> char {
        let known = self.pipes.iter().position(|other| *other == pipe);
        let index = known.unwrap_or_else(|| {
            self.pipes.push(pipe);
            self.pipes.len() - 1
        });
        char::from(b'A' + (index % 26) as u8)
    }

    fn advise(&mut self, advice: &'static Advice) {
        if !self.tree.advice.contains(&advice) {
            self.tree.advice.push(advice);
        }
    }
}

static READ: Advice = Advice {
    text: "\
A read ends when something is written, or when every copy of the write end is closed, in every
process: fork copies both ends.",
    see: Some("pipes.md#who-holds-the-write-end"),
    is_certain: false,
};
static SOCKET: Advice = Advice {
    text: "\
A read from a socket ends when something is written to the other end, or when every copy of the
other end is closed, in every process: fork copies both ends.",
    see: Some("pipes.md#who-holds-the-write-end"),
    is_certain: false,
};
static WRITE: Advice = Advice {
    text: "\
A pipe holds a limited amount, by default 64 KiB on Linux. A parent that waits for a child
before reading the child's output may wait for ever: read first, then wait.",
    see: Some("pipes.md#wait-before-read"),
    is_certain: false,
};
static READ_ON: Advice = Advice {
    text: "\
The parent has read from this pipe, but not to the end: one call of read returns only the bytes
that are in the pipe at that moment, and no more than it holds. Read until end-of-file, then wait
for the child.",
    see: Some("pipes.md#one-write-is-not-one-read"),
    is_certain: true,
};
static WRITE_SOCKET: Advice = Advice {
    text: "\
A socket holds a limited amount too. A parent that waits for a child before reading the child's
output may wait for ever: read first, then wait.",
    see: Some("pipes.md#wait-before-read"),
    is_certain: false,
};
static LOCK: Advice = Advice {
    text: "\
After a fork, the child has only the thread that forked. A lock that another thread held stays
locked in the child for ever.",
    see: Some("fork-safety.md#a-lock-that-stays-locked"),
    is_certain: false,
};
static LOCK_OF_A_THREAD: Advice = Advice {
    text: "\
The parent waits for a lock, or for a thread to end, and no child is left. Does the thread that holds
the lock, or that should end, wait for something that the parent does only afterwards?",
    see: None,
    is_certain: true,
};
static FILE_LOCK: Advice = Advice {
    text: "\
A file lock is held until every copy of its descriptor is closed, in every process that has
inherited it.",
    see: None,
    is_certain: false,
};
static SIGNAL: Advice = Advice {
    text: "\
A signal that arrived before pause was called does not end the pause.",
    see: None,
    is_certain: false,
};
static CLIENT: Advice = Advice {
    text: "\
std's accept repeats the call when a signal handler has run, so a flag that the handler sets is not
seen there.",
    see: Some("prefork-server.md#a-worker"),
    is_certain: false,
};
static READY: Advice = Advice {
    text: "\
A descriptor becomes ready when something is written, or when every copy of the other end is
closed, in every process: fork copies both ends.",
    see: Some("pipes.md#who-holds-the-write-end"),
    is_certain: false,
};
static OPEN: Advice = Advice {
    text: "\
Opening a named pipe waits until another process opens the other end.",
    see: None,
    is_certain: false,
};
static STOPPED: Advice = Advice {
    text: "\
A stopped process does nothing until it receives SIGCONT or SIGKILL. It has not ended, so waitpid
without WUNTRACED does not return for it.",
    see: Some("waitpid.md#stopped-is-not-ended"),
    is_certain: false,
};
static LOOP: Advice = Advice {
    text: "\
The parent is running, so it is in a loop that does not end. What should end the loop?",
    see: None,
    is_certain: true,
};
static STRANGER: Advice = Advice {
    text: "\
Your function waits for any child, or until there is no child left. However, the caller has a
child of its own, which has not ended. Wait for the children that your function has forked, by
their PIDs.",
    see: Some("waitpid.md#any-child"),
    is_certain: false,
};
static GATE: Advice = Advice {
    text: "\
The check lets a child continue when other children have reached the same point. Does the parent
wait for one child before it has forked another?",
    see: None,
    is_certain: false,
};

/// All of them.
pub(crate) static ALL: [&Advice; 16] = [
    &READ,
    &SOCKET,
    &WRITE,
    &READ_ON,
    &WRITE_SOCKET,
    &LOCK,
    &LOCK_OF_A_THREAD,
    &FILE_LOCK,
    &SIGNAL,
    &CLIENT,
    &READY,
    &OPEN,
    &STOPPED,
    &LOOP,
    &STRANGER,
    &GATE,
];
