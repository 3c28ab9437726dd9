//! What a worker does with an item, and what it logs about it.

use std::fmt::Arguments;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use log::{Level, Record};

use crate::line::Line;
use crate::logger;

/// How many lines an item leaves in the log.
const STEPS: u32 = 20;

/// The function that logs, as its lines should name it, and the file that it is in.
pub(crate) const FUNCTION: &str = "work::work_on";
pub(crate) const FILE: &str = "work.rs";

/// How many lines this process has logged. It looks like one counter for all, but a fork copies
/// it with the rest of the memory, so every process counts for itself, starting at the parent's 0.
static LINES: AtomicU32 = AtomicU32::new(0);

/// Logs with the name of the function that it stands in, which `log` does not know by itself.
macro_rules! log_here {
    ($level:expr, $message:expr) => {{
        fn here() {}
        let path = std::any::type_name_of_val(&here); // lesson_logging::work::work_on::here
        let path = path.strip_suffix("::here").unwrap_or(path);
        log::log!(target: path.split_once("::").map_or(path, |(_, rest)| rest), $level, "{}", $message);
    }};
}

/// Works on one item. Returns the PID of the process that did it, and how many lines that process
/// has logged by now.
pub(crate) fn work_on(item: u32) -> Result<(u32, u32), String> {
    for step in 1..=STEPS {
        let line = LINES.fetch_add(1, Ordering::Relaxed) + 1;
        let level = if step == 1 { Level::Debug } else { Level::Info };
        log_here!(level, message(item, step, line));
    }
    match logger::take_error() {
        None => Ok((process::id(), lines())),
        Some(error) => Err(format!("writing the log failed: {error}")),
    }
}

/// This process's counter.
pub(crate) fn lines() -> u32 {
    LINES.load(Ordering::Relaxed)
}

fn message(item: u32, step: u32, line: u32) -> String {
    format!("item {item}, step {step}, my line {line}")
}

/// The process's number of the line in a message that is whole.
pub(crate) fn line_in(text: &str) -> Option<u32> {
    let (item, rest) = text.strip_prefix("item ")?.split_once(", step ")?;
    let (step, line) = rest.split_once(", my line ")?;
    let line = line.parse().ok()?;
    (message(item.parse().ok()?, step.parse().ok()?, line) == text).then_some(line)
}

/// A line as an item leaves it in the log.
pub(crate) fn sample() -> Line {
    let record = |arguments: Arguments<'_>| {
        let mut record = Record::builder();
        record.args(arguments).level(Level::Info).target(FUNCTION);
        Line::of(&record.file(Some(FILE)).line(Some(32)).build())
    };
    record(format_args!("{}", message(7, 3, 43)))
}
