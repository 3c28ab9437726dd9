//! Little programs with several processes: a language, its interpreter, and a generator.
//!
//! A program runs in the process that the search forked for it. Each instruction is one system
//! call or two, so that little programs have few orders, and all of them can be tried.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, killpg, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{
    ForkResult, Pid, fork, getpgrp, getpid, getppid, pause, pipe, read, setpgid, write,
};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::size;

/// One instruction. What it learns it prints, as a letter or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    Print(char),
    Fork(Vec<Do>),
    WaitAny,
    WaitFirst,
    Ask,
    Send(u8),
    Receive,
    Ready,
    CloseWriter,
    CloseReader,
    Tell(u8),
    Hear,
    Put(u8),
    Get,
    GetNext,
    Skip,
    Append(u8),
    Create,
    Remove,
    Look,
    List,
    Rename,
    Lock,
    Unlock,
    Catch,
    Block,
    Unblock,
    Signal,
    SignalParent,
    Kill,
    Pause,
    Parent,
    Leave,
    Lead,
    Leader,
    KillGroup,
    SignalGroup,
    WaitGroup,
    KillElder,
    Ignore,
    Heed,
    /// Asks through a handle whether the first child has ended.
    Watch,
    /// Ends by a fault in memory, which is no system call.
    Fault,
    Exit(u8),
}

/// A program, and its source for people.
#[derive(Clone, Debug)]
pub(crate) struct Little(pub(crate) Vec<Do>);

impl fmt::Display for Little {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// What a process has: the pipe, the shared file, its children.
struct Machine {
    reader: Option<OwnedFd>,
    writer: Option<OwnedFd>,
    sockets: (UnixStream, UnixStream),
    file: File,
    children: Vec<Pid>,
    parent: Pid,
    /// The sibling that was forked before.
    elder: Option<Pid>,
    lock: Option<Flock<File>>,
}

impl Little {
    /// Runs the program. Returns the exit status of its first process.
    pub(crate) fn run(&self) -> i32 {
        let (reader, writer) = pipe().expect("a pipe");
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(true).clone();
        let file = options.open("file").expect("the shared file");
        file.write_at(b"0123456789", 0).expect("the shared file");
        let sockets = UnixStream::pair().expect("a socket");
        sockets.1.set_nonblocking(true).expect("a socket");
        let mut machine = Machine {
            reader: Some(reader),
            writer: Some(writer),
            sockets,
            file,
            children: Vec::new(),
            parent: getppid(),
            elder: None,
            lock: None,
        };
        machine.run(&self.0)
    }
}

fn say(text: &str) {
    let _ = write(std::io::stdout(), text.as_bytes());
}

extern "C" fn handler(_: i32) {
    say("h");
}

impl Machine {
    fn run(&mut self, program: &[Do]) -> i32 {
        for instruction in program {
            if let Do::Exit(status) = instruction {
                return i32::from(*status);
            }
            if self.step(instruction).is_err() {
                say("!");
            }
        }
        0
    }

    fn step(&mut self, instruction: &Do) -> nix::Result<()> {
        match instruction {
            Do::Print(letter) => say(&letter.to_string()),
            Do::Fork(program) => self.fork(program)?,
            Do::WaitAny => self.wait(None, None)?,
            Do::WaitFirst => self.wait(self.children.first().copied(), None)?,
            Do::Ask => self.wait(None, Some(WaitPidFlag::WNOHANG))?,
            Do::Send(_) | Do::Receive | Do::Ready | Do::CloseWriter | Do::CloseReader => {
                self.on_pipe(instruction)?;
            }
            Do::Tell(byte) => {
                write(&self.sockets.0, &[*byte])?;
            }
            Do::Hear => {
                let heard = read(&self.sockets.1, &mut [0])?;
                say(&format!("s{heard}"));
            }
            Do::Catch | Do::Block | Do::Unblock | Do::Pause | Do::Ignore | Do::Heed => {
                on_signals(instruction)?;
            }
            Do::Signal | Do::Kill | Do::KillElder | Do::SignalParent => self.signal(instruction)?,
            Do::Leave | Do::Lead | Do::Leader | Do::KillGroup | Do::SignalGroup | Do::WaitGroup => {
                self.on_groups(instruction)?;
            }
            Do::Watch => self.watch()?,
            Do::Fault => {
                // SAFETY: nothing is there, so this process ends; that is what it is for.
                unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(0) };
            }
            Do::Parent => say(if getppid() == self.parent { "p" } else { "o" }),
            Do::Exit(_) => {}
            _ => self.on_files(instruction).map_err(|_| Errno::EIO)?,
        }
        Ok(())
    }

