//! Calls that fail, are interrupted, or write a part of a line.

use std::path::Path;
use std::{io, process};

use grader::plant::{Call, plant};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::{Log, in_children, open, path, take};

/// A write may transfer only part of the line, and returns how much. It has to be called again for the
/// rest, or the result has to be an error. In the second case, the disk is full then.
pub(super) fn a_part_of_a_line_is_not_a_line() {
    let log = open();
    let part = plant(Call::Write.nth(1).on_files().short(5));
    let written = log.write("in two parts");
    drop(part);
    let whole = format!("{} in two parts\n", process::id());
    let got = take();
    assert!(
        got == whole || written.is_err(),
        "The first write transferred 5 bytes, and `Log::write` returned {written:?}.\n\
         got:    {got:?}\n\
         wanted: {whole:?}, or an error"
    );

    let log = open();
    let part = plant(Call::Write.nth(1).on_files().short(5));
    let failed = plant(Call::Write.nth(2).on_files().fails(Errno::ENOSPC));
    let written = log.write("in two parts");
    drop((part, failed));
    let got = take();
    assert!(
        got == whole || written.is_err(),
        "5 bytes were written, then one write failed with ENOSPC, and `Log::write` returned {written:?}.\n\
         got:    {got:?}\n\
         wanted: {whole:?}, or an error"
    );

    let log = open();
    let part = plant(Call::Write.nth(1).on_files().short(5));
    let full = plant(Call::Write.from(2).on_files().fails(Errno::ENOSPC));
    let written = log.write("in two parts").map_err(|error| error.kind());
    drop((part, full));
    take();
    assert!(
        written.is_err(),
        "5 bytes were written, then the disk was full, and `Log::write` returned Ok"
    );
}

/// Each call transfers 3 bytes at most; then, the second call is also interrupted before it transfers any.
pub(super) fn a_line_may_be_written_in_many_parts() {
    for also in [None, Some(Call::Write.nth(2).on_files().interrupted())] {
        let log = open();
        // Of two rules for one call, the one that was planted first holds.
        let interrupted = also.map(plant);
        let parts = plant(Call::Write.every().on_files().short(3));
        let written = log.write("in many parts");
        drop((parts, interrupted));
        let whole = format!("{} in many parts\n", process::id());
        let got = take();
        assert!(
            got == whole || (written.is_err() && whole.starts_with(&got)),
            "Each write transferred at most 3 bytes{}, and `Log::write` returned {written:?}.\n\
             got:    {got:?}\n\
             wanted: {whole:?}, or an error",
            if also.is_some() { ", the second one failed with EINTR" } else { "" }
        );
    }
}

/// A line that cannot be written is an error, whatever the reason. The next line can be written, and is the
/// only one.
pub(super) fn after_an_error_the_log_goes_on() {
    for error in [Errno::EIO, Errno::EDQUOT, Errno::EFBIG, Errno::ENOSPC] {
        let log = open();
        let refused = plant(Call::Write.every().on_files().fails(error));
        let lost = log.write("lost").map_err(|error| error.raw_os_error());
        drop(refused);
        let written = log.write("written").map_err(|error| error.to_string());
        let got = take();
        assert!(lost.is_err(), "write failed with {error:?}, and `Log::write` returned Ok");
        assert_eq!(
            written,
            Ok(()),
            "a line, after write had failed with {error:?} for another line"
        );
        let wanted = format!("{} written\n", process::id());
        assert_eq!(got, wanted, "the log, after write had failed with {error:?} for another line");
    }
}

/// A signal handler ran, and write fails with EINTR. Repeating the call is better than losing the line.
pub(super) fn a_signal_interrupts_the_write() {
    let log = open();
    let interrupted = plant(Call::Write.two_of_three().on_files().interrupted());
    let written = log.write("after a signal").map_err(|error| error.raw_os_error());
    drop(interrupted);
    let got = take();
    if written != Err(Some(libc::EINTR)) {
        assert_eq!(got, format!("{} after a signal\n", process::id()), "the log");
        assert_eq!(written, Ok(()), "the result of `Log::write`");
    }
}

/// A process is killed at its first system call, then at its second, and so on. The log contains none,
/// one or both of its lines, but no part of a line; and another process can still write.
pub(super) fn a_writer_may_die_at_any_moment() {
    for call in 1..60 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let children = in_children(1, |_| {
            let log = Log::open(path())?;
            log.write("first")?;
            log.write("second")
        });
        let happened = killed.happened();
        drop(killed);
        let written = open().write("still here").map_err(|error| error.to_string());
        assert_eq!(written, Ok(()), "a line after another process was killed at its call {call}");
        let lines = ["first", "second"].map(|message| format!("{} {message}\n", children[0]));
        let last = format!("{} still here\n", process::id());
        let log = take();
        let right = (0..=2).any(|count| log == lines[..count].concat() + &last);
        assert!(
            right,
            "The process was killed at its call {call}. The log has a torn line:\n{log}"
        );
        if !happened {
            break; // it makes fewer calls
        }
    }
}

/// A folder that does not exist; and a full disk, for which Linux has a device.
pub(super) fn an_error_is_reported() {
    let opened = Log::open(Path::new("missing/shared.log")).map(|_| ());
    let kind = opened.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::NotFound), "opened in a folder that does not exist");
    let refused = plant(Call::Open.every().fails(Errno::EACCES));
    let opened = Log::open(path()).map(|_| ());
    drop(refused);
    let kind = opened.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::PermissionDenied), "open failed with EACCES");
    if cfg!(target_os = "linux") {
        let written = Log::open(Path::new("/dev/full")).and_then(|log| log.write("no room"));
        let kind = written.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::StorageFull), "a line written to /dev/full");
    }
}
