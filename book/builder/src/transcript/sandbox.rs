//! What the commands of a block have to themselves: a folder for the files they write, and ports
//! that no other program uses.
//!
//! A command is shown as a reader types it, `target/debug/lesson-x > target/out.txt`. It is run
//! with the block's own folder in place of `target`, in which `debug` leads to the programs that
//! cargo built, wherever those are. The folder's path has no character that a shell would take
//! apart, whatever the workspace is called, and it is deleted when the block is over. A port
//! that stands in the command, `127.0.0.1:2131`, is replaced by a free one. In what the command
//! prints all of this is put back.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::{env, fs, process};

use tempfile::TempDir;

use super::cargo::{programs, runnable};
use crate::workspace::Workspace;

/// The first of the ports that are tried, and how many there are: above the ports of known
/// services, below those that the system gives to clients.
const PORTS: (u16, u16) = (20_000, 10_000);

/// A block's own folder and ports.
#[derive(Debug)]
pub(crate) struct Sandbox {
    folder: TempDir,
    /// Where cargo has put the programs.
    workspace: Workspace,
    /// Ports as they are shown, and those that stand for them.
    ports: BTreeMap<String, String>,
}

impl Sandbox {
    /// For some commands of one block. `copied` is for another user than the one who built the
    /// programs, and who may not be able to reach them: it gets copies.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made or filled.
    pub(crate) fn new<'a>(
        commands: impl IntoIterator<Item = &'a str>,
        workspace: &Workspace,
        copied: bool,
    ) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("book-").tempdir_in(plain_folder())?;
        let workspace = workspace.clone();
        let mut sandbox = Sandbox { folder, workspace, ports: BTreeMap::new() };
        fs::create_dir(sandbox.temporary())?;
        if copied {
            fs::set_permissions(sandbox.path(), fs::Permissions::from_mode(0o777))?;
            fs::set_permissions(sandbox.temporary(), fs::Permissions::from_mode(0o777))?;
            fs::create_dir(sandbox.path().join("debug"))?;
        } else {
            symlink(sandbox.workspace.programs(), sandbox.path().join("debug"))?;
        }
        for command in commands {
            sandbox.add_ports(command)?;
            if copied {
                sandbox.copy_programs(command)?;
            }
        }
        Ok(sandbox)
    }

    /// The block's own `target`.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder for the temporary files of programs.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// The command as it is run here.
    pub(crate) fn command(&self, shown: &str) -> String {
        let target = self.path().display();
        let mut command = runnable(shown, &self.path().join("debug"), &self.workspace);
        command = replace_words(&command, "target/", &format!("{target}/"));
        replace_ports(&command, |shown| self.ports.get(shown).cloned())
    }

    /// What a command has printed, as it is shown.
    pub(crate) fn shown(&self, printed: &str) -> String {
        let mut text = printed.to_owned();
        for (folder, name) in [
            (self.temporary(), "/tmp"),
            (self.path().to_owned(), "target"),
            (self.workspace.programs().to_owned(), "target/debug"),
        ] {
            text = text.replace(&folder.display().to_string(), name);
        }
        replace_ports(&text, |port| {
            let mut pairs = self.ports.iter();
            pairs.find(|(_, own)| *own == port).map(|(shown, _)| shown.clone())
        })
    }

    fn add_ports(&mut self, command: &str) -> io::Result<()> {
        for port in ports(command) {
            if !self.ports.contains_key(port) {
                let free = free_port()?;
                self.ports.insert(port.to_owned(), free.to_string());
            }
        }
        Ok(())
    }

    fn copy_programs(&self, command: &str) -> io::Result<()> {
        for program in programs(command) {
            // Another process writes the copy. If we did, a shell that another thread starts just
            // then would have our descriptor for a moment, and a file that is open for writing is
            // not run (ETXTBSY, `man 2 execve`).
            let mut copy = Command::new("cp");
            copy.args([
                self.workspace.programs().join(&program),
                self.path().join("debug").join(&program),
            ]);
            if !copy.status()?.success() {
                return Err(io::Error::other(format!("{program} cannot be copied")));
            }
        }
        Ok(())
    }
}

