//! In which ways a parked process could go on now.
//!
//! A call that would block is not let go: the process stays parked until the call could return.
//! So no process ever sleeps in the kernel (but in calls that nothing here knows), and a run in
//! which none can go on has come to its end, or to a deadlock.

use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, Flock, FlockArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout};

use super::call::{Call, Limit, LockKind, Whom};
use super::signal;
use super::touch::{candidates, end, killed, may_time_out, targets, touches};
use crate::control::family::{Family, Parked, Process};
use crate::control::file::Kind;
use crate::dependence::Object;
use crate::faults::Faults;
use crate::name::Name;
use crate::step::{Choice, How, Offer, Step};
use crate::sys;

/// All ways in which `name`, which is parked, could go on, whether it can now or not.
pub(crate) fn offers(family: &mut Family, name: &Name, faults: &Faults) -> Vec<Offer> {
    let touched = touches(family, name);
    let Some((process, parked)) = at_call(family, name) else { return Vec::new() };
    let signalled = process.has_signal();
    let ready = could_return(family, name, process, parked);
    let words = words(family, name, parked);
    let enabler = enabler(family, name, parked);
    let offer = |how: How, enabled: bool, words: String| Offer {
        step: Step {
            choice: Choice { process: name.clone(), how },
            call: parked.name.to_owned(),
            words,
            touches: touched.clone(),
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
        offers.push(offer(How::Alarm, true, "hears its alarm".to_owned()));
    }
    let planted = faults.at(name, &parked.call);
    let mut planted: Vec<Offer> =
        planted.into_iter().map(|how| offer(how, true, fault_words(how, &words))).collect();
    for fault in &mut planted {
        fault.step.touches.push(Object::Faults.change());
    }
    offers.extend(planted);
    add_deaths(family, name, &mut offers);
    offers
}

/// A step that ends the process touches what an end touches.
fn add_deaths(family: &mut Family, name: &Name, offers: &mut [Offer]) {
    for offer in offers {
        let ends = match offer.step.choice.how {
            How::Killed => true,
            How::Alarm => family.get(name).is_some_and(|p| p.signals().ends_by(libc::SIGALRM)),
            _ => false,
        };
        if ends {
            let deaths = killed(family, name);
            offer.step.touches.extend(deaths);
        } else if offer.step.choice.how == How::Handler {
            // Its default action may end it with a core dump.
            let deaths = end(family, name);
            offer.step.touches.extend(deaths);
        }
    }
}

fn at_call<'a>(family: &'a Family, name: &Name) -> Option<(&'a Process, &'a Parked)> {
    let process = family.get(name)?;
    process.parked().map(|parked| (process, parked))
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

/// Whether the call could return now, if no signal interrupts it.
fn could_return(family: &Family, name: &Name, process: &Process, parked: &Parked) -> bool {
    match &parked.call {
        Call::Wait { which, nohang, .. } => {
            let mut left = candidates(family, name, *which).peekable();
            *nohang || left.peek().is_none() || left.any(|(_, child)| child.has_ended())
        }
        Call::Read { fd, .. } => could_move(process, parked, *fd, PollFlags::POLLIN),
        Call::Write { fd, .. } => could_move(process, parked, *fd, PollFlags::POLLOUT),
        Call::Socket { fd, writes } => {
            let waits = !matches!(parked.name, "connect" | "bind" | "listen" | "shutdown");
            let events = if *writes { PollFlags::POLLOUT } else { PollFlags::POLLIN };
            !waits || could_move(process, parked, *fd, events)
        }
        Call::Poll { fds, limit, mask } => {
            let signalled = mask.is_some_and(|mask| process.signals().deliverable_with(mask));
            *limit == Limit::NotAtAll
                || signalled
                || fds.iter().any(|(fd, events)| is_ready(process, *fd, *events))
        }
        Call::Pause { mask } => mask.is_some_and(|mask| process.signals().deliverable_with(mask)),
        Call::TimedWait { signals, limit } => {
            *limit == Limit::NotAtAll || process.signals().any_pending(*signals)
        }
        Call::Lock { fd, lock, waits: true } => could_lock(process, *fd, *lock),
        _ => true,
    }
}

/// Whether bytes could be read or written without waiting; also if that would fail at once.
fn could_move(process: &Process, parked: &Parked, fd: i32, events: PollFlags) -> bool {
    let waits = |kind| matches!(kind, Kind::Pipe | Kind::Socket | Kind::Other);
    if !parked.files.iter().any(|file| waits(file.kind)) {
        return true;
    }
    let Ok(copy) = process.handle.descriptor(fd) else { return true };
    let flags = fcntl(&copy, FcntlArg::F_GETFL).unwrap_or(0);
    flags & libc::O_NONBLOCK != 0 || sys::ready(copy.as_fd(), events)
}

fn is_ready(process: &Process, fd: i32, events: PollFlags) -> bool {
    process.handle.descriptor(fd).is_ok_and(|copy| sys::ready(copy.as_fd(), events))
}

/// Whether a pipe holds bytes; its end alone is not a byte.
pub(super) fn has_data(process: &Process, fd: i32) -> bool {
    let Ok(copy) = process.handle.descriptor(fd) else { return false };
    let mut fds = [PollFd::new(copy.as_fd(), PollFlags::POLLIN)];
    let _ = nix::poll::poll(&mut fds, PollTimeout::ZERO);
    fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
}

/// Tries the lock with a descriptor of our own, so that nothing changes for the program.
fn could_lock(process: &Process, fd: i32, lock: LockKind) -> bool {
    match lock {
        LockKind::Flock { exclusive } => {
            let own = format!("/proc/{}/fdinfo/{fd}", process.pid);
            let own = std::fs::read_to_string(own).unwrap_or_default();
            if own.contains("FLOCK") {
                return true; // it has a lock already, and changes its kind
            }
            let kind = FlockArg::LockExclusiveNonblock;
            let kind = if exclusive { kind } else { FlockArg::LockSharedNonblock };
            let file = std::fs::File::open(format!("/proc/{}/fd/{fd}", process.pid));
            file.is_ok_and(|file| Flock::lock(file, kind).is_ok())
        }
        LockKind::Range { address } => could_lock_range(process, fd, address),
        LockKind::Unlock => true,
    }
}

/// `F_GETLK` tells of a lock that is in the way, with the PID of its holder.
fn could_lock_range(process: &Process, fd: i32, address: u64) -> bool {
    let Ok(copy) = process.handle.descriptor(fd) else { return true };
    let bytes = sys::read_memory(process.pid, address, size_of::<libc::flock>());
    if bytes.len() != size_of::<libc::flock>() {
        return true;
    }
    // SAFETY: the bytes are as many as the struct has, and all its fields are numbers.
    let mut lock: libc::flock = unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) };
    match fcntl(&copy, FcntlArg::F_GETLK(&mut lock)) {
        Ok(_) => {
            lock.l_type == libc::F_UNLCK as libc::c_short || lock.l_pid == process.pid.as_raw()
        }
        Err(_) => true,
    }
}

