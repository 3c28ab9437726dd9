//! The recipes inherit the blocked signals, because exec keeps the mask, and so SIGTERM does not end them.
//!
//! base: reference
//! verdict: timed out
//! check: step_3_a_stop_is_not_an_end or step_5_ctrl_c_ends_every_recipe

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::mem;
use std::os::unix::fs::OpenOptionsExt;
use std::time::SystemTime;

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, killpg, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{
    ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, execv, fork, getpid, setpgid,
};

/// How a file is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The file that the recipe makes.
    pub target: String,
    /// The files that must be there before.
    pub needs: Vec<String>,
    /// Lines for the shell.
    pub recipe: String,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// The file is needed and missing, and no rule makes it.
    NoRule(String),
    /// Each of these needs the next one, and the last one is the first again.
    Circle(Vec<String>),
}

/// The targets of a plan, each in one of three lists. Each list is in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Their recipes ended with status 0.
    pub built: Vec<String>,
    /// Their recipes ended in another way.
    pub failed: Vec<String>,
    /// Their recipes were not begun.
    pub not_begun: Vec<String>,
    /// The first signal that came, if one came.
    pub signal: Option<Signal>,
}

/// Step 1: the rules whose recipes must run to bring `goal` up to date, each after those it needs.
///
/// # Errors
///
/// If a file is missing that no rule makes, or rules need each other in a circle.
pub fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
    let rules = rules.iter().map(|rule| (rule.target.as_str(), rule)).collect();
    let mut planner =
        Planner { rules, path: Vec::new(), is_stale: BTreeMap::new(), plan: Vec::new() };
    planner.visit(goal)?;
    Ok(planner.plan)
}

/// A walk from the goal to all that it needs, and back.
struct Planner<'a> {
    rules: BTreeMap<&'a str, &'a Rule>,
    /// From the goal to the target that is being visited.
    path: Vec<&'a str>,
    /// Of the targets that have been visited.
    is_stale: BTreeMap<&'a str, bool>,
    plan: Vec<&'a Rule>,
}

impl Planner<'_> {
    /// Whether `file` is stale. Its rule is in the plan then, after those that it needs.
    fn visit(&mut self, file: &str) -> Result<bool, NoPlan> {
        let time = time_of(file);
        let Some(rule) = self.rules.get(file).copied() else {
            return if time.is_some() { Ok(false) } else { Err(NoPlan::NoRule(file.to_owned())) };
        };
        if let Some(is_stale) = self.is_stale.get(file) {
            return Ok(*is_stale);
        }
        if let Some(first) = self.path.iter().position(|target| *target == file) {
            let circle = self.path[first..].iter().copied().chain([file]);
            return Err(NoPlan::Circle(circle.map(str::to_owned).collect()));
        }
        self.path.push(&rule.target);
        let mut is_stale = time.is_none();
        for need in &rule.needs {
            is_stale |= self.visit(need)?; // each of them, whatever is known by now
            is_stale |= time_of(need) > time;
        }
        self.path.pop();
        self.is_stale.insert(&rule.target, is_stale);
        if is_stale {
            self.plan.push(rule);
        }
        Ok(is_stale)
    }
}

/// When the file was written last; `None` if it is not there.
fn time_of(file: &str) -> Option<SystemTime> {
    fs::metadata(file).and_then(|file| file.modified()).ok()
}

/// Step 2: runs a recipe, and returns how it ended and all that it has printed.
///
/// # Errors
///
/// If the recipe cannot be started, or its log cannot be read.
pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    let recipe = Recipe::start(recipe, &SigSet::thread_get_mask()?)?;
    let status = wait_for(recipe.shell, WaitPidFlag::empty())?;
    Ok((status, recipe.into_log()?))
}

/// A recipe that runs.
struct Recipe {
    /// The first process of a group that has the same number.
    shell: Pid,
    /// How the shell ended, if it has.
    status: Option<WaitStatus>,
    /// Takes all that the recipe prints, and has no name any more.
    log: File,
}

