//! The files of the children, and those that are none of theirs.

use std::{fs, process};

use grader::plant::{Call, plant};
use nix::errno::Errno;
use nix::unistd::{getpid, getppid};

use super::edges::{ODD, OddFolder};
use super::tools::{Inherited, Zombie};
use super::{Failure, look_for_the_file_in, results_as_they_end, run, run_and_sort};

/// A folder's name need not be text, and a second call may be about another folder.
pub(super) fn the_folder_may_have_any_name() {
    let folder = OddFolder::new();
    let mut received = Vec::new();
    let outcome = results_as_they_end(&folder, 1, |_| 5, |_, result| received.push(result));
    let outcome = outcome.map_err(|error| error.to_string());
    assert_eq!((received, outcome), (vec![Ok(5)], Ok(())), "a child returned 5, in a folder {ODD}");
    look_for_the_file_in(&folder);
    assert_eq!(run(1, |_| 5), (vec![(0, Ok(5))], Ok(())), "a second call, with another folder");
}

/// An earlier process may have had the same PID, and have left its file. Here the work writes it.
pub(super) fn a_file_that_is_there_already() {
    let (received, _) = run_and_sort(2, |index| {
        let _ =
            fs::write(format!("{}-{}.json", getppid(), getpid()), "[1, 2, 3, 4, 5, 6, 7, 8, 9]");
        vec![index]
    });
    // To refuse to write over it is right too.
    let right = |(index, result): &(usize, Result<Vec<usize>, Failure>)| match result {
        Ok(result) => *result == [*index],
        Err(failure) => *failure == Failure::Exited(1),
    };
    assert!(
        received.len() == 2 && received.iter().all(right),
        "A file with the child's name was there before the child wrote its own, which is shorter.\n\
         got:    {received:?}"
    );
}

/// The parent cannot open the first file, or cannot read it. This costs one result, and no file is left.
pub(super) fn a_file_that_cannot_be_read() {
    for (rule, what) in [
        (Call::Open.nth(1).in_parent().fails(Errno::EMFILE), "open one file"),
        (Call::Read.nth(1).in_parent().on_files().fails(Errno::EIO), "read one file"),
    ] {
        let refused = plant(rule);
        let (received, outcome) = run_and_sort(2, |index| index);
        let happened = refused.happened();
        drop(refused);
        let failed = received.iter().filter(|(_, result)| result.is_err()).count();
        let right = |(index, result): &(usize, Result<usize, Failure>)| {
            result.as_ref().map_or(true, |result| result == index)
        };
        assert!(
            received.len() == 2 && received.iter().all(right) && failed == usize::from(happened),
            "The parent could not {what} of two; the other result must arrive.\n\
             got:    {received:?}, then {outcome:?}"
        );
    }
}

/// Child 1 cannot write its file, or cannot even open it. An incomplete file is removed.
pub(super) fn a_disk_may_be_full() {
    for rule in [
        Call::Write.every().in_child(1).on_files().fails(Errno::ENOSPC),
        Call::Open.every().in_child(1).fails(Errno::ENOSPC),
        Call::Rename.every().in_child(1).fails(Errno::ENOSPC),
    ] {
        let full = plant(rule);
        let got = run_and_sort(3, |index| index);
        let happened = full.happened();
        drop(full);
        if !happened {
            continue; // it does not rename its file
        }
        let wanted = vec![(0, Ok(0)), (1, Err(Failure::Exited(1))), (2, Ok(2))];
        assert_eq!(
            got,
            (wanted, Ok(())),
            "a call of child 1 failed with ENOSPC, no space left on device"
        );
    }
}

/// Other programs have files in the folder.
pub(super) fn other_files_stay() {
    let own = format!("{}-1.json", process::id());
    let names = ["notes.txt", "1-2.json", "0.json", &own];
    for name in names {
        let _ = fs::write(name, "7");
    }
    let got = run_and_sort(2, |index| index);
    let kept = names.map(|name| fs::remove_file(name).is_ok());
    assert_eq!(kept, [true; 4], "whether {names:?}, which other programs wrote, still exist");
    assert_eq!(got, (vec![(0, Ok(0)), (1, Ok(1))], Ok(())));
}

/// The caller's own child has already ended, and `wait` may reap it. Its file is not yours.
pub(super) fn an_ended_child_of_the_caller_has_no_result() {
    let zombie = Zombie::new();
    let file = format!("{}-{}.json", process::id(), zombie.pid());
    let _ = fs::write(&file, "7");
    let got = run_and_sort(2, |index| index);
    let kept = fs::remove_file(&file).is_ok();
    assert!(kept, "{file}, the file of a child that your function did not fork, is gone");
    assert_eq!(got, (vec![(0, Ok(0)), (1, Ok(1))], Ok(())));
}

/// The child is a copy of the caller, and the folder is another one than the working directory.
pub(super) fn work_finds_what_the_caller_had() {
    let folder = OddFolder::new();
    let inherited = Inherited::new();
    let mut received = 0;
    let work = |index: usize| {
        inherited.look();
        index
    };
    let outcome = results_as_they_end(&folder, 2, work, |index, result| {
        received += usize::from(result == Ok(index));
    });
    inherited.assert_all();
    assert_eq!((received, outcome.is_ok()), (2, true), "two children returned their numbers");
}

/// In a child, your function has another parent and another PID than in the caller.
pub(super) fn work_may_call_your_function_too() {
    let got = run(1, |_| 5);
    assert_eq!(got, (vec![(0, Ok(5))], Ok(())), "a child returned 5");
    let got = run_and_sort(2, |index| {
        let (inner, outcome) = run_and_sort(2, |number| 10 * index + number);
        outcome.map(|()| inner.into_iter().map(|(_, result)| result.ok()).collect::<Vec<_>>())
    });
    let inner = |first| Ok(Ok(vec![Some(first), Some(first + 1)]));
    let wanted = vec![(0, inner(0)), (1, inner(10))];
    assert_eq!(got, (wanted, Ok(())), "each of two children had two children of its own");
}

/// What a function has left behind that says that it could not go on.
pub(super) fn remove_all_files() {
    fs::read_dir(".").into_iter().flatten().flatten().for_each(|file| {
        let _ = fs::remove_file(file.path());
    });
}
