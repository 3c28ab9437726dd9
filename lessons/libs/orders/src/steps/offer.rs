//! In which ways a parked process could continue now.
//!
//! A call that would block is not released: the process stays parked until the call could return.
//! So no process ever sleeps in the kernel (but in calls that nothing here knows), and a run in
//! which none can continue has ended, or is a deadlock.

use super::ready::could_return;
use super::touch::{candidates, end, killed, may_time_out, targets, touches};
use super::words::{printed, words};
use crate::calls::call::{Call, Which};
use crate::calls::signal;
use crate::family::{Family, Parked, Process};
use crate::faults::Faults;
use crate::name::Name;
use crate::object::{Object, Touch};
use crate::step::{Choice, Effect, How, Offer, Step};

/// All ways in which `name`, which is parked, could continue, whether it can now or not.
pub(crate) fn offers(family: &mut Family, name: &Name, faults: &Faults) -> Vec<Offer> {
    let mut touched = touches(family, name);
    if let Some(folder) = &family.folder {
        let within = |touch: Touch| Touch { object: touch.object.within(folder), ..touch };
        touched = touched.into_iter().map(within).collect();
    }
    let Some((process, parked)) = at_call(family, name) else { return Vec::new() };
    let signalled = process.has_signal();
    let ready = could_return(family, name, process, parked);
    let (words, printed) = (words(family, name, parked), printed(family, name, parked));
    let effect = effect(family, name, parked);
    let enabler = enabler(family, name, parked);
    let offer = |how: How, enabled: bool, words: String| Offer {
        step: Step {
            choice: Choice { process: name.clone(), how },
            call: parked.name.to_owned(),
            words,
            printed: printed.clone().filter(|_| how == How::Call),
            touches: touched.clone(),
            effect: if how == How::Call { effect.clone() } else { Effect::None },
        },
        enabled,
        enabler: enabler.clone().filter(|_| !enabled),
    };
    let mut offers = vec![offer(How::Call, ready || signalled, words.clone())];
    if signalled {
        offers.push(offer(How::Handler, true, "handles a signal".to_owned()));
    }
    if !ready && may_time_out(&parked.call) {
        offers.push(offer(How::TimedOut, true, format!("waits long enough: {words}")));
    }
    if process.alarm {
        offers.push(offer(How::Alarm, true, "gets its alarm".to_owned()));
    }
    let planted = faults.at(name, &parked.call).into_iter();
    offers.extend(planted.map(|how| offer(how, true, fault_words(how, &words))));
    add_special(family, name, &mut offers);
    offers
}

/// What steps touch besides what the call touches: a fault uses one up, and a step that ends the
/// process touches what an end touches.
fn add_special(family: &mut Family, name: &Name, offers: &mut [Offer]) {
    for offer in offers {
        let how = offer.step.choice.how;
        if how.is_fault() {
            offer.step.touches.push(Object::Faults.change());
        }
        let special = match how {
            How::Killed => killed(family, name),
            How::Alarm if family.get(name).is_some_and(|p| p.signals().ends_by(libc::SIGALRM)) => {
                killed(family, name)
            }
            // The default action of some signals ends the process with a core dump.
            How::Handler => end(family, name),
            _ => Vec::new(),
        };
        offer.step.touches.extend(special);
    }
}

fn at_call<'a>(family: &'a Family, name: &Name) -> Option<(&'a Process, &'a Parked)> {
    let process = family.get(name)?;
    process.parked().map(|parked| (process, parked))
}

/// What the call does to the family of processes.
fn effect(family: &Family, name: &Name, parked: &Parked) -> Effect {
    match &parked.call {
        Call::Fork { .. } => {
            Effect::Fork(name.child(family.get(name).map_or(0, |process| process.children) + 1))
        }
        Call::Exec { path } => {
            let path = path.as_deref().unwrap_or("?");
            Effect::Exec(path.rsplit('/').next().unwrap_or(path).to_owned())
        }
        Call::Exit { status } => Effect::Exit(u8::try_from(status & 0xff).unwrap_or(0)),
        Call::Wait { which, .. } => {
            let ended = candidates(family, name, *which).find(|(_, child)| child.has_ended());
            let one = matches!(which, Which::Pid(_));
            let waited = candidates(family, name, *which).next().filter(|_| one);
            ended.map_or_else(
                || Effect::Wait(waited.map(|(child, _)| child.clone())),
                |(child, _)| Effect::Collect(child.clone()),
            )
        }
        Call::Kill { whom, signal } => {
            let ends = |target: &Name| {
                let target = family.get(target).filter(|target| !target.has_ended());
                target.is_some_and(|target| target.signals().ends_by(*signal))
            };
            let targets = targets(family, name, *whom).into_iter();
            let targets = targets.map(|target| (target.clone(), ends(&target))).collect();
            Effect::Signal(signal::name(*signal), targets)
        }
        _ => Effect::None,
    }
}

/// The only child for which the process waits. Its end is what lets the wait return, so the two
/// are ordered, and no race.
fn enabler(family: &Family, name: &Name, parked: &Parked) -> Option<Name> {
    let Call::Wait { which, .. } = &parked.call else { return None };
    let mut children = candidates(family, name, *which);
    let only = children.next().map(|(child, _)| child.clone());
    only.filter(|_| children.next().is_none())
}

fn fault_words(how: How, words: &str) -> String {
    match how {
        How::Refused => format!("is refused: {words}"),
        How::Interrupted => format!("is interrupted: {words}"),
        How::Short => format!("gets less than it asked for: {words}"),
        How::Killed => "is killed".to_owned(),
        _ => words.to_owned(),
    }
}
