//! The C library's pipe and fork, and descriptors that are closed by hand.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream;

pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let bytes = bytes_from_child(|| work().to_be_bytes().to_vec())?;
    let bytes = bytes.try_into().map_err(|_| io::Error::other("the number did not arrive"))?;
    Ok(u64::from_be_bytes(bytes))
}

pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    let bytes = bytes_from_child(|| work().into_bytes())?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn bytes_from_child(work: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for two numbers.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given these two to us.
    let [mut reader, mut writer] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    // SAFETY: this process has one thread; the checks see to that.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let sent = writer.write_all(&work());
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(sent.is_err().into()) }
        }
        child => {
            drop(writer);
            let mut bytes = Vec::new();
            let read = reader.read_to_end(&mut bytes);
            wait(child)?;
            read.map(|_| bytes)
        }
    }
}

fn wait(child: i32) -> io::Result<()> {
    // SAFETY: null is for a status that is of no interest.
    match unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    let (mut here, mut there) = UnixStream::pair()?;
    // SAFETY: this process has one thread; the checks see to that.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let mut text = String::new();
            let sent = there
                .read_to_string(&mut text)
                .and_then(|_| there.write_all(answer(&text).as_bytes()));
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(sent.is_err().into()) }
        }
        child => {
            drop(there);
            let mut text = String::new();
            let done = here
                .write_all(question.as_bytes())
                .and_then(|()| here.shutdown(std::net::Shutdown::Write))
                .and_then(|()| here.read_to_string(&mut text));
            wait(child)?;
            done.map(|_| text)
        }
    }
}
