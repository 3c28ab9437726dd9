//! What each call touches: the left side of the table in [`crate::dependence`].

use std::fs;
use std::path::Path;

use crate::calls::call::{Call, Limit, Which, Whom};
use crate::calls::signal::{self, bit};
use crate::family::file::{self, Kind, Opened, PipeEnd};
use crate::family::{Family, Parked, Process};
use crate::name::Name;
use crate::object::{Object, Touch};

/// What the call at which `name` is parked reads and changes, in the state as it is now.
pub(super) fn touches(family: &mut Family, name: &Name) -> Vec<Touch> {
    let Some(process) = family.get(name) else { return Vec::new() };
    let Some(parked) = process.parked() else { return Vec::new() };
    match &parked.call {
        Call::Wait { which, reaps, .. } => wait(family, name, *which, *reaps),
        Call::Exec { path } => {
            let path = path.clone().map(|path| Object::Path(path).read());
            // A parent may not change the group of a child that runs another program.
            closed(parked).into_iter().chain(path).chain([Object::Groups.read()]).collect()
        }
        Call::Exit { .. } => {
            let closed = closed(parked);
            closed.into_iter().chain(end(family, name)).collect()
        }
        Call::Kill { whom, signal } => {
            let (whom, signal) = (*whom, *signal);
            kill(family, name, whom, signal)
        }
        Call::Look { path } => {
            let path = path.clone();
            look(family, path)
        }
        Call::Open { path, flags } => {
            let (path, flags) = (path.clone(), *flags);
            open(family, path, flags)
        }
        Call::Fork { .. } => vec![Object::Family.add()],
        Call::Change { paths } => {
            let paths = paths.clone();
            paths.iter().flat_map(|path| replace(family, path)).collect()
        }
        Call::SetAction { signal } => vec![Object::Actions(name.clone(), bit(*signal)).change()],
        Call::SetMask { signals } => vec![Object::Actions(name.clone(), *signals).change()],
        Call::GetParent => vec![Object::Parent(name.clone()).read()],
        Call::GetGroup => vec![Object::Groups.read()],
        Call::SetGroup => set_group(family),
        Call::Unmodelled => vec![Object::World.change()],
        _ => on_files(family, process, parked),
    }
}

/// What a call on descriptors touches. Of all other calls, other processes notice nothing; a
/// fork adds to the ends of pipes that the parent itself holds, so that no pipe loses its last
/// end by it, or gets its first.
fn on_files(family: &Family, process: &Process, parked: &Parked) -> Vec<Touch> {
    let files = parked.files.iter();
    match &parked.call {
        Call::Read { moves, .. } => files.flat_map(|file| read(file, *moves)).collect(),
        Call::Write { moves, .. } => files.flat_map(|file| write(file, *moves)).collect(),
        Call::Poll { .. } => files.flat_map(|file| poll(family, process, file)).collect(),
        Call::SetFlags { .. } => files.map(set_flags).collect(),
        Call::Socket { .. } => vec![Object::Sockets.change()],
        Call::Close { .. } => closed(parked),
        Call::List { fd } => {
            let folder = fs::read_link(format!("/proc/{}/fd/{fd}", process.pid));
            let folder = folder.unwrap_or_default().to_string_lossy().into_owned();
            vec![Object::Entries(folder).read()]
        }
        Call::Stat { .. } => contents(parked).map(Object::read).collect(),
        Call::Truncate { .. } => contents(parked).map(Object::change).collect(),
        Call::Seek { .. } => {
            let offsets = files.map(|file| Object::Offset(file.file).change());
            offsets.chain(contents(parked).map(Object::read)).collect()
        }
        Call::Lock { .. } => files.map(|file| Object::Locks(file.file).change()).collect(),
        _ => Vec::new(),
    }
}

/// The kernel takes the oldest child that has ended. The ends of all are read, also of those that
/// are younger: without the end of the older one, they would decide.
fn wait(family: &Family, name: &Name, which: Which, reaps: bool) -> Vec<Touch> {
    let in_group = matches!(which, Which::Group(_)).then(|| Object::Groups.read());
    let mut touches: Vec<Touch> = in_group.into_iter().collect();
    let all: Vec<_> = candidates(family, name, which).collect();
    touches.extend(all.iter().map(|(child, _)| Object::End((*child).clone()).read()));
    let taken = all.iter().find(|(_, process)| reaps && process.has_ended());
    touches.extend(taken.map(|(child, _)| Object::End((*child).clone()).change()));
    touches
}

