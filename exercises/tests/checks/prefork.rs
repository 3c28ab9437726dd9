//! What your `serve` must do.

use std::collections::BTreeSet;
use std::io::{Error, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, killpg, sigaction};
use nix::sys::time::TimeValLike;
use nix::unistd::{Pid, getpgrp};

use super::answers::prefork::serve;

#[path = "prefork/clients.rs"]
mod clients;
#[path = "prefork/stops.rs"]
mod stops;
#[path = "tools.rs"]
mod tools;
use clients::{Client, Server, TOLD_TO_STOP, handle, result_of, said, served};
use stops::{
    a_late_sigterm_is_for_your_function, an_old_worker_finishes_at_the_end,
    signals_for_the_workers_too,
};
use tools::{Counted, LITTLE, slow_work};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "prefork",
        [
            check!(every_client_is_served).receives(Signal::SIGTERM).see("prefork-server.md#one-socket"),
            check!(the_workers_serve_at_the_same_time).receives(Signal::SIGTERM).forks(3).see("prefork-server.md#one-socket"),
            check!(an_idle_server_ends_at_sigterm).receives(Signal::SIGTERM)
                .forks(2)
                .within(Duration::from_secs(2))
                .see("prefork-server.md#a-worker"),
            check!(a_worker_that_gets_no_client_hears_sigterm)
                .forks(2)
                .if_it_hangs(
                    "A client woke both workers, and one of them has accepted it. The other then\n\
                     waits in accept, where it does not notice that it should stop. Let accept\n\
                     return at once if there is no client: listener.set_nonblocking(true).",
                )
                .see("prefork-server.md#a-worker"),
            check!(a_worker_that_is_killed_is_replaced)
                .forks(1 + 3)
                .see("prefork-server.md#the-parent"),
            check!(a_worker_that_panics_is_replaced).see("prefork-server.md#the-parent"),
            check!(a_worker_that_ends_with_status_0_is_replaced)
                .forks(1 + 1)
                .see("prefork-server.md#the-parent"),
            check!(nine_clients_at_the_same_time)
                .receives(Signal::SIGTERM)
                .forks(9)
                .see("prefork-server.md#one-socket"),
            check!(a_thousand_clients_and_workers_that_are_killed)
                .within(Duration::from_secs(20))
                .see("prefork-server.md#the-parent"),
            check!(a_client_that_is_being_served_is_finished_at_a_reload).receives(Signal::SIGHUP)
                .see("prefork-server.md#cut-off"),
            check!(a_client_that_is_being_served_is_finished_at_the_end).receives(Signal::SIGTERM)
                .forks(2)
                .see("prefork-server.md#cut-off"),
            check!(sighup_replaces_all_workers).receives(Signal::SIGHUP)
                .within(Duration::from_secs(10))
                .see("prefork-server.md#reload"),
            check!(new_workers_do_not_wait_for_the_old_ones)
                .receives(Signal::SIGHUP)
                .forks(1 + 2)
                .see("prefork-server.md#reload"),
            check!(a_reload_before_any_wait_is_for_your_function)
                .receives(Signal::SIGTERM)
                .see("signals.md#as-events"),
            check!(signals_for_the_workers_too).forks(1 + 1).see("prefork-server.md#cut-off"),
            check!(an_old_worker_finishes_at_the_end)
                .receives(Signal::SIGTERM)
                .forks(1 + 1)
                .see("prefork-server.md#cut-off"),
            check!(an_accept_that_fails).forks(1 + 1).see("prefork-server.md#a-worker"),
            check!(three_workers_are_killed_at_once).forks(3 + 3).see("signals.md#as-events"),
            check!(a_signal_that_the_caller_blocks_stays_blocked)
                .forks(1)
                .see("signals.md#as-events"),
            check!(a_child_of_the_caller_is_not_a_worker).see("waitpid.md#any-child"),
            check!(the_caller_ignores_its_signals)
                .within(Duration::from_secs(2))
                .if_it_hangs(
                    "The caller ignores SIGTERM and SIGHUP, as after nohup, and a fork copies this. In a worker that\n\
                     has to end by SIGTERM, the signal needs its default action or a handler.",
                )
                .see("signals.md#dispositions"),
            check!(the_caller_handles_its_signals)
                .within(Duration::from_secs(2))
                .if_it_hangs(
                    "The caller has handlers for SIGTERM and SIGHUP, and a fork copies them. In a worker that has\n\
                     to end by SIGTERM, the signal needs its default action or a handler of your function's.",
                )
                .see("signals.md#dispositions"),
            check!(all_sleep_while_they_wait)
                .forks(2)
                .uses_at_most(LITTLE)
                .see("signals.md#as-events"),
            check!(a_late_sigterm_is_for_your_function)
                .within(Duration::from_secs(12))
                .see("signals.md#as-events"),
            check!(when_a_fork_fails_the_others_stop)
                .forks(2)
                .fork_fails(3)
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_replacement_that_cannot_be_forked).see("many-forks.md#a-fork-that-fails"),
            check!(a_reload_that_cannot_fork).see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