/// The folder for temporary files, if no shell takes its path apart.
fn plain_folder() -> PathBuf {
    let folder = env::temp_dir();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if folder.to_string_lossy().chars().all(plain) { folder } else { "/tmp".into() }
}

/// Replaces `from` where a word, a path or a quoted text begins with it.
fn replace_words(text: &str, from: &str, to: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(from) {
        let inside = rest[..at].ends_with(|c: char| c.is_alphanumeric() || "/._-".contains(c));
        out.push_str(&rest[..at]);
        out.push_str(if inside { from } else { to });
        rest = &rest[at + from.len()..];
    }
    out + rest
}

/// Replaces each number behind a colon for which `other` has another one. Each is looked at once
/// and as a whole: port 2131 is neither in `:21310`, nor in what stands for another port.
fn replace_ports(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split(':');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        let number = other(number).unwrap_or_else(|| number.to_owned());
        out.extend([":", &number, rest]);
    }
    out
}

/// The ports of this machine that a command names.
fn ports(command: &str) -> impl Iterator<Item = &str> {
    let after =
        ["127.0.0.1:", "localhost:"].into_iter().flat_map(|host| command.split(host).skip(1));
    let numbers = after.map(|text| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        &text[..end]
    });
    numbers.filter(|number| number.len() >= 4)
}

/// A port on which nothing listens now. Two processes that ask at the same time begin at different
/// ones, so that they hardly ever get the same.
fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let (first, count) = PORTS;
    let start = process::id().wrapping_mul(137);
    for _ in 0..count {
        let number = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = start.wrapping_add(number) % u32::from(count);
        let port = first + u16::try_from(port).expect("BUG: it is below a number of 16 bits");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no port is free for the block"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox(command: &str) -> Sandbox {
        Sandbox::new([command], &Workspace::find().unwrap(), false).unwrap()
    }

    #[test]
    fn a_block_writes_into_a_folder_of_its_own_which_goes_with_it() {
        let shown = "bash -c 'target/debug/x > target/y' && cat target/y my-target/z lib/target/";
        let sandbox = sandbox(shown);
        let own = sandbox.path().to_owned();
        let folder = own.display();
        assert_eq!(
            sandbox.command(shown),
            format!(
                "bash -c '{folder}/debug/x > {folder}/y' && cat {folder}/y my-target/z lib/target/"
            )
        );
        assert_eq!(sandbox.shown(&format!("{folder}/y: no such file")), "target/y: no such file");
        assert_eq!(sandbox.shown(&format!("{folder}/tmp/a")), "/tmp/a");
        assert!(own.join("debug").canonicalize().unwrap().ends_with("debug"));
        drop(sandbox);
        assert!(!own.exists());
    }

    #[test]
    fn cargo_run_becomes_the_program_in_the_own_folder() {
        let sandbox = sandbox("x");
        let command = sandbox.command("cargo run -q -p lesson-x -- target/out");
        let folder = sandbox.path().display();
        assert_eq!(command, format!("{folder}/debug/lesson-x {folder}/out"));
    }

    #[test]
    fn ports_are_free_ones_and_shown_as_they_were() {
        let shown = "connect 127.0.0.1:2131 127.0.0.1:2132 127.0.0.1:2131 12:30";
        let sandbox = sandbox(shown);
        let command = sandbox.command(shown);
        assert!(ports(&command).all(|port| port.len() == 5), "{command}");
        assert_eq!(sandbox.ports.len(), 2);
        assert_eq!(sandbox.shown(&command), shown);
    }

    #[test]
    fn a_port_that_begins_like_another_is_another() {
        let mut sandbox = sandbox("x");
        for (shown, port) in [("2131", "21320"), ("2132", "21310")] {
            sandbox.ports.insert(shown.to_owned(), port.to_owned());
        }
        let shown = "connect 127.0.0.1:2131 127.0.0.1:2132";
        let command = sandbox.command(shown);
        assert_eq!(command, "connect 127.0.0.1:21320 127.0.0.1:21310");
        assert_eq!(sandbox.shown(&command), shown);
        assert_eq!(sandbox.shown("127.0.0.1:213100"), "127.0.0.1:213100");
    }
}
