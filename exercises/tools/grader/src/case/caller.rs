//! Which function of the answer called the code of a library that has panicked.
//!
//! Most of std's functions say where they were called (`#[track_caller]`), but the sum of two
//! durations does not, for instance, nor does an overflow in `Iterator::sum`. The stack has the
//! caller: its function by the executable's symbols, and its line if there are line tables.

use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use super::{plan, real};
use crate::check::Check;

/// The package of the learner's answers.
const ANSWERS: &str = "exercises";

/// Where the grader's own code is, and the checks.
const GRADER: &str = "exercises/tools/grader/src/";
const CHECKS: &str = "exercises/tests/checks/";

/// Whether the place of a panic is in the code of a library, whose path is absolute.
pub(super) fn is_needed(place: &str) -> bool {
    place.starts_with('/')
}

/// A place without the folder of the workbook, which it begins with if the file is not the one that
/// its package was built from.
pub(super) fn below_the_workbook(place: &str) -> &str {
    let manifest = env!("CARGO_MANIFEST_DIR");
    let root = manifest.strip_suffix("/exercises/tools/grader").unwrap_or(manifest);
    place.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(place)
}

/// As in `exercises/src/pool_map.rs:12` if there are line tables, or `pool_map::start` if not.
/// `None` if it was no function of the answer.
pub(super) fn of_the_library(check: &Check) -> Option<String> {
    if plan::in_a_search() {
        return None; // it reads files, which would be steps of each order
    }
    let before = own_time();
    // The check counts the answer's calls, not these.
    let stack = real::unrecorded(|| has_room().then(|| Backtrace::force_capture().to_string()));
    let caller = stack.and_then(|stack| innermost(&stack, check));
    TOOK.fetch_add(own_time().saturating_sub(before).as_micros() as u64, Relaxed);
    caller
}

/// The executable is mapped, and its tables are read into memory. If that fails, so does the report
/// of this failure, which wants the stack again, and waits for ever.
const ROOM: u64 = 256 << 20;

/// Whether the check's limit leaves the process this much memory.
fn has_room() -> bool {
    let used = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = used.and_then(|statm| statm.split(' ').next()?.parse::<u64>().ok());
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096);
    let used = pages.unwrap_or(0).saturating_mul(page.cast_unsigned());
    getrlimit(Resource::RLIMIT_AS).is_ok_and(|(limit, _)| limit.saturating_sub(used) >= ROOM)
}

static TOOK: AtomicU64 = AtomicU64::new(0);

/// How much processor time this process has used for that, which is not the answer's.
pub(super) fn took() -> Duration {
    Duration::from_micros(TOOK.load(Relaxed))
}

fn own_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, From::from)
}

/// The innermost frame of the answer. With line tables, a function may be named without its package,
/// so the frame's place decides; without them there is only the name. An answer may be of the same
/// package as the check, but is of another file and module.
fn innermost(stack: &str, check: &Check) -> Option<String> {
    let package = check.module.split("::").next().unwrap_or(check.module);
    let mut lines = stack.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some((_, name)) = line.split_once(": ").filter(|(at, _)| at.parse::<u32>().is_ok())
        else {
            continue;
        };
        let place = lines.next_if(|next| next.starts_with("at "));
        if let Some(place) = place.and_then(|place| line_of(&place[3..])) {
            match place.rsplit_once(':').map_or("", |(file, _)| file) {
                file if file.starts_with(GRADER) => continue,
                file if check.is_in(file) || file.starts_with(CHECKS) => return None,
                _ => return Some(place),
            }
        }
        let of = name.trim_start_matches(['<', '&']).split("::").next().unwrap_or(name);
        if of == package || of == ANSWERS {
            let is_of_the_check = of == package && name.contains(&format!("{}::", check.module));
            return (!is_of_the_check).then(|| function(name, of));
        }
    }
    None
}

/// `/…/exercises/src/pool_map.rs:12:5` without the folder of the workbook and the column.
fn line_of(place: &str) -> Option<String> {
    let (place, _column) = place.rsplit_once(':')?;
    let below = below_the_workbook(place);
    let below = below.strip_prefix("./").unwrap_or(below); // seen from the working directory
    // The workbook may be a copy of the one that the grader was built in.
    match ["/exercises/src/", "/exercises/tests/"].iter().find_map(|part| below.find(part)) {
        Some(at) => Some(below[at + 1..].to_owned()),
        None => (!below.starts_with('/')).then(|| below.to_owned()),
    }
}

/// `exercises::pool_map::start::{{closure}}` without the package and the closure.
fn function(name: &str, package: &str) -> String {
    let name = name.split("::{").next().unwrap_or(name);
    name.replace(&format!("{package}::"), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(stack: &str, file: &'static str, module: &'static str) -> Option<String> {
        innermost(stack, &Check::new("check", [file, module], || ()))
    }

    const PLAIN: &str = "\
   1: std::panicking::panic_with_hook
   2: <core::time::Duration as core::ops::arith::Add>::add
             at /rustc/59807616/library/core/src/time.rs:1181:9
   3: exercises::pool_map::start::{{closure}}
   4: exercises::pool_map::pool_map
   5: checks::checks::pool_map::two_workers
";

    #[test]
    fn without_line_tables_it_is_a_function() {
        let caller = |stack: &str| {
            caller(stack, "exercises/tests/checks/pool_map.rs", "checks::checks::pool_map")
        };
        assert_eq!(caller(PLAIN).as_deref(), Some("pool_map::start"));
        let of_the_check = PLAIN.replace("exercises::pool_map", "checks::checks::pool_map");
        assert_eq!(caller(&of_the_check), None);
        assert_eq!(caller("   0: std::rt::lang_start\n"), None);
    }

    const LINES: &str = "\
   4: grader::case::note_panic
             at /w/exercises/tools/grader/src/case/mod.rs:222:10
  21: add
             at /rustc/59807616/library/core/src/time.rs:1181:31
  22: run_in_child<checks::checks::fork_basics::the_work::{closure_env#0}>
             at /w/exercises/src/fork_basics.rs:16:13
  23: run<checks::checks::fork_basics::the_work::{closure_env#0}>
             at /w/exercises/tests/checks/fork_basics.rs:44:11
";

    #[test]
    fn with_line_tables_it_is_a_line() {
        let file = "exercises/tests/checks/fork_basics.rs";
        let caller = |stack: &str| caller(stack, file, "checks::checks::fork_basics");
        assert_eq!(caller(LINES).as_deref(), Some("exercises/src/fork_basics.rs:16"));
        let of_the_check = LINES.replace("exercises/src", "exercises/tests/checks");
        assert_eq!(caller(&of_the_check), None);
    }

    #[test]
    fn an_answer_may_be_a_module_beside_the_check() {
        let stack = "   7: <pool_map::wrong_luck::Worker as core::ops::drop::Drop>::drop\n";
        let caller = caller(stack, "solutions/tests/pool_map.rs", "pool_map::suite");
        assert_eq!(caller.as_deref(), Some("<wrong_luck::Worker as core::ops::drop::Drop>::drop"));
    }
}
