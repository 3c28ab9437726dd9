//! What a pool and its calls share: the dispatcher, the hooks, and the process that owns the pool.
//!
//! It does not know the types of items and results, and none of the program's own code runs while
//! the dispatcher is borrowed. The hooks run afterwards, so they may use the pool.

#[cfg(target_os = "linux")]
use std::cell::OnceCell;
use std::cell::{RefCell, RefMut};
#[cfg(target_os = "linux")]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(target_os = "linux")]
use std::rc::Rc;
use std::time::Duration;

use crate::call::SharedCall;
use crate::chunk::Chunk;
use crate::dispatcher::Dispatcher;
use crate::error::{Cause, Error};
use crate::hooks::{Hooks, Progress};
use crate::process;
use crate::rate::Demand;
#[cfg(target_os = "linux")]
use crate::sys::AnyReadable;
use crate::window::Window;

/// A pool without its types.
pub(crate) struct Engine<'f> {
    dispatcher: RefCell<Dispatcher<'f>>,
    hooks: Hooks<'f>,
    /// How far `imap` runs ahead.
    window: Window,
    #[cfg(target_os = "linux")]
    readable: OnceCell<Rc<AnyReadable>>,
}

impl<'f> Engine<'f> {
    pub(crate) fn new(dispatcher: Dispatcher<'f>, window: Window, hooks: Hooks<'f>) -> Self {
        let engine = Engine {
            dispatcher: RefCell::new(dispatcher),
            hooks,
            window,
            #[cfg(target_os = "linux")]
            readable: OnceCell::new(),
        };
        engine.report_events();
        engine
    }

    fn dispatcher(&self) -> RefMut<'_, Dispatcher<'f>> {
        self.dispatcher.borrow_mut()
    }

    /// How far `imap` runs ahead.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// In a fork of the process that made the pool: that process.
    pub(crate) fn foreign_owner(&self) -> Option<u32> {
        let owner = self.dispatcher.borrow().workers().owner();
        (owner != process::current()).then(|| owner.as_raw().unsigned_abs())
    }

    /// The PIDs of the workers.
    pub(crate) fn workers(&self) -> Vec<u32> {
        self.dispatcher.borrow().workers().pids()
    }

    // ---- what a call needs --------------------------------------------------------------------

    pub(crate) fn prepare(&self, demand: Demand) {
        self.dispatcher().prepare(demand);
        self.report_events();
    }

    pub(crate) fn wanted_items(&self) -> Option<usize> {
        self.dispatcher().wanted_items()
    }

    pub(crate) fn chunk_size(&self) -> usize {
        self.dispatcher().chunk_size()
    }

    pub(crate) fn is_untried(&self) -> bool {
        self.dispatcher().is_untried()
    }

    pub(crate) fn push(&self, chunk: Chunk) {
        self.dispatcher().push(chunk);
    }

    pub(crate) fn forget(&self, call: &SharedCall) {
        self.dispatcher().forget(call);
    }

    pub(crate) fn cancel(&self, call: &SharedCall, cause: &Cause) {
        self.dispatcher().cancel(call, cause);
        self.report_events();
    }

    pub(crate) fn poll_once(&self, timeout: Option<Duration>) {
        self.dispatcher().poll_once(timeout);
        self.report_events();
    }

    pub(crate) fn report_progress(&self, progress: Progress) {
        self.hooks.report_progress(progress);
    }

    fn report_events(&self) {
        let events = self.dispatcher().workers_mut().take_events();
        events.iter().for_each(|event| self.hooks.report_event(event));
    }

    // ---- what the pool's user asks for --------------------------------------------------------

    /// Kills all workers, unless they are another process's.
    pub(crate) fn terminate(&self) {
        if self.foreign_owner().is_none() {
            self.dispatcher().terminate();
            self.report_events();
        }
    }

    /// A descriptor that is readable when there may be something to do.
    #[cfg(target_os = "linux")]
    pub(crate) fn descriptor(&self) -> Result<BorrowedFd<'_>, Error> {
        if let Some(owner) = self.foreign_owner() {
            return Err(Error::new(Cause::WrongProcess { owner }));
        }
        if self.readable.get().is_none() {
            // It was not there, so this sets it.
            let _ = self.readable.set(self.dispatcher().workers_mut().readable()?);
        }
        Ok(self.readable.get().expect("BUG: it was set above").as_fd())
    }
}
