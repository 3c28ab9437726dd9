//! What your `start_save` and `Saving` must do.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use grader::plant::{Call, plant};
use grader::{Check, Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

use super::answers::snapshot::{Outcome, Saving, start_save};

#[path = "tools.rs"]
mod tools;
#[path = "snapshot/waits.rs"]
mod waits;
use tools::{Gate, Inherited, die, slow_work};

const IF_IT_HANGS: &str = "The child's `write` waits for the parent, which continues only after start_save has returned. Do\n\
     you wait for the child, or call `write` in the parent?";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let checks = [
        check!(the_file_holds_the_state_at_the_call)
            .if_it_hangs(IF_IT_HANGS)
            .forks(1)
            .see("copy-on-write.md#what-a-fork-copies"),
        check!(try_finish_is_none_before_the_end)
            .if_it_hangs("try_finish waits for the child, and the child waits for the parent. Check without waiting.")
            .forks(1)
            .see("waitpid.md#without-blocking"),
        check!(the_outcome_can_be_asked_for_again).forks(1).see("waitpid.md#without-blocking"),
        check!(until_it_is_complete_the_old_file_stays)
            .if_it_hangs(IF_IT_HANGS)
            .forks(1)
            .see("marshalling.md#files"),
        check!(a_path_is_any_bytes).forks(2),
        check!(the_new_file_is_empty_at_first).forks(1),
        check!(a_write_that_fails_is_reported).forks(1).see("marshalling.md#damaged-data"),
        check!(a_panic_is_reported).forks(1).see("fork-basics.md#panics"),
        check!(a_killed_child_is_reported).forks(2).see("waitpid.md#signals"),
        check!(a_failure_can_be_asked_for_again).forks(2).see("waitpid.md#without-blocking"),
        check!(whatever_ends_the_child_is_told).forks(4).see("waitpid.md#signals"),
        check!(a_child_may_be_killed_at_any_moment).see("marshalling.md#files"),
        check!(a_child_may_be_killed_before_the_rename)
            .plant(Call::Rename.every().in_children().killed_by(Signal::SIGKILL))
            .forks(1)
            .see("marshalling.md#files"),
        check!(a_sync_that_fails_is_reported)
            .plant(Call::Sync.every().in_children().fails(Errno::EIO))
            .forks(1),
        check!(what_was_written_is_synced).forks(1),
        check!(write_finds_what_the_caller_had).forks(1).see("copy-on-write.md#what-a-fork-copies"),
        check!(a_rename_that_fails_is_reported).forks(1),
        check!(a_folder_that_does_not_exist),
        check!(the_unfinished_file_is_beside_the_path).forks(1).see("marshalling.md#files"),
        check!(two_snapshots_at_the_same_time).if_it_hangs(IF_IT_HANGS).forks(2),
        check!(two_snapshots_of_one_name)
            .if_it_hangs(IF_IT_HANGS)
            .forks(4)
            .see("marshalling.md#files"),
        check!(two_processes_save_to_one_path)
            .if_it_hangs(IF_IT_HANGS)
            .forks(1 + 2)
            .see("marshalling.md#files"),
        check!(a_snapshot_that_fails_beside_another_one)
            .if_it_hangs(IF_IT_HANGS)
            .forks(2)
            .see("marshalling.md#files"),
        check!(a_second_snapshot_replaces_the_first).forks(2).closes_descriptors(),
    ];
    let checks = checks.into_iter().chain(waits::checks());
    Suite::new("snapshot", checks.map(Check::in_empty_folder))
}

fn path() -> &'static Path {
    Path::new("data.db")
}

