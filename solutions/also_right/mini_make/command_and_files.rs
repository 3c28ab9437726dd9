//! std's `Command` instead of fork and exec: it gives SIGPIPE back by itself, and the mask not. The plan is
//! found by taking what needs nothing that is not taken yet. The logs are files.
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

fn time_of(file: &str) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

pub fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
    let by_name: HashMap<&str, &Rule> = rules.iter().map(|r| (r.target.as_str(), r)).collect();
    // All that is needed, in whatever order.
    let mut wanted: Vec<&str> = vec![goal];
    let mut next = 0;
    while next < wanted.len() {
        match by_name.get(wanted[next]) {
            Some(rule) => {
                for need in &rule.needs {
                    if !wanted.contains(&need.as_str()) {
                        wanted.push(need);
                    }
                }
            }
            None if time_of(wanted[next]).is_none() => {
                return Err(NoPlan::NoRule(wanted[next].to_owned()));
            }
            None => {}
        }
        next += 1;
    }
    // Take what needs nothing that is not taken yet, again and again.
    let mut left: Vec<&Rule> =
        wanted.iter().filter_map(|name| by_name.get(name).copied()).collect();
    let mut order: Vec<&Rule> = Vec::new();
    while !left.is_empty() {
        let is_left: HashSet<&str> = left.iter().map(|rule| rule.target.as_str()).collect();
        let (free, others): (Vec<&Rule>, Vec<&Rule>) = left
            .iter()
            .partition(|rule| rule.needs.iter().all(|need| !is_left.contains(need.as_str())));
        if free.is_empty() {
            return Err(NoPlan::Circle(circle(&others)));
        }
        order.extend(free);
        left = others;
    }
    let mut stale: HashSet<&str> = HashSet::new();
    for rule in &order {
        let own = time_of(&rule.target);
        let newer = |need: &String| stale.contains(need.as_str()) || time_of(need) > own;
        if own.is_none() || rule.needs.iter().any(newer) {
            stale.insert(&rule.target);
        }
    }
    order.retain(|rule| stale.contains(rule.target.as_str()));
    Ok(order)
}

/// Each of `rules` needs one of them. Walk until one comes again.
fn circle(rules: &[&Rule]) -> Vec<String> {
    let mut path = vec![rules[0].target.clone()];
    loop {
        let rule = rules.iter().find(|rule| rule.target == path[path.len() - 1]).unwrap();
        let is_one = |need: &&String| rules.iter().any(|rule| rule.target == **need);
        let need = rule.needs.iter().find(is_one).unwrap().clone();
        if let Some(first) = path.iter().position(|target| *target == need) {
            path.push(need);
            return path.split_off(first);
        }
        path.push(need);
    }
}

fn new_log() -> io::Result<File> {
    let name = std::env::temp_dir().join(format!("log-of-{}", std::process::id()));
    let log = OpenOptions::new().read(true).append(true).create_new(true).open(&name)?;
    fs::remove_file(name)?;
    Ok(log)
}

fn text_of(mut log: File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    log.seek(SeekFrom::Start(0))?;
    log.read_to_end(&mut text)?;
    Ok(text)
}

fn start(recipe: &str, mask: SigSet) -> io::Result<(Pid, File)> {
    let log = new_log()?;
    let mut command = Command::new("/bin/sh");
    unsafe { command.pre_exec(move || Ok(mask.thread_set_mask()?)) };
    let child = command
        .args(["-e", "-c", recipe])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .process_group(0)
        .spawn()?;
    Ok((Pid::from_raw(child.id() as i32), log))
}

pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    let (shell, log) = start(recipe, SigSet::thread_get_mask()?)?;
    loop {
        match waitpid(shell, None) {
            Err(Errno::EINTR) => {}
            status => return Ok((status?, text_of(log)?)),
        }
    }
}

struct Job {
    target: String,
    shell: Pid,
    status: Option<WaitStatus>,
    log: File,
}

impl Job {
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

pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    let events: SigSet = [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    let before = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let subreaper = get_child_subreaper()?;
    set_child_subreaper(true)?;
    let result = run(plan, jobs, &events, before);
    set_child_subreaper(subreaper)?;
    // What is pending is thrown away: an ignored signal is not kept.
    for number in [Signal::SIGINT, Signal::SIGTERM] {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        let action = unsafe { sigaction(number, &ignore) }?;
        unsafe { sigaction(number, &action) }?;
    }
    before.thread_set_mask()?;
    result
}

fn run(plan: &[&Rule], jobs: usize, events: &SigSet, mask: SigSet) -> io::Result<Report> {
    let mut waiting: Vec<&Rule> = plan.to_vec();
    let mut missing: HashSet<String> = plan.iter().map(|rule| rule.target.clone()).collect();
    let mut running: Vec<Job> = Vec::new();
    let mut report = Report::default();
    let mut error: Option<io::Error> = None;
    loop {
        while error.is_none()
            && report.signal.is_none()
            && report.failed.is_empty()
            && running.len() < jobs
        {
            let ready = |rule: &&Rule| rule.needs.iter().all(|need| !missing.contains(need));
            let Some(index) = waiting.iter().position(ready) else { break };
            match start(&waiting[index].recipe, mask) {
                Ok((shell, log)) => {
                    let target = waiting.remove(index).target.clone();
                    running.push(Job { target, shell, status: None, log });
                }
                Err(why) => error = Some(why),
            }
        }
        if running.is_empty() {
            break;
        }
        let event = events.wait()?;
        if event != Signal::SIGCHLD {
            let first = report.signal.is_none();
            report.signal.get_or_insert(event);
            for job in &running {
                let _ = killpg(job.shell, if first { Signal::SIGTERM } else { Signal::SIGKILL });
            }
            continue;
        }
        let mut index = 0;
        while index < running.len() {
            if !running[index].is_over() {
                index += 1;
                continue;
            }
            let job = running.remove(index);
            if matches!(job.status, Some(WaitStatus::Exited(_, 0))) {
                missing.remove(&job.target);
                report.built.push(job.target);
            } else {
                let _ = fs::remove_file(&job.target);
                report.failed.push(job.target);
            }
            let mut out = io::stdout();
            let shown = text_of(job.log).and_then(|text| out.write_all(&text));
            if let Err(why) = shown.and_then(|()| out.flush()) {
                error.get_or_insert(why);
            }
        }
    }
    report.not_begun = waiting.iter().map(|rule| rule.target.clone()).collect();
    report.built.sort();
    report.failed.sort();
    report.not_begun.sort();
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
