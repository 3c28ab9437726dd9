//! A pipe for each recipe. Signal handlers write into a pipe of their own, and `poll` waits for all
//! of these pipes.
//!
//! only: linux

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Seek, SeekFrom, Write, pipe};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::SeqCst};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, killpg, sigaction, signal,
};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, execv, fork, setpgid};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub target: String,
    pub needs: Vec<String>,
    pub recipe: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    NoRule(String),
    Circle(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub built: Vec<String>,
    pub failed: Vec<String>,
    pub not_begun: Vec<String>,
    pub signal: Option<Signal>,
}

pub fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
    let mut plan = Vec::new();
    look(rules, goal, &mut Vec::new(), &mut HashMap::new(), &mut plan)?;
    Ok(plan)
}

/// When `goal` will have been made: `None` is later than everything.
fn look<'a>(
    rules: &'a [Rule],
    goal: &str,
    above: &mut Vec<String>,
    known: &mut HashMap<String, Option<SystemTime>>,
    plan: &mut Vec<&'a Rule>,
) -> Result<Option<SystemTime>, NoPlan> {
    if let Some(time) = known.get(goal) {
        return Ok(*time);
    }
    let own = fs::metadata(goal).ok().and_then(|file| file.modified().ok());
    let Some(rule) = rules.iter().find(|rule| rule.target == goal) else {
        return match own {
            Some(time) => Ok(Some(time)),
            None => Err(NoPlan::NoRule(goal.to_string())),
        };
    };
    above.push(goal.to_string());
    if let Some(start) = above[..above.len() - 1].iter().position(|file| file == goal) {
        return Err(NoPlan::Circle(above[start..].to_vec()));
    }
    let mut result = own;
    for need in &rule.needs {
        let time = look(rules, need, above, known, plan)?;
        if time.is_none() || time > own {
            result = None;
        }
    }
    above.pop();
    if result.is_none() {
        plan.push(rule);
    }
    known.insert(goal.to_string(), result);
    Ok(result)
}

struct Job {
    target: String,
    shell: Pid,
    pipe: PipeReader,
    log: Vec<u8>,
    /// Nothing comes from the pipe any more.
    closed: bool,
    status: Option<WaitStatus>,
}

impl Job {
    fn start(target: &str, recipe: &str) -> io::Result<Job> {
        let recipe = CString::new(recipe)?;
        let (reader, writer) = pipe()?;
        match unsafe { fork()? } {
            ForkResult::Child => {
                let ready = || -> io::Result<()> {
                    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
                    dup2_stdin(File::open("/dev/null")?)?;
                    dup2_stdout(&writer)?;
                    dup2_stderr(&writer)?;
                    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl)? };
                    Ok(())
                };
                if ready().is_ok() {
                    let _ = execv(c"/bin/sh", &[c"sh", c"-e", c"-c", &recipe]);
                }
                unsafe { libc::_exit(127) }
            }
            ForkResult::Parent { child } => {
                let _ = setpgid(child, child);
                let _ = fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
                let (target, log) = (target.to_string(), Vec::new());
                Ok(Job { target, shell: child, pipe: reader, log, closed: false, status: None })
            }
        }
    }

    /// Takes what there is. Whether the end has come.
    fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 8192];
        loop {
            match self.pipe.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(count) => self.log.extend(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn is_over(&mut self) -> bool {
        loop {
            match waitpid(Pid::from_raw(-self.shell.as_raw()), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => return false,
                Ok(status) if status.pid() == Some(self.shell) => {
                    self.status = Some(status);
                    let _ = killpg(self.shell, Signal::SIGTERM);
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return true,
            }
        }
    }
}

pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    let mut job = Job::start("", recipe)?;
    let read = loop {
        match job.read() {
            Ok(false) => {
                let mut pipes = [PollFd::new(job.pipe.as_fd(), PollFlags::POLLIN)];
                let _ = poll(&mut pipes, PollTimeout::NONE);
            }
            read => break read,
        }
    };
    let status = loop {
        match waitpid(job.shell, None) {
            Err(Errno::EINTR) => {}
            status => break status?,
        }
    };
    read?;
    Ok((status, job.log))
}

static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note(signal: i32) {
    let errno = Errno::last();
    let byte = signal as u8;
    unsafe { libc::write(PIPE.load(SeqCst), (&raw const byte).cast(), 1) };
    errno.set();
}

const SIGNALS: [Signal; 3] = [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM];

pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    let (events, writer) = pipe()?;
    for end in [events.as_fd(), writer.as_fd()] {
        fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    PIPE.store(writer.as_raw_fd(), SeqCst);
    let subreaper = get_child_subreaper()?;
    set_child_subreaper(true)?;
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::SA_RESTART, SigSet::empty());
    let mut before = Vec::new();
    for signal in SIGNALS {
        before.push((signal, unsafe { sigaction(signal, &action)? }));
    }
    let result = run(plan, jobs, &events);
    for (signal, action) in before {
        unsafe { sigaction(signal, &action)? };
    }
    set_child_subreaper(subreaper)?;
    result
}