fn start(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Saving {
    match start_save(path, write) {
        Ok(saving) => saving,
        Err(error) => panic!("start_save fails: {error}"),
    }
}

/// The outcome of a snapshot without any obstacle.
fn finish(saving: Saving) -> Outcome {
    match saving.finish() {
        Ok(outcome) => outcome,
        Err(error) => panic!("finish fails: {error}"),
    }
}

/// The outcome that try_finish returns in the end.
fn ask_until_the_end(saving: &mut Saving) -> Outcome {
    loop {
        match saving.try_finish().expect("try_finish") {
            Some(outcome) => return outcome,
            None => slow_work(5),
        }
    }
}

/// The contents of the file, which is then removed.
fn take(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok();
    let _ = fs::remove_file(path);
    text
}

/// Creates an older snapshot.
fn leave_an_old_snapshot() {
    fs::write(path(), "old").expect("a file of the check");
}

/// The parent changes its data before the child has begun to write.
fn the_file_holds_the_state_at_the_call() {
    let gate = Gate::new();
    let data = Cell::new("the state at the call");
    let saving = start(path(), |file| {
        gate.wait();
        file.write_all(data.get().as_bytes())
    });
    data.set("a later state");
    gate.open();
    assert_eq!(finish(saving), Outcome::Saved, "`write` returned Ok(())");
    let wanted = Some("the state at the call".to_owned());
    assert_eq!(
        take(path()),
        wanted,
        "the file; the data was changed after start_save had returned"
    );
}

/// The child waits for the parent, so it cannot have ended.
fn try_finish_is_none_before_the_end() {
    let gate = Gate::new();
    let mut saving = start(path(), |file| {
        gate.wait();
        file.write_all(b"new")
    });
    let early = saving.try_finish().expect("try_finish");
    gate.open();
    let outcome = finish(saving);
    take(path());
    assert_eq!(early, None, "the child had not ended");
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
}

/// A child can be reaped only once, but its outcome can be requested several times.
fn the_outcome_can_be_asked_for_again() {
    ask_twice(Outcome::Saved, || Ok(()));
    assert_eq!(take(path()).as_deref(), Some("new"), "the file");
}

/// The same, when `write` has returned an error, and when the child was killed.
fn a_failure_can_be_asked_for_again() {
    let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
    ask_twice(Outcome::Failed { status: 1 }, full);
    ask_twice(Outcome::Killed { signal: Signal::SIGKILL }, || die());
}

#[track_caller]
fn ask_twice(wanted: Outcome, end: impl FnOnce() -> io::Result<()>) {
    let mut saving = start(path(), |file| file.write_all(b"new").and_then(|()| end()));
    let first = ask_until_the_end(&mut saving);
    let again = saving.try_finish().map_err(|error| error.kind());
    assert_eq!(first, wanted, "the result of try_finish");
    assert_eq!(again, Ok(Some(wanted)), "the result of try_finish when it is called again");
    let last = saving.finish().map_err(|error| error.kind());
    assert_eq!(last, Ok(wanted), "the result of finish after that");
}

/// A snapshot whose child has written the first part. It writes the second one when the gate is opened.
fn start_in_two_parts(first: &[u8], second: &[u8]) -> (Saving, Gate) {
    let (half, rest) = (Gate::new(), Gate::new());
    let saving = start(path(), |file| {
        file.write_all(first)?;
        half.open();
        rest.wait();
        file.write_all(second)
    });
    half.wait();
    (saving, rest)
}

/// The child has written half of the file, and then waits.
fn until_it_is_complete_the_old_file_stays() {
    leave_an_old_snapshot();
    let (saving, rest) = start_in_two_parts(b"new, ", b"complete");
    let meanwhile = fs::read_to_string(path()).ok();
    rest.open();
    let outcome = finish(saving);
    let afterwards = take(path());
    assert_eq!(meanwhile.as_deref(), Some("old"), "data.db while the child was writing");
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
    assert_eq!(afterwards.as_deref(), Some("new, complete"), "data.db at the end");
}

/// A name need not be text, and need not have a dot in it. Neither need the name of its folder.
fn a_path_is_any_bytes() {
    let odd = if cfg!(target_os = "linux") { b"\xff" } else { b"-" }; // others want UTF-8
    let folder = Path::new(OsStr::from_bytes(odd));
    fs::create_dir(folder).expect("a folder for the check");
    let paths = [&[b"data", &odd[..], b".db"].concat()[..], b"data"];
    let paths = paths.map(|name| folder.join(OsStr::from_bytes(name)));
    let outcomes = paths.each_ref().map(|path| finish(start(path, |file| file.write_all(b"new"))));
    let files = paths.each_ref().map(|path| take(path));
    let left = fs::read_dir(folder).map_or(0, Iterator::count);
    let _ = fs::remove_dir_all(folder);
    for (index, path) in paths.iter().enumerate() {
        assert_eq!(outcomes[index], Outcome::Saved, "the outcome for {path:?}");
        assert_eq!(files[index].as_deref(), Some("new"), "the file {path:?}");
    }
    assert_eq!(left, 0, "the number of other files in {folder:?}");
}

/// The old file has contents, and the child looks at the new one.
fn the_new_file_is_empty_at_first() {
    leave_an_old_snapshot();
    let saving = start(path(), |file| {
        let (length, position) = (file.metadata()?.len(), file.stream_position()?);
        file.write_all(format!("{length} {position}").as_bytes())
    });
    assert_eq!(finish(saving), Outcome::Saved, "`write` returned Ok(())");
    let left = take(path());
    assert_eq!(left.as_deref(), Some("0 0"), "length and position of the file that `write` gets");
}

/// The child fails, panics or dies after half of the file. Then only the old file is there.
#[track_caller]
fn assert_old_file_stays(wanted: Outcome, end: impl FnOnce() -> io::Result<()>) {
    leave_an_old_snapshot();
    let saving = start(path(), |file| {
        file.write_all(b"half of the n")?;
        end()
    });
    let outcome = finish(saving);
    let left = take(path());
    assert_eq!(outcome, wanted, "the outcome of the snapshot");
    assert_eq!(left.as_deref(), Some("old"), "data.db, which held an older snapshot");
}

fn a_write_that_fails_is_reported() {
    let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
    assert_old_file_stays(Outcome::Failed { status: 1 }, full);
}

fn a_panic_is_reported() {
    assert_old_file_stays(Outcome::Failed { status: 101 }, || panic_on_purpose("in `write`"));
}

/// SIGKILL ends the child. Once, `finish` reports it; the other time, `try_finish` does.
fn a_killed_child_is_reported() {
    let killed = Outcome::Killed { signal: Signal::SIGKILL };
    assert_old_file_stays(killed, || die());
    let mut saving = start(path(), |file| {
        file.write_all(b"half of the n")?;
        die()
    });
    let outcome = ask_until_the_end(&mut saving);
    assert_eq!(outcome, killed, "the result of try_finish");
    assert_eq!(take(path()), None, "data.db, which did not exist before");
}

/// `write` ends the child itself, with a status of its own or by a signal that is not SIGKILL.
fn whatever_ends_the_child_is_told() {
    for status in [7, 137, 255] {
        assert_old_file_stays(Outcome::Failed { status }, || std::process::exit(status));
    }
    assert_old_file_stays(Outcome::Killed { signal: Signal::SIGTERM }, || {
        let _ = raise(Signal::SIGTERM);
        Ok(())
    });
}

/// The child is killed at its first system call, then at its second, and so on. Either file may be
/// there, but one of them must be, and it must be complete.
fn a_child_may_be_killed_at_any_moment() {
    for call in 1..100 {
        leave_an_old_snapshot();
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let outcome = finish(start(path(), |file| file.write_all(b"new")));
        let happened = killed.happened();
        drop(killed);
        let left = take(path());
        let is_complete = matches!(left.as_deref(), Some("old" | "new"));
        assert!(
            is_complete,
            "The child was killed at its call {call}, and data.db should hold the older snapshot or\n\
             the newer one. It holds: {left:?}"
        );
        let wanted = Outcome::Killed { signal: Signal::SIGKILL };
        if !happened {
            break; // it makes fewer calls
        }
        assert_eq!(outcome, wanted, "the child was killed at its call {call}");
    }
}

/// The file is complete, but the child is killed immediately before the rename.
fn a_child_may_be_killed_before_the_rename() {
    leave_an_old_snapshot();
    let outcome = finish(start(path(), |file| file.write_all(b"new")));
    let left = take(path());
    assert_eq!(outcome, Outcome::Killed { signal: Signal::SIGKILL }, "killed before `rename`");
    assert_eq!(left.as_deref(), Some("old"), "data.db, which held an older snapshot");
}

/// `fsync` is called for a file when `write` has returned: before that, not all data is there.
fn what_was_written_is_synced() {
    let syncs = plant(Call::Sync.every().in_children().on_files().is_counted());
    let saving = start(path(), |file| {
        file.write_all(b"new")?;
        file.write_all(syncs.times().to_string().as_bytes())
    });
    let outcome = finish(saving);
    let (all, file) = (syncs.times(), take(path()).unwrap_or_default());
    let early = file.strip_prefix("new").and_then(|times| times.parse().ok());
    assert_eq!((outcome, early.is_some()), (Outcome::Saved, true), "`write` returned Ok(())");
    let later = all - early.unwrap_or(all);
    assert!(later > 0, "Your function did not sync the file after `write` had returned.");
}

/// The child is a copy of the caller, and the folder is another one than the working directory.
fn write_finds_what_the_caller_had() {
    fs::create_dir("folder").expect("a folder for the check");
    let file = Path::new("folder/data.db");
    let inherited = Inherited::new();
    let outcome = finish(start(file, |file| {
        inherited.look();
        file.write_all(b"new")
    }));
    let left = take(file);
    let _ = fs::remove_dir_all("folder");
    inherited.assert_all();
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
    assert_eq!(left.as_deref(), Some("new"), "folder/data.db");
}

/// `fsync` fails with EIO, as when a disk is broken.
fn a_sync_that_fails_is_reported() {
    leave_an_old_snapshot();
    let outcome = finish(start(path(), |file| file.write_all(b"new")));
    let left = take(path());
    assert_eq!(outcome, Outcome::Failed { status: 1 }, "`fsync` failed with EIO");
    assert_eq!(left.as_deref(), Some("old"), "data.db, which held an older snapshot");
}

/// `path` is a folder, so the rename fails.
fn a_rename_that_fails_is_reported() {
    fs::create_dir(path()).expect("a folder of the check");
    let outcome = finish(start(path(), |file| file.write_all(b"new")));
    fs::remove_dir(path()).expect("the check's own folder");
    assert_eq!(outcome, Outcome::Failed { status: 1 }, "data.db was a folder");
}

/// No file can be created there. Either start_save or the outcome may report this.
fn a_folder_that_does_not_exist() {
    let saving = start_save(Path::new("missing/data.db"), |file| file.write_all(b"new"));
    let Ok(saving) = saving else { return };
    assert_eq!(
        finish(saving),
        Outcome::Failed { status: 1 },
        "the folder `missing` does not exist"
    );
}

/// A rename cannot lead to another disk, so the file that the child writes is in the same folder. The
/// child itself looks.
fn the_unfinished_file_is_beside_the_path() {
    fs::create_dir("folder").expect("a folder for the check");
    let saving = start(Path::new("folder/data.db"), |file| {
        let beside = fs::read_dir("folder")?.count();
        file.write_all(beside.to_string().as_bytes())
    });
    let outcome = finish(saving);
    let beside = take(Path::new("folder/data.db"));
    fs::remove_dir("folder").expect("the check's folder, which is empty");
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
    let wanted = Some("1".to_owned());
    assert_eq!(beside, wanted, "how many files were in the folder of the path during `write`");
}

/// The first snapshot to begin is the last to end, and each has its own data.
fn two_snapshots_at_the_same_time() {
    let other = Path::new("other.db");
    let (gate, same) = (Gate::new(), Gate::new());
    let data = Cell::new("first");
    let first = start(path(), |file| {
        file.write_all(data.get().as_bytes())?;
        same.open();
        gate.wait();
        file.write_all(b", complete")
    });
    same.wait();
    data.set("second");
    let second = start(other, |file| file.write_all(data.get().as_bytes()));
    let second = finish(second);
    gate.open();
    let outcomes = [finish(first), second];
    let files = [take(path()), take(other)];
    assert_eq!(outcomes, [Outcome::Saved; 2], "both `write`s returned Ok(())");
    assert_eq!(files[0].as_deref(), Some("first, complete"), "data.db");
    assert_eq!(files[1].as_deref(), Some("second"), "other.db");
}

/// Two snapshots with one path, and then two whose paths differ only behind the dot. The first to begin
/// is the last to end.
fn two_snapshots_of_one_name() {
    for other in [path(), Path::new("data.index")] {
        let (first, rest) = start_in_two_parts(b"first", b", complete");
        let second = finish(start(other, |file| file.write_all(b"second")));
        let file = take(other);
        rest.open();
        let outcomes = [finish(first), second];
        let files = [take(path()), file];
        assert_eq!(outcomes, [Outcome::Saved; 2], "data.db and {other:?}, at the same time");
        assert_eq!(files[1].as_deref(), Some("second"), "{other:?}, while the first was writing");
        assert_eq!(files[0].as_deref(), Some("first, complete"), "data.db");
    }
}

/// A child of the caller saves to the same path meanwhile: the two processes have all numbers in common
/// but their PIDs.
fn two_processes_save_to_one_path() {
    let (half, rest) = (Gate::new(), Gate::new());
    // SAFETY: a check has one thread.
    let other = match unsafe { fork() }.expect("a fork of the check") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let saving = start_save(path(), |file| {
                file.write_all(b"other")?;
                half.open();
                rest.wait();
                file.write_all(b", complete")
            });
            let saved = saving.and_then(Saving::finish).is_ok_and(|it| it == Outcome::Saved);
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(i32::from(!saved)) }
        }
    };
    half.wait();
    let outcome = finish(start(path(), |file| file.write_all(b"own")));
    let own = take(path());
    rest.open();
    let status = waitpid(other, None);
    let last = take(path());
    assert_eq!(
        outcome,
        Outcome::Saved,
        "`write` returned Ok(()); another process saves to this path"
    );
    assert_eq!(own.as_deref(), Some("own"), "data.db, while the other process was writing");
    let wanted = Ok(WaitStatus::Exited(other, 0));
    assert_eq!(status, wanted, "whether the other process has saved its own snapshot (0: yes)");
    assert_eq!(last.as_deref(), Some("other, complete"), "data.db at the end");
}

