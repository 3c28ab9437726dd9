//! A check: a function that calls the answer, the limits it runs under, and what must hold
//! about the processes afterwards.

use std::time::Duration;

use nix::sys::signal::Signal;
use orders::Faults;

use crate::shared::rule::{Call, Rule};

/// All checks of one exercise.
#[derive(Clone, Debug)]
pub struct Suite {
    pub(crate) exercise: &'static str,
    pub(crate) checks: Vec<Check>,
}

impl Suite {
    /// The checks of the exercise `exercise`, whose stub is `exercises/src/EXERCISE.rs`.
    /// They are reported in this order.
    pub fn new(exercise: &'static str, checks: impl IntoIterator<Item = Check>) -> Self {
        Suite { exercise, checks: checks.into_iter().collect() }
    }
}

/// One check of an exercise; [`check!`](crate::check!) makes it. The methods say what must hold beside the
/// assertions of its function. What holds of every check needs no words: the function returns in
/// time and in the process that called it, every child has been waited for, no process is left,
/// and the calling process is as it was before ([`baseline`](crate::baseline)).
#[derive(Clone, Debug)]
pub struct Check {
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) module: &'static str,
    pub(crate) body: fn(),
    pub(crate) see: Option<&'static str>,
    pub(crate) if_it_hangs: Option<&'static str>,
    pub(crate) limits: Limits,
    pub(crate) wanted: Wanted,
    pub(crate) planted: Vec<Rule>,
    pub(crate) search: Option<EveryOrder>,
}

/// What a case may use before it is stopped.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    pub(crate) processes: u32,
    pub(crate) memory: u64,
    pub(crate) output: usize,
}

/// What must hold beside the assertions in the check's function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) output: Option<Output>,
    pub(crate) by_programs: bool,
    pub(crate) forks: Option<u32>,
    pub(crate) at_once: Option<(u32, u32)>,
    pub(crate) exit_status: Option<i32>,
    pub(crate) fork_fails_after: Option<u32>,
    pub(crate) daemon_allowed: bool,
    pub(crate) no_threads: bool,
    pub(crate) processor_time: Option<Duration>,
    pub(crate) receives: Option<Signal>,
}

/// How the orders of a check are searched.
#[derive(Clone, Debug)]
pub(crate) struct EveryOrder {
    pub(crate) faults: Faults,
    /// How many orders are tried at most. A number and no time, so that a busy machine finds what
    /// an idle one finds.
    pub(crate) most: usize,
    /// Why the same order must lead to the same steps; `None` if it need not.
    pub(crate) repeats: Option<&'static str>,
}

/// An order takes two milliseconds in a program that is built for debugging, so these take a second.
const MOST_ORDERS: usize = 500;

/// What standard output must be.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    Exactly(&'static str),
    InAnyOrder(&'static [&'static str]),
    Passes(fn(&str) -> Result<(), String>),
}

/// A [`Check`] of the function `name`, which takes no arguments: `check!(every_child_is_waited_for)`.
#[macro_export]
macro_rules! check {
    ($name:ident) => {
        $crate::Check::new(stringify!($name), [file!(), module_path!()], $name)
    };
}

/// Panics. For work that a check gives the answer to run in a child: a panic whose place is in the
/// check's own file is taken for a failed assertion of the check, so of a child that returned.
///
/// # Panics
///
/// Always.
pub fn panic_on_purpose(message: &str) -> ! {
    panic!("{message}")
}

