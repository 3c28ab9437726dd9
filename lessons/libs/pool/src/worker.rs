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

use nix::unistd::Pid;

use crate::board::Board;
use crate::inbox::{Filled, Inbox};
use crate::message::{Kind, Message, head};
use crate::outbox::{Encoded, Outbox};
use crate::payload::Payload;
use crate::stopwatch::Stopwatch;
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
    stopwatch: Stopwatch,
    /// How many chunks have come so far: the number of the next one's slot.
    chunks: usize,
    /// Whether the chunk that it is at is this worker's: taken, and not given back.
    taken: bool,
    /// How many items that has, and how many of them are still to come.
    items: usize,
    open: usize,
}

impl<'a, A: Payload, R: Payload> Worker<'a, A, R> {
    fn new(task: &'a mut Task<A, R>, stream: UnixStream, board: Board) -> Self {
        let (outbox, stopwatch) = (Outbox::new(stream, board), Stopwatch::new());
        Worker { task, outbox, stopwatch, chunks: 0, taken: false, items: 0, open: 0 }
    }

    /// Ends at end-of-file, or with an error when the parent is gone.
    fn work(&mut self) -> io::Result<()> {
        self.initialise()?;
        let mut inbox = Inbox::new();
        loop {
            while let Some(Message { kind, number, body }) = inbox.next()? {
                match kind {
                    Kind::Chunk => self.begin(number as usize)?,
                    _ => self.item(body)?,
                }
            }
            // Everything that came is answered; before waiting for more, the answers must go.
            self.send()?;
            if inbox.fill(self.outbox.stream())? == Filled::End {
                return Ok(());
            }
            self.stopwatch.start();
        }
    }

    /// Runs the initialiser, if there is one, and says how it went.
    fn initialise(&mut self) -> io::Result<()> {
        let Some(initialiser) = &mut self.task.initialiser else { return Ok(()) };
        let reason = match catch_unwind(AssertUnwindSafe(initialiser)) {
            Ok(Ok(())) => {
                self.tell(Kind::Ready, 0)?;
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

    /// Sends a message with a body, some time.
    fn say(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        let head = head(kind, body.len()).map_err(io::Error::other)?;
        self.outbox.push(&head, body)
    }

    /// Sends a number, some time.
    fn tell(&mut self, kind: Kind, number: usize) -> io::Result<()> {
        let head = head(kind, number).map_err(io::Error::other)?;
        self.outbox.push(&head, &[])
    }

    /// A chunk begins, unless it has been taken back.
    fn begin(&mut self, items: usize) -> io::Result<()> {
        self.taken = self.outbox.board().take(self.chunks);
        self.chunks += 1;
        (self.items, self.open) = (items, items);
        if self.taken { Ok(()) } else { self.tell(Kind::Skipped, 0) }
    }

    /// Runs one item, if its chunk has been taken.
    #[inline]
    fn item(&mut self, body: Cow<'_, [u8]>) -> io::Result<()> {
        if self.taken {
            self.answer(body)?;
        }
        self.open = self.open.saturating_sub(1);
        if !self.taken {
            return Ok(());
        }
        if self.open > 0 {
            let wanted = self.outbox.board().is_rest_wanted(self.chunks - 1);
            return if wanted { self.give_back() } else { Ok(()) };
        }
        let due = self.stopwatch.chunk_done(self.items);
        if due || self.outbox.is_full() { self.send() } else { Ok(()) }
    }

    /// Leaves the items of the chunk that are still to come to whoever has nothing to do.
    fn give_back(&mut self) -> io::Result<()> {
        self.taken = false;
        self.stopwatch.chunk_done(self.items - self.open);
        self.tell(Kind::GivenBack, 0)?;
        self.send()
    }

    /// Sends all answers, and how long they took.
    fn send(&mut self) -> io::Result<()> {
        if let Some(nanos) = self.stopwatch.pace() {
            self.tell(Kind::Pace, nanos.min(u32::MAX as usize))?;
        }
        self.outbox.flush()
    }

    /// Runs the function on an item, come what may, and adds the answer to the others.
    #[inline]
    fn answer(&mut self, body: Cow<'_, [u8]>) -> io::Result<()> {
        let timed = self.task.limit.is_some();
        if timed {
            self.outbox.board().begin(self.task.start.elapsed());
        }
        let (task, outbox) = (&mut *self.task, &mut self.outbox);
        // A panic's value is the function's own: what its drop does is part of the item's run.
        let outcome = catch_unwind(AssertUnwindSafe(|| task.run(body, outbox)))
            .map_err(|value| describe(value.as_ref()));
        if timed && !self.outbox.board().end() {
            // Too late: the parent has given the item up and is about to kill this worker.
            leave(0);
        }
        match outcome {
            Ok(Ok(Answer::Value(Encoded::Staged(count)))) => self.outbox.publish(count),
            Ok(Ok(Answer::Value(Encoded::Apart(body)))) => self.say(Kind::Value, &body)?,
            Ok(Ok(Answer::Failure(kind, reason))) => self.say(kind, reason.as_bytes())?,
            Ok(Err(error)) => return Err(error),
            Err(description) => self.say_panicked(&description)?,
        }
        Ok(())
    }

    fn say_panicked(&mut self, description: &(String, String)) -> io::Result<()> {
        let mut body = Vec::new();
        let encoded = description.encode(&mut body);
        debug_assert!(encoded.is_ok(), "BUG: two strings can be encoded");
        self.say(Kind::Panicked, &body)
    }
}

/// How an item ended, if not by a panic.
enum Answer {
    Value(Encoded),
    Failure(Kind, String),
}

impl<A: Payload, R: Payload> Task<A, R> {
    /// From the bytes of an item to the answer.
    ///
    /// # Errors
    ///
    /// There was no room for the answer, and the parent is gone.
    #[inline]
    fn run(&mut self, body: Cow<'_, [u8]>, outbox: &mut Outbox) -> io::Result<Answer> {
        let item = match A::decode(body) {
            Ok(item) => item,
            Err(reason) => return Ok(Answer::Failure(Kind::NotDecoded, reason)),
        };
        let result = (self.function)(item);
        let encoded = outbox.encode(result)?;
        Ok(encoded.map_or_else(|reason| Answer::Failure(Kind::NotEncoded, reason), Answer::Value))
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
