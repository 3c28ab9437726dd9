//! Prints what mdBook logs, from warnings up, and counts it.

use std::fmt;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// How many warnings and errors mdBook has logged.
pub(crate) fn warnings() -> usize {
    COUNT.load(Ordering::Relaxed)
}

/// Listens to mdBook from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    // Where another listener is installed already, that one prints.
    ONCE.call_once(|| drop(tracing::subscriber::set_global_default(Printer)));
}

struct Printer;

impl Subscriber for Printer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("mdbook")
    }

    fn event(&self, event: &Event<'_>) {
        COUNT.fetch_add(1, Ordering::Relaxed);
        let mut message = Message::default();
        event.record(&mut message);
        eprintln!("mdBook: {}", message.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
