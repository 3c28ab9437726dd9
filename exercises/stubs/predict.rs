//! # predict: all outputs that a program can have
//!
//! A run shows one order of events. Here you are asked for all of them: for each of the six programs
//! below, write down every output that some run of it can have. Each function returns them as a list,
//! one string an output, with `\n` at the end of each line:
//!
//! ```text
//! vec!["first\nsecond\n", "second\nfirst\n"]
//! ```
//!
//! * No output may be missing, and none may be in the list that no run can have. In which order they
//!   are there does not matter, nor does a newline at the end of an output.
//! * The programs are the bodies of a `main` that ends with `Ok(())`. Their standard output is a pipe
//!   that is read after all processes have ended. No fork fails, and no process is killed.
//! * `println!` writes its line at once, with what is in the buffer before it, in one system call.
//!   `exit` is [`std::process::exit`], and `wait` [`nix::sys::wait::wait`], for any child.
//!
//! The checks take the processes through every order of their steps. For an output that is missing,
//! and for one that is not possible, they show an order as the reason.

/// A child, and no wait.
///
/// ```text
/// if let Child = unsafe { fork()? } {
///     println!("child");
///     exit(0);
/// }
/// println!("parent");
/// ```
pub fn one_child() -> Vec<&'static str> {
    todo!("all outputs of the program one_child")
}

/// Two children, and one wait, which is for any of them.
///
/// ```text
/// if let Child = unsafe { fork()? } {
///     println!("a");
///     exit(0);
/// }
/// if let Child = unsafe { fork()? } {
///     println!("b");
///     exit(0);
/// }
/// wait()?;
/// println!("c");
/// ```
pub fn one_wait() -> Vec<&'static str> {
    todo!("all outputs of the program one_wait")
}

/// A child in each turn of a loop, which does not leave it.
///
/// ```text
/// for i in 0..2 {
///     if let Child = unsafe { fork()? } {
///         println!("{i}");
///     }
/// }
/// ```
pub fn a_loop() -> Vec<&'static str> {
    todo!("all outputs of the program a_loop")
}

/// Text without a newline, before the fork.
///
/// ```text
/// print!("x ");
/// if let Child = unsafe { fork()? } {
///     println!("a");
///     exit(0);
/// }
/// wait()?;
/// println!("b");
/// ```
pub fn text_in_a_buffer() -> Vec<&'static str> {
    todo!("all outputs of the program text_in_a_buffer")
}

/// A child that has a child, and waits for it after its own line.
///
/// ```text
/// if let Child = unsafe { fork()? } {
///     if let Child = unsafe { fork()? } {
///         println!("a");
///         exit(0);
///     }
///     println!("b");
///     wait()?;
///     exit(0);
/// }
/// wait()?;
/// println!("c");
/// ```
pub fn a_grandchild() -> Vec<&'static str> {
    todo!("all outputs of the program a_grandchild")
}

/// A child that comes to the parent's wait, and has no child there.
///
/// ```text
/// if let Child = unsafe { fork()? } {
///     println!("a");
/// }
/// let _ = wait();
/// println!("b");
/// ```
pub fn a_child_goes_on() -> Vec<&'static str> {
    todo!("all outputs of the program a_child_goes_on")
}
