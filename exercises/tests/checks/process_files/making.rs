//! The files that `make_files` creates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use grader::plant::{Call, plant};
use nix::errno::Errno;

use super::{count_digits, here, make, make_files, take, take_all};

/// Lines have different lengths, at most the longest; they consist of printable ASCII characters.
pub(super) fn files_have_the_sizes_given() {
    make(12, 40, 25, 1);
    let texts = take_all(12);
    for (text, number) in texts.iter().zip(1..) {
        assert_eq!(text.matches('\n').count(), 40, "lines in {number}.txt");
        assert!(text.ends_with('\n'), "{number}.txt does not end with a newline");
    }
    let lengths: BTreeSet<usize> =
        texts.iter().flat_map(|text| text.lines()).map(str::len).collect();
    assert!(
        lengths.iter().all(|&length| length <= 25),
        "the lengths of lines of up to 25 characters: {lengths:?}"
    );
    assert!(lengths.len() > 5, "480 lines of random lengths have only these lengths: {lengths:?}");
    assert!(lengths.contains(&25), "of 480 lines of up to 25 characters, none has 25: {lengths:?}");
    let other = texts.concat().chars().find(|c| !matches!(c, ' '..='~' | '\n'));
    assert_eq!(other, None, "a character that is not between ' ' and '~'");
    let without = (' '..='~').find(|&character| !texts.concat().contains(character));
    assert_eq!(without, None, "a character that none of 480 random lines contains");
    make(1, 300, 1000, 1);
    let long = take(1);
    assert_eq!(long.lines().count(), 300, "the number of lines");
    let longest = long.lines().map(str::len).max();
    assert!(
        longest.is_some_and(|longest| (900..=1000).contains(&longest)),
        "the longest of 300 lines of up to 1000 characters: {longest:?}"
    );
}

/// Files can be checked only if they can be created again.
pub(super) fn a_seed_gives_the_same_files_again() {
    make(3, 10, 60, 42);
    let first = take_all(3);
    make(3, 10, 60, 42);
    assert!(take_all(3) == first, "A second call with the same seed gave different files.");
    let _ = fs::write("2.txt", "7".repeat(5000));
    let made = make_files(here(), 3, 10, 60, 42);
    let third = take_all(3);
    assert!(
        third == first || made.is_err(), // to refuse to write over a file is right too
        "2.txt was there before, with other and more text, and is not the file that it should be."
    );
    make(3, 10, 60, 43);
    let second = take_all(3);
    let both = second.iter().filter(|text| first.contains(text)).count();
    assert_eq!(both, 0, "how many of the three files of seed 43 are also files of seed 42");
    let different: BTreeSet<&String> = first.iter().collect();
    assert_eq!(different.len(), 3, "the number of different files, of three");
}

/// More digits than one or two bytes can count; and all 64 bits of a seed make a difference.
pub(super) fn many_digits_and_seeds_of_64_bits() {
    let counts = count_digits(&[b'7'; 70_000]);
    assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 70_000, 0, 0], "70000 sevens");
    let mut made = BTreeMap::new();
    for seed in [42, 43, 42 + (1 << 16), 42 + (1 << 32), 42 + (1 << 63), 0, u64::MAX] {
        make(1, 10, 60, seed);
        if let Some(other) = made.insert(take(1), seed) {
            panic!("the seeds {other} and {seed} give the same file");
        }
    }
    make(2, 3, 0, 1);
    assert_eq!(take_all(2), ["\n\n\n", "\n\n\n"], "lines of at most 0 characters");
    make(0, 3, 5, 1);
    for seed in [0, u64::MAX] {
        make(2, 3, 5, seed);
        take_all(2);
    }
}

/// Each write transfers 7 bytes at most; then, two of three are also interrupted before they transfer any.
pub(super) fn a_file_may_be_written_in_parts() {
    make(2, 10, 60, 7);
    let whole = take_all(2);
    for also in [None, Some(Call::Write.two_of_three().on_files().interrupted())] {
        // Of two rules for one call, the one that was planted first holds.
        let interrupted = also.map(plant);
        let parts = plant(Call::Write.every().on_files().short(7));
        let made = make_files(here(), 2, 10, 60, 7).map_err(|error| error.raw_os_error());
        drop((parts, interrupted));
        let files = ["1.txt", "2.txt"].map(|name| fs::read_to_string(name).unwrap_or_default());
        for name in ["1.txt", "2.txt"] {
            let _ = fs::remove_file(name);
        }
        if made == Err(Some(libc::EINTR)) {
            continue; // it says so
        }
        assert_eq!(made, Ok(()), "make_files, when each write transferred at most 7 bytes");
        assert!(
            files == *whole,
            "Each write transferred at most 7 bytes, and the files are not whole."
        );
    }
}

/// The second file cannot be written, or not even created. This must be an error, not a smaller file.
pub(super) fn a_disk_may_be_full() {
    for errno in [Errno::ENOSPC, Errno::EIO, Errno::EACCES] {
        let refused = plant(match errno {
            Errno::EACCES => Call::Open.from(2).fails(errno),
            _ => Call::Write.from(2).on_files().fails(errno),
        });
        let made = make_files(here(), 3, 2, 20, 1).map_err(|error| error.raw_os_error());
        drop(refused);
        (1..=3).for_each(|number| drop(fs::remove_file(format!("{number}.txt"))));
        assert_eq!(made, Err(Some(errno as i32)), "the second file: {errno:?}");
    }
    let made = make_files(Path::new("missing"), 1, 2, 20, 1).map_err(|error| error.kind());
    assert_eq!(made, Err(io::ErrorKind::NotFound), "make_files in a folder that does not exist");
}