fn every_client_is_served() {
    served(3, |server| {
        for number in 1..=30 {
            server.visit().map_err(said(&format!("client {number} of 30")))?;
        }
        Ok(())
    });
}

/// Three clients are served at the same time, each by its own worker.
fn the_workers_serve_at_the_same_time() {
    served(3, |server| {
        let first = server.connect().map_err(said("the first client"))?;
        let second = server.connect().map_err(said("a second client, at the same time"))?;
        let third = server.connect().map_err(said("a third client, at the same time"))?;
        let pids = BTreeSet::from([first.pid, second.pid, third.pid]);
        if pids.len() != 3 || pids.contains(&server.parent) {
            return Err(format!("three clients at once were served by the processes {pids:?}"));
        }
        for client in [first, second, third] {
            client.finish().map_err(said("one of three clients at once"))?;
        }
        Ok(())
    });
}

fn an_idle_server_ends_at_sigterm() {
    served(2, |_| {
        slow_work(100);
        Ok(())
    });
}

/// The caller has blocked SIGHUP, and expects that it is blocked after the call too.
fn a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGHUP);
    served(1, |server| server.visit().map(drop).map_err(said("the only client")));
}

fn a_worker_that_is_killed_is_replaced() {
    served(1, |server| {
        for _ in 0..3 {
            let client = server.connect().map_err(said("a client after a worker was killed"))?;
            let _ = kill(client.pid, Signal::SIGKILL);
        }
        server.visit().map(drop).map_err(said("a client after three workers were killed"))
    });
}

/// (A worker may also catch the panic and go on.)
fn a_worker_that_panics_is_replaced() {
    served(1, |server| {
        let mut client = server.connect().map_err(said("the first client"))?;
        let _ = client.stream.get_mut().write_all(b"!");
        server.visit().map(drop).map_err(said("a client after a worker had panicked"))
    });
}

fn a_worker_that_ends_with_status_0_is_replaced() {
    served(1, |server| {
        let mut client = server.connect().map_err(said("the first client"))?;
        let _ = client.stream.get_mut().write_all(b"0");
        server.visit().map(drop).map_err(said("a client after a worker had ended with status 0"))
    });
}

fn nine_clients_at_the_same_time() {
    served(9, |server| {
        let clients: Result<Vec<Client>, Error> = (0..9).map(|_| server.connect()).collect();
        let clients = clients.map_err(said("nine clients at once, for nine workers"))?;
        clients.into_iter().try_for_each(|client| {
            client.finish().map(drop).map_err(said("one of nine clients at once"))
        })
    });
}

/// Four threads with 250 clients each. Every twentieth client kills its worker, and is lost.
fn a_thousand_clients_and_workers_that_are_killed() {
    served(4, |server| {
        let visits = move |thread: usize| {
            for number in 0..250 {
                let client = server.connect().map_err(said("one of a thousand clients"))?;
                if (number + 5 * thread).is_multiple_of(20) {
                    let _ = kill(client.pid, Signal::SIGKILL);
                } else {
                    client.finish().map_err(said("one of a thousand clients"))?;
                }
            }
            Ok(())
        };
        let threads: Vec<_> = (0..4).map(|thread| thread::spawn(move || visits(thread))).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err("the check's own thread".to_owned()))
        })
    });
}

/// Two threads keep the server busy while it is told twice to replace its workers.
fn sighup_replaces_all_workers() {
    served(3, |server| {
        let visits = move || (0..100).try_for_each(|_| server.visit().map(drop));
        let threads: Vec<_> = (0..2).map(|_| thread::spawn(visits)).collect();
        for _ in 0..2 {
            // Three clients at the same time, so that they know all three workers.
            let clients = (0..3).map(|_| server.connect()).collect::<Result<Vec<_>, _>>();
            let clients = clients.map_err(said("three clients before the reload"))?;
            let old: BTreeSet<Pid> = clients.iter().map(|client| client.pid).collect();
            server.tell(Signal::SIGHUP);
            for client in clients {
                client.finish().map_err(said("a client during the reload"))?;
            }
            wait_for_new_workers(server, &old)?;
        }
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(visits) => visits.map_err(said("a client of a busy server")),
            Err(_) => Err("the check's own thread".to_owned()),
        })
    });
}