impl Recipe {
    /// Forks a child that becomes the shell, with `mask` as its signal mask.
    fn start(recipe: &str, mask: &SigSet) -> io::Result<Recipe> {
        let words = ["/bin/sh", "-e", "-c", recipe].map(CString::new);
        let words = words.into_iter().collect::<Result<Vec<CString>, _>>()?;
        let log = file_without_a_name()?;
        // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
        // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
        match unsafe { fork()? } {
            ForkResult::Child => {
                let Err(error) = become_shell(&words, &log, mask);
                eprintln!("/bin/sh: {error}");
                // SAFETY: takes a number. No exit handler and no buffer of the parent's is touched.
                unsafe { libc::_exit(127) }
            }
            ForkResult::Parent { child } => {
                // The child does the same, and whichever is first makes the group: the child needs it
                // before it starts anything, the parent before it sends a signal.
                let _ = setpgid(child, child);
                Ok(Recipe { shell: child, status: None, log })
            }
        }
    }

    /// Whether no process of the group is left. Children of the shell are ours when it has ended.
    fn is_over(&mut self) -> bool {
        let group = Pid::from_raw(-self.shell.as_raw());
        loop {
            match wait_for(group, WaitPidFlag::WNOHANG) {
                Ok(WaitStatus::StillAlive) => return false,
                Ok(status) if status.pid() == Some(self.shell) => {
                    self.status = Some(status);
                    self.signal(Signal::SIGTERM); // for what it has left behind
                }
                Ok(_left_behind) => {}
                Err(_no_such_child) => return true,
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let _ = killpg(self.shell, signal); // there may be no process in the group any more
    }

    /// All that the recipe has printed, when it is over.
    fn into_log(mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        self.log.rewind()?; // the child's writes have moved the position, which is shared
        self.log.read_to_end(&mut text)?;
        Ok(text)
    }
}

/// A file never fills up, as a pipe does, so no process has to read while the recipe runs.
fn file_without_a_name() -> io::Result<File> {
    let name = std::env::temp_dir().join(format!("mini_make-{}", getpid()));
    let mut options = File::options();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(&name)?;
    fs::remove_file(name)?;
    Ok(file)
}

/// Returns only if it has failed. The log is close-on-exec, and the copies that `dup2` makes are not.
fn become_shell(words: &[CString], log: &File, mask: &SigSet) -> io::Result<Infallible> {
    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(log)?;
    dup2_stderr(log)?;
    // SAFETY: this installs the kernel's own action, which runs no code of this program.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }?; // Rust ignores it, and exec keeps that
    Ok(execv(&words[0], words)?)
}

fn wait_for(child: Pid, flags: WaitPidFlag) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, Some(flags)) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

/// Steps 3 to 5: runs the recipes of `plan`, at most `jobs` at once, and reports.
///
/// # Errors
///
/// The system's reason why a recipe could not be started. No recipe runs any more then.
pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    // From here on these signals wait until the loop asks for them.
    let events: SigSet = [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    let was_subreaper = set_subreaper(true)?;
    let before = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let mut build = Build::of(plan);
    let result = build.run(jobs, &events, &before);
    take_the_rest(&events)?;
    before.thread_set_mask()?;
    set_subreaper(was_subreaper)?;
    result.map(|()| build.into_report())
}

/// The rules of a plan. Each is waiting, running, built or failed.
struct Build<'a> {
    waiting: Vec<&'a Rule>,
    running: Vec<(&'a Rule, Recipe)>,
    /// All that are not built yet.
    unbuilt: BTreeSet<&'a str>,
    report: Report,
    /// Why a recipe could not be started, or its log not be shown.
    error: Option<io::Error>,
}

impl<'a> Build<'a> {
    fn of(plan: &[&'a Rule]) -> Build<'a> {
        Build {
            waiting: plan.to_vec(),
            running: Vec::new(),
            unbuilt: plan.iter().map(|rule| rule.target.as_str()).collect(),
            report: Report::default(),
            error: None,
        }
    }

    /// Returns when no recipe runs.
    fn run(&mut self, jobs: usize, events: &SigSet, mask: &SigSet) -> io::Result<()> {
        loop {
            while self.running.len() < jobs
                && let Some(index) = self.next()
            {
                match Recipe::start(&self.waiting[index].recipe, mask) {
                    Ok(recipe) => self.running.push((self.waiting.remove(index), recipe)),
                    Err(error) => self.error = Some(error),
                }
            }
            if self.running.is_empty() {
                return self.error.take().map_or(Ok(()), Err);
            }
            match events.wait()? {
                Signal::SIGCHLD => self.reap(),
                first if self.report.signal.is_none() => {
                    self.report.signal = Some(first);
                    self.signal_all(Signal::SIGTERM);
                }
                _second => self.signal_all(Signal::SIGKILL),
            }
        }
    }

    /// Where in `waiting` the rule is that is to be begun, if there is one.
    fn next(&self) -> Option<usize> {
        let stops = !self.report.failed.is_empty() || self.report.signal.is_some();
        let is_ready = |rule: &&Rule| rule.needs.iter().all(|need| !self.unbuilt.contains(&**need));
        if stops || self.error.is_some() { None } else { self.waiting.iter().position(is_ready) }
    }

    /// One SIGCHLD may stand for several children, so each recipe is asked.
    fn reap(&mut self) {
        for (rule, mut recipe) in mem::take(&mut self.running) {
            if !recipe.is_over() {
                self.running.push((rule, recipe));
                continue;
            }
            if let Some(WaitStatus::Exited(_, 0)) = recipe.status {
                self.unbuilt.remove(rule.target.as_str());
                self.report.built.push(rule.target.clone());
            } else {
                let _ = fs::remove_file(&rule.target); // often it is not there
                self.report.failed.push(rule.target.clone());
            }
            if let Err(error) = recipe.into_log().and_then(|log| print(&log)) {
                self.error.get_or_insert(error);
            }
        }
    }

    fn signal_all(&self, signal: Signal) {
        self.running.iter().for_each(|(_, recipe)| recipe.signal(signal));
    }

    fn into_report(self) -> Report {
        let mut report = self.report;
        report.not_begun = self.waiting.iter().map(|rule| rule.target.clone()).collect();
        for list in [&mut report.built, &mut report.failed, &mut report.not_begun] {
            list.sort_unstable();
        }
        report
    }
}

fn print(log: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(log)?;
    out.flush() // what stays in the buffer would be copied by the next fork
}

/// A further SIGTERM was for this function too. Left pending, it would end the caller.
fn take_the_rest(events: &SigSet) -> nix::Result<()> {
    while events.iter().any(is_pending) {
        events.wait()?;
    }
    Ok(())
}

fn is_pending(signal: Signal) -> bool {
    // SAFETY: zeroes are a valid set.
    let mut pending: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer is to a set that lives through the call.
    let result = unsafe { libc::sigpending(&raw mut pending) };
    // SAFETY: the kernel has written the set, and the number is that of a signal.
    result == 0 && unsafe { libc::sigismember(&raw const pending, signal as i32) } == 1
}

/// Whether a process that loses its parent becomes a child of this one. Returns what it was before.
#[cfg(target_os = "linux")]
fn set_subreaper(wanted: bool) -> nix::Result<bool> {
    use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
    let before = get_child_subreaper()?;
    set_child_subreaper(wanted)?;
    Ok(before)
}

/// Other systems have no subreapers: a recipe is over when its shell is.
#[cfg(not(target_os = "linux"))]
fn set_subreaper(_wanted: bool) -> nix::Result<bool> {
    Ok(false)
}

/// The rules of a makefile. A line that begins with a space or a tab belongs to the recipe of the rule
/// above it; empty lines and lines that begin with `#` are skipped.
///
/// # Errors
///
/// What is wrong, and in which line.
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
