//! The processes of a run, and which of them this is.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use lesson_cli::{Args, Failure, printable, regular_file};

/// The port of process 0, and the first of the ports that follow, unless a file names others.
/// timely itself chooses the same.
const FIRST_PORT: usize = 2101;

/// The processes of a run.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Where each process can be reached, as `HOST:PORT`; one for each process.
    pub(crate) addresses: Vec<String>,
    /// Which of them this is, from 0.
    pub(crate) process: usize,
    /// Worker threads in each process.
    pub(crate) workers: usize,
    /// How long another process may be unreachable.
    pub(crate) limit: Duration,
}

impl Cluster {
    /// Takes `-w`, `-n`, `-p`, `-h` and `--limit`.
    ///
    /// # Errors
    ///
    /// A usage error: a number that makes no sense, or does not fit the others.
    pub(crate) fn from_args(args: &mut Args) -> Result<Self, Failure> {
        let workers = args.number_option("-w", 1..=64)?.unwrap_or(1);
        let processes = args.number_option("-n", 1..=64)?;
        let addresses = match args.option("-h") {
            Some(file) => addresses_in(&file, processes)?,
            None => on_this_machine(processes.unwrap_or(1)),
        };
        let last = addresses.len() - 1;
        let process = match args.number_option("-p", 0..=last)? {
            Some(process) => process,
            None if last == 0 => 0,
            None => {
                return Err(usage(format!(
                    "which of the processes is this? Give -p 0 to -p {last}"
                )));
            }
        };
        let limit = args.number_option("--limit", 1..=3600)?.unwrap_or(10);
        Ok(Cluster { addresses, process, workers, limit: Duration::from_secs(limit) })
    }

    /// Whether this process has the report.
    pub(crate) fn reports(&self) -> bool {
        self.process == 0
    }

    /// How messages name this process.
    pub(crate) fn me(&self) -> String {
        format!("process {} of {}", self.process, self.addresses.len())
    }

    /// How messages name one of the others.
    pub(crate) fn name(&self, process: usize) -> String {
        format!("process {process} ({})", self.addresses[process])
    }
}

fn on_this_machine(processes: usize) -> Vec<String> {
    (0..processes).map(|process| format!("localhost:{}", FIRST_PORT + process)).collect()
}

/// The lines of a hosts file, without empty ones and comments.
fn addresses_in(file: &OsStr, processes: Option<usize>) -> Result<Vec<String>, Failure> {
    let name = printable(file);
    let text = read(file.as_ref())
        .map_err(|error| usage(format!("the hosts in {name} cannot be read: {error}")))?;
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut addresses: Vec<String> = Vec::new();
    for line in lines {
        if !is_address(line) {
            return Err(usage(format!(
                "{name} contains '{}', which is not HOST:PORT",
                printable(line)
            )));
        }
        if addresses.iter().any(|address| address == line) {
            return Err(usage(format!("{name} lists {line} twice; each process needs its own")));
        }
        addresses.push(line.to_owned());
    }
    match (addresses.len(), processes) {
        (0, _) => Err(usage(format!("{name} has no line with HOST:PORT"))),
        (found, Some(wanted)) if found != wanted => {
            Err(usage(format!("-n is {wanted}, but {name} lists {found} hosts")))
        }
        _ => Ok(addresses),
    }
}

/// The text of a hosts file, for which a kilobyte per process is enough.
fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    regular_file(file)?.take(64 << 10).read_to_string(&mut text)?;
    Ok(text)
}

fn is_address(line: &str) -> bool {
    let port = |port: &str| port.parse().is_ok_and(|port: u16| port > 0);
    line.rsplit_once(':').is_some_and(|(host, number)| !host.is_empty() && port(number))
}

fn usage(text: String) -> Failure {
    Failure::Usage(text)
}
