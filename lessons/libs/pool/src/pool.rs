//! The pool as its user sees it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::builder::Builder;
use crate::call::{Call, Order};
use crate::dispatcher::Dispatcher;
use crate::error::Error;
use crate::handle::{Handle, MapHandle};
use crate::imap::{Imap, ImapUnordered};
use crate::pace::Supply;
use crate::payload::Payload;
use crate::run::Run;

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many items are answered, well or not.
    pub done: usize,
    /// How many there are, if the input knows that.
    pub total: Option<usize>,
}

/// What the parent does when results have come.
pub(crate) type Hook = Box<dyn FnMut(Progress)>;

/// Worker processes that run one function on many items.
///
/// It stays on the thread that made it, and it has no thread of its own: it moves on while one of
/// its methods, or one of its handles', is being called. In between the workers go on with what
/// is in their queues.
pub struct Pool<A, R> {
    dispatcher: RefCell<Dispatcher<A, R>>,
    hook: RefCell<Option<Hook>>,
    window: usize,
}

impl<A: Payload, R: Payload> Pool<A, R> {
    /// Forks `workers` workers, which inherit `function` and all that it has captured.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn new(workers: usize, function: impl FnMut(A) -> R + 'static) -> Result<Self, Error> {
        Builder::new().workers(workers).build(function)
    }

    pub(crate) fn over(dispatcher: Dispatcher<A, R>, window: usize, hook: Option<Hook>) -> Self {
        Pool { dispatcher: RefCell::new(dispatcher), hook: RefCell::new(hook), window }
    }

    /// The results of all items, in the order of the items.
    ///
    /// # Errors
    ///
    /// The error of the first item in that order that fails. The items behind it may or may not
    /// have run. [`Pool::map_all`] gives all results and all errors.
    pub fn map(&self, items: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error> {
        let mut run = self.run(items, Order::Input, usize::MAX);
        run.stop_at_error();
        run.collect()
    }

    /// The result or the error of every item, in the order of the items.
    pub fn map_all(&self, items: impl IntoIterator<Item = A>) -> Vec<Result<R, Error>> {
        let mut run = self.run(items, Order::Input, usize::MAX);
        std::iter::from_fn(|| run.next()).map(|(_, result)| result).collect()
    }

    /// The results as an iterator, in the order of the items, while later ones are still run.
    ///
    /// It is lazy: of the input it takes a bounded number of items beyond those whose results it
    /// has handed out ([`Builder::window`]). So the input may be endless. Nothing is taken before
    /// the first `next`. When the iterator is dropped, items that have not begun are not run.
    pub fn imap<I: IntoIterator<Item = A>>(&self, items: I) -> Imap<'_, A, R, I::IntoIter> {
        Imap(self.run(items, Order::Input, self.window))
    }

    /// Like [`Pool::imap`], but in the order in which the results come, each with the index of
    /// its item.
    pub fn imap_unordered<I: IntoIterator<Item = A>>(
        &self,
        items: I,
    ) -> ImapUnordered<'_, A, R, I::IntoIter> {
        ImapUnordered(self.run(items, Order::Arrival, self.window))
    }

    /// The result of one item.
    ///
    /// # Errors
    ///
    /// The item's; its index is 0.
    pub fn apply(&self, item: A) -> Result<R, Error> {
        self.apply_async(item).take()
    }

    /// Gives one item to the workers and returns at once.
    pub fn apply_async(&self, item: A) -> Handle<'_, A, R> {
        Handle(self.start([item]))
    }

    /// Gives all items to the workers and returns at once.
    ///
    /// The workers get as many as their queues hold; the others follow whenever the pool or one
    /// of its handles is called.
    pub fn map_async<I: IntoIterator<Item = A>>(
        &self,
        items: I,
    ) -> MapHandle<'_, A, R, I::IntoIter> {
        MapHandle(self.start(items))
    }

    fn run<I: IntoIterator<Item = A>>(
        &self,
        items: I,
        order: Order,
        window: usize,
    ) -> Run<'_, A, R, I::IntoIter> {
        Run::new(self, items.into_iter(), order, window)
    }

    /// A call all of whose items are encoded now.
    fn start<I: IntoIterator<Item = A>>(&self, items: I) -> Run<'_, A, R, I::IntoIter> {
        let mut run = self.run(items, Order::Input, usize::MAX);
        run.give_all();
        run
    }

    /// See [`Dispatcher::prepare`].
    pub(crate) fn prepare(&self, supply: Supply) {
        self.dispatcher.borrow_mut().prepare(supply);
    }

    /// The dispatcher, for a moment in which no code of the user's is run.
    pub(crate) fn dispatcher(&self) -> std::cell::RefMut<'_, Dispatcher<A, R>> {
        self.dispatcher.borrow_mut()
    }

    /// Calls the hook, if there is one and it is not what called the pool.
    pub(crate) fn report(&self, progress: Progress) {
        let hook = self.hook.take();
        if let Some(mut hook) = hook {
            hook(progress);
            self.hook.replace(Some(hook));
        }
    }

    pub(crate) fn forget(&self, call: &Rc<RefCell<Call<R>>>) {
        self.dispatcher.borrow_mut().forget(call);
    }

    pub(crate) fn turn(&self, patience: Option<Duration>) {
        self.dispatcher.borrow_mut().turn(patience);
    }
}

impl Pool<(), ()> {
    /// A pool with options.
    pub fn builder() -> Builder {
        Builder::new()
    }
}
