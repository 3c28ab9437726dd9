//! Five ways to one log file. Compare how each opens its file, and how it writes a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use support::Failure;

use crate::folder::Folder;
use crate::line::Line;
use crate::logger::Sink;
use crate::team::{Team, Written, failure, sum_up};

pub(crate) struct Way {
    pub(crate) head: &'static str,
    pub(crate) file: &'static str,
    /// Why it goes wrong, or why it does not.
    pub(crate) why: &'static str,
    pub(crate) run: fn(&Team, &Folder) -> Result<Written, Failure>,
}

pub(crate) const ALL: [Way; 5] = [
    Way {
        head: "HAZARD: every process opens the file and writes, without append mode",
        file: "lost.log",
        why: "Each has a position of its own in the file, which begins at 0. So they write over\n    \
              each other's lines.",
        run: without_append,
    },
    Way {
        head: "HAZARD: append mode, but a line in several writes: writeln!(file, \"{line}\")",
        file: "torn.log",
        why: "`writeln!` into a file is a write for each piece of the text. In between, others\n    \
              write theirs.",
        run: in_pieces,
    },
    Way {
        head: "RIGHT: append mode, and one write for a line",
        file: "append.log",
        why: "In append mode, going to the end and writing are one step (man 2 open, O_APPEND).",
        run: append,
    },
    Way {
        head: "RIGHT: the parent collects the lines over a pipe, and writes alone",
        file: "parent.log",
        why: "A write of up to PIPE_BUF bytes, 512 or more, goes into a pipe whole (man 7 pipe).",
        run: over_a_pipe,
    },
    Way {
        head: "RIGHT: a file for each process, merged by the time of each line",
        file: LAST,
        why: "No two processes write to the same file, so there is nothing to agree on.",
        run: a_file_each,
    },
];

pub(crate) const LAST: &str = "merged.log";

/// Anything that takes bytes takes a line in one write, if the line is one piece before.
fn whole_lines(mut out: impl Write + Send + 'static) -> Sink {
    Box::new(move |line: &Line| out.write_all(format!("{line}\n").as_bytes()))
}

fn without_append(team: &Team, folder: &Folder) -> Result<Written, Failure> {
    let path = folder.path("lost.log");
    team.run(move || Ok(whole_lines(OpenOptions::new().write(true).open(&path)?)))
}

fn in_pieces(team: &Team, folder: &Folder) -> Result<Written, Failure> {
    let path = folder.path("torn.log");
    team.run(move || {
        let mut file = OpenOptions::new().append(true).open(&path)?;
        Ok(Box::new(move |line: &Line| writeln!(file, "{line}")))
    })
}

fn append(team: &Team, folder: &Folder) -> Result<Written, Failure> {
    let path = folder.path("append.log");
    team.run(move || Ok(whole_lines(OpenOptions::new().append(true).open(&path)?)))
}

/// The parent must read while the workers work: a pipe that is full makes them wait.
fn over_a_pipe(team: &Team, folder: &Folder) -> Result<Written, Failure> {
    let log = File::create(folder.path("parent.log")).map_err(writing)?;
    let (lines, pipe) = io::pipe().map_err(|error| Failure::system("pipe", error))?;
    // The parent takes what is there, and does not wait for more.
    fcntl(&lines, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(writing)?;

    let pool = team.fork(move || Ok(whole_lines(pipe.try_clone()?)))?;
    let done = pool.map_async(0..team.items);
    while !done.wait(Duration::from_millis(5)) {
        collect(&lines, &log).map_err(writing)?;
    }
    // A worker logs before it answers: now the last lines are in the pipe.
    collect(&lines, &log).map_err(writing)?;
    sum_up(done.take().map_err(failure)?)
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

fn a_file_each(team: &Team, folder: &Folder) -> Result<Written, Failure> {
    let paths = folder.worker_files(team.workers);
    let candidates = paths.clone();
    let written = team.run(move || Ok(whole_lines(first_free(&candidates)?)))?;
    merge(&paths, folder).map_err(writing)?;
    Ok(written)
}

/// Makes the first of the files that is not there yet. Of several processes that want to make the
/// same one, `create_new` lets one succeed (`man 2 open`, O_EXCL).
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
fn merge(paths: &[PathBuf], folder: &Folder) -> io::Result<()> {
    let files: Vec<String> = paths.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    let mut lines: Vec<&str> = files.iter().flat_map(|file| file.split_inclusive('\n')).collect();
    lines.sort_by_key(|line| line.split(' ').next());
    fs::write(folder.path(LAST), lines.concat())
}

fn writing(error: impl Into<io::Error>) -> Failure {
    Failure::system("writing the log", error)
}