/// Visits the server until ten clients in a row are not served by a worker of `old`.
fn wait_for_new_workers(server: Server, old: &BTreeSet<Pid>) -> Result<(), String> {
    let mut in_a_row = 0;
    for _ in 0..200 {
        let pid = server.visit().map_err(said("a client after the reload"))?;
        in_a_row = if old.contains(&pid) { 0 } else { in_a_row + 1 };
        if in_a_row == 10 {
            return Ok(());
        }
        slow_work(5);
    }
    Err(format!("a worker of {old:?} still accepts clients, a second after SIGHUP"))
}

fn a_client_that_is_being_served_is_finished_at_a_reload() {
    served(2, |server| {
        let client = server.connect().map_err(said("the first client"))?;
        server.tell(Signal::SIGHUP);
        slow_work(100);
        client.finish().map(drop).map_err(said("a client that was being served at SIGHUP"))?;
        server.visit().map(drop).map_err(said("a client after the reload"))
    });
}

/// A client keeps the only worker when the first reload comes, and another one its replacement when the
/// second comes.
fn new_workers_do_not_wait_for_the_old_ones() {
    served(1, |server| {
        let first = server.connect().map_err(said("the first client"))?;
        server.tell(Signal::SIGHUP);
        let second = server.connect().map_err(said("a client of the worker after a reload"))?;
        server.tell(Signal::SIGHUP);
        server.visit().map_err(said("a client of the worker after a second reload"))?;
        for client in [first, second] {
            client.finish().map_err(said("a client that was being served at SIGHUP"))?;
        }
        Ok(())
    });
}

/// The client lets the worker continue 0.1 s after SIGTERM.
fn a_client_that_is_being_served_is_finished_at_the_end() {
    served(2, |server| {
        let client = server.connect().map_err(said("the first client"))?;
        server.tell(Signal::SIGTERM);
        slow_work(100);
        client.finish().map(drop).map_err(said("a client that was being served at SIGTERM"))
    });
}

/// It comes just before a call of waitpid, while the only worker has a client and is to stop. Left
/// pending by the last call, it would reach the caller as soon as that does not block it any more.
fn a_reload_before_any_wait_is_for_your_function() {
    let counted = Counted::new(Signal::SIGHUP);
    for number in [1, 2, 3, 1, 2, 3] {
        let planted = plant(Call::Wait.nth(number).in_parent().receives(Signal::SIGHUP));
        served(1, |server| {
            let client = server.connect().map_err(said("the first client"))?;
            server.tell(Signal::SIGTERM);
            slow_work(30);
            client.finish().map(drop).map_err(said("a client that was being served at SIGTERM"))
        });
        drop(planted);
        counted.assert_none(number);
    }
}

/// Each of two workers is stopped just before it accepts the only client, and continues when both are
/// there, or after a second.
fn a_worker_that_gets_no_client_hears_sigterm() {
    let held = plant(Call::Accept.nth(1).in_children().receives(Signal::SIGSTOP));
    served(2, |server| {
        let stream = TcpStream::connect(server.address).map_err(said("the only client"))?;
        for _ in 0..100 {
            if held.times() == 2 {
                break;
            }
            slow_work(10);
        }
        // Again and again, because the first may come before a stop. Others do no harm.
        thread::spawn(|| {
            for _ in 0..60 {
                let _ = killpg(getpgrp(), Signal::SIGCONT);
                slow_work(50);
            }
        });
        let client = Client::new(stream).map_err(said("the only client"))?;
        client.finish().map(drop).map_err(said("the only client"))
    });
}

/// The first accept of each worker fails: a client that had connected is gone again.
fn an_accept_that_fails() {
    for errno in [Errno::ECONNABORTED, Errno::EMFILE] {
        let _failed = plant(Call::Accept.nth(1).in_children().fails(errno));
        served(1, |server| {
            server
                .visit()
                .map(drop)
                .map_err(said("a client; the first accept of each worker fails"))
        });
    }
}

