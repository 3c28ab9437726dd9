//! Five ways to one log file. Compare how each opens its file, and how it writes a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lesson_cli::Failure;
use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::check::read_back;
use crate::line::Line;
use crate::logger::Sink;
use crate::team::{Team, Written, sum_up};

pub(crate) struct Way {
    pub(crate) head: &'static str,
    pub(crate) file: &'static str,
    /// Why this goes wrong, or why it does not.
    pub(crate) why: &'static [&'static str],
    pub(crate) run: fn(&Team, &Path) -> Result<Written, Failure>,
}

pub(crate) const ALL: [Way; 5] = [
    Way {
        head: "HAZARD: every process opens the file and writes, without append mode",
        file: "lost.log",
        why: &[
            "Each process that opens a file has its own position in it, beginning at 0.",
            "So the processes overwrite each other's lines.",
        ],
        run: without_append,
    },
    Way {
        head: "HAZARD: append mode, but a line in several writes: writeln!(file, \"{line}\")",
        file: "torn.log",
        why: &[
            "writeln! makes a separate write for each piece: time, blank, level, …",
            "Between two of them, another process may write its own.",
        ],
        run: in_pieces,
    },
    Way {
        head: "RIGHT: append mode, and one write for a line",
        file: "append.log",
        why: &[
            "A write in append mode finds the end and writes in one step (man 2 open),",
            "on a local disk.",
        ],
        run: append,
    },
    Way {
        head: "RIGHT: the parent collects the lines over a pipe, and writes alone",
        file: "parent.log",
        why: &[
            "A write of up to PIPE_BUF bytes goes into a pipe as a whole (man 7 pipe).",
            "That is 512 bytes or more, and 4096 on Linux.",
        ],
        run: over_a_pipe,
    },
    Way {
        head: "RIGHT: a file for each process, merged by the times of the lines",
        file: "merged.log",
        why: &["No two processes write into the same file."],
        run: a_file_each,
    },
];

/// How often all items are done, at most, until a line gets torn.
const ROUNDS: u32 = 20;

/// Writes each line in one write: the line is formatted into one string first.
fn whole_lines(mut out: impl Write + Send + 'static) -> Sink {
    Box::new(move |line: &Line| out.write_all(format!("{line}\n").as_bytes()))
}

fn without_append(team: &Team, log: &Path) -> Result<Written, Failure> {
    let path = log.to_owned();
    team.run(move || Ok(whole_lines(OpenOptions::new().write(true).open(&path)?)))
}

/// Whether a line gets torn is up to the scheduler. If none does, all items are done again.
fn in_pieces(team: &Team, log: &Path) -> Result<Written, Failure> {
    let path = log.to_owned();
    let pool = team.fork(move || {
        let mut file = OpenOptions::new().append(true).open(&path)?;
        Ok(Box::new(move |line: &Line| writeln!(file, "{line}")))
    })?;
    let mut done = Vec::new();
    for _round in 0..ROUNDS {
        done.extend(pool.map(0..team.items).map_err(|error| Failure::system("the pool", error))?);
        if team.workers == 1 || !read_back(log, &sum_up(&done)?)?.is_whole() {
            break;
        }
    }
    sum_up(&done)
}

fn append(team: &Team, log: &Path) -> Result<Written, Failure> {
    let path = log.to_owned();
    team.run(move || Ok(whole_lines(OpenOptions::new().append(true).open(&path)?)))
}

/// The parent must read while the workers work, because a full pipe makes them wait.
fn over_a_pipe(team: &Team, log: &Path) -> Result<Written, Failure> {
    let log = OpenOptions::new().append(true).open(log).map_err(writing)?;
    let (lines, pipe) = io::pipe().map_err(|error| Failure::system("pipe", error))?;
    // The parent reads what is there, and does not wait for more.
    let set = fcntl(&lines, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
    set.map_err(|error| Failure::system("fcntl", error))?;

    let pool = team.fork(move || Ok(whole_lines(pipe.try_clone()?)))?;
    let done = pool.map_async(0..team.items);
    while !done.wait(Duration::from_millis(5)) {
        collect(&lines, &log).map_err(writing)?;
    }
    // A worker logs before it answers, so the last lines are in the pipe by now.
    collect(&lines, &log).map_err(writing)?;
    sum_up(&done.take().map_err(|error| Failure::system("the pool", error))?)
}

/// Moves to the log what is in the pipe.
fn collect(mut lines: &PipeReader, mut log: &File) -> io::Result<()> {
    let mut buffer = [0; 64 * 1024];
    loop {
        match lines.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => log.write_all(&buffer[..length])?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// The workers' own files, beside the file `log`.
pub(crate) fn worker_files(log: &Path, workers: usize) -> Vec<PathBuf> {
    (1..=workers).map(|number| log.with_file_name(format!("worker-{number}.log"))).collect()
}

fn a_file_each(team: &Team, log: &Path) -> Result<Written, Failure> {
    let paths = worker_files(log, team.workers);
    let candidates = paths.clone();
    let written = team.run(move || Ok(whole_lines(first_free(&candidates)?)))?;
    merge(&paths, log).map_err(|error| Failure::system("merging the logs", error))?;
    Ok(written)
}

/// Creates the first of the files that does not exist yet. If several processes try to create the
/// same one, `create_new` lets only one succeed (`man 2 open`, O_EXCL).
fn first_free(paths: &[PathBuf]) -> io::Result<File> {
    for path in paths {
        match File::create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The lines of all files in the order of their times. A time has the same width in every line, so
/// its text sorts like a time. Lines of the same time stay as they are: sorting is stable.
fn merge(paths: &[PathBuf], log: &Path) -> io::Result<()> {
    let files: Vec<String> = paths.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    let mut lines: Vec<&str> = files.iter().flat_map(|file| file.split_inclusive('\n')).collect();
    lines.sort_by_key(|line| line.split(' ').next());
    OpenOptions::new().append(true).open(log)?.write_all(lines.concat().as_bytes())
}

fn writing(error: io::Error) -> Failure {
    Failure::system("writing the log", error)
}