    fn fork(&mut self, program: &[Do]) -> nix::Result<()> {
        let parent = nix::unistd::getpid();
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => self.children.push(child),
            ForkResult::Child => {
                self.elder = self.children.pop();
                self.children.clear();
                self.parent = parent;
                let status = self.run(program);
                // SAFETY: it ends this process, and nothing after it runs.
                unsafe { nix::libc::_exit(status) }
            }
        }
        Ok(())
    }

    /// Prints how the child ended; which child it was is seen by the status.
    fn wait(&self, which: Option<Pid>, flags: Option<WaitPidFlag>) -> nix::Result<()> {
        match waitpid(which, flags)? {
            WaitStatus::Exited(_, status) => say(&format!("w{status}")),
            WaitStatus::Signaled(..) => say("wk"),
            _ => say("w-"),
        }
        Ok(())
    }

    fn watch(&self) -> nix::Result<()> {
        let pid = self.children.first().ok_or(Errno::ESRCH)?.as_raw();
        // SAFETY: two plain numbers.
        let fd = unsafe { nix::libc::syscall(nix::libc::SYS_pidfd_open, pid, 0) };
        let fd = i32::try_from(Errno::result(fd)?).map_err(|_| Errno::EBADF)?;
        // SAFETY: the kernel has just made this descriptor, and nothing else knows it.
        let handle = unsafe { OwnedFd::from_raw_fd(fd) };
        let mut fds = [PollFd::new(handle.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut fds, PollTimeout::ZERO)?;
        say(if ready > 0 { "e" } else { "-" });
        Ok(())
    }

    fn on_pipe(&mut self, instruction: &Do) -> nix::Result<()> {
        match instruction {
            Do::Send(byte) => {
                let writer = self.writer.as_ref().ok_or(Errno::EBADF)?;
                write(writer, &[*byte])?;
            }
            Do::Receive => {
                let mut bytes = [0; 2];
                let read = read(self.reader.as_ref().ok_or(Errno::EBADF)?, &mut bytes)?;
                say(&format!("r{}", String::from_utf8_lossy(&bytes[..read])));
            }
            Do::Ready => {
                let reader = self.reader.as_ref().ok_or(Errno::EBADF)?;
                let mut fds = [PollFd::new(reader.as_fd(), PollFlags::POLLIN)];
                let ready = poll(&mut fds, PollTimeout::ZERO)?;
                say(if ready > 0 { "q" } else { "-" });
            }
            Do::CloseWriter => self.writer = None,
            _ => self.reader = None,
        }
        Ok(())
    }

    fn on_files(&mut self, instruction: &Do) -> std::io::Result<()> {
        let mut byte = [0; 1];
        match instruction {
            Do::Put(value) => self.file.write_all_at(&[*value], 0)?,
            Do::Append(value) => std::io::Write::write_all(&mut self.file, &[*value])?,
            Do::Get => {
                self.file.read_at(&mut byte, 0)?;
                say(&format!("g{}", char::from(byte[0])));
            }
            Do::GetNext => {
                self.file.read_exact(&mut byte)?;
                say(&format!("n{}", char::from(byte[0])));
            }
            Do::Skip => self.file.read_exact(&mut byte)?,
            Do::Create => {
                let made = OpenOptions::new().write(true).create_new(true).open("path");
                say(if made.is_ok() { "c" } else { "e" });
            }
            Do::Remove => std::fs::remove_file("path")?,
            Do::Look => say(if std::path::Path::new("path").exists() { "y" } else { "x" }),
            Do::List => say(&format!("l{}", std::fs::read_dir(".")?.count())),
            Do::Rename => std::fs::rename("path", "other")?,
            Do::Lock => {
                let file = File::open("file")?;
                let lock = Flock::lock(file, FlockArg::LockExclusive);
                self.lock = Some(lock.map_err(|(_, errno)| errno)?);
                say("L");
            }
            _ => self.lock = None,
        }
        Ok(())
    }

    /// The groups are that of the first process, and one for each child.
    fn on_groups(&self, instruction: &Do) -> nix::Result<()> {
        let child = || self.children.first().copied().ok_or(Errno::ESRCH);
        match instruction {
            Do::Leave => setpgid(Pid::from_raw(0), Pid::from_raw(0))?,
            Do::Lead => setpgid(child()?, child()?)?,
            Do::Leader => say(if getpgrp() == getpid() { "G" } else { "g" }),
            Do::KillGroup => killpg(child()?, Signal::SIGKILL)?,
            Do::SignalGroup => killpg(child()?, Signal::SIGUSR1)?,
            _ => self.wait(Some(Pid::from_raw(-child()?.as_raw())), None)?,
        }
        Ok(())
    }

    fn signal(&self, instruction: &Do) -> nix::Result<()> {
        match instruction {
            Do::SignalParent => kill(self.parent, Signal::SIGUSR1),
            Do::KillElder => kill(self.elder.ok_or(Errno::ESRCH)?, Signal::SIGKILL),
            Do::Signal => kill(*self.children.first().ok_or(Errno::ESRCH)?, Signal::SIGUSR1),
            _ => kill(*self.children.first().ok_or(Errno::ESRCH)?, Signal::SIGKILL),
        }
    }
}

