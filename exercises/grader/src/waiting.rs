//! What a process waits for, in words, from /proc/PID/syscall and /proc/PID/fd.

use std::fs;

use crate::process::Process;

/// What `process` is doing. `all` are the processes of the case: one of them may hold the other
/// end of the pipe it waits for.
pub(crate) fn doing(process: &Process, all: &[Process]) -> String {
    match process.state {
        'Z' => "a zombie: it has ended, and its parent has not waited for it".into(),
        'T' | 't' => "stopped by a signal".into(),
        'R' => "running".into(),
        _ => match Call::of(process.pid) {
            Some(call) => call.in_words(process.pid, all),
            None => "waiting".into(),
        },
    }
}

/// A system call that has not returned yet.
struct Call {
    number: i64,
    arguments: Vec<i64>,
}

impl Call {
    fn of(pid: i32) -> Option<Call> {
        let line = fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
        let mut words = line.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let hexadecimal = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
        let arguments = words.filter_map(hexadecimal).map(u64::cast_signed).collect();
        Some(Call { number, arguments })
    }

    fn argument(&self, index: usize) -> i64 {
        self.arguments.get(index).copied().unwrap_or_default()
    }

    fn in_words(&self, pid: i32, all: &[Process]) -> String {
        match self.number {
            libc::SYS_wait4 => waiting_for(self.argument(0) as i32),
            libc::SYS_waitid => "waiting for a child to end (waitid)".into(),
            libc::SYS_read | libc::SYS_readv => reading(pid, self.argument(0), all),
            libc::SYS_write | libc::SYS_writev => writing(pid, self.argument(0), all),
            libc::SYS_nanosleep | libc::SYS_clock_nanosleep => "sleeping (sleep)".into(),
            libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => "waiting for a signal".into(),
            libc::SYS_futex => "waiting for a lock or a thread (futex)".into(),
            libc::SYS_flock => "waiting for a file lock (flock)".into(),
            libc::SYS_ppoll | libc::SYS_pselect6 | libc::SYS_epoll_pwait => {
                "waiting until a descriptor is ready (poll)".into()
            }
            number => older_call(number),
        }
    }
}

/// Calls that only some processors have, and the rest.
fn older_call(number: i64) -> String {
    #[cfg(target_arch = "x86_64")]
    match number {
        libc::SYS_pause => return "waiting for a signal (pause)".into(),
        libc::SYS_poll | libc::SYS_select | libc::SYS_epoll_wait => {
            return "waiting until a descriptor is ready (poll)".into();
        }
        _ => {}
    }
    format!("waiting in system call {number}")
}

fn waiting_for(pid: i32) -> String {
    match pid {
        1.. => format!("waiting for child {pid} to end (waitpid)"),
        -1 => "waiting for any child to end (waitpid)".into(),
        _ => "waiting for a child in a process group to end (waitpid)".into(),
    }
}

fn reading(pid: i32, descriptor: i64, all: &[Process]) -> String {
    let Some(file) = File::of(pid, descriptor) else { return "reading (read)".into() };
    if !file.is_pipe() {
        return format!("reading {} (read)", file.name);
    }
    let holders = names(all.iter().filter(|process| file.write_end_open_in(process.pid)));
    if holders.is_empty() {
        return "reading a pipe (read)".into();
    }
    format!("reading a pipe; its write end is still open in {holders}")
}

fn writing(pid: i32, descriptor: i64, all: &[Process]) -> String {
    let Some(file) = File::of(pid, descriptor) else { return "writing (write)".into() };
    if !file.is_pipe() {
        return format!("writing {} (write)", file.name);
    }
    let holders = names(all.iter().filter(|process| file.read_end_open_in(process.pid)));
    if holders.is_empty() {
        return "writing to a full pipe (write)".into();
    }
    format!("writing to a full pipe that nobody empties; its read end is open in {holders}")
}

/// "3", "3 and 5", "3, 5 and 6".
fn names<'a>(processes: impl Iterator<Item = &'a Process>) -> String {
    let pids: Vec<String> = processes.map(|process| process.own_pid.to_string()).collect();
    crate::words::list(&pids)
}

/// What a descriptor stands for; for a pipe as in `pipe:[4711]`.
struct File {
    name: String,
}

impl File {
    fn of(pid: i32, descriptor: i64) -> Option<File> {
        let target = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
        Some(File { name: target.to_string_lossy().into_owned() })
    }

    fn is_pipe(&self) -> bool {
        self.name.starts_with("pipe:")
    }

    fn write_end_open_in(&self, pid: i32) -> bool {
        self.open_modes(pid).any(|mode| mode == libc::O_WRONLY)
    }

    fn read_end_open_in(&self, pid: i32) -> bool {
        self.open_modes(pid).any(|mode| mode == libc::O_RDONLY)
    }

    /// How `pid` has opened this file, once for each descriptor.
    fn open_modes(&self, pid: i32) -> impl Iterator<Item = i32> {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.filter_map(move |entry| {
            let descriptor: i64 = entry.file_name().to_str()?.parse().ok()?;
            let same = File::of(pid, descriptor)?.name == self.name;
            same.then(|| access_mode(pid, descriptor)).flatten()
        })
    }
}

fn access_mode(pid: i32, descriptor: i64) -> Option<i32> {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    Some(i32::from_str_radix(flags.trim(), 8).ok()? & libc::O_ACCMODE)
}