fn run(plan: &[&Rule], jobs: usize, mut events: &PipeReader) -> io::Result<Report> {
    let mut waiting: Vec<&Rule> = plan.to_vec();
    let mut built: HashSet<&str> = HashSet::new();
    let mut running: Vec<Job> = Vec::new();
    let mut report = Report::default();
    let (mut signals, mut error) = (0, None);
    let planned: HashSet<&str> = plan.iter().map(|rule| rule.target.as_str()).collect();
    loop {
        while error.is_none() && signals == 0 && report.failed.is_empty() && running.len() < jobs {
            let has = |need: &String| !planned.contains(&**need) || built.contains(&**need);
            let Some(index) = waiting.iter().position(|rule| rule.needs.iter().all(has)) else {
                break;
            };
            match Job::start(&waiting[index].target, &waiting[index].recipe) {
                Ok(job) => {
                    running.push(job);
                    waiting.remove(index);
                }
                Err(why) => error = Some(why),
            }
        }
        if running.is_empty() {
            break;
        }
        let mut pipes = vec![PollFd::new(events.as_fd(), PollFlags::POLLIN)];
        for job in running.iter().filter(|job| !job.closed) {
            pipes.push(PollFd::new(job.pipe.as_fd(), PollFlags::POLLIN));
        }
        let _ = poll(&mut pipes, PollTimeout::NONE);
        let mut bytes = [0; 64];
        let count = loop {
            match events.read(&mut bytes) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                count => break count.unwrap_or(0), // nothing there
            }
        };
        for byte in &bytes[..count] {
            if i32::from(*byte) == libc::SIGCHLD {
                continue;
            }
            signals += 1;
            report.signal = report.signal.or(Signal::try_from(i32::from(*byte)).ok());
            for job in &running {
                let how = if signals == 1 { Signal::SIGTERM } else { Signal::SIGKILL };
                let _ = killpg(job.shell, how);
            }
        }
        let mut still = Vec::new();
        for mut job in running.drain(..) {
            let over = job.is_over();
            match job.read() {
                Ok(closed) => job.closed = closed,
                Err(why) => {
                    job.closed = true;
                    error.get_or_insert(why);
                }
            }
            if !over {
                still.push(job);
                continue;
            }
            let mut out = io::stdout().lock();
            let _ = out.write_all(&job.log).and_then(|()| out.flush());
            if let Some(WaitStatus::Exited(_, 0)) = job.status {
                let rule = plan.iter().find(|rule| rule.target == job.target);
                built.extend(rule.map(|rule| rule.target.as_str()));
                report.built.push(job.target);
            } else {
                let _ = fs::remove_file(&job.target);
                report.failed.push(job.target);
            }
        }
        running = still;
    }
    report.not_begun = waiting.iter().map(|rule| rule.target.clone()).collect();
    for list in [&mut report.built, &mut report.failed, &mut report.not_begun] {
        list.sort();
    }
    error.map_or(Ok(report), Err)
}

pub fn parse(makefile: &str) -> Result<Vec<Rule>, String> {
    let mut rules: Vec<Rule> = Vec::new();
    for (number, line) in (1..).zip(makefile.lines()) {
        let wrong = |what: &str| format!("line {number}: {what}");
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let rule = rules.last_mut().ok_or_else(|| wrong("a recipe without a rule"))?;
            rule.recipe += line.trim_start();
            rule.recipe.push('\n');
            continue;
        }
        let (target, needs) = line.split_once(':').ok_or_else(|| wrong("no colon"))?;
        let (target, needs) = (target.trim(), needs.split_whitespace());
        if rules.iter().any(|rule| rule.target == target) {
            return Err(wrong("a second rule for the same target"));
        }
        let needs = needs.map(str::to_owned).collect();
        rules.push(Rule { target: target.to_owned(), needs, recipe: String::new() });
    }
    Ok(rules)
}
