//! The options of the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lesson_cli::{Args, Failure, say};
use orders::{Error, Faults, Order, Outcome, Place, Search};

pub(crate) const USAGE: &str = "\
Runs a command once for every order in which its processes can take their steps,
and lists every possible outcome.

Usage: lesson-every-order [OPTIONS] [--] [COMMAND...]

  --find TEXT       stop at the first outcome that contains TEXT, e.g. DEADLOCK
  --not TEXT        stop at the first outcome that does not contain TEXT
  --replay ORDER    run the command once, in an ORDER that a search has printed
  --timeline        draw an order of each outcome in the terminal
  --svg FILE        draw an order of the first outcome into FILE
  --tree            print the tree of all orders that were tried
  --json            print the result as JSON
  --limit N         make at most N runs (default 10000)
  --time S          stop after S seconds (default 60)
  --random SEED     try random orders until a limit is reached (large programs)
  --all             also try orders that differ only in independent steps
  --fail CALL       refuse each fork in turn (fork), or the second (fork:2)
  --eintr           let waits, reads and writes be interrupted
  --short-io        let reads and writes transfer fewer bytes than asked for
  --kill            let SIGKILL end a child before any of its steps
  --faults N        inject at most N of these faults in a run (default 1)
  --workers N       make N runs at a time (default: one per processor)
  --here            run in the current folder, one run at a time; files stay
  --help            show this text

Example: cargo run -p lesson-every-order -- sh -c 'echo child & echo me; wait'

The command runs in a folder of its own with copies of the small files of the
current one and links to the rest, and has no input. Sleeping takes no time,
because it orders nothing. Threads and shared memory are not observed. The exit
status is 1 if --find or --not was given and no such outcome was found.
";

/// Runs when no command is given.
const DEMONSTRATION: &str = "echo child & echo me; wait";

/// The options, parsed.
pub(crate) struct Options {
    pub(crate) command: Vec<OsString>,
    pub(crate) find: Option<String>,
    pub(crate) not: Option<String>,
    pub(crate) replay: Option<Order>,
    pub(crate) timeline: bool,
    pub(crate) svg: Option<PathBuf>,
    pub(crate) tree: bool,
    pub(crate) json: bool,
    pub(crate) all: bool,
    limit: usize,
    time: u64,
    random: Option<u64>,
    workers: Option<usize>,
    place: Place,
    faults: Faults,
}

impl Options {
    pub(crate) fn from(args: &mut Args) -> Result<Self, Failure> {
        let mut options = Options {
            find: text(args, "--find"),
            not: text(args, "--not"),
            replay: text(args, "--replay")
                .map(|order| {
                    order.parse().map_err(|why| Failure::Usage(format!("--replay: {why}")))
                })
                .transpose()?,
            timeline: args.flag("--timeline"),
            svg: args.option("--svg").map(PathBuf::from),
            tree: args.flag("--tree"),
            json: args.flag("--json"),
            all: args.flag("--all"),
            limit: args.number_option("--limit", 1..=100_000_000)?.unwrap_or(10_000),
            time: args.number_option("--time", 1..=86_400)?.unwrap_or(60),
            random: args.number_option("--random", 0..=u64::MAX)?,
            workers: args.number_option("--workers", 1..=64)?,
            place: if args.flag("--here") { Place::Here } else { Place::Own },
            faults: faults(args)?,
            command: args.rest(),
        };
        if options.command.is_empty() {
            if !options.json {
                say!("No COMMAND was given; running this one: sh -c '{DEMONSTRATION}'\n");
            }
            options.command = ["sh", "-c", DEMONSTRATION].map(Into::into).to_vec();
        }
        Ok(options)
    }

    pub(crate) fn search(&self) -> Result<Search<'static>, Error> {
        let search = Search::command(self.command.clone(), self.place)?
            .most_runs(self.limit)
            .most_time(Duration::from_secs(self.time))
            .faults(self.faults.clone());
        let search = if self.all { search.without_reduction() } else { search };
        let search = self.random.into_iter().fold(search, Search::random);
        let workers = self.workers.filter(|_| self.place == Place::Own);
        Ok(workers.into_iter().fold(search, Search::workers))
    }

    /// Whether the search was asked to stop at this outcome.
    pub(crate) fn is_wanted(&self, outcome: &Outcome) -> bool {
        let has = |text: &String| outcome.to_string().contains(text);
        self.find.as_ref().is_some_and(has) || self.not.as_ref().is_some_and(|text| !has(text))
    }

    /// Whether the search was asked to stop at some outcome.
    pub(crate) fn wants_one(&self) -> bool {
        self.find.is_some() || self.not.is_some()
    }
}

fn text(args: &mut Args, name: &str) -> Option<String> {
    args.option(name).map(|value| value.to_string_lossy().into_owned())
}

fn faults(args: &mut Args) -> Result<Faults, Failure> {
    let fail = text(args, "--fail");
    let (refuse_forks, number) = match fail.as_deref().map(|call| call.split_once(':')) {
        None => (false, None),
        Some(None) if fail.as_deref() == Some("fork") => (true, None),
        Some(Some(("fork", number))) if number.parse::<u32>().is_ok_and(|number| number > 0) => {
            (false, number.parse().ok())
        }
        Some(_) => {
            let text = "--fail takes fork, or fork and a number as in fork:2";
            return Err(Failure::Usage(text.to_owned()));
        }
    };
    let (interrupt, short) = (args.flag("--eintr"), args.flag("--short-io"));
    let kill_children = args.flag("--kill");
    let most = args.number_option("--faults", 0..=10)?.unwrap_or(1);
    let refuse_fork_number = number;
    Ok(Faults { refuse_forks, refuse_fork_number, interrupt, short, kill_children, most })
}