fn on_signals(instruction: &Do) -> nix::Result<()> {
    let signals: SigSet = [Signal::SIGUSR1, Signal::SIGCHLD].into_iter().collect();
    match instruction {
        Do::Catch => {
            let action = SigHandler::Handler(handler);
            let action = SigAction::new(action, SaFlags::SA_RESTART, SigSet::empty());
            // SAFETY: the handler makes one system call, which a handler may.
            unsafe { sigaction(Signal::SIGUSR1, &action) }?;
            // SAFETY: as above.
            unsafe { sigaction(Signal::SIGCHLD, &action) }?;
        }
        Do::Ignore => set_action(SigHandler::SigIgn)?,
        Do::Heed => set_action(SigHandler::SigDfl)?,
        Do::Block => signals.thread_block()?,
        Do::Unblock => signals.thread_unblock()?,
        _ => pause(),
    }
    Ok(())
}

/// Of SIGUSR1; one of the two that run no code.
fn set_action(action: SigHandler) -> nix::Result<()> {
    let action = SigAction::new(action, SaFlags::empty(), SigSet::empty());
    // SAFETY: the kernel's own actions run no code of this process.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}

/// Which instructions a generated program is made of: all but [`Do::Skip`], which prints nothing.
pub(crate) const ALL: &[Do] = &[
    Do::Print('a'),
    Do::Print('b'),
    Do::WaitAny,
    Do::WaitFirst,
    Do::Ask,
    Do::Send(b's'),
    Do::Receive,
    Do::Ready,
    Do::CloseWriter,
    Do::CloseReader,
    Do::Tell(b't'),
    Do::Hear,
    Do::Put(b'A'),
    Do::Put(b'B'),
    Do::Get,
    Do::GetNext,
    Do::Append(b'C'),
    Do::Create,
    Do::Remove,
    Do::Look,
    Do::List,
    Do::Rename,
    Do::Lock,
    Do::Unlock,
    Do::Catch,
    Do::Block,
    Do::Unblock,
    Do::Signal,
    Do::SignalParent,
    Do::Kill,
    Do::Pause,
    Do::Parent,
    Do::Leave,
    Do::Lead,
    Do::Leader,
    Do::KillGroup,
    Do::SignalGroup,
    Do::WaitGroup,
    Do::KillElder,
    Do::Ignore,
    Do::Heed,
    Do::Watch,
    Do::Fault,
    Do::Exit(7),
];

/// The program number `seed`: two or three processes with a few instructions each, and not more
/// orders than [`MOST`] by a rough count.
pub(crate) fn generate(seed: u64) -> Little {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    loop {
        let program = draw(&mut random);
        if size::orders(&program.0, MOST) < MOST {
            return program;
        }
    }
}

const MOST: usize = 60;

/// A program with three children, which has more orders than a full search can try.
pub(crate) fn larger(seed: u64) -> Little {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let kinds = kinds(&mut random, 0.7);
    let mut program = Vec::new();
    for number in 1..=3 {
        let mut child = some(&mut random, &kinds, 2);
        child.push(Do::Exit(number));
        program.push(Do::Fork(child));
        program.extend(some(&mut random, &kinds, 1));
    }
    program.extend(some(&mut random, &kinds, 1));
    program.extend((0..random.random_range(0..=3)).map(|_| Do::WaitAny));
    Little(program)
}

fn draw(random: &mut ChaCha8Rng) -> Little {
    let kinds = kinds(random, 0.5);
    let mut some = |most: usize| some(random, &kinds, most);
    let (before, first, second, after) = (some(1), some(2), some(2), some(3));
    let children = if first.len() + second.len() + after.len() <= 4 {
        vec![Do::Fork(first), Do::Fork(second)]
    } else {
        let both: Vec<Do> = first.into_iter().chain(second).collect();
        vec![Do::Fork(both)]
    };
    Little(before.into_iter().chain(children).chain(after).collect())
}

/// Some programs are made of a few kinds of instruction only, so that these meet more often.
fn kinds(random: &mut ChaCha8Rng, few: f64) -> Vec<Do> {
    if random.random_bool(few) {
        (0..3).map(|_| ALL[random.random_range(0..ALL.len())].clone()).collect()
    } else {
        ALL.to_vec()
    }
}

/// At most so many instructions of these kinds.
fn some(random: &mut ChaCha8Rng, kinds: &[Do], most: usize) -> Vec<Do> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| kinds[random.random_range(0..kinds.len())].clone()).collect()
}
