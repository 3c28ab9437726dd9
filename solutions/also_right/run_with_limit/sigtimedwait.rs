//! SIGCHLD is blocked, and `sigtimedwait` sleeps until it comes or the time is over.
//!
//! only: linux

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

pub const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: WaitStatus,
    pub timed_out: bool,
}

pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    let before = SigSet::from(Signal::SIGCHLD).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let subreaper = get_child_subreaper()?;
    set_child_subreaper(true)?;
    let outcome = run(command, limit, &before);
    set_child_subreaper(subreaper)?;
    while wait_for_sigchld(Duration::ZERO) {}
    before.thread_set_mask()?;
    outcome
}

fn run(command: &[&str], limit: Duration, mask: &SigSet) -> io::Result<Outcome> {
    let others = children(getpid());
    let (program, arguments) = command.split_first().ok_or(Errno::ENOENT)?;
    let mask = *mask;
    let mut command = Command::new(program);
    command.args(arguments).process_group(0);
    unsafe { command.pre_exec(move || Ok(mask.thread_set_mask()?)) };
    let first = Pid::from_raw(command.spawn()?.id() as i32);
    let mut tree = Tree { first, others, status: None };
    tree.sleep(limit, |tree| tree.status.is_some())?;
    let timed_out = tree.status.is_none();
    tree.tell(Signal::SIGTERM);
    tree.sleep(GRACE, |tree| tree.own().is_empty())?;
    while !tree.own().is_empty() {
        tree.tell(Signal::SIGKILL);
        tree.sleep(Duration::from_millis(10), |tree| tree.own().is_empty())?;
    }
    Ok(Outcome { status: tree.status.ok_or(Errno::ECHILD)?, timed_out })
}

struct Tree {
    first: Pid,
    others: Vec<Pid>,
    status: Option<WaitStatus>,
}

impl Tree {
    fn own(&self) -> Vec<Pid> {
        children(getpid()).into_iter().filter(|pid| !self.others.contains(pid)).collect()
    }

    fn sleep(&mut self, limit: Duration, is_over: impl Fn(&Tree) -> bool) -> nix::Result<()> {
        let begin = Instant::now();
        loop {
            for pid in self.own() {
                let status = waitpid(pid, Some(WaitPidFlag::WNOHANG))?;
                if pid == self.first && status != WaitStatus::StillAlive {
                    self.status = Some(status);
                }
            }
            let left = limit.saturating_sub(begin.elapsed());
            if is_over(self) || left.is_zero() {
                return Ok(());
            }
            wait_for_sigchld(left);
            std::thread::sleep(Duration::from_millis(2)); // many may end at the same time
        }
    }

    fn tell(&self, signal: Signal) {
        let mut all = self.own();
        let mut next = 0;
        while next < all.len() {
            all.extend(children(all[next]));
            next += 1;
        }
        all.into_iter().for_each(|pid| kill(pid, signal).unwrap_or_default());
    }
}

fn wait_for_sigchld(limit: Duration) -> bool {
    let limit = limit.min(Duration::from_secs(1000));
    let time = libc::timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos().into() };
    let set = SigSet::from(Signal::SIGCHLD);
    unsafe { libc::sigtimedwait(set.as_ref(), std::ptr::null_mut(), &time) > 0 }
}

fn children(of: Pid) -> Vec<Pid> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    list.split(' ').filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).collect()
}
