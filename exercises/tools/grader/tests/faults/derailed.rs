//! Mistakes after which nothing else can be judged: panics, bombs, children that come back.

use std::process::{Command, exit};

use grader::WrongAnswer;
use nix::unistd::Pid;

use crate::refused;
use crate::tools::{child, end, forked, later_than_ever, pass, reap};

pub(crate) fn all() -> Vec<WrongAnswer> {
    vec![
        refused!("not started", todo),
        refused!("not started", todo_in_the_child),
        refused!("child returned", forgot_exit, "Child 3 returned from your function"),
        refused!("child returned", came_back_into_an_assertion),
        refused!("child returned", came_back_unwaited),
        refused!("child panicked", child_panics, "no such file: data.txt"),
        refused!(
            "panicked",
            std_panics,
            "At exercises/tools/grader/tests/",
            "in a call to the standard library (time.rs:",
            "overflow when adding durations"
        ),
        refused!("child panicked", std_panics_in_the_child, "(at exercises/tools/grader/tests/"),
        refused!("fork bomb stopped", bomb.at_most(16), "limit of 16 processes was reached"),
        refused!("too many processes", bomb_by_command.at_most(16)),
        refused!("too many processes", too_many_zombies.at_most(16)),
        refused!("wrong number of processes", two_to_the_n.forks(4).at_most(20), "15 processes"),
        refused!("parent exited", parent_exits_too, "with status 0"),
        refused!("parent exited", parent_execs),
        refused!("wrong exit status", exits_4.exits_with(3), "exit status 4; 3 was wanted"),
        refused!("wrong exit status", returns.exits_with(3), "Your function returned, but"),
        refused!("check failed", wrong_value, "the answer", "got:    41", "wanted: 42"),
        refused!("check failed", fork_error_ignored.fork_fails_after(0), "got:    None"),
        refused!("out of memory", memory_flood.memory(256 << 20), "256 MiB"),
        refused!("stack overflow", endless_recursion),
        refused!("killed by signal", bad_address, "SIGSEGV"),
        refused!("killed by signal", kills_its_group, "It signalled itself"),
        refused!("killed by signal", child_s_work_in_the_parent, "meant for a child"),
        refused!("check failed", error_leaves_children_behind, "got:    Err("),
        refused!("not waited for", question_mark_at_a_failed_fork.fork_fails(2), "#a-fork-that-"),
        refused!(
            "wrong number of processes",
            goes_on_forking.fork_fails(1).forks(0),
            "continued to fork"
        ),
        refused!("too much output", output_flood),
    ]
}

#[expect(clippy::todo, reason = "that is what is tested")]
fn todo() {
    todo!("the first task")
}

#[expect(clippy::todo, reason = "that is what is tested")]
fn todo_in_the_child() {
    reap(child(|| todo!("the child's task")));
}

fn forgot_exit() {
    if let Some(child) = forked() {
        reap(child);
    }
}

/// In the child, this is the code of the check.
fn came_back_into_an_assertion() {
    let mut in_parent = false;
    if let Some(child) = forked() {
        reap(child);
        in_parent = true;
    }
    assert!(in_parent, "what the check expects of the parent");
}

fn came_back_unwaited() {
    if forked().is_none() {
        pass(30); // so that it comes back when the parent has long returned
    }
}

fn child_panics() {
    reap(child(|| grader::panic_on_purpose("no such file: data.txt")));
}

fn std_panics() {
    later_than_ever(1);
}

fn std_panics_in_the_child() {
    reap(child(|| {
        later_than_ever(1);
    }));
}

/// Should the guards fail, it ends by itself.
fn bomb() {
    for _ in 0..11 {
        forked();
    }
    pass(2_000);
}

fn bomb_by_command() {
    #[expect(clippy::zombie_processes, reason = "that is the mistake")]
    for _ in 0..40 {
        Command::new("sleep").arg("5").spawn().expect("sleep cannot be run");
    }
    pass(1_000);
}

/// The processes have ended, but nobody waits.
fn too_many_zombies() {
    for _ in 0..40 {
        child(|| ());
    }
    pass(1_000);
}

fn two_to_the_n() {
    let parent = Pid::this();
    for _ in 0..4 {
        forked();
    }
    while nix::sys::wait::wait().is_ok() {}
    if Pid::this() != parent {
        end(0);
    }
}

fn parent_exits_too() {
    if let Some(child) = forked() {
        reap(child);
    }
    exit(0)
}

fn parent_execs() {
    let error = std::os::unix::process::CommandExt::exec(&mut Command::new("true"));
    panic!("exec failed: {error}");
}

fn exits_4() {
    exit(4)
}

fn returns() {}

fn wrong_value() {
    assert_eq!(std::hint::black_box(41), 42, "the answer");
}

/// With libc, a failed fork is -1, which is not zero, and so looks like a parent's.
fn fork_error_ignored() {
    // SAFETY: a case has one thread.
    let result = unsafe { fork_like_c() };
    assert_eq!((result > 0).then_some(result), Some(3));
}

/// # Safety
///
/// The process must have one thread.
unsafe fn fork_like_c() -> i32 {
    // SAFETY: as the caller promises.
    match unsafe { nix::unistd::fork() } {
        Ok(nix::unistd::ForkResult::Parent { child }) => child.as_raw(),
        Ok(nix::unistd::ForkResult::Child) => end(0),
        Err(_) => -1,
    }
}

fn memory_flood() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 16 << 20]);
    }
}

fn endless_recursion() {
    #[expect(unconditional_recursion, reason = "that is the mistake")]
    fn deeper() -> u64 {
        std::hint::black_box(deeper()) + 1
    }
    std::hint::black_box(deeper());
}

fn bad_address() {
    let nowhere = std::hint::black_box(std::ptr::null_mut::<u8>());
    // SAFETY: it is not. That is what is tested.
    unsafe { nowhere.write_volatile(1) };
}

/// kill(0, …) goes to all processes of the caller's group, the caller included.
fn kills_its_group() {
    let own_group = Pid::from_raw(0);
    nix::sys::signal::kill(own_group, nix::sys::signal::Signal::SIGKILL).expect("kill failed");
}

fn child_s_work_in_the_parent() {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
}

/// The error is the cause, the child that was not waited for follows from it.
fn error_leaves_children_behind() {
    fn function() -> Result<i32, String> {
        crate::tools::until_ended(child(|| ()));
        Err("trailing characters at line 1 column 3".into())
    }
    assert_eq!(function(), Ok(3), "the result");
}

/// # Safety
///
/// The process must have one thread.
unsafe fn two_children() -> nix::Result<()> {
    for _ in 0..2 {
        // SAFETY: as the caller promises.
        if let nix::unistd::ForkResult::Child = unsafe { nix::unistd::fork() }? {
            end(0);
        }
    }
    Ok(())
}

fn question_mark_at_a_failed_fork() {
    // SAFETY: a check has one thread.
    let _ = unsafe { two_children() };
}

fn goes_on_forking() {
    // SAFETY: a check has one thread.
    let results = [(); 2].map(|()| unsafe { nix::unistd::fork() });
    for result in results {
        match result {
            Ok(nix::unistd::ForkResult::Child) => end(0),
            Ok(nix::unistd::ForkResult::Parent { child }) => {
                reap(child);
            }
            Err(_) => {}
        }
    }
}

fn output_flood() {
    loop {
        println!("{}", "x".repeat(1_000));
    }
}
