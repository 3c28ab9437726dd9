//! # mini_make: what `make -jN` does
//!
//! This capstone is a program that builds files from other files, several at once, and leaves no
//! partly written files behind. It has five steps, and each step has its own checks. Check one step
//! before you go on to the next:
//!
//! ```text
//! cargo test -p exercises mini_make::step_1
//! ```
//!
//! A makefile is a list of rules. The first line of a rule names a target and the files that the
//! target *needs*, and the indented lines below it are the recipe that makes the target. The
//! function [`parse`], which reads this format, is given:
//!
//! ```text
//! report.txt: sorted.txt count.txt
//!     cat sorted.txt count.txt > report.txt
//! sorted.txt: words.txt
//!     sort words.txt > sorted.txt
//! count.txt: words.txt
//!     wc -l < words.txt > count.txt
//! ```
//!
//! **Step 1.** [`plan`] returns the rules whose recipes must run to bring the file `goal` up to
//! date. Each of these rules appears once, after the rules on which it depends.
//!
//! * A target is *stale* if its file is missing, if a file that it needs is newer, or if a target
//!   that it needs is stale. A file that has exactly the same time as the target does not make the
//!   target stale. For a symbolic link, the file to which it points counts.
//! * The plan contains no rules that the goal does not need, and no rules whose targets are not
//!   stale.
//! * If the goal, or a file on which it depends, does not exist and has no rule, there is no plan.
//!   There is also no plan if targets need each other in a circle; in that case, the error names
//!   the targets in the circle.
//!
//! **Step 2.** [`run_recipe`] runs one recipe, and returns its wait status and everything that it
//! printed. You need fork and exec, as in `pipeline`, and what you learned about full pipes in
//! `pipe_return_data`. Divide the work between two functions of your own, because step 3 calls them
//! separately: one starts a recipe, and the other collects its log.
//!
//! * A child runs the recipe with `/bin/sh -e -c RECIPE`, so the recipe ends at the first command
//!   that fails.
//! * Standard output and standard error go into one log, in the order in which they are written.
//!   `run_recipe` itself prints nothing. Standard input is `/dev/null`.
//! * The recipe starts with the signal settings that a shell would give it, and with no open
//!   descriptors except 0, 1 and 2. It inherits everything else from the caller, such as the
//!   environment, the working directory and the umask.
//!
//! **Step 3.** [`build`] runs all recipes of a plan. You need the loop of `rerun_failed`.
//!
//! * A rule is *ready* when all targets that it needs and that are in the plan have been built. At
//!   most `jobs` recipes run at the same time, and no fewer than that while enough rules are ready.
//!   If several rules are ready, start the recipe of the one that comes first in the plan.
//! * When a recipe has ended, print its log on standard output in one piece.
//! * The caller may have other children, which do not belong to your function. Do not wait for
//!   them, and do not kill them. A signal may interrupt a wait (`EINTR`); in that case, wait again.
//!   (The checks also accept an `EINTR` error, although the caller can do little with it.) The
//!   process must sleep while it waits.
//!
//! **Step 4.** A recipe has failed unless it ended with exit status 0.
//!
//! * After the first failure, start no further recipes. Let the recipes that are already running
//!   finish, and report their targets as built or failed, like all others.
//! * If a recipe has failed, remove its target if the file exists, because a partly written file
//!   would look up to date.
//! * If a fork fails, or if something else that a recipe needs is not available, start no further
//!   recipes. Let the recipes that are already running finish, and then return the error.
//!
//! **Step 5.** SIGINT (Ctrl-C) or SIGTERM ends the build. You need the events of `shutdown`, and
//! the process groups and the subreaper of `run_with_limit`.
//!
//! * Each recipe has a process group of its own, so that a signal reaches every process that the
//!   recipe's shell has started.
//! * At the first signal, start no further recipes, and send SIGTERM to all groups. At the second
//!   signal, send SIGKILL to them. The report contains the signal that came first.
//! * A recipe has ended when its group contains no more processes. (On Linux, a subreaper can
//!   detect this condition. On other systems, wait for the shell.) If the group still contains
//!   processes when the shell has ended, send SIGTERM to them, whether or not `build` has received
//!   a signal.
//! * When `build` returns, the process treats its signals in the same way as before the call.
//!
//! `run_recipe` and `build` may be called only in a process with one thread, because a fork copies
//! only the calling thread. The checks ensure that this condition holds.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, PipeReader, Read, Seek, Write, pipe};
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
    /// The files that must exist before the recipe runs.
    pub needs: Vec<String>,
    /// The lines that the shell runs.
    pub recipe: String,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// The file is needed and missing, and no rule makes it.
    NoRule(String),
    /// Each of these targets needs the next one, and the last is the same as the first.
    Circle(Vec<String>),
}

/// The targets of a plan, each in one of three lists. Each list is in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Their recipes ended with status 0.
    pub built: Vec<String>,
    /// Their recipes ended in another way.
    pub failed: Vec<String>,
    /// Their recipes were not started.
    pub not_begun: Vec<String>,
    /// The first signal that arrived, if any.
    pub signal: Option<Signal>,
}

/// Step 1: the rules whose recipes must run to bring `goal` up to date, each after those it needs.
///
/// # Errors
///
/// Fails if a file is missing and no rule makes it, or if targets need each other in a circle.
pub fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
    todo!("step 1: of {} rules, find the stale ones that {goal} needs, in order", rules.len())
}

/// Step 2: runs a recipe, and returns its wait status and everything that it printed.
///
/// # Errors
///
/// Fails if the recipe cannot be started, or if its log cannot be read.
pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    todo!("step 2: fork a child that becomes /bin/sh, and collect its output: {recipe}")
}

/// Steps 3 to 5: runs the recipes of `plan`, at most `jobs` at once, and reports the outcome.
///
/// # Errors
///
/// Fails if a recipe cannot be started. No recipe is still running when the error is returned.
pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    todo!("step 3: run the recipes of {} rules, at most {jobs} at once", plan.len())
}

/// Returns the rules of a makefile. A line that begins with a space or a tab belongs to the recipe
/// of the rule above it. Empty lines and lines that begin with `#` are skipped.
///
/// # Errors
///
/// A message that says what is wrong, and in which line.
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
