//! From a worker's messages to the answers of calls.

use std::borrow::Cow;

use crate::error::{Cause, What};
use crate::link::Link;
use crate::message::Kind;
use crate::pace::Pace;
use crate::payload::Payload;

/// Takes in all messages of a worker that have arrived. One that makes no sense costs it its life.
pub(crate) fn receive<R: Payload>(link: &mut Link<R>, pace: &mut Pace) {
    while let Some(sense) = receive_one(link, pace) {
        if !sense {
            link.lost = true;
            return;
        }
    }
}

/// Takes in one message, if there is one, or several answers. Says whether that makes sense: a
/// function may have written into its worker's socket.
fn receive_one<R: Payload>(link: &mut Link<R>, pace: &mut Pace) -> Option<bool> {
    let (kind, body) = match link.inbox.next() {
        Ok(message) => message?,
        Err(_) => return Some(false),
    };
    match kind {
        Kind::Item { .. } => return Some(false),
        Kind::Ready => link.ready = true,
        Kind::NotReady => link.refused = Some(String::from_utf8_lossy(&body).into_owned()),
        Kind::Skipped => return Some(link.queue.skipped()),
        Kind::ChunkDone => {
            let nanos = body.as_ref().try_into().map_or(0, u64::from_le_bytes);
            let Some(items) = link.queue.done() else { return Some(false) };
            pace.observe(items, nanos);
        }
        Kind::Value | Kind::Panicked | Kind::NotDecoded | Kind::NotEncoded => {
            let Some((chunk, place)) = link.queue.current() else { return Some(false) };
            let mut call = chunk.call.borrow_mut();
            call.put(chunk.first + place, to_result(kind, body));
            // The answers behind it are mostly of the same chunk, and mostly values.
            let mut count = 1;
            while place + count < chunk.items
                && let Some(body) = link.inbox.next_value()
            {
                call.put(chunk.first + place + count, to_result(Kind::Value, body));
                count += 1;
            }
            drop(call);
            link.queue.answered(count);
        }
    }
    Some(true)
}

/// What the answer to an item says.
fn to_result<R: Payload>(kind: Kind, body: Cow<'_, [u8]>) -> Result<R, Cause> {
    let text = |body: Cow<'_, [u8]>| String::from_utf8_lossy(&body).into_owned();
    match kind {
        Kind::Value => {
            R::decode(body).map_err(|reason| Cause::NotDecoded { what: What::Result, reason })
        }
        Kind::NotDecoded => Err(Cause::NotDecoded { what: What::Item, reason: text(body) }),
        Kind::NotEncoded => Err(Cause::NotEncoded { what: What::Result, reason: text(body) }),
        _ => {
            let (message, place) = Payload::decode(body).unwrap_or_default();
            Err(Cause::Panicked { message, place })
        }
    }
}
