//! Which worker counts which files.

use std::hash::{DefaultHasher, Hash, Hasher};

use filecount::digits::{Row, count_digits_in_file};
pub(crate) use filecount::files::Source;
use lesson_cli::{Args, printable};

use crate::cluster::Cluster;

/// Where a row belongs in the report: the process whose list has the file (0 if all have the
/// same), and the place in that list.
pub(crate) type Place = (usize, usize);

/// The files of one worker.
pub(crate) type Share = Vec<(Place, Source)>;

/// What is known about them.
pub(crate) type Rows = Vec<(Place, Row)>;

/// The files that this process was given.
pub(crate) struct Files {
    list: Vec<Source>,
    /// The files are this process's own. Otherwise all processes share one list.
    own: bool,
    /// This process, and how many there are.
    process: usize,
    processes: usize,
    /// Threads in each process.
    workers: usize,
}

impl Files {
    /// Takes what is left of the arguments.
    pub(crate) fn from_args(args: &mut Args, cluster: &Cluster) -> Self {
        let own = args.flag("--own");
        let mut paths = args.rest();
        if paths.is_empty() {
            paths.push(".".into());
        }
        let list = filecount::files::find(paths);
        let Cluster { process, workers, .. } = *cluster;
        Files { list, own, process, processes: cluster.addresses.len(), workers }
    }

    /// A number for the list. It is the same in all processes that share the work, provided that
    /// all run the same build of the program. It is 0 for a list of their own, which may differ.
    pub(crate) fn digest(&self) -> u64 {
        if self.own {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        self.list.iter().for_each(|source| source.path.hash(&mut hasher));
        hasher.finish() | 1
    }

    /// The share of one of this process's threads: of `n` workers, worker `i` takes every `n`th
    /// file from the `i`th on. The shares differ by one file at most.
    pub(crate) fn of_thread(&self, thread: usize) -> Share {
        let (first, step, process) = if self.own {
            (thread, self.workers, self.process)
        } else {
            (self.process * self.workers + thread, self.processes * self.workers, 0)
        };
        let share = self.list.iter().enumerate().skip(first).step_by(step);
        share.map(|(index, source)| ((process, index), source.clone())).collect()
    }

    /// The files that this process takes, in one line.
    pub(crate) fn taken(&self) -> String {
        const NAMED: usize = 8;
        let threads = (0..self.workers).flat_map(|thread| self.of_thread(thread));
        let mut taken: Vec<_> = threads.collect();
        taken.sort_by_key(|(place, _)| *place);
        let name = |(_, source): &(Place, Source)| format!(" {}", printable(&source.path));
        let names: String = taken.iter().take(NAMED).map(name).collect();
        let more = match taken.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("takes {} of {} files:{names}{more}", taken.len(), self.list.len())
    }
}

/// Counts one file, where it is. A file that cannot be read has a row with the reason.
pub(crate) fn row(source: &Source) -> Row {
    let counts = match &source.unreadable {
        Some(reason) => Err(reason.clone()),
        None => count_digits_in_file(&source.path),
    };
    Row { name: printable(&source.path), counts }
}
