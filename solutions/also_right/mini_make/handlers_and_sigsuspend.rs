//! Handlers count the signals, and `sigsuspend` lets them come only while the process sleeps. The logs
//! are in memory files. Every rule has a state, and the C library is called directly.
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

#[derive(Clone, Copy, PartialEq)]
enum Colour {
    OnTheWay,
    Fresh,
    Stale,
}

pub fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
    let mut walk = Walk { rules, colours: HashMap::new(), trail: Vec::new(), plan: Vec::new() };
    walk.colour(goal)?;
    Ok(walk.plan)
}

struct Walk<'a> {
    rules: &'a [Rule],
    colours: HashMap<String, Colour>,
    trail: Vec<String>,
    plan: Vec<&'a Rule>,
}

impl<'a> Walk<'a> {
    fn colour(&mut self, file: &str) -> Result<Colour, NoPlan> {
        match self.colours.get(file) {
            Some(Colour::OnTheWay) => {
                let mut circle: Vec<String> =
                    self.trail.iter().skip_while(|other| *other != file).cloned().collect();
                circle.push(file.to_string());
                return Err(NoPlan::Circle(circle));
            }
            Some(colour) => return Ok(*colour),
            None => {}
        }
        let rules = self.rules;
        let Some(rule) = rules.iter().find(|rule| rule.target == file) else {
            fs::metadata(file).map_err(|_| NoPlan::NoRule(file.to_string()))?;
            return Ok(Colour::Fresh);
        };
        self.colours.insert(file.to_string(), Colour::OnTheWay);
        self.trail.push(file.to_string());
        let mut colours = Vec::new();
        for need in &rule.needs {
            colours.push(self.colour(need)?);
        }
        self.trail.pop();
        let changed = |file: &String| fs::metadata(file).and_then(|file| file.modified()).ok();
        let own = changed(&rule.target);
        let fresh = own.is_some()
            && !colours.contains(&Colour::Stale)
            && rule.needs.iter().all(|need| changed(need) <= own);
        if !fresh {
            self.plan.push(rule);
        }
        let colour = if fresh { Colour::Fresh } else { Colour::Stale };
        self.colours.insert(file.to_string(), colour);
        Ok(colour)
    }
}

enum State {
    Waiting,
    /// The shell, the log, and the shell's status when it has ended.
    Running(i32, File, Option<i32>),
    Built,
    Failed,
}

fn start(recipe: &str, mask: &SigSet) -> io::Result<(i32, File)> {
    use std::os::fd::FromRawFd;
    let recipe = CString::new(recipe)?;
    let log = unsafe { libc::memfd_create(c"log".as_ptr(), libc::MFD_CLOEXEC) };
    if log < 0 {
        return Err(io::Error::last_os_error());
    }
    let log = unsafe { File::from_raw_fd(log) };
    let shell = unsafe { libc::fork() };
    if shell < 0 {
        return Err(io::Error::last_os_error());
    }
    if shell > 0 {
        unsafe { libc::setpgid(shell, shell) };
        return Ok((shell, log));
    }
    unsafe {
        libc::setpgid(0, 0);
        let nothing = libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        libc::dup2(nothing, 0);
        libc::dup2(log.as_raw_fd(), 1);
        libc::dup2(log.as_raw_fd(), 2);
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let _ = mask.thread_set_mask();
        let words = [c"sh".as_ptr(), c"-ec".as_ptr(), recipe.as_ptr(), std::ptr::null()];
        libc::execv(c"/bin/sh".as_ptr(), words.as_ptr());
        libc::_exit(127)
    }
}

fn text_of(mut log: File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    log.seek(SeekFrom::Start(0))?;
    log.read_to_end(&mut text)?;
    Ok(text)
}

pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    let (shell, log) = start(recipe, &SigSet::thread_get_mask()?)?;
    let status = loop {
        match waitpid(Pid::from_raw(shell), None) {
            Err(Errno::EINTR) => {}
            status => break status?,
        }
    };
    Ok((status, text_of(log)?))
}

static FIRST: AtomicI32 = AtomicI32::new(0);
static COUNT: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(signal: i32) {
    let _ = FIRST.compare_exchange(0, signal, SeqCst, SeqCst);
    COUNT.fetch_add(1, SeqCst);
}

