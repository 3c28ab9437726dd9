//! With libc's functions, and descriptors as plain numbers that each child closes itself.

use std::ffi::CString;
use std::ptr;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    let mut children = Vec::new();
    let mut input = -1;
    let mut failed = None;
    for (number, command) in commands.iter().enumerate() {
        let words: Vec<CString> =
            command.iter().map(|word| CString::new(*word).unwrap()).collect();
        let mut pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
        pointers.push(ptr::null());
        let mut ends = [-1, -1];
        if number + 1 < commands.len() && unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
            failed = Some(Errno::last());
            break;
        }
        let child = unsafe { libc::fork() };
        if child == 0 {
            become_program(&pointers, input, ends);
        }
        let error = Errno::last();
        close(input);
        close(ends[1]);
        input = ends[0];
        if child < 0 {
            failed = Some(error);
            break;
        }
        children.push(child);
    }
    close(input);
    let statuses: nix::Result<Vec<_>> = children.into_iter().map(wait_for).collect();
    match failed {
        Some(error) => Err(error),
        None => statuses,
    }
}

fn become_program(words: &[*const libc::c_char], input: i32, ends: [i32; 2]) -> ! {
    unsafe {
        if input >= 0 {
            libc::dup2(input, 0);
            libc::close(input);
        }
        if ends[1] >= 0 {
            libc::dup2(ends[1], 1);
            libc::close(ends[1]);
            libc::close(ends[0]);
        }
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::execvp(words[0], words.as_ptr());
        libc::_exit(127)
    }
}

fn close(descriptor: i32) {
    if descriptor >= 0 {
        unsafe { libc::close(descriptor) };
    }
}

fn wait_for(child: i32) -> nix::Result<WaitStatus> {
    let mut status = 0;
    while unsafe { libc::waitpid(child, &mut status, 0) } < 0 {
        if Errno::last() != Errno::EINTR {
            return Err(Errno::last());
        }
    }
    WaitStatus::from_raw(Pid::from_raw(child), status)
}
