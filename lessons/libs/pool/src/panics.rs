//! Panics, in workers and in the program's own code in the parent.

use std::any::Any;
use std::cell::RefCell;
use std::hash::{BuildHasher, Hash, RandomState};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use nix::unistd::Pid;

use crate::page::Page;
use crate::process;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

thread_local! {
    /// Where the last panic of this thread happened.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
    /// What was noted on the page before that.
    static EARLIER: RefCell<String> = const { RefCell::new(String::new()) };
}

/// In a new worker: each panic is noted on the page, where the parent finds it even if the process
/// dies of it.
///
/// The user's own hook is called, too. The standard one is called for other threads than the worker's
/// own, whose panics reach the parent as errors and need not be printed.
pub(crate) fn remember(page: &'static Page) {
    // A worker may be forked by a destructor while its parent panics. Then no hook can be set.
    if thread::panicking() {
        return;
    }
    let before = panic::take_hook();
    let standard = is_standard(&before);
    let worker = (process::current(), thread::current().id());
    panic::set_hook(Box::new(move |info| note(info, page, worker, &before, standard)));
}

fn note(
    info: &PanicHookInfo<'_>,
    page: &Page,
    (pid, thread): (Pid, ThreadId),
    before: &Hook,
    standard: bool,
) {
    if process::current() != pid {
        // Another process that has inherited the hook, and notes its panics elsewhere.
        if !standard {
            before(info);
        }
        return;
    }
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let text = text_of(info.payload());
    let here = thread::current().id() == thread;
    // What came before it may be the reason: a thread's panic, that its `join` has passed on.
    let earlier = page.last_words();
    let cause = because(&earlier);
    page.set_last_words(&format!("panicked at {place}: {text}{cause}"));
    if here {
        PLACE.set(place);
        EARLIER.set(earlier);
    }
    if !standard || !here {
        before(info);
    }
}

fn because(earlier: &str) -> String {
    if earlier.is_empty() { String::new() } else { format!("; before that it {earlier}") }
}

/// Whether a hook is the one that every program begins with.
///
/// When a hook is taken, the standard one is put in its place; so the next that is taken is that. Both
/// have no size, and lie at the same address; then only their functions tell them apart.
fn is_standard(hook: &Hook) -> bool {
    let standard = panic::take_hook();
    size_of_val(&**hook) == 0 && std::ptr::eq(&raw const **hook, &raw const *standard)
}

/// Message and place of the panic that was just caught in a worker. Drops its value, which is the
/// function's own code.
pub(crate) fn describe(payload: Box<dyn Any + Send>) -> (String, String) {
    let message = text_of(payload.as_ref()) + &because(&EARLIER.take());
    let place = PLACE.take();
    drop_quietly(payload);
    (message, place)
}

/// What a panic in the parent said. Its value is dropped.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> String {
    let message = text_of(payload.as_ref());
    drop_quietly(payload);
    message
}

/// Drops a value whose `drop` may panic.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // A third one would be too much.
        std::mem::forget(second);
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "(not a text)".to_owned())
}

/// A number that no function writes by chance. It is random for each program, and the same for the same
/// value.
pub(crate) fn hash(value: impl Hash) -> u64 {
    static STATE: OnceLock<RandomState> = OnceLock::new();
    STATE.get_or_init(RandomState::new).hash_one(value)
}
