//! Many files, counted by an engine: in one process, in several, on several machines. A run shows:
//!
//! * the program says what is done with a file and where its result goes; timely dataflow turns
//!   that into threads and connections between processes, and detects when all of them are done;
//! * the report is the same, byte for byte, with any number of threads and processes;
//! * nothing is inherited: you start every process, with the same arguments except for its
//!   number, and each reads its files from its own disk;
//! * a process that loses another one says so and ends. The engine does not start it again.

mod cluster;
mod connect;
mod engine;
mod files;
mod handshake;
mod peer_lost;
mod report;
mod start;

use std::process::ExitCode;

use lesson_cli::{Args, Failure};
use timely::dataflow::operators::vec::{Map, ToStream};
use timely::dataflow::operators::{Capture, Exchange, capture::Extract};
use timely::worker::Worker;

use cluster::Cluster;
use files::{Files, Rows, Share};

const USAGE: &str = "\
Counts each digit in many files, with many threads, processes and hosts.

Usage: lesson-many-machines [OPTIONS] [FILE|FOLDER…]
Example: cargo run -p lesson-many-machines -- -w 4 book lessons

  FILE         a file, which need not be UTF-8
  FOLDER       a folder, for all files in it and below (default: this folder)
  -w N         number of worker threads in each process, 1 to 64 (default 1)
  -n N         number of processes, 1 to 64 (default 1); start each of them
  -p I         which of them this is, from 0; process 0 prints the report
  -h HOSTS     a file with one line HOST:PORT for each process
               (default: localhost:2101, …)
  --own        each process counts all its files, which are its host's own.
               Without it all are given the same files, and each takes its share
  --limit S    for how many seconds another process may be unreachable,
               1 to 3600 (default 10)
  --all        on a terminal, show the rows of all files, not only 20
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let cluster = Cluster::from_args(&mut args)?;
    let most = if args.flag("--all") { usize::MAX } else { 20 };
    let files = Files::from_args(&mut args, &cluster);
    args.finish()?;
    match engine::run(&cluster, files, count)? {
        rows if cluster.reports() => report::print(rows, most),
        _sent_to_process_0 => Ok(()),
    }
}

/// What every worker does, in whichever process: it counts its files, and sends the rows to
/// worker 0. On worker 0 this returns all rows, elsewhere none.
fn count(worker: &mut Worker, mine: Share) -> Rows {
    let rows = worker.dataflow::<u64, _, _>(|scope| {
        mine.to_stream(scope)
            .map(|(place, source)| (place, files::row(&source)))
            .exchange(|_row| 0) // to worker 0: through a channel, or as bytes through a socket
            .capture()
    });
    // The lines above only describe the work. This loop does it, until no worker has any left.
    while worker.has_dataflows() {
        worker.step_or_park(None);
    }
    // Sorted by time, which is 0 for all rows, and by their places in the report.
    rows.extract().into_iter().flat_map(|(_time, rows)| rows).collect()
}
