//! Kind 5: descriptors are closed, reused and written to.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};

use nix::libc;
use pool::{Bytes, Cause, Pool};

use super::work_for;
use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("standard_descriptors_closed_at_the_start", daemon),
    ("the_function_closes_everything_and_returns", closes_and_returns),
    ("the_function_closes_everything_and_opens_a_file", closes_and_opens),
    ("the_initialiser_closes_everything", initialiser_closes),
    ("the_function_has_captured_another_pool", captured_pool),
    ("bytes_like_the_beginning_of_a_message", || writes(&[2, 0, 0, 0, 8, 0, 0, 0])),
    ("one_byte_in_every_descriptor", || writes(&[1])),
    ("many_bytes_in_every_descriptor", || writes(&[0; 5000])),
    ("bytes_before_a_large_result", before_a_large_result),
    ("answers_behind_strange_bytes_are_not_believed", answers_behind),
    ("a_thread_writes_while_a_large_result_is_sent", beside_a_large_result),
];

/// 0, 1 and 2 are given to whatever is opened next, and printed to.
fn daemon() {
    let real = nix::unistd::dup(std::io::stdout()).unwrap();
    let error = nix::unistd::dup(std::io::stderr()).unwrap();
    for fd in 0..3 {
        // SAFETY: nothing in this case uses them before they are there again.
        unsafe { libc::close(fd) };
    }
    let pool = Pool::new(2, |x: u64| {
        println!("working on {x}");
        eprintln!("working on {x}");
        x * x
    });
    let results = pool.unwrap().map(0..100);
    nix::unistd::dup2_stdout(&real).unwrap();
    nix::unistd::dup2_stderr(&error).unwrap();
    assert_eq!(results.unwrap(), (0..100).map(|x| x * x).collect::<Vec<u64>>());
}

/// All but the standard ones.
fn close_everything() {
    for fd in 3..1000 {
        // SAFETY: not at all, as the owners of these descriptors will notice. That is the case.
        unsafe { libc::close(fd) };
    }
}

/// For the parent its worker is gone at that moment. If the result is on the page by then, it is not
/// lost; the worker is replaced in any case, and no other item fails.
fn closes_and_returns() {
    let pool = Pool::new(2, |x: u64| {
        if x % 10 == 3 {
            close_everything();
        }
        x
    });
    let pool = pool.unwrap();
    for (x, result) in (0..50).zip(pool.map_all(0..50)) {
        match result {
            Ok(y) => assert_eq!(x, y),
            Err(error) => assert!(x % 10 == 3, "{error}"),
        }
    }
    assert_eq!(pool.map(100..103).unwrap().len(), 3);
}

/// The file gets the number of one of the pool's sockets, and nothing but what is written to it. That
/// may be nothing: for the parent, the worker is gone when its sockets are, and it is killed soon.
fn closes_and_opens() {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let name = path.to_path_buf();
    let pool = Pool::new(1, move |x: u64| {
        if x == 1 {
            close_everything();
            // As many as the pool has had, or more.
            let files: Vec<File> =
                (0..20).map(|_| File::options().append(true).open(&name).unwrap()).collect();
            (&files[0]).write_all(b"mine").unwrap();
            std::mem::forget(files);
        }
        vec![x as u8; if x == 1 { 100_000 } else { 1 }]
    });
    let pool = pool.unwrap();
    let results = pool.map_all(0..10);
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1, "{results:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text == "mine" || text.is_empty(), "{text}");
}

fn initialiser_closes() {
    let builder = Pool::builder().workers(2).initialiser(|| {
        close_everything();
        Ok::<(), String>(())
    });
    let error = builder.build(|x: u64| x).unwrap_err();
    assert!(error.to_string().contains("descriptor of the pool was closed"), "{error}");
}

/// It is an error there, and its descriptors belong to it still: the file is the function's alone.
fn captured_pool() {
    let inner = Pool::new(2, |y: u64| y + 1).unwrap();
    let inner = &inner;
    let outer = Pool::new(1, move |x: u64| {
        let mut files: Vec<File> = (0..8).map(|_| tempfile::tempfile().unwrap()).collect();
        let refused = inner.map(0..x).unwrap_err();
        assert!(matches!(refused.cause(), Cause::WrongProcess { .. }), "{refused}");
        files
            .iter_mut()
            .map(|file| {
                file.write_all(b"hello").unwrap();
                file.rewind().unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                text
            })
            .collect::<String>()
    });
    assert_eq!(outer.unwrap().apply(5).unwrap(), "hello".repeat(8));
    assert_eq!(inner.apply(1).unwrap(), 2);
}

