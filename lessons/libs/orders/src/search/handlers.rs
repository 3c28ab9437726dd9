//! Where a handler may run although the search does not let it.
//!
//! Between two calls a process only computes, which no other process can see. Its own handler can:
//! the code there may read a flag that the handler sets. In the search, a handler runs at a call. If
//! its signal could be sent before the first of the two calls, it also runs there in some order, which
//! stands for every place between the calls. But a signal that this call has made possible, such as
//! the SIGCHLD of a child that it has forked, comes after it in every order. Then the search lets the
//! handler run before the second call at the earliest, behind the code in between.

use super::tree::Tree;
use crate::name::Name;
use crate::step::{How, Offer};

/// Whether the step that led to node `id` has sent such a signal.
pub(super) fn comes_late(tree: &Tree, id: usize) -> bool {
    let past = tree.past(id);
    let Some(sender) = past.last() else { return false };
    let has_handler = |offers: &[Offer], process: &Name| {
        let mut own = offers.iter().filter(|offer| offer.step.process() == process);
        own.any(|offer| offer.step.choice.how == How::Handler)
    };
    let now = tree.node(id).offers.iter().map(|offer| offer.step.process());
    let mut receivers = now.filter(|process| {
        *process != sender.step.process()
            && has_handler(&tree.node(id).offers, process)
            && !has_handler(&tree.node(sender.node).offers, process)
    });
    receivers.any(|receiver| {
        let call = past.iter().rposition(|step| step.step.process() == receiver);
        // A process without a step has the code behind the fork that made it.
        call.map_or(*receiver != Name::first(), |call| past[call].is_in(sender.clock, call))
    })
}