/// The children for which a wait asks, oldest first.
pub(crate) fn candidates<'a>(
    family: &'a Family,
    name: &'a Name,
    which: Which,
) -> impl Iterator<Item = (&'a Name, &'a Process)> {
    let wanted = match which {
        Which::Descriptor(fd) => family.get(name).and_then(|process| described(process, fd)),
        Which::Group(0) => family.get(name).and_then(group_of),
        Which::Pid(number) | Which::Group(number) => Some(number),
        Which::Any => None,
    };
    family.children(name).filter(move |(_, child)| match which {
        Which::Any => true,
        Which::Pid(_) | Which::Descriptor(_) => Some(child.pid.as_raw()) == wanted,
        Which::Group(_) => group_of(child) == wanted,
    })
}

fn read(file: &Opened, moves: bool) -> Vec<Touch> {
    let number = file.file;
    match file.kind {
        Kind::Pipe => vec![Object::Data(number).change(), Object::Writers(number).read()],
        Kind::Socket => vec![Object::Sockets.change()],
        Kind::Regular | Kind::Folder => {
            let offset = moves.then(|| Object::Offset(number).change());
            std::iter::once(Object::Content(number).read()).chain(offset).collect()
        }
        Kind::Null | Kind::Process | Kind::Signals => Vec::new(),
        Kind::Other => vec![Object::Data(number).change()],
    }
}

fn write(file: &Opened, moves: bool) -> Vec<Touch> {
    let number = file.file;
    match file.kind {
        Kind::Pipe => vec![Object::Data(number).change(), Object::Readers(number).read()],
        Kind::Socket => vec![Object::Sockets.change()],
        Kind::Regular | Kind::Folder => {
            let offset = moves.then(|| Object::Offset(number).change());
            std::iter::once(Object::Content(number).change()).chain(offset).collect()
        }
        Kind::Null | Kind::Process | Kind::Signals => Vec::new(),
        Kind::Other => vec![Object::Data(number).change()],
    }
}

/// Processes that share an open file share its flags, such as the one that it does not wait. Which of
/// them share it is not asked: the file is enough.
fn set_flags(file: &Opened) -> Touch {
    match file.kind {
        Kind::Socket => Object::Sockets.change(),
        Kind::Regular | Kind::Folder => Object::Offset(file.file).change(),
        _ => Object::Data(file.file).change(),
    }
}

fn poll(family: &Family, process: &Process, file: &Opened) -> Vec<Touch> {
    let number = file.file;
    match file.kind {
        Kind::Socket => vec![Object::Sockets.read()],
        Kind::Null | Kind::Regular | Kind::Folder | Kind::Signals => Vec::new(),
        Kind::Process => {
            let pid = described(process, file.fd);
            let all = family.processes.iter();
            let watched = all.filter(|(_, process)| Some(process.pid.as_raw()) == pid);
            watched.map(|(name, _)| Object::End(name.clone()).read()).collect()
        }
        Kind::Pipe | Kind::Other => {
            vec![
                Object::Data(number).read(),
                Object::Writers(number).read(),
                Object::Readers(number).read(),
            ]
        }
    }
}

fn contents(parked: &Parked) -> impl Iterator<Item = Object> + '_ {
    let regular = parked.files.iter().filter(|file| file.kind == Kind::Regular);
    regular.map(|file| Object::Content(file.file))
}

fn closed(parked: &Parked) -> Vec<Touch> {
    let locks = parked.unlocks.iter().map(|file| Object::Locks(*file).change());
    ends(&parked.closes).into_iter().chain(locks).collect()
}

fn ends(ends: &[PipeEnd]) -> Vec<Touch> {
    let object = |end: &PipeEnd| {
        if end.writes { Object::Writers(end.file).add() } else { Object::Readers(end.file).add() }
    };
    ends.iter().map(object).collect()
}

/// What the end of a process touches, besides the files that it closes.
pub(super) fn end(family: &Family, name: &Name) -> Vec<Touch> {
    let mut touches = vec![Object::End(name.clone()).change()];
    for (child, process) in family.children(name) {
        touches.push(Object::Parent(child.clone()).change());
        if process.parent_death != 0 {
            touches.push(Object::Process(child.clone()).change());
        }
    }
    // Whether the parent still exists decides whether it learns of this end.
    touches.push(Object::Parent(name.clone()).read());
    if let Some(parent) = name.parent()
        && let Some(process) = family.get(&parent).filter(|process| !process.has_ended())
    {
        touches.push(Object::Actions(parent.clone(), bit(libc::SIGCHLD)).read());
        if process.signals().notices(libc::SIGCHLD) {
            touches.push(Object::Process(parent).change());
        }
    }
    touches
}

/// What it touches that a process ends from outside: its descriptors too.
pub(super) fn killed(family: &mut Family, name: &Name) -> Vec<Touch> {
    let Some(pid) = family.get(name).map(|process| process.pid) else { return Vec::new() };
    let (closes, unlocks) = family.numbers.ends(pid, &file::descriptors(pid));
    let locks = unlocks.into_iter().map(|file| Object::Locks(file).change());
    ends(&closes).into_iter().chain(locks).chain(end(family, name)).collect()
}

