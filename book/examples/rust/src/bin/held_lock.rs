//! HAZARD, on purpose: a lock that another thread holds at the fork stays locked in the child.
//!
//! The lock is a `Mutex`, or with `--stdout` the one inside `println!`.

use std::any::Any;
use std::io::{self, Read, pipe};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

static LOCK: Mutex<()> = Mutex::new(());

fn main() -> io::Result<()> {
    let stdout = std::env::args().any(|argument| argument == "--stdout");
    let take: fn() -> Box<dyn Any> = if stdout { take_stdout } else { take_mutex };

    // 1. A thread takes the lock, says so, and keeps it until it is told to release it.
    let (taken, is_taken) = mpsc::channel::<()>();
    let (let_go, told) = mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        let _held = take();
        drop(taken);
        let _ = told.recv(); // an error here is the sign
    });
    let _ = is_taken.recv();

    // 2. Fork while it is held. End-of-file says that the child is about to take the lock.
    let (mut at_the_lock, arriving) = pipe()?;
    // SAFETY: this process has two threads, so it is not sound to use a lock in the child: the
    // hazard that is shown. The child does nothing else.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(arriving);
            let _held = take(); // for ever
            Ok(())
        }
        ForkResult::Parent { child } => {
            drop(arriving);
            at_the_lock.read_to_end(&mut Vec::new())?;

            // 3. In the parent, the lock is free again.
            drop(let_go);
            let _ = holder.join();
            drop(take());
            println!("parent: my thread has released the lock, and I could take it");

            // 4. In the child, it is not.
            show_it_hangs(child)
        }
    }
}

fn show_it_hangs(child: Pid) -> io::Result<()> {
    give_time(Duration::from_millis(200));
    println!("parent: child: {:?}", waitpid(child, Some(WaitPidFlag::WNOHANG))?);
    kill(child, Signal::SIGKILL)?;
    waitpid(child, None)?;
    Ok(())
}

fn take_mutex() -> Box<dyn Any> {
    Box::new(LOCK.lock().unwrap_or_else(PoisonError::into_inner))
}

fn take_stdout() -> Box<dyn Any> {
    Box::new(io::stdout().lock())
}

/// Orders nothing: however long this takes, the child does not get the lock.
#[expect(clippy::disallowed_methods, reason = "shows that waiting does not help")]
fn give_time(time: Duration) {
    thread::sleep(time);
}
