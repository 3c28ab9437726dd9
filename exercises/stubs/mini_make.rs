//! # mini_make: what `make -jN` does
//!
//! A capstone: a program that builds files from other files, several at once, and leaves nothing half
//! made. It comes in five steps, and each step has its own checks. Check one step, then go on to the
//! next:
//!
//! ```text
//! cargo test -p exercises mini_make::step_1
//! ```
//!
//! A makefile is a list of rules. A rule says which files a target *needs*, and the indented lines below
//! it are the recipe that makes the target. [`parse`] is there already:
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
//! **Step 1.** [`plan`] returns the rules whose recipes must run so that the file `goal` is up to date.
//! Each of them stands once, and after the rules that it needs.
//!
//! * A target is *stale* if its file is missing, if a file that it needs is newer, or if a target that it
//!   needs is stale. Files with the same time are up to date.
//! * What the goal does not need is not in the plan. A target that is not stale is not in it either.
//! * A file without a rule must exist, else there is no plan. Rules that need each other in a circle
//!   have no plan either; name the circle.
//!
//! **Step 2.** [`run_recipe`] runs one recipe, and returns how it ended and all that it has printed.
//! You need fork and exec, as in `pipeline`, and what `pipe_return_data` says about full pipes. Write it
//! in two functions of your own, one that starts a recipe and one that collects its log, because step 3
//! needs them apart.
//!
//! * A recipe is run by `/bin/sh -e -c RECIPE` in a child, so its first command that fails ends it.
//! * Standard output and standard error go into one log, in the order in which they are written.
//!   Nothing is printed here. Standard input is `/dev/null`.
//! * The recipe finds its signals as a shell would leave them, and no descriptors but 0, 1 and 2.
//!
//! **Step 3.** [`build`] runs all recipes of a plan. You need the loop of `rerun_failed`.
//!
//! * A rule is *ready* when all rules of the plan that it needs have been built. At most `jobs` recipes
//!   run at the same time, and as many as that while there are ready rules. Of several ready rules the
//!   first in the plan is begun first.
//! * When a recipe has ended, its log is printed on standard output in one piece.
//! * The caller may have other children, which are not yours to wait for or to kill. A signal may
//!   interrupt a wait (`EINTR`): wait again. (The checks accept an error `EINTR` too, although its
//!   caller can do little with it.) The process sleeps while it waits.
//!
//! **Step 4.** A recipe fails if it ends in any way but with status 0.
//!
//! * After the first failure, `build` begins no more. The recipes that run come to their end, and count
//!   as built or failed like all others.
//! * The target of a recipe that has failed is removed, if it is there: a half-made file would look up
//!   to date.
//! * If a fork fails, or what else a recipe needs cannot be had, begin no more. Let those that run come to
//!   their end, and return the error.
//!
//! **Step 5.** SIGINT (Ctrl-C) or SIGTERM ends the build. You need the events of `shutdown`, and the
//! process groups and the subreaper of `run_with_limit`.
//!
//! * Each recipe has a process group of its own, so a signal reaches all that its shell has started.
//! * At the first signal, `build` begins no more and sends SIGTERM to every group. At the second one it
//!   sends SIGKILL. The report says which signal came first.
//! * A recipe is over when no process of its group is left. (On Linux a subreaper learns of that. On
//!   other systems, wait for the shell.) What is in the group when the shell has ended gets SIGTERM, with
//!   a signal for `build` or without.
//! * What this process does about its signals is in the end as it was before.
//!
//! `run_recipe` and `build` may be called only in a process with one thread, because a child has a copy
//! of the calling thread alone. The checks see to that.

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
    todo!("step 1: of {} rules, those that {goal} needs and that are stale, in order", rules.len())
}

/// Step 2: runs a recipe, and returns how it ended and all that it has printed.
///
/// # Errors
///
/// If the recipe cannot be started, or its log cannot be read.
pub fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
    todo!("step 2: fork a child that becomes /bin/sh, and collect what it prints: {recipe}")
}

/// Steps 3 to 5: runs the recipes of `plan`, at most `jobs` at once, and reports.
///
/// # Errors
///
/// The system's reason why a recipe could not be started. No recipe runs any more then.
pub fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
    todo!("step 3: run the recipes of {} rules, at most {jobs} at once", plan.len())
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
