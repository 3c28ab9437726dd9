//! Two async tasks on one thread, and a minimal runtime, which polls them in turn.
//!
//! With `--greedy` they do not yield.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    let polite = !std::env::args().any(|argument| argument == "--greedy");
    let mut tasks: Vec<Task> = vec![Box::pin(count("one", polite)), Box::pin(count("two", polite))];
    let mut context = Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
    }
}

async fn count(name: &str, polite: bool) {
    for number in 1..=3 {
        println!("{name}: {number}");
        if polite {
            give_way().await;
        }
    }
}

/// Is not ready when it is first polled, like a read from the network.
async fn give_way() {
    let mut asked = false;
    poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}
