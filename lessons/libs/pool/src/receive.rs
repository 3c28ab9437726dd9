//! From a worker's messages to the answers of calls.

use std::borrow::Cow;

use crate::error::{Cause, What};
use crate::link::Link;
use crate::message::{Kind, Message};
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
    let (kind, number, body) = match link.inbox.next() {
        Ok(message) => message.map(|Message { kind, number, body }| (kind, number, body))?,
        Err(_) => return Some(false),
    };
    match kind {
        Kind::Chunk => return Some(false),
        Kind::Ready => link.ready = true,
        Kind::NotReady => link.refused = Some(String::from_utf8_lossy(&body).into_owned()),
        Kind::Skipped => return Some(link.queue.skipped()),
        Kind::GivenBack => {
            let Some(rest) = link.queue.given_back(&link.board) else { return Some(false) };
            link.allowance = link.allowance.saturating_add(rest.items);
            link.returned.push(rest);
        }
        Kind::Pace => pace.observe(number),
        Kind::Value | Kind::Panicked | Kind::NotDecoded | Kind::NotEncoded => {
            let Some((chunk, place)) = link.queue.current(&link.board) else {
                return Some(false);
            };
            let (first, end) = (chunk.first + place, chunk.first + chunk.items);
            let mut call = chunk.call.borrow_mut();
            call.put(first, to_result(kind, body));
            // The answers behind it are mostly of the same chunk, and mostly short values.
            let values = std::iter::from_fn(|| {
                link.inbox.next_short().map(|body| value(Cow::Borrowed(body)))
            });
            let count = 1 + call.put_run(first + 1..end, values);
            drop(call);
            link.queue.answered(count);
        }
    }
    Some(true)
}

/// A result from its bytes.
#[inline]
fn value<R: Payload>(body: Cow<'_, [u8]>) -> Result<R, Cause> {
    R::decode(body).map_err(|reason| Cause::NotDecoded { what: What::Result, reason })
}

/// What the answer to an item says.
fn to_result<R: Payload>(kind: Kind, body: Cow<'_, [u8]>) -> Result<R, Cause> {
    let text = |body: Cow<'_, [u8]>| String::from_utf8_lossy(&body).into_owned();
    match kind {
        Kind::Value => value(body),
        Kind::NotDecoded => Err(Cause::NotDecoded { what: What::Item, reason: text(body) }),
        Kind::NotEncoded => Err(Cause::NotEncoded { what: What::Result, reason: text(body) }),
        _ => {
            let (message, place) = Payload::decode(body).unwrap_or_default();
            Err(Cause::Panicked { message, place })
        }
    }
}
