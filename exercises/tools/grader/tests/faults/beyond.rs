//! More than asked, and what belongs to others: strangers, threads, busy waits.

use std::time::Duration;

use grader::{Stranger, WrongAnswer};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, wait, waitpid};

use crate::refused;
use crate::tools::{bare_fork, child, pass, reap};

const SHORT: Duration = Duration::from_millis(400);

pub(crate) fn all() -> Vec<WrongAnswer> {
    vec![
        refused!("not your child", waits_for_any_child, "waitpid(child), not"),
        refused!("not your child", kills_the_stranger, "ended it"),
        refused!("deadlock", waits_until_no_child_is_left, "their PIDs"),
        refused!("busy wait", asks_again_and_again.forks(1), "WNOHANG"),
        refused!("busy wait", polls_again_and_again, "waitpid with WNOHANG, poll with"),
        refused!("busy wait", reads_again_and_again, "a read that does not block"),
        refused!("busy wait", spins.uses_at_most(Duration::from_millis(40)), "processor time"),
        refused!("used threads", a_thread.no_threads(), "1 thread was created"),
        refused!("used threads", a_thread_in_the_child.no_threads(), "1 thread was created"),
        refused!("wrong number of processes", raw_one_more.forks(1), "2 processes were forked"),
        refused!("timed out", loops_for_ever.within(SHORT), "What should end the loop?"),
    ]
}

fn waits_for_any_child() {
    let _stranger = Stranger::zombie();
    wait().expect("wait failed");
}

fn kills_the_stranger() {
    let stranger = Stranger::alive();
    kill(stranger.pid(), Signal::SIGKILL).expect("kill failed");
    pass(50); // the verdict would be the same if it died later, for another reason
}

fn waits_until_no_child_is_left() {
    let _stranger = Stranger::alive();
    child(|| ());
    while wait().is_ok() {}
}

fn asks_again_and_again() {
    let child = child(|| pass(50));
    while waitpid(child, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive) {}
}

fn polls_again_and_again() {
    use nix::poll::{PollFd, PollFlags, poll};
    use std::os::fd::AsFd;
    let (reader, writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| {
        let _end_of_file_comes_when_this_is_closed = &writer;
        pass(50);
    });
    drop(writer);
    while poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], 0u8) == Ok(0) {}
    reap(child);
}

fn reads_again_and_again() {
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let (reader, writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| {
        let _end_of_file_comes_when_this_is_closed = &writer;
        pass(50);
    });
    drop(writer);
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("fcntl failed");
    while nix::unistd::read(&reader, &mut [0]) == Err(Errno::EAGAIN) {}
    reap(child);
}

fn spins() {
    use nix::time::{ClockId, clock_gettime};
    let used = || clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from);
    while used().expect("no clock") < Duration::from_millis(60) {
        std::hint::spin_loop();
    }
}

fn a_thread() {
    std::thread::spawn(|| ()).join().expect("the thread panicked");
}

fn a_thread_in_the_child() {
    reap(child(a_thread));
}

/// Past the hook.
fn raw_one_more() {
    reap(child(|| ()));
    let child = bare_fork();
    if child == 0 {
        crate::tools::end(0);
    }
    reap(nix::unistd::Pid::from_raw(child));
}

fn loops_for_ever() {
    loop {
        std::hint::spin_loop();
    }
}
