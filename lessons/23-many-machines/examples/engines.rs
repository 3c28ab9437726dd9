//! The same work in four ways, as commands that you can type: how long does each take, from start
//! to end? The files are made first and read once, so that no way has to wait for the disk.
//!
//!     cargo run --release -p lesson-many-machines --example engines

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use files::{expected_report, make_files};
use lesson_cli::say;

#[path = "../tests/run/files.rs"]
mod files;

const FILES: usize = 100;
const LINES: usize = 10_000;
const LONGEST: usize = 80;
const ROUNDS: usize = 15;

/// A way to count: what it is called, and the processes that it takes.
type Way = (&'static str, &'static [&'static str]);

const WAYS: [Way; 4] = [
    ("1 process", &["lesson-many-machines"]),
    ("pool of 2 workers", &["lesson-pool-files --workers 2 --digits"]),
    ("timely, 2 threads", &["lesson-many-machines -w 2"]),
    ("timely, 2 processes", &["lesson-many-machines -n 2 -p 0", "lesson-many-machines -n 2 -p 1"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let binaries = build()?;
    let folder = tempfile::tempdir()?;
    make_files(folder.path(), FILES, LINES, LONGEST, 15)?;
    let expected = expected_report(folder.path(), FILES);

    // One way after the other, and again: what else the machine does hits all of them. The best
    // time is that with the least of it.
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for ((name, commands), times) in WAYS.iter().zip(&mut times) {
            let (time, report) = run(&binaries, folder.path(), commands)?;
            if report != expected {
                return Err(format!("{name}: another report:\n{report}").into());
            }
            times.push(time);
        }
    }

    say!("{FILES} files of {LINES} lines, the best of {ROUNDS} rounds; the reports are the same");
    let best = times.map(|times| times.into_iter().min().unwrap_or_default());
    for ((name, _), time) in WAYS.iter().zip(best) {
        let speed_up = best[0].as_secs_f64() / time.as_secs_f64();
        say!("{name:<20} {:>4} ms  speed-up {speed_up:.2}", time.as_millis());
    }
    Ok(())
}

/// Starts all processes of a way; how long until the last has ended, and what the first printed.
fn run(
    binaries: &Path,
    folder: &Path,
    commands: &[&str],
) -> Result<(Duration, String), Box<dyn Error>> {
    let start = Instant::now();
    let processes: Vec<Child> = commands
        .iter()
        .map(|command| {
            let (program, args) = command.split_once(' ').unwrap_or((command, ""));
            let mut process = Command::new(binaries.join(program));
            process.args(args.split_whitespace()).args((1..=FILES).map(|n| format!("{n}.txt")));
            process.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
        })
        .collect::<Result<_, _>>()?;
    let outputs: Vec<_> =
        processes.into_iter().map(Child::wait_with_output).collect::<Result<_, _>>()?;
    Ok((start.elapsed(), String::from_utf8(outputs[0].stdout.clone())?))
}

/// The folder with the binaries of both lessons, built as this was.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let this = std::env::current_exe()?;
    let folder = this.ancestors().nth(2).ok_or("not in target/…/examples")?.to_owned();
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "-p", "lesson-many-machines", "-p", "lesson-pool-files"]);
    cargo.args(folder.ends_with("release").then_some("--release"));
    if !cargo.status()?.success() {
        return Err("the lessons do not build".into());
    }
    Ok(folder)
}