/// While a snapshot is being written, another one to the same path is killed. What the first has
/// written is none of its business, and neither are the caller's own files.
fn a_snapshot_that_fails_beside_another_one() {
    fs::write("data.db.backup", "a backup").expect("a file of the check");
    let (first, rest) = start_in_two_parts(b"first", b", complete");
    let second = finish(start(path(), |file| file.write_all(b"second").and_then(|()| die())));
    rest.open();
    let outcome = finish(first);
    let (file, backup) = (take(path()), take(Path::new("data.db.backup")));
    let killed = Outcome::Killed { signal: Signal::SIGKILL };
    assert_eq!([outcome, second], [Outcome::Saved, killed], "the second snapshot was killed");
    assert_eq!(file.as_deref(), Some("first, complete"), "data.db");
    assert_eq!(backup.as_deref(), Some("a backup"), "data.db.backup, a file of the caller's");
}

/// The second snapshot is shorter than the first, of which nothing may be left.
fn a_second_snapshot_replaces_the_first() {
    let outcomes = ["a long first snapshot", "short"]
        .map(|text| finish(start(path(), |file| file.write_all(text.as_bytes()))));
    assert_eq!(outcomes, [Outcome::Saved; 2], "both `write`s returned Ok(())");
    assert_eq!(take(path()).as_deref(), Some("short"), "data.db");
}