fn kill(family: &mut Family, name: &Name, whom: Whom, signal: i32) -> Vec<Touch> {
    let in_group = matches!(whom, Whom::Group(_)).then(|| Object::Groups.read());
    let many = matches!(whom, Whom::Group(_) | Whom::Everyone).then(|| Object::Family.read());
    let mut touches: Vec<Touch> = in_group.into_iter().chain(many).collect();
    touches.extend(gone(family, whom).map(|target| Object::End(target.clone()).read()));
    for target in targets(family, name, whom) {
        let Some(process) = family.get(&target) else { continue };
        touches.push(Object::End(target.clone()).read());
        touches.push(Object::Actions(target.clone(), bit(signal)).read());
        if process.has_ended() || signal == 0 {
            continue;
        }
        let signals = process.signals();
        if signals.notices(signal) {
            touches.push(Object::Process(target.clone()).change());
        }
        if signal::ends_by_default(signal) {
            touches.extend(killed(family, &target));
        }
    }
    touches
}

/// The reaped processes that the signal could have reached, had it come earlier.
fn gone(family: &Family, whom: Whom) -> impl Iterator<Item = &Name> {
    let all = family.processes.iter().filter(|(_, process)| process.reaped);
    let reached = all.filter(move |(_, process)| match whom {
        Whom::Pid(pid) => process.pid.as_raw() == pid,
        _ => true,
    });
    reached.map(|(name, _)| name)
}

/// Whether a group is there, or a process to be moved, depends on which processes have been reaped.
fn set_group(family: &Family) -> Vec<Touch> {
    let ends = family.processes.keys().map(|process| Object::End(process.clone()).read());
    ends.chain([Object::Groups.change()]).collect()
}

/// The number of a process's group; of a zombie too.
fn group_of(process: &Process) -> Option<i32> {
    procinfo::stat(process.pid).ok().map(|stat| stat.group.as_raw())
}

/// The processes to which a signal goes.
pub(crate) fn targets(family: &Family, name: &Name, whom: Whom) -> Vec<Name> {
    let pid = match whom {
        Whom::Pid(pid) => Some(pid),
        Whom::Descriptor(fd) => family.get(name).and_then(|process| described(process, fd)),
        Whom::Everyone => return not_reaped(family).map(|(name, _)| name.clone()).collect(),
        Whom::Group(group) => {
            let own = || family.get(name).and_then(group_of);
            let group = if group == 0 { own() } else { Some(group) };
            let members = not_reaped(family).filter(|(_, process)| group_of(process) == group);
            return members.map(|(name, _)| name.clone()).collect();
        }
    };
    let pid = pid.map(nix::unistd::Pid::from_raw);
    pid.and_then(|pid| family.name_of(pid)).into_iter().collect()
}

fn not_reaped(family: &Family) -> impl Iterator<Item = (&Name, &Process)> {
    family.processes.iter().filter(|(_, process)| !process.reaped)
}

/// The process to which descriptor `fd`, made by `pidfd_open`, refers.
fn described(process: &Process, fd: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{}/fdinfo/{fd}", process.pid)).ok()?;
    let pid = text.lines().find_map(|line| line.strip_prefix("Pid:\t"))?;
    pid.trim().parse().ok()
}

fn look(family: &mut Family, path: String) -> Vec<Touch> {
    let content = content_of(family, &path).map(Object::read);
    std::iter::once(Object::Path(path).read()).chain(content).collect()
}

fn content_of(family: &mut Family, path: &str) -> Option<Object> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Object::Content(family.numbers.of(&metadata)))
}

fn open(family: &mut Family, path: String, flags: i32) -> Vec<Touch> {
    let truncates = flags & libc::O_TRUNC != 0;
    let exists = Path::new(&path).symlink_metadata().is_ok();
    if !exists && flags & libc::O_CREAT != 0 {
        return change(&path);
    }
    let content = if truncates { content_of(family, &path).map(Object::change) } else { None };
    std::iter::once(Object::Path(path).read()).chain(content).collect()
}

/// A file that is removed or replaced is another one for whoever opens its name afterwards.
fn replace(family: &mut Family, path: &str) -> Vec<Touch> {
    let content = content_of(family, path).map(Object::change);
    change(path).into_iter().chain(content).collect()
}

fn change(path: &str) -> Vec<Touch> {
    let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
    let folder = folder.to_string_lossy().into_owned();
    vec![Object::Path(path.to_owned()).change(), Object::Entries(folder).change()]
}

/// Whether a poll with this limit may end because its time is over.
pub(super) fn may_time_out(call: &Call) -> bool {
    let limit = match call {
        Call::Poll { limit, .. } | Call::TimedWait { limit, .. } => *limit,
        _ => Limit::ForEver,
    };
    limit == Limit::SomeTime
}
