//! Does not look whether the file got its name.
//!
//! base: complete_or_not_there
//! verdict: check failed
//! check: a_disk_may_be_full

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
    NoFile,
    Damaged(String),
}

pub fn results_as_they_end<T>(
    folder: &Path,
    count: usize,
    work: impl Fn(usize) -> T,
    mut receive: impl FnMut(usize, Result<T, Failure>),
) -> io::Result<()>
where
    T: Serialize + DeserializeOwned,
{
    let mut numbers = BTreeMap::new();
    let mut outcome = Ok(());
    for index in 0..count {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Err(error) => {
                outcome = Err(error.into());
                break;
            }
            Ok(ForkResult::Parent { child }) => _ = numbers.insert(child, index),
            Ok(ForkResult::Child) => {
                let [unfinished, file] = files(folder, getppid(), getpid());
                let saved = catch_unwind(AssertUnwindSafe(|| save(&unfinished, &file, &work(index))));
                exit(saved.map_or(101, |saved| i32::from(saved.is_err())))
            }
        }
    }
    while !numbers.is_empty() {
        match waitid(Id::All, WaitPidFlag::WEXITED) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(status) => {
                let child = status.pid().expect("waitid without WNOHANG tells of a child");
                if let Some(index) = numbers.remove(&child) {
                    receive(index, fetch(files(folder, getpid(), child), status));
                }
            }
        }
    }
    outcome
}

fn files(folder: &Path, parent: Pid, child: Pid) -> [PathBuf; 2] {
    ["part", "json"].map(|end| folder.join(format!("{parent}-{child}.{end}")))
}

fn save(unfinished: &Path, file: &Path, result: &impl Serialize) -> io::Result<()> {
    let mut writer = io::BufWriter::new(File::create(unfinished)?);
    serde_json::to_writer(&mut writer, result)?;
    writer.flush()?;
    let _ = fs::rename(unfinished, file);
    Ok(())
}

fn fetch<T: DeserializeOwned>(files: [PathBuf; 2], status: WaitStatus) -> Result<T, Failure> {
    let bytes = fs::read(&files[1]);
    for file in files {
        let _ = fs::remove_file(file);
    }
    match (status, bytes) {
        (WaitStatus::Exited(_, 0), Ok(bytes)) => serde_json::from_slice(&bytes)
            .map_err(|error| Failure::Damaged(error.to_string())),
        (WaitStatus::Exited(_, 0), Err(error)) if error.kind() == ErrorKind::NotFound => {
            Err(Failure::NoFile)
        }
        (WaitStatus::Exited(_, 0), Err(error)) => Err(Failure::Damaged(error.to_string())),
        (WaitStatus::Exited(_, status), _) => Err(Failure::Exited(status)),
        (WaitStatus::Signaled(_, signal, _), _) => Err(Failure::Killed(signal)),
        (other, _) => Err(Failure::Damaged(format!("{other:?}"))),
    }
}
