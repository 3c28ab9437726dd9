//! A process pool: workers that are forked once, inherit a function, and run it on items.
//!
//! ```standalone_crate
//! use pool::{Cause, Pool};
//!
//! let pool = Pool::new(2, |x: u64| if x == 7 { panic!("bad luck") } else { x * x })?;
//! assert_eq!(pool.map(0..4)?, [0, 1, 4, 9]);
//!
//! // One bad item is one error. It names the item and the cause; the others have their results.
//! let results = pool.map_all(5..9);
//! let error = results[2].as_ref().unwrap_err();
//! assert_eq!(error.item(), Some(2));
//! assert!(matches!(error.cause(), Cause::Panicked { message, .. } if message == "bad luck"));
//! assert_eq!(*results[3].as_ref().unwrap(), 64);
//! # Ok::<(), pool::Error>(())
//! ```
//!
//! # Which method
//!
//! | you want | method |
//! |---|---|
//! | all results, or the first error | [`Pool::map`], [`Pool::try_map`] if the function returns a `Result` |
//! | a result or an error for each item | [`Pool::map_all`] |
//! | results while others are computed, of an input that may be endless | [`Pool::imap`], [`Pool::imap_unordered`] |
//! | results later | [`Pool::map_async`], [`Pool::apply_async`], [`Handle::wait_first`] |
//! | a time limit | [`Builder::time_limit`] for each item, [`Pool::timeout`] for a call |
//! | something that each worker makes for itself, and gives back | [`Builder::initialiser`], [`Builder::finaliser`] |
//! | to stop | [`Handle::cancel`], [`Pool::terminate`], or drop the pool |
//! | to see what happens | [`Builder::on_progress`], [`Builder::on_event`], the `log` crate |
//!
//! # What you can rely on
//!
//! * **Each item is begun at most once.** When a worker dies, the item it was at fails with
//!   [`Cause::Died`]; items it had finished keep their results, and items it had not begun go to other
//!   workers. Whether the failed item had done its work, in part or in full, the pool cannot know. If
//!   running it again is harmless, give it again.
//! * **A call ends.** It ends if each run of the function ends, or if there is a time limit: whether a
//!   worker dies, hangs, is stopped by a signal, or destroys its descriptors. `DESIGN.md`, beside this
//!   crate's `Cargo.toml`, gives the reasons.
//! * **No result is wrong.** An item has its own result or an error, even if the function forks, writes
//!   into descriptors that are not its own, or panics while its result is decoded.
//! * **An error costs one item.** The pool can be used as before after every error of an item.
//!
//! # What crosses between the processes
//!
//! The function does not cross: a worker is a fork of the parent and has its own copy, and so the
//! function may borrow. Items and results cross as bytes: any type with serde's `Serialize` and
//! `DeserializeOwned` ([some attributes of serde excepted](Payload#what-does-not-work)). So no references,
//! no open files, no closures. A panic crosses as its message and place, a death as the worker's wait
//! status with the last panic before it.
//!
//! # What a worker inherits
//!
//! A worker is a copy of the parent at the moment of the fork, with these exceptions:
//!
//! | of the parent | in a worker |
//! |---|---|
//! | variables that the function has captured | a copy of its own; what it changes there, no other process sees. The function is dropped when the worker ends regularly, in **each** worker. So a captured guard, such as one that deletes a folder, does its work in each: let the function borrow it |
//! | open files | the same open files, with one position for all. A `BufWriter` has a copy of the buffer: flush it before the pool is made |
//! | other variables, and the frames that called | copies that are never dropped: a worker does not return |
//! | the panic hook | called for panics of items if you have set one; the standard hook is not called, as the panic comes back as an error |
//! | signal handlers and mask | the same. On Linux `SIGURG` is taken: it comes when the parent dies |
//! | process group | on Linux one of its own, so that it can be killed with all that it has started. Ctrl-C reaches the parent, and the workers end with it. A worker cannot read from the terminal |
//! | threads | none. See below |
//! | pools | a copy that answers each call with [`Cause::WrongProcess`]. Make one in the worker if you need one there |
//! | random number generators | the same state in each worker: seed one in the initialiser |
//!
//! # Threads
//!
//! A pool forks when it is made, and again when a worker has died or is
//! [recycled](Builder::recycle_after). A fork copies one thread and the whole memory: a lock that
//! another thread holds at that moment stays locked in the worker for ever. So at each of these
//! moments the process must have one thread. The pool counts them (on Linux and macOS) and refuses to
//! fork if there are more, or if they cannot be counted; [`Builder::allow_threads`] is for those who know
//! better. A pool that may not replace a worker goes on with those it has, and tries again at the next
//! call. Threads in the *workers* are their own affair.
//!
//! The pool itself has no thread, and it belongs to the thread that made it. It moves on while
//! one of its methods, or a handle's, is called.
//!
//! # Orphans
//!
//! When the parent is killed, its workers end with all that they have started (Linux); elsewhere idle ones
//! end at once, and busy ones after their item. Dropping the pool ends and reaps all workers: idle ones
//! end by themselves, with finaliser and destructors; one that is still at an item, for which no call
//! waits by then, is killed.
//!
//! # Reading the source
//!
//! `DESIGN.md` tells the life of an item, the protocol, and why a call ends. The files in the order in
//! which an item meets them:
//!
//! | file | what it is |
//! |---|---|
//! | `pool.rs`, `builder.rs`, `timeout.rs`, `try_map.rs`, `imap.rs`, `handle.rs` | what the user sees |
//! | `run.rs`, `input_timer.rs` | one call at work: its input, its answers |
//! | `payload.rs`, `chunk.rs` | values as bytes, items as chunks |
//! | `dispatcher.rs`, `rate.rs` | which worker gets which chunk, and how much |
//! | `workers.rs`, `worker_handle.rs`, `worker_state.rs`, `queue.rs`, `inbox.rs` | all workers, and one, as the parent knows it |
//! | `page.rs`, `ring.rs`, `claim.rs`, `message.rs` | the memory that parent and worker share, and what they say there |
//! | `wire.rs` | the bell, and the way of large values |
//! | `worker.rs`, `worker_link.rs`, `item_timer.rs`, `panics.rs` | the worker |
//! | `call.rs` | the answers that have come for a call |
//! | `error.rs`, `event.rs` | what can go wrong, and what can happen |
//! | `process.rs`, `sys/` | which process this is; what only some systems have |

mod builder;
mod call;
mod child;
mod chunk;
mod claim;
mod dispatcher;
mod engine;
mod error;
mod event;
mod handle;
mod hooks;
mod imap;
mod inbox;
mod input_timer;
mod item_timer;
mod message;
mod outbox;
mod page;
mod panics;
mod payload;
mod plan;
mod pool;
mod process;
mod queue;
mod rate;
mod remains;
mod ring;
mod run;
mod sys;
mod timeout;
mod try_map;
mod window;
mod wire;
mod worker;
mod worker_handle;
mod worker_link;
mod worker_state;
mod workers;

pub use builder::Builder;
pub use error::{Cause, Error, Exit, What};
pub use event::Event;
pub use handle::{Handle, MapHandle};
pub use hooks::Progress;
pub use imap::{Imap, ImapUnordered};
pub use payload::{Bytes, Payload};
pub use pool::Pool;
pub use timeout::Timeout;
pub use try_map::TryError;