/// Writes into every socket of this process, other than the standard descriptors.
fn write_everywhere(bytes: &[u8]) {
    for fd in 3..200 {
        // SAFETY: the descriptor is only looked at, and closed by nobody in between.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        let is_socket = nix::sys::socket::getsockopt(&fd, nix::sys::socket::sockopt::SockType);
        if is_socket.is_ok() {
            // SAFETY: as above. The file is not closed.
            let file = std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(fd.as_raw_fd()) });
            let _ = (&*file).write_all(bytes);
        }
    }
}

/// No result is wrong. The item that has written may fail, since its worker cannot be trusted.
fn right_or_failed(results: &[Result<Vec<u8>, pool::Error>], bad: usize) {
    for (x, result) in results.iter().enumerate() {
        match result {
            Ok(bytes) => assert!(bytes.iter().all(|&byte| byte == x as u8), "item {x} is wrong"),
            Err(error) => {
                assert_eq!((x, error.item()), (bad, Some(bad)), "{error}");
                assert!(error.to_string().contains("wrote into a descriptor"), "{error}");
            }
        }
    }
}

fn writes(bytes: &'static [u8]) {
    for chunk in [1, 20] {
        let pool = Pool::builder().workers(2).chunk_size(chunk).build(move |x: u64| {
            if x == 7 {
                write_everywhere(bytes);
                work_for(std::time::Duration::from_millis(20));
            }
            vec![x as u8; 3]
        });
        let pool = pool.unwrap();
        right_or_failed(&pool.map_all(0..20), 7);
        right_or_failed(&pool.map_all(0..20), 7);
    }
}

/// What was written lies before the mark.
fn before_a_large_result() {
    let pool = Pool::new(1, |x: u64| {
        if x == 3 {
            write_everywhere(b"strange");
        }
        vec![x as u8; 1 << 20]
    });
    right_or_failed(&pool.unwrap().map_all(0..6), 3);
}

/// The worker goes on while the parent has not noticed. Of those items each is right or fails. None is
/// begun twice; one may have failed before it was begun, if the worker was ended just then.
fn answers_behind() {
    for chunk in [1, 20] {
        let tally = Tally::new();
        let begun = tally.clone();
        let pool = Pool::builder().workers(2).chunk_size(chunk).build(move |x: u64| {
            begun.add(x);
            if x % 40 == 7 {
                write_everywhere(&[7; 100]);
            }
            vec![x as u8; if x % 5 == 3 { 50_000 } else { 3 }]
        });
        let results = pool.unwrap().map_all(0..200);
        assert_eq!(results.len(), 200);
        let begun = tally.sorted();
        assert!(begun.is_sorted_by(|one, next| one < next), "begun twice: {begun:?}");
        for (x, result) in (0..).zip(&results) {
            let right = |bytes: &Vec<u8>| bytes.iter().all(|&byte| byte == x as u8);
            assert!(result.as_ref().map_or(true, right), "item {x} is wrong");
            assert!(result.is_err() || begun.contains(&x), "item {x} has a result unbegun");
        }
    }
}

/// What is written lies in the middle of the value.
fn beside_a_large_result() {
    let pool = Pool::new(1, |x: u64| {
        if x == 3 {
            std::thread::spawn(|| {
                for _ in 0..200 {
                    write_everywhere(&[0xff; 3]);
                }
            });
        }
        Bytes(vec![x as u8; 8 << 20])
    });
    let results = pool.unwrap().map_all(0..6);
    let bytes: Vec<_> = results.into_iter().map(|result| result.map(|bytes| bytes.0)).collect();
    // The thread may still write when the next item is at work.
    for (x, result) in bytes.iter().enumerate() {
        match result {
            Ok(bytes) => assert!(bytes.iter().all(|&byte| byte == x as u8), "item {x} is wrong"),
            Err(error) => assert!((3..6).contains(&x), "{error}"),
        }
    }
}
