//! The worker: what runs in a forked process, from its first moment to its last.
//!
//! It reads items, runs the function on each, answers, and ends when the parent closes the
//! socket. It never returns into the parent's code.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::time::Instant;

use nix::unistd::Pid;

use crate::board::Board;
use crate::message::{Filled, Inbox, Kind, head};
use crate::outbox::Outbox;
use crate::payload::Payload;
use crate::system::{close_parent_ends, die_with_parent, leave};
use crate::task::Task;

/// The exit code of a worker after a panic outside the function, as Rust's own programs have it.
const PANICKED: i32 = 101;

/// The life of a worker.
pub(crate) fn run<A: Payload, R: Payload>(
    task: &mut Task<A, R>,
    parent: Pid,
    stream: UnixStream,
    board: Board,
) -> ! {
    close_parent_ends();
    die_with_parent(parent);
    panic::set_hook(Box::new(remember_panic));
    let mut worker = Worker::new(task, stream, board);
    // Whatever happens, no panic may unwind into the frames copied from the parent. The socket
    // stays open until `leave`: for the parent, end-of-file means that this process is over.
    match catch_unwind(AssertUnwindSafe(|| worker.work())) {
        // End-of-file, or nobody reads the answers: the parent has no more use for this worker.
        Ok(_) => leave(0),
        Err(_) => leave(PANICKED),
    }
}

struct Worker<'a, A, R> {
    task: &'a mut Task<A, R>,
    outbox: Outbox,
    /// How many chunks have come so far: the number of the next one's slot.
    chunks: usize,
    /// Whether this worker has taken the chunk that it is at, and since when.
    taken: bool,
    since: Instant,
    /// Memory for encoding results, used again and again.
    scratch: Vec<u8>,
}

impl<'a, A: Payload, R: Payload> Worker<'a, A, R> {
    fn new(task: &'a mut Task<A, R>, stream: UnixStream, board: Board) -> Self {
        let outbox = Outbox::new(stream, board);
        let since = Instant::now();
        Worker { task, outbox, chunks: 0, taken: false, since, scratch: Vec::new() }
    }

    /// Ends at end-of-file, or with an error when the parent is gone.
    fn work(&mut self) -> io::Result<()> {
        self.initialise()?;
        let mut inbox = Inbox::new();
        loop {
            while let Some((kind, body)) = inbox.next()? {
                if let Kind::Item { first, last } = kind {
                    self.item(first, last, body)?;
                }
            }
            // Everything that came is answered; before waiting for more, the answers must go.
            self.outbox.flush()?;
            if inbox.fill(self.outbox.stream())? == Filled::End {
                return Ok(());
            }
        }
    }

    /// Runs the initialiser, if there is one, and says how it went.
    fn initialise(&mut self) -> io::Result<()> {
        let Some(initialiser) = &mut self.task.initialiser else { return Ok(()) };
        let reason = match catch_unwind(AssertUnwindSafe(initialiser)) {
            Ok(Ok(())) => {
                self.outbox.push(Kind::Ready, &[])?;
                return self.outbox.flush();
            }
            Ok(Err(reason)) => reason,
            Err(payload) => {
                let (message, place) = describe(payload.as_ref());
                format!("panicked at {place}: {message}")
            }
        };
        self.outbox.push(Kind::NotReady, reason.as_bytes())?;
        self.outbox.flush()?;
        leave(PANICKED)
    }

    /// Runs one item, unless its chunk has been revoked.
    fn item(&mut self, first: bool, last: bool, body: Cow<'_, [u8]>) -> io::Result<()> {
        if first {
            self.taken = self.outbox.board().take(self.chunks);
            self.chunks += 1;
            self.since = Instant::now();
        }
        if self.taken {
            self.answer(body)?;
        }
        if last { self.end_chunk() } else { Ok(()) }
    }

    fn answer(&mut self, body: Cow<'_, [u8]>) -> io::Result<()> {
        if self.task.limit.is_some() {
            self.outbox.board().begin(self.task.start.elapsed());
        }
        self.scratch.clear();
        let (task, scratch) = (&mut *self.task, &mut self.scratch);
        let outcome = catch_unwind(AssertUnwindSafe(|| task.run(body, scratch)));
        if self.task.limit.is_some() && !self.outbox.board().end() {
            // Too late: the parent has given the item up and is about to kill this worker.
            leave(0);
        }
        let (kind, large) = outcome.unwrap_or_else(|payload| {
            self.scratch.clear();
            let encoded = describe(payload.as_ref()).encode(&mut self.scratch);
            debug_assert!(encoded.is_ok(), "BUG: two strings can be encoded");
            (Kind::Panicked, None)
        });
        self.outbox.push(kind, large.as_ref().unwrap_or(&self.scratch))
    }

    fn end_chunk(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.taken {
            let nanos = u64::try_from((now - self.since).as_nanos()).unwrap_or(u64::MAX);
            self.outbox.push(Kind::ChunkDone, &nanos.to_le_bytes())?;
        } else {
            self.outbox.push(Kind::Skipped, &[])?;
        }
        self.outbox.flush_if_due(now)
    }
}

impl<A: Payload, R: Payload> Task<A, R> {
    /// From the bytes of an item to the answer: its kind, and its body, which is in `scratch`
    /// unless the result is bytes of its own.
    fn run(&mut self, body: Cow<'_, [u8]>, scratch: &mut Vec<u8>) -> (Kind, Option<Vec<u8>>) {
        let item = match A::decode(body) {
            Ok(item) => item,
            Err(reason) => return (Kind::NotDecoded, Some(reason.into_bytes())),
        };
        let encoded = (self.function)(item).encode(scratch);
        let sendable = encoded.and_then(|large| {
            let length = large.as_ref().unwrap_or(scratch).len();
            head(Kind::Value, length).map(|_| large)
        });
        match sendable {
            Ok(large) => (Kind::Value, large),
            Err(reason) => (Kind::NotEncoded, Some(reason.into_bytes())),
        }
    }
}

thread_local! {
    /// Where the last panic happened.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The worker's panic hook: prints nothing, since the parent gets message and place as a value.
fn remember_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    PLACE.set(place);
}

/// Message and place of the panic that was just caught.
fn describe(payload: &(dyn Any + Send)) -> (String, String) {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    (text.unwrap_or_else(|| "(not a text)".to_owned()), PLACE.take())
}