impl Check {
    /// The check `name`, which stands in a file and a module. Use [`check!`](crate::check!), which
    /// fills them in.
    pub fn new(name: &'static str, [file, module]: [&'static str; 2], body: fn()) -> Self {
        let limits = Limits {
            time: Duration::from_secs(3),
            processes: 32,
            memory: 1 << 30,
            output: 1 << 20,
        };
        Check {
            name,
            file,
            module,
            body,
            see: None,
            if_it_hangs: None,
            limits,
            wanted: Wanted::default(),
            planted: Vec::new(),
            search: None,
        }
    }

    /// Where to read about it: a chapter in `book/src` and a heading in it, as in
    /// `"waitpid.md#zombies"`.
    pub fn see(mut self, chapter: &'static str) -> Self {
        self.see = Some(chapter);
        self
    }

    /// What to say instead of the usual advice when the check hangs: for checks in which children
    /// wait for each other on purpose, so that the pipes are not the learner's. Some lines, of at
    /// most 90 characters each.
    pub fn if_it_hangs(mut self, advice: &'static str) -> Self {
        self.if_it_hangs = Some(advice);
        self
    }

    /// The function must return within this time (3 s if nothing is said).
    pub fn within(mut self, time: Duration) -> Self {
        self.limits.time = time;
        self
    }

    /// At most this many processes may be alive at once, the calling one not counted (32 if
    /// nothing is said). One more and all are stopped.
    pub fn at_most(mut self, processes: u32) -> Self {
        self.limits.processes = processes;
        self
    }

    /// Each process may use this many bytes of address space (1 GiB if nothing is said).
    pub fn memory(mut self, bytes: u64) -> Self {
        self.limits.memory = bytes;
        self
    }

    /// Exactly this many processes are created, by any process of the check and in any way: `fork`,
    /// `vfork`, `clone`, `clone3`, std's `Command`. Where the system has no [fork
    /// notifier](crate::guards), only the function `fork` is counted.
    pub fn forks(mut self, count: u32) -> Self {
        self.wanted.forks = Some(count);
        self
    }

    /// Of the processes that are created, at some moment at least `low` are alive at the same
    /// time, and never more than `high`. A process counts from its fork until it ends.
    pub fn at_once(mut self, low: u32, high: u32) -> Self {
        self.wanted.at_once = Some((low, high));
        self
    }

    /// After `successes` calls, `fork` fails with `EAGAIN`, as it does when there are too many
    /// processes.
    pub fn fork_fails_after(mut self, successes: u32) -> Self {
        self.wanted.fork_fails_after = Some(successes);
        self
    }

    /// The call number `n` of `fork`, counted from 1, fails with `EAGAIN`, and no other: whether the
    /// function goes on forking shows in the number of [forks](Check::forks).
    pub fn fork_fails(self, n: u32) -> Self {
        self.plant(Call::Fork.nth(n).in_parent().fails(nix::errno::Errno::EAGAIN))
    }

    /// A fault that happens while the check's function runs: see [`plant`](crate::plant).
    pub fn plant(mut self, rule: Rule) -> Self {
        self.planted.push(rule);
        self
    }

    /// The function prints exactly this text on standard output.
    pub fn prints(mut self, text: &'static str) -> Self {
        self.wanted.output = Some(Output::Exactly(text));
        self
    }

    /// What is printed is printed by programs that the function runs: that it is another text has nothing
    /// to do with buffers of the function's process.
    #[must_use]
    pub fn programs_print(mut self) -> Self {
        self.wanted.by_programs = true;
        self
    }

    /// The function prints exactly these lines on standard output, in any order.
    pub fn prints_in_any_order(mut self, lines: &'static [&'static str]) -> Self {
        self.wanted.output = Some(Output::InAnyOrder(lines));
        self
    }

    /// `passes` decides about what the function printed on standard output. It runs when all
    /// processes have ended; its error is shown to the learner.
    pub fn output(mut self, passes: fn(&str) -> Result<(), String>) -> Self {
        self.wanted.output = Some(Output::Passes(passes));
        self
    }

    /// The function does not return: it ends the calling process with this exit status.
    pub fn exits_with(mut self, status: i32) -> Self {
        self.wanted.exit_status = Some(status);
        self
    }

    /// The check sends `signal` to the process that calls the function, while it runs: if the signal
    /// ends the process, the verdict says so.
    #[must_use]
    pub fn receives(mut self, signal: Signal) -> Self {
        self.wanted.receives = Some(signal);
        self
    }

    /// A process may go on after the function has returned. It has 0.3 s to end by itself.
    pub fn may_leave_a_daemon(mut self) -> Self {
        self.wanted.daemon_allowed = true;
        self
    }

    /// No thread is created, neither by the function nor in its children.
    pub fn no_threads(mut self) -> Self {
        self.wanted.no_threads = true;
        self
    }

    /// The process that calls the function uses at most this much processor time: for a check in
    /// which it has to wait for a while, and so must not ask again and again. What many questions
    /// in vain by `waitpid`, `waitid`, `poll` and `select` show is looked at in every check.
    pub fn uses_at_most(mut self, processor_time: Duration) -> Self {
        self.wanted.processor_time = Some(processor_time);
        self
    }

    /// When the function has returned, the calling process has no descriptor open that was not
    /// open before. That is so in every check; here it is what the check is about.
    pub fn closes_descriptors(self) -> Self {
        self
    }

    /// The function runs in a fresh empty folder, and leaves it empty. That is so in every check,
    /// and there is another one for temporary files; here it is what the check is about.
    pub fn in_empty_folder(self) -> Self {
        self
    }

    /// The check must hold in whatever order the processes take their steps. When it has passed as
    /// usual, it is run again for each order, for about a second at most, and an answer that passes
    /// by luck is refused with an order that breaks it. Where the system cannot hold processes at
    /// their system calls, the check runs once, and the report says so.
    ///
    /// For that, a check is to be small: two or three children, and no time in it. In the further
    /// runs nothing is looked at that a check before should find: output, processor time, how many
    /// processes are alive at once, what the function leaves changed in its process.
    pub fn in_every_order(mut self) -> Self {
        let most = MOST_ORDERS;
        self.search.get_or_insert(EveryOrder { faults: Faults::none(), most, repeats: None });
        self
    }

    /// The same, and in one order the function takes the same steps in every run. One that does not
    /// is refused with `advice`, some lines of at most 90 characters each: what it leaves to chance.
    pub fn with_the_same_steps_in_each_run(self, advice: &'static str) -> Self {
        let mut check = self.in_every_order();
        if let Some(search) = &mut check.search {
            search.repeats = Some(advice);
        }
        check
    }

    /// The same, and in each order any one fork may be refused (`EAGAIN`).
    pub fn with_any_fork_refused(self) -> Self {
        self.with(|faults| faults.refuse_forks = true)
    }

    /// The same, and any one call that waits, reads or writes may be interrupted (`EINTR`).
    pub fn with_any_call_interrupted(self) -> Self {
        self.with(|faults| faults.interrupt = true)
    }

    /// The same, and any one read or write may transfer fewer bytes than it is asked to.
    pub fn with_any_transfer_short(self) -> Self {
        self.with(|faults| faults.short = true)
    }

    /// The same, and any one child may be killed (`SIGKILL`) between any two of its steps.
    pub fn with_any_child_killed(self) -> Self {
        self.with(|faults| faults.kill_children = true)
    }

    /// Whether an order may have a fault in it, after which another number of processes may be right.
    pub(crate) fn has_faults_in_search(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.faults.most > 0)
    }

    /// Whether `place`, a file or a line of one, is in the check's own file or in the folder of that name.
    pub(crate) fn is_in(&self, place: &str) -> bool {
        let name = self.file.trim_end_matches(".rs");
        let rest = place.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(".rs") || rest.starts_with('/'))
    }

    fn with(self, change: impl FnOnce(&mut Faults)) -> Self {
        let mut check = self.in_every_order();
        if let Some(search) = &mut check.search {
            search.faults.most = 1;
            change(&mut search.faults);
        }
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_may_have_a_folder() {
        let check = Check::new("check", ["checks/pool.rs", "checks::pool"], || ());
        assert!(check.is_in("checks/pool.rs:3") && check.is_in("checks/pool/faults.rs:3"));
        assert!(!check.is_in("checks/pool_map.rs:3") && !check.is_in("src/pool.rs:3"));
    }
}