/// The step for people, beginning with a verb.
fn words(family: &Family, name: &Name, parked: &Parked) -> String {
    let call = parked.name;
    match &parked.call {
        Call::Fork { .. } => {
            let number = family.get(name).map_or(0, |process| process.children) + 1;
            format!("forks {}", name.child(number))
        }
        Call::Exec { path } => {
            let path = path.as_deref().unwrap_or("a program");
            let base = path.rsplit('/').next().unwrap_or(path);
            format!("runs {}", printable(base.as_bytes()))
        }
        Call::Exit { status } => format!("exits with status {}", status & 0xff),
        Call::Wait { which, .. } => {
            let ended = candidates(family, name, *which).find(|(_, child)| child.has_ended());
            match ended {
                Some((child, _)) => format!("collects {child}"),
                None => "waits".to_owned(),
            }
        }
        Call::Write { fd, buffer, .. } => write_words(family, name, parked, *fd, *buffer),
        Call::Kill { whom, signal } => kill_words(family, name, *whom, *signal),
        Call::Look { path } | Call::Open { path, .. } => format!("{call}s {}", shown_path(path)),
        Call::Change { paths } => {
            let paths: Vec<_> = paths.iter().map(|path| shown_path(path)).collect();
            format!("{call}s {}", paths.join(" "))
        }
        Call::Sleep => "sleeps".to_owned(),
        Call::Pause { .. } => "waits for a signal".to_owned(),
        Call::Read { fd, .. } => format!("reads {}", file_words(parked, *fd)),
        Call::Close { .. } => "closes a pipe".to_owned(),
        Call::SetAction { signal } => format!("sets what {} does", signal::name(*signal)),
        Call::SetMask { .. } => "blocks or unblocks signals".to_owned(),
        Call::Lock { lock: LockKind::Unlock, .. } => "unlocks a file".to_owned(),
        Call::Lock { .. } => "locks a file".to_owned(),
        _ => format!("calls {call}"),
    }
}

