//! timely, with threads in this process, and with sockets to the others if there are any.
//!
//! No fork here: timely's workers are threads, and other threads serve its sockets, but a fork
//! copies only one thread. For several processes, start the program several times.

use std::any::Any;
use std::mem;

use lesson_cli::Failure;
use nix::errno::Errno;
use timely::WorkerConfig;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::allocator::{AllocatorBuilder, ProcessBuilder};
use timely::communication::{Config, Hooks};
use timely::execute::execute_from;
use timely::worker::Worker;

use crate::cluster::Cluster;
use crate::files::{Files, Rows, Share};
use crate::start::{self, GatedStream};
use crate::{connect, peer_lost};

/// What timely makes workers from, and what it keeps as long as they live: threads for the sockets.
type Engine = (Vec<AllocatorBuilder>, Box<dyn Any + Send>);

/// What a worker does with its share of the files.
type Work = fn(&mut Worker, Share) -> Rows;

/// Runs `work` in every worker of this process, each with its share. Returns all the rows that
/// they return.
///
/// # Errors
///
/// Another process is missing or does not match, or the kernel refused a thread. If a process is
/// lost later, this one ends at once with exit status 1 ([`peer_lost`]).
pub(crate) fn run(cluster: &Cluster, files: Files, work: Work) -> Result<Rows, Failure> {
    peer_lost::end_on_panic(cluster);
    let (builders, network) = match cluster.addresses.len() {
        1 => Config::Process(cluster.workers).try_build().map_err(Failure::Other)?,
        _ => network(cluster, &files)?,
    };
    // timely numbers the workers of all processes in one sequence.
    let first = cluster.process * cluster.workers;
    let share = move |worker: &mut Worker| work(worker, files.of_thread(worker.index() - first));
    let running = execute_from(builders, Box::new(()), WorkerConfig::default(), share);
    let running = match running {
        Ok(running) => running,
        Err(reason) => {
            // Dropping it would wait for its threads, which wait for the worker that is missing.
            mem::forget(network);
            return Err(no_thread(&reason));
        }
    };
    start::all_started();
    let results: Result<Vec<_>, _> = running.join().into_iter().collect();
    drop(network); // waits until the last message is sent
    Ok(results.map_err(Failure::Other)?.into_iter().flatten().collect())
}

/// The other processes, met and connected.
fn network(cluster: &Cluster, files: &Files) -> Result<Engine, Failure> {
    let sockets = connect::all(cluster, files.digest())?;
    for socket in sockets.iter().flatten() {
        peer_lost::watch(socket, cluster.limit)
            .map_err(|error| Failure::system("watching a connection", error))?;
    }
    peer_lost::tell(&format!("{}: {}", cluster.me(), files.taken()));

    let sockets = sockets.into_iter().map(|socket| socket.map(GatedStream)).collect();
    let &Cluster { process, workers, .. } = cluster;
    let hooks = Hooks::default();
    let threads = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), None);
    let (builders, guard) =
        initialize_networking_from_sockets(threads, sockets, process, workers, hooks)
            .map_err(|error| Failure::system("the threads for the network", error))?;
    Ok((builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard)))
}

/// timely gives the system's reason as text. The only one is a limit on threads (`man 3
/// pthread_create`).
fn no_thread(reason: &str) -> Failure {
    if reason.contains("WouldBlock") {
        Failure::system("the worker threads", Errno::EAGAIN)
    } else {
        Failure::Other(format!("the worker threads failed: {reason}"))
    }
}
