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
//! | all results, or the first error | [`Pool::map`], or [`Pool::try_map`] if the function returns a `Result` |
//! | a result or an error for each item | [`Pool::map_all`] |
//! | results while others are computed, from an input that may be endless | [`Pool::imap`], [`Pool::imap_unordered`] |
//! | results later | [`Pool::map_async`], [`Pool::apply_async`], [`Handle::wait_first`] |
//! | a time limit | [`Builder::time_limit`] for each item, [`Pool::timeout`] for a call |
//! | a value that each worker makes for itself, and cleans up | [`Builder::initialiser`], [`Builder::finaliser`] |
//! | to stop | [`Handle::cancel`], [`Pool::terminate`], or drop the pool |
//! | to see what happens | [`Builder::on_progress`], [`Builder::on_event`], the `log` crate |
//!
//! # What you can rely on
//!
//! * **Each item is begun at most once.** When a worker dies, the item that it was running fails
//!   with [`Cause::Died`]; items that it had finished keep their results, and items that it had not
//!   begun go to other workers. The pool cannot know whether the failed item had done its work, in
//!   part or in full. If it does no harm to run the item again, give it to the pool again.
//! * **A call ends** if each run of the function ends, or if there is a time limit. This holds even
//!   if a worker dies, hangs, is stopped by a signal, or destroys its descriptors. `DESIGN.md`,
//!   beside this crate's `Cargo.toml`, gives the reasons.
//! * **No result is wrong.** An item has its own result or an error, even if the function forks,
//!   writes into descriptors that are not its own, or panics while its result is decoded.
//! * **An error costs one item.** The pool can be used as before after every error of an item.
//!
//! # What crosses between the processes
//!
//! The function does not cross: a worker is a fork of the parent and has its own copy, so the
//! function may borrow. Items and results cross as bytes. Any type with serde's `Serialize` and
//! `DeserializeOwned` will do ([with the exception of some serde
//! attributes](Payload#what-does-not-work)), but references, open files and closures will not. A
//! panic crosses as its message and place, and a death as the worker's wait status with the last
//! panic before it.
//!
//! # What a worker inherits
//!
//! A worker is a copy of the parent at the moment of the fork, with these exceptions:
//!
//! | of the parent | in a worker |
//! |---|---|
//! | variables that the function has captured | a copy of its own; no other process sees what the worker changes there. The function is dropped when the worker ends regularly, in **each** worker. A captured guard, for example one that deletes a folder, therefore acts in each of them; let the function borrow it instead |
//! | open files | the same open files, with one position for all processes. A `BufWriter` has a copy of the buffer, so flush it before you make the pool |
//! | other variables, and the frames of the callers | copies that are never dropped, because a worker does not return |
//! | the panic hook | called for panics of items if you have set one; the standard hook is not called, because the panic is returned as an error |
//! | signal handlers and mask | the same. On Linux the worker handles `SIGURG`, which arrives when the parent dies |
//! | process group | on Linux a group of its own, so that it can be killed with all processes that it has started. Ctrl-C reaches the parent, and the workers end with the parent. A worker cannot read from the terminal |
//! | threads | none (see [Threads](#threads)) |
//! | pools | a copy that answers each call with [`Cause::WrongProcess`]. If the function needs a pool, make it in the worker |
//! | random number generators | the same state in each worker; seed one in the initialiser |
//!
//! # Threads
//!
//! A pool forks when it is made, and again when a worker has died or is
//! [recycled](Builder::recycle_after). A fork copies one thread and the whole memory, so a lock
//! that another thread holds at that moment stays locked in the worker for ever. At each of these
//! moments the process must therefore have one thread. The pool counts the threads (on Linux and
//! macOS) and refuses to fork if there are more, or if they cannot be counted. If you know that the
//! other threads hold no such lock, use [`Builder::allow_threads`]. A pool that may not replace a
//! worker continues with the workers it has, and tries again at the next call. Threads in the
//! *workers* do not matter to the pool.
//!
//! The pool itself has no thread, and it belongs to the thread that made it. It makes progress
//! while one of its methods, or a method of one of its handles, is being called.
//!
//! # Orphans
//!
//! When the parent is killed, its workers end with all that they have started (on Linux; elsewhere
//! idle workers end at once, and busy ones after their item). Dropping the pool ends and reaps all
//! workers. Idle workers end by themselves, with finaliser and destructors; a worker that is still
//! running an item, for which no call waits by then, is killed.
//!
//! # Reading the source
//!
//! `DESIGN.md` follows an item through the pool, lists the files from top to bottom, describes the
//! protocol, and gives the reasons why a call ends.

mod builder;
mod call;
mod child;
mod chunk;
mod claim;
mod dispatcher;
mod engine;
mod error;
mod event;
mod fences;
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
