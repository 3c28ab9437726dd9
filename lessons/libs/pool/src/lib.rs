//! A process pool: workers that are forked once, inherit a function, and run it on items that
//! come to them over sockets.
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
//! # What crosses between the processes
//!
//! * The **function**, and all it has captured, does not cross. A worker is a fork of the parent
//!   and has its own copy from its first moment. What it changes there, nobody else sees.
//! * **Items** and **results** cross as bytes, through one pair of Unix sockets for each worker:
//!   any type with serde's `Serialize` and `DeserializeOwned`, in postcard's format, or
//!   [`Bytes`] as they are. So no references, no open files, no closures. (An `u64`, `i64` or
//!   `usize` that stands alone travels as its eight bytes: to pack it would take longer than most
//!   of what one does with a number.)
//! * A **panic** crosses as its message and place, a **death** as the worker's wait status.
//! * A few **words** that both must change, and answers not yet sent, are in a page of shared
//!   memory for each worker (`board.rs`). There is no shared lock for a dying worker to keep.
//!
//! # What runs twice
//!
//! Nothing. An item is begun at most once, whatever dies. When a worker dies, the item it was at
//! fails with [`Cause::Died`]; items it had finished keep their results, even those it had not
//! sent; items it had not begun go to other workers. Whether the failed item had done its work,
//! in part or in full, nobody can know. If running it again is harmless, give it again.
//!
//! A worker killed between two items of a chunk is counted as being at the second.
//!
//! # Threads
//!
//! A pool forks when it is made, and again when a worker has died or is
//! [recycled](Builder::recycle_after). A fork copies one thread and the whole memory: a lock that
//! another thread holds at that moment stays locked in the worker for ever. So at each of these
//! moments the process must have one thread. On Linux the pool counts them and refuses
//! ([`Cause::Threads`]); elsewhere it is up to you. A pool that may not replace a worker goes on
//! with those it has. Threads in the *workers* are their own affair.
//!
//! The pool itself has no thread, and it belongs to the thread that made it. It moves on while
//! one of its methods, or a handle's, is called.
//!
//! # Orphans
//!
//! When the parent is killed, idle workers see end-of-file and end; busy ones are killed by the
//! kernel (Linux), or end after their item. Workers are in the parent's process group, so Ctrl-C
//! ends all. Dropping the pool ends and reaps all workers: idle ones end by themselves, one that
//! is still at an item, which nobody waits for by then, is killed.
//!
//! # Why it ends
//!
//! If each run of the function ends, or there is a [time limit](Builder::time_limit), then each
//! call ends. For:
//!
//! 1. *Nobody waits for what cannot come.* The parent waits in one place, in `poll`, and only
//!    while a worker has a chunk that it has yet to answer or to skip, or no worker is ready for
//!    one. It never waits to write, so it always comes round to read. A worker waits to write only
//!    until the parent reads, and to read only when it has sent all its answers. So of a worker
//!    with a chunk, an answer comes, or end-of-file.
//! 2. *An item that is begun is answered.* By its result, by its panic, by the time limit, or by
//!    its worker's death, which end-of-file reports.
//! 3. *An item that is not begun goes forward,* from the input to the pending chunks to a
//!    worker's queue. It goes back in three cases only. One: it is taken back for a worker that has
//!    nothing to do. There it becomes the first chunk, or lies behind one that does, and a first
//!    chunk is never taken back; it stays the first until all its answers have come. So that
//!    happens no more often than there are chunks. And one round's balancing ends, for each step
//!    leaves fewer workers idle: who gives keeps its first chunk. Two: its worker gives it back, and
//!    has answered another item of that chunk. Three: its worker dies.
//! 4. *Deaths come to an end.* Each death at an item answers that item, so there are no more of
//!    them than items. A pool whose initialiser fails, or kills its worker three times in a row,
//!    forks no more. The pool itself kills only for the time limit and for nonsense in a socket.
//!    What remains is someone outside who kills idle workers faster than they can begin an item.
//! 5. *Without workers there is no waiting.* If none is left and none can be forked, all pending
//!    items fail with [`Cause::NoWorker`].
//! 6. *The dead are dead.* A worker whose socket has ended, or who is too late, is sent `SIGKILL`
//!    before it is waited for. So is, after a second, one that should end by itself.
//!
//! An initialiser may take its time: nothing limits it.
//!
//! # Reading the source
//!
//! | file | what it is |
//! |---|---|
//! | `pool.rs`, `builder.rs`, `imap.rs`, `handle.rs` | what the user sees |
//! | `payload.rs`, `message.rs`, `inbox.rs` | values as bytes, bytes as messages, and back |
//! | `task.rs`, `worker.rs`, `outbox.rs` | the worker: what it inherits, its life, how it answers |
//! | `stopwatch.rs` | how a worker learns how long its items take |
//! | `board.rs` | the memory that parent and worker share |
//! | `call.rs`, `run.rs`, `chunk.rs` | a call, its input and its answers; what is handed out as one |
//! | `queue.rs`, `link.rs`, `receive.rs` | one worker, as the parent knows it |
//! | `pace.rs` | how much a worker is given: little of what takes long, much of what is short |
//! | `dispatcher.rs` | the round: replace, hand out, balance, send, wait, receive |
//! | `burial.rs`, `shutdown.rs` | what becomes of items and workers in the end |
//! | `system.rs` | threads counted, orphans prevented; what only Linux has |
//! | `error.rs` | what can go wrong |

mod builder;
mod call;
mod chunk;
mod claim;
mod dispatcher;
mod error;
mod event;
mod handle;
mod imap;
mod inbox;
mod input_timer;
mod item_timer;
mod message;
mod page;
mod panics;
mod payload;
mod pool;
mod process;
mod queue;
mod rate;
mod ring;
mod run;
mod sys;
mod timeout;
mod try_map;
mod wire;
mod worker;
mod worker_handle;
mod worker_link;
mod workers;

pub use builder::Builder;
pub use error::{Cause, Error, Exit, What};
pub use event::Event;
pub use handle::{Handle, MapHandle};
pub use imap::{Imap, ImapUnordered};
pub use payload::{Bytes, Payload};
pub use pool::{Pool, Progress};
pub use timeout::Timeout;
pub use try_map::TryError;