/// The parent is stopped meanwhile, so that it gets one SIGCHLD for all of them.
fn three_workers_are_killed_at_once() {
    served(3, |server| {
        let three = |what| {
            let clients: Result<Vec<Client>, Error> = (0..3).map(|_| server.connect()).collect();
            clients.map_err(said(what))
        };
        let clients = three("three clients at once")?;
        let _ = kill(server.parent, Signal::SIGSTOP);
        for client in &clients {
            let _ = kill(client.pid, Signal::SIGKILL);
        }
        for client in clients {
            let _ = client.finish(); // it is cut off when the worker has ended
        }
        let _ = kill(server.parent, Signal::SIGCONT);
        let clients = three("three clients at once, after three workers were killed at once")?;
        clients.into_iter().try_for_each(|client| {
            client.finish().map(drop).map_err(said("a client of a replacement"))
        })
    });
}

/// One child runs as long as the check, and one has already ended.
fn a_child_of_the_caller_is_not_a_worker() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    served(2, |server| {
        let client = server.connect().map_err(said("the first client"))?;
        let _ = kill(client.pid, Signal::SIGKILL);
        server.visit().map(drop).map_err(said("a client after a worker was killed"))
    });
}

/// SIGHUP is ignored in programs that nohup starts, and SIGTERM may be.
fn the_caller_ignores_its_signals() {
    served_with(&SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty()));
}

extern "C" fn nothing(_signal: i32) {}

/// The handlers do nothing. There is one for SIGCHLD too.
fn the_caller_handles_its_signals() {
    let handler = SigHandler::Handler(nothing);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGCHLD, &action) }.expect("a handler of the check");
    grader::baseline();
    served_with(&action);
}

/// A reload and an end when the caller has another action for both signals, which it finds again.
fn served_with(action: &SigAction) {
    const SIGNALS: [Signal; 2] = [Signal::SIGHUP, Signal::SIGTERM];
    // SAFETY: the handler does nothing, if there is one.
    let set = |signal, action| unsafe { sigaction(signal, action) }.expect("the caller's action");
    let before = SIGNALS.map(|signal| set(signal, action));
    served(2, |server| {
        let client = server.connect().map_err(said("the first client"))?;
        let old = BTreeSet::from([client.pid]);
        server.tell(Signal::SIGHUP);
        client.finish().map_err(said("a client that was being served at SIGHUP"))?;
        wait_for_new_workers(server, &old)
    });
    let after = SIGNALS.map(|signal| set(signal, action));
    let handler = |action: &SigAction| format!("{:?}", action.handler());
    let same = after.map(|after| handler(&after) == handler(action));
    for (signal, before) in SIGNALS.iter().zip(&before) {
        set(*signal, before);
    }
    assert_eq!(same, [true; 2], "whether {SIGNALS:?} have the caller's action again");
}

/// For 0.6 s there are no clients, and two workers wait.
fn all_sleep_while_they_wait() {
    // The number of calls says the same on a busy machine.
    let calls = plant(Call::Any.every().in_children().is_counted());
    served(2, |_| {
        slow_work(600);
        Ok(())
    });
    let calls = calls.times();
    assert!(
        calls < 1000,
        "Two workers without a client made {calls} calls in 0.6 s, so they poll in a loop."
    );
    // Not every system counts all calls.
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the times of the check's children");
    let used = (used.user_time() + used.system_time()).num_milliseconds();
    assert!(used < 100, "two workers without a client used {used} ms of processor time");
}

/// The third of four forks fails with EAGAIN.
fn when_a_fork_fails_the_others_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket for the check");
    assert_eq!(serve(&listener, 4, handle), Err(Errno::EAGAIN), "the third fork failed");
}

/// One client keeps a worker, and another one kills the second worker. There is no memory for a
/// replacement: ENOMEM.
fn a_replacement_that_cannot_be_forked() {
    error_after(|_, worker| {
        let _ = kill(worker, Signal::SIGKILL);
    });
}

/// The same, and the third fork is that of a reload.
fn a_reload_that_cannot_fork() {
    error_after(|server, _| server.tell(Signal::SIGHUP));
}

/// `event` makes your function fork for the third time, which fails. It is told a worker's PID.
#[track_caller]
fn error_after(event: impl FnOnce(Server, Pid)) {
    let _refused = plant(Call::Fork.nth(3).in_parent().fails(Errno::ENOMEM));
    let result = result_of(2, |server| {
        TOLD_TO_STOP.store(true, Relaxed); // it ends by itself
        let client = server.connect().map_err(said("the first client"))?;
        let other = server.connect().map_err(said("the second client"))?;
        event(server, other.pid);
        slow_work(50);
        client.finish().map(drop).map_err(said("a client that was being served at the failed fork"))
    });
    assert_eq!(result, Err(Errno::ENOMEM), "the third fork failed");
}
