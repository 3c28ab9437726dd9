//! Steps and waiting in words, for people.

use super::touch::{candidates, targets};
use crate::calls::call::{Buffer, Call, LockKind, Whom};
use crate::calls::signal;
use crate::family::file::{Kind, OUTPUT};
use crate::family::{Family, Parked, State};
use crate::name::Name;
use crate::outcome::{pids, rename};
use crate::sys;

/// The step for people, beginning with a verb.
pub(super) fn words(family: &Family, name: &Name, parked: &Parked) -> String {
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
        Call::Wait { which, reaps, .. } => {
            let ended = candidates(family, name, *which).find(|(_, child)| child.has_ended());
            match ended {
                Some((child, _)) if !reaps => format!("sees that {child} has ended"),
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
        Call::SetFlags { .. } => "changes how a file is open".to_owned(),
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
        (_, Some(Kind::Signals)) => "a signal".to_owned(),
        _ => format!("descriptor {fd}"),
    }
}

fn write_words(
    family: &Family,
    name: &Name,
    parked: &Parked,
    fd: i32,
    buffer: Option<Buffer>,
) -> String {
    let to = match parked.files.first() {
        Some(file) if file.file == OUTPUT => String::new(),
        _ => format!(" to {}", file_words(parked, fd)),
    };
    match text_of(family, name, buffer, 60) {
        Some(text) => format!("writes {}{to}", quoted(text.as_bytes())),
        None => format!("writes{to}"),
    }
}

/// What the step adds to the output, as far as it is one write.
pub(super) fn printed(family: &Family, name: &Name, parked: &Parked) -> Option<String> {
    let Call::Write { buffer, .. } = &parked.call else { return None };
    let to_output = parked.files.first().is_some_and(|file| file.file == OUTPUT);
    to_output.then(|| text_of(family, name, *buffer, 4_096)).flatten()
}

/// The first `most` bytes of a buffer, with names for PIDs.
fn text_of(family: &Family, name: &Name, buffer: Option<Buffer>, most: usize) -> Option<String> {
    let (process, buffer) = family.get(name).zip(buffer)?;
    let bytes = sys::read_memory(process.pid, buffer.address, buffer.len.min(most));
    Some(rename(&bytes, &pids(family)))
}

fn kill_words(family: &Family, name: &Name, whom: Whom, signal: i32) -> String {
    let signal = signal::name(signal);
    match (whom, targets(family, name, whom).first()) {
        (Whom::Everyone, _) => format!("sends {signal} to all processes"),
        (Whom::Group(_), _) => format!("sends {signal} to a group"),
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

/// What a process that cannot continue waits for.
pub(crate) fn waits_for(family: &Family, name: &Name) -> String {
    let Some(process) = family.get(name) else { return "nothing".to_owned() };
    match &process.state {
        State::Blocked { vfork: true } => "waits in vfork for its child".to_owned(),
        State::Blocked { .. } => process.waits.clone(),
        State::Parked(parked) => waits_at(family, name, parked),
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
        Call::Read { .. } if parked.files.iter().any(|file| file.kind == Kind::Signals) => {
            "waits for a signal that no process will send".to_owned()
        }
        Call::Read { .. } => "waits for data in a pipe that a process holds open".to_owned(),
        Call::Write { .. } => "waits for room in a pipe that is full".to_owned(),
        Call::Pause { .. } | Call::TimedWait { .. } => {
            "waits for a signal that no process will send".to_owned()
        }
        Call::Poll { .. } => "waits until one of its descriptors is ready".to_owned(),
        Call::Lock { .. } => "waits for a lock that another process holds".to_owned(),
        _ => format!("waits in {}", parked.name),
    }
}