extern "C" fn wake_up(_: i32) {}

pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    FIRST.store(0, SeqCst);
    COUNT.store(0, SeqCst);
    let events: SigSet = [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    let mask = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let subreaper = get_child_subreaper()?;
    set_child_subreaper(true)?;
    let with = |handler| SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), events);
    let mut before = Vec::new();
    for (signal, action) in [
        (Signal::SIGCHLD, with(wake_up)),
        (Signal::SIGINT, with(count)),
        (Signal::SIGTERM, with(count)),
    ] {
        before.push((signal, unsafe { sigaction(signal, &action)? }));
    }
    let mut states: Vec<State> = plan.iter().map(|_| State::Waiting).collect();
    let result = run(plan, &mut states, jobs, &mask);
    mask.thread_set_mask()?; // what is pending comes now, to the handlers
    for (signal, action) in before {
        unsafe { sigaction(signal, &action)? };
    }
    set_child_subreaper(subreaper)?;
    result?;
    let mut report = Report::default();
    for (rule, state) in plan.iter().zip(states) {
        match state {
            State::Built => report.built.push(rule.target.clone()),
            State::Failed => report.failed.push(rule.target.clone()),
            _ => report.not_begun.push(rule.target.clone()),
        }
    }
    report.built.sort();
    report.failed.sort();
    report.not_begun.sort();
    report.signal = Signal::try_from(FIRST.load(SeqCst)).ok();
    Ok(report)
}

fn run(plan: &[&Rule], states: &mut [State], jobs: usize, mask: &SigSet) -> io::Result<()> {
    let numbers: HashMap<&str, usize> =
        plan.iter().enumerate().map(|(number, rule)| (rule.target.as_str(), number)).collect();
    let mut result = Ok(());
    let mut told = 0;
    loop {
        let mut busy = states.iter().filter(|state| matches!(state, State::Running(..))).count();
        for number in 0..plan.len() {
            let stops = result.is_err()
                || told > 0
                || states.iter().any(|state| matches!(state, State::Failed));
            if stops || busy >= jobs || !matches!(states[number], State::Waiting) {
                continue;
            }
            let is_built = |need: &String| {
                numbers.get(need.as_str()).is_none_or(|need| matches!(states[*need], State::Built))
            };
            if plan[number].needs.iter().all(is_built) {
                match start(&plan[number].recipe, mask) {
                    Ok((shell, log)) => {
                        states[number] = State::Running(shell, log, None);
                        busy += 1;
                    }
                    Err(error) => result = Err(error),
                }
            }
        }
        if busy == 0 {
            return result;
        }
        mask.suspend().ok(); // always EINTR
        while told < COUNT.load(SeqCst) {
            told += 1;
            let how = if told == 1 { libc::SIGTERM } else { libc::SIGKILL };
            for state in states.iter() {
                if let State::Running(shell, ..) = state {
                    unsafe { libc::killpg(*shell, how) };
                }
            }
        }
        for (rule, state) in plan.iter().zip(states.iter_mut()) {
            if let Some(Err(error)) = look(rule, state)
                && result.is_ok()
            {
                result = Err(error);
            }
        }
    }
}

/// Moves the rule on if its recipe is over.
fn look(rule: &Rule, state: &mut State) -> Option<io::Result<()>> {
    let State::Running(shell, _, ended) = state else { return None };
    loop {
        let mut status = 0;
        match unsafe { libc::waitpid(-*shell, &mut status, libc::WNOHANG) } {
            0 => return None,
            pid if pid == *shell => {
                *ended = Some(status);
                unsafe { libc::killpg(*shell, libc::SIGTERM) };
            }
            -1 if Errno::last() != Errno::EINTR => break,
            _ => {}
        }
    }
    let next = if *ended == Some(0) { State::Built } else { State::Failed };
    let State::Running(_, log, _) = std::mem::replace(state, next) else { return None };
    if matches!(state, State::Failed) {
        let _ = fs::remove_file(&rule.target);
    }
    let shown = text_of(log).and_then(|text| io::stdout().write_all(&text));
    Some(shown.and_then(|()| io::stdout().flush()))
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
