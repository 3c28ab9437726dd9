//! A sample in words: a title, and a line for each process.

use std::time::Duration;

use lesson_cli::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::sample::{Process, State};

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const BOLD: &str = "\x1b[1m";
const NO_COLOUR: &str = "";
const RESET: &str = "\x1b[0m";

const HEADINGS: &str = "    PID  STATE      CPU %     MEMORY     AGE  COMMAND";

/// How to draw a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// The number of columns; longer lines are cut.
    pub(crate) width: usize,
    /// The number of lines; processes that do not fit are counted.
    pub(crate) height: usize,
    pub(crate) colour: bool,
}

impl Style {
    /// For a file or a pipe.
    pub(crate) const UNLIMITED: Style =
        Style { width: usize::MAX, height: usize::MAX, colour: false };
}

/// The lines of the table for a sample taken `elapsed` after the command was started.
pub(crate) fn lines(sample: &[Process], elapsed: Duration, style: Style) -> Vec<String> {
    let mut lines =
        vec![finished(&title(sample, elapsed), BOLD, style), finished(HEADINGS, NO_COLOUR, style)];
    let room = style.height.saturating_sub(lines.len());
    // If not all fit, the last line says so.
    let shown = if sample.len() > room { room.saturating_sub(1) } else { sample.len() };
    let shown_line = |process| finished(&line(process), colour_of(process), style);
    lines.extend(sample[..shown].iter().map(shown_line));
    if shown < sample.len() {
        let more = format!("    … and {} more", sample.len() - shown);
        lines.push(finished(&more, NO_COLOUR, style));
    }
    lines.truncate(style.height);
    lines
}

fn title(sample: &[Process], elapsed: Duration) -> String {
    let cpu = sample.iter().filter_map(|process| process.cpu).reduce(|a, b| a + b);
    let cpu = cpu.map_or("-".to_owned(), |percent| format!("{percent:.0} %"));
    let memory = bytes(sample.iter().map(|process| process.memory).sum());
    let (seconds, count) = (elapsed.as_secs_f64(), sample.len());
    format!("after {seconds:.1} s: processes {count}, CPU {cpu}, memory at most {memory}")
}

fn line(process: &Process) -> String {
    let cpu = process.cpu.map_or("-".to_owned(), |percent| format!("{percent:.1}"));
    let branch = match process.depth {
        0 => String::new(),
        depth => "  ".repeat(depth - 1) + "└ ",
    };
    format!(
        "{:>7}  {:<9}  {cpu:>5}  {:>9}  {:>6}  {branch}{}",
        process.pid.as_raw(),
        word(process.state),
        bytes(process.memory),
        age(process.age),
        process.command
    )
}

fn word(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Sleeping => "sleeping",
        State::DiskWait => "disk wait",
        State::Stopped => "stopped",
        State::Zombie => "zombie",
        State::Other => "other",
    }
}

fn colour_of(process: &Process) -> &'static str {
    match process.state {
        State::Running => GREEN,
        State::Zombie => RED,
        _ => NO_COLOUR,
    }
}

/// A size in a readable unit.
pub(crate) fn bytes(bytes: u64) -> String {
    let in_units =
        |unit: u64| Duration::from_nanos(bytes).div_duration_f64(Duration::from_nanos(unit));
    match bytes {
        0 => "0".to_owned(),
        1..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", in_units(1 << 20)),
        _ => format!("{:.1} GiB", in_units(1 << 30)),
    }
}

fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ ..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// The text made harmless, cut to the width, coloured.
fn finished(text: &str, colour: &str, style: Style) -> String {
    // A command line may hold line feeds and worse, which would move the cursor.
    let text = cut(&printable(text), style.width);
    let coloured = style.colour && !colour.is_empty();
    if coloured { format!("{colour}{text}{RESET}") } else { text }
}

/// The text, or as much of its start as fits into `width` columns, and an ellipsis.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = "…".width();
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let start: String = text.chars().take_while(fits).collect();
    start + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::Pid;

    fn process(pid: i32, depth: usize, state: State, command: &str) -> Process {
        let (memory, age) = (3 << 20, Duration::from_secs(125));
        let command = command.to_owned();
        Process { pid: Pid::from_raw(pid), depth, state, cpu: Some(99.96), memory, age, command }
    }

    fn family() -> Vec<Process> {
        vec![
            process(100, 0, State::Sleeping, "sh -c 'a & b'"),
            process(101, 1, State::Running, "a"),
            process(102, 2, State::Zombie, "[b]"),
        ]
    }

    #[test]
    fn a_tree_is_drawn_below_its_totals() {
        let lines = lines(&family(), Duration::from_millis(2_040), Style::UNLIMITED);
        let expected = [
            "after 2.0 s: processes 3, CPU 300 %, memory at most 9.0 MiB",
            "    PID  STATE      CPU %     MEMORY     AGE  COMMAND",
            "    100  sleeping   100.0    3.0 MiB   2m05s  sh -c 'a & b'",
            "    101  running    100.0    3.0 MiB   2m05s  └ a",
            "    102  zombie     100.0    3.0 MiB   2m05s    └ [b]",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn no_line_is_wider_and_no_table_higher_than_there_is_room() {
        let mut family = family();
        family.push(process(103, 0, State::Running, &"日本".repeat(40)));
        for width in 1..90 {
            for height in 0..8 {
                let lines = lines(&family, Duration::ZERO, Style { width, height, colour: false });
                assert!(lines.len() <= height, "{height} rows: {lines:#?}");
                let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
                assert!(widest <= width, "{width} columns: {lines:#?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let lines = lines(&family(), Duration::ZERO, Style { height: 4, ..Style::UNLIMITED });
        assert!(lines[2].contains("sh -c"));
        assert_eq!(lines[3], "    … and 2 more");
    }

    #[test]
    fn only_running_processes_and_zombies_are_coloured() {
        let lines = lines(&family(), Duration::ZERO, Style { colour: true, ..Style::UNLIMITED });
        assert!(!lines[2].contains('\x1b'));
        assert!(lines[3].starts_with(GREEN) && lines[3].ends_with(RESET));
        assert!(lines[4].starts_with(RED) && lines[4].ends_with(RESET));
    }

    #[test]
    fn a_command_line_cannot_move_the_cursor() {
        let evil = [process(1, 0, State::Running, "a\n\x1b[2Jb\u{9b}c")];
        let lines = lines(&evil, Duration::ZERO, Style::UNLIMITED);
        assert!(lines[2].ends_with(r"a\n\u{1b}[2Jb\u{9b}c"), "{}", lines[2]);
    }

    #[test]
    fn sizes_and_ages_read_well() {
        assert_eq!([0, 5_000, 1 << 20, 5 << 30].map(bytes), ["0", "4 KiB", "1.0 MiB", "5.0 GiB"]);
        let ages = [0, 59, 60, 3_599, 3_600, 90_000].map(|s| age(Duration::from_secs(s)));
        assert_eq!(ages, ["0s", "59s", "1m00s", "59m59s", "1h00m", "25h00m"]);
    }
}
