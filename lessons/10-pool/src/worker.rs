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
use crate::message::{Filled, HEAD, Inbox, Kind, LARGE, head, put_head};
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
                self.say(Kind::Ready, &[])?;
                return self.outbox.flush();
            }
            Ok(Err(reason)) => reason,
            Err(payload) => {
                let (message, place) = describe(payload.as_ref());
                format!("panicked at {place}: {message}")
            }
        };
        self.say(Kind::NotReady, reason.as_bytes())?;
        self.outbox.flush()?;
        leave(PANICKED)
    }

    /// Sends a message, some time.
    fn say(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        self.scratch.clear();
        self.scratch.extend_from_slice(&[0; HEAD]);
        self.scratch.extend_from_slice(body);
        put_head(&mut self.scratch, kind).map_err(io::Error::other)?;
        self.outbox.push(&self.scratch)
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

    /// Runs the function on an item, come what may, and adds the answer to the others.
    fn answer(&mut self, body: Cow<'_, [u8]>) -> io::Result<()> {
        if self.task.limit.is_some() {
            self.outbox.board().begin(self.task.start.elapsed());
        }
        let (task, scratch) = (&mut *self.task, &mut self.scratch);
        // A panic's value is the function's own: what its drop does is part of the item's run.
        let outcome = catch_unwind(AssertUnwindSafe(|| task.run(body, scratch)))
            .map_err(|value| describe(value.as_ref()));
        if self.task.limit.is_some() && !self.outbox.board().end() {
            // Too late: the parent has given the item up and is about to kill this worker.
            leave(0);
        }
        match outcome {
            Ok(Answer::Message) => self.outbox.push(&self.scratch),
            Ok(Answer::Large(head, body)) => self.outbox.push_large(&head, &body),
            Ok(Answer::Failure(kind, reason)) => self.say(kind, reason.as_bytes()),
            Err(description) => {
                let mut body = Vec::new();
                let encoded = description.encode(&mut body);
                debug_assert!(encoded.is_ok(), "BUG: two strings can be encoded");
                self.say(Kind::Panicked, &body)
            }
        }
    }

    fn end_chunk(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.taken {
            let nanos = u64::try_from((now - self.since).as_nanos()).unwrap_or(u64::MAX);
            self.say(Kind::ChunkDone, &nanos.to_le_bytes())?;
        } else {
            self.say(Kind::Skipped, &[])?;
        }
        self.outbox.flush_if_due(now)
    }
}

/// How an item ended, if not by a panic.
enum Answer {
    /// The result, as a message in the scratch memory.
    Message,
    /// The result, as many bytes of its own, and the head that goes before them.
    Large([u8; HEAD], Vec<u8>),
    Failure(Kind, String),
}

impl<A: Payload, R: Payload> Task<A, R> {
    /// From the bytes of an item to the answer.
    fn run(&mut self, body: Cow<'_, [u8]>, scratch: &mut Vec<u8>) -> Answer {
        let item = match A::decode(body) {
            Ok(item) => item,
            Err(reason) => return Answer::Failure(Kind::NotDecoded, reason),
        };
        let result = (self.function)(item);
        scratch.clear();
        scratch.extend_from_slice(&[0; HEAD]);
        let answer = result.encode(scratch).and_then(|bytes| match bytes {
            Some(large) if large.len() >= LARGE => {
                Ok(Answer::Large(head(Kind::Value, large.len())?, large))
            }
            small => {
                scratch.extend_from_slice(&small.unwrap_or_default());
                put_head(scratch, Kind::Value).map(|()| Answer::Message)
            }
        });
        answer.unwrap_or_else(|reason| Answer::Failure(Kind::NotEncoded, reason))
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
