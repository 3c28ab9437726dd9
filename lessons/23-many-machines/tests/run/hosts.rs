//! Addresses for the processes of a test, which no other test uses.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::NamedTempFile;

use crate::lesson;
use crate::running::{End, Running};

/// A file of hosts.
pub(crate) struct Hosts {
    pub(crate) addresses: Vec<String>,
    file: NamedTempFile,
}

impl Hosts {
    pub(crate) fn new(addresses: impl IntoIterator<Item = String>) -> Self {
        let addresses: Vec<String> = addresses.into_iter().collect();
        let mut file = NamedTempFile::new().expect("a temporary file");
        writeln!(file, "# for a test\n\n{}", addresses.join("\n")).expect("written");
        // For a process that runs as another user, too.
        fs::set_permissions(file.path(), Permissions::from_mode(0o644)).expect("it is ours");
        Hosts { addresses, file }
    }

    /// On this machine. A port that was free a moment ago may be taken by any outgoing
    /// connection, so these are ports that no other program is given, and on Linux an address
    /// of this test process's own: all of 127/8 are the machine itself.
    pub(crate) fn local(processes: u32) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (pid, next) = (std::process::id(), NEXT.fetch_add(processes, Ordering::Relaxed));
        Hosts::new((next..next + processes).map(|number| {
            if cfg!(target_os = "linux") {
                let [_, a, b, c] = pid.to_be_bytes();
                format!("127.{}.{b}.{c}:{}", a % 250 + 1, 2101 + number)
            } else {
                format!("127.0.0.1:{}", 10_000 + (pid * 64 + number) % 20_000)
            }
        }))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// Makes a command process `number` of these.
    pub(crate) fn process<'a>(&self, command: &'a mut Command, number: usize) -> &'a mut Command {
        command.args(self.arguments(number))
    }

    /// The arguments for that.
    pub(crate) fn arguments(&self, number: usize) -> [OsString; 6] {
        let [n, p] = [self.addresses.len(), number].map(|number| number.to_string().into());
        ["-n".into(), n, "-p".into(), p, "-h".into(), self.path().into()]
    }
}

/// Runs as many processes as there are folders, each in its folder, at the same time.
pub(crate) fn run_in(
    folders: &[&std::path::Path],
    args: &[&[String]],
    options: &[&str],
) -> Vec<End> {
    let hosts = Hosts::local(folders.len().try_into().expect("few"));
    let start = |(number, folder): (usize, &&std::path::Path)| {
        let mut command = lesson(folder);
        Running::start(hosts.process(command.args(options), number).args(args[number]))
    };
    let running: Vec<Running> = folders.iter().enumerate().map(start).collect();
    running.into_iter().map(Running::finish).collect()
}
