//! The program's own hooks, which the parent calls while a pool works.

use std::cell::RefCell;

use crate::event::Event;

/// The progress of a call.
///
/// ```standalone_crate
/// let builder = pool::Pool::builder().on_progress(|progress| assert_eq!(progress.total, Some(3)));
/// assert_eq!(builder.build(|x: u64| x)?.map(0..3)?, [0, 1, 2]);
/// # Ok::<(), pool::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The number of items that have a result or an error.
    pub done: usize,
    /// The number of all items, if the input knows it.
    pub total: Option<usize>,
}

type ProgressHook<'f> = Box<dyn FnMut(Progress) + 'f>;
type EventHook<'f> = Box<dyn FnMut(&Event) + 'f>;

/// The hooks that the program has set. A hook is taken out while it is called.
#[derive(Default)]
pub(crate) struct Hooks<'f> {
    progress: RefCell<Option<ProgressHook<'f>>>,
    events: RefCell<Option<EventHook<'f>>>,
}

impl<'f> Hooks<'f> {
    pub(crate) fn set_progress(&mut self, hook: impl FnMut(Progress) + 'f) {
        self.progress = RefCell::new(Some(Box::new(hook)));
    }

    pub(crate) fn set_events(&mut self, hook: impl FnMut(&Event) + 'f) {
        self.events = RefCell::new(Some(Box::new(hook)));
    }

    /// Results have come for a call.
    pub(crate) fn report_progress(&self, progress: Progress) {
        with_hook(&self.progress, |hook| hook(progress));
    }

    /// Something has happened to a worker.
    pub(crate) fn report_event(&self, event: &Event) {
        log::log!(target: "pool", event.level(), "{event}");
        with_hook(&self.events, |hook| hook(event));
    }
}

/// Calls a hook, if there is one and it is not what called the pool. It may use the pool, or panic:
/// it is there again afterwards.
fn with_hook<H>(place: &RefCell<Option<H>>, call: impl FnOnce(&mut H)) {
    struct Back<'a, H>(&'a RefCell<Option<H>>, Option<H>);
    impl<H> Drop for Back<'_, H> {
        fn drop(&mut self) {
            self.0.replace(self.1.take());
        }
    }
    let Some(hook) = place.take() else { return };
    let mut back = Back(place, Some(hook));
    if let Some(hook) = &mut back.1 {
        call(hook);
    }
}