fn file_words(parked: &Parked, fd: i32) -> String {
    let kind = parked.files.first().map(|file| file.kind);
    match (fd, kind) {
        (0, _) => "its input".to_owned(),
        (_, Some(Kind::Pipe)) => "a pipe".to_owned(),
        (_, Some(Kind::Socket)) => "a socket".to_owned(),
        (_, Some(Kind::Regular)) => "a file".to_owned(),
        _ => format!("descriptor {fd}"),
    }
}

fn write_words(
    family: &Family,
    name: &Name,
    parked: &Parked,
    fd: i32,
    buffer: Option<super::call::Buffer>,
) -> String {
    let to = match parked.files.first() {
        Some(file) if file.file == crate::control::run::OUTPUT => String::new(),
        _ => format!(" to {}", file_words(parked, fd)),
    };
    let bytes = family
        .get(name)
        .zip(buffer)
        .map(|(process, buffer)| sys::read_memory(process.pid, buffer.address, buffer.len.min(60)));
    match bytes {
        Some(bytes) => {
            let text = crate::outcome::rename(&bytes, &crate::outcome::pids(family));
            format!("writes {}{to}", quoted(text.as_bytes()))
        }
        None => format!("writes{to}"),
    }
}

fn kill_words(family: &Family, name: &Name, whom: Whom, signal: i32) -> String {
    let signal = signal::name(signal);
    match (whom, targets(family, name, whom).first()) {
        (Whom::Many, _) => format!("sends {signal} to a group"),
        (_, Some(target)) if target == name => format!("sends {signal} to itself"),
        (_, Some(target)) => format!("sends {signal} to {target}"),
        (_, None) => format!("sends {signal} to no process"),
    }
}

/// The last two parts of a path, which say enough.
fn shown_path(path: &str) -> String {
    let base = path.rsplit('/').next().unwrap_or(path);
    printable(base.as_bytes())
}

/// At most 40 characters between quotes.
fn quoted(bytes: &[u8]) -> String {
    let text = printable(bytes);
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// Without control characters.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string().replace("\\\"", "\"")
}

/// What a process that cannot go on waits for.
pub(crate) fn waits_for(family: &Family, name: &Name) -> String {
    let Some(process) = family.get(name) else { return "nothing".to_owned() };
    match &process.state {
        crate::control::family::State::Blocked { words, .. } => format!("it still {words}"),
        crate::control::family::State::Parked(parked) => waits_at(family, name, parked),
        _ => "nothing: it computes".to_owned(),
    }
}

fn waits_at(family: &Family, name: &Name, parked: &Parked) -> String {
    match &parked.call {
        Call::Wait { which, .. } => {
            let children: Vec<String> =
                candidates(family, name, *which).map(|(child, _)| child.to_string()).collect();
            format!("waits for the end of {}", children.join(" or "))
        }
        Call::Read { .. } => "waits for data: reads from a pipe that is empty, and that a process \
             still holds open for writing"
            .to_owned(),
        Call::Write { .. } => "waits for room: writes into a pipe that is full, and from which no \
             process reads"
            .to_owned(),
        Call::Pause { .. } | Call::TimedWait { .. } => {
            "waits for a signal that no process will send".to_owned()
        }
        Call::Poll { .. } => "waits until one of its descriptors is ready".to_owned(),
        Call::Lock { .. } => "waits for a lock that another process holds".to_owned(),
        _ => format!("waits in {}", parked.name),
    }
}
