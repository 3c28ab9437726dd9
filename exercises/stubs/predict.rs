//! # predict: all outputs that a program can have
//!
//! A run of a program shows one order of events. In this exercise you find all of them: for each of
//! the six programs below, write down every output that the program can produce. Each function
//! returns the outputs as a list with one string for each output, in which every line ends with
//! `\n`:
//!
//! ```text
//! vec!["first\nsecond\n", "second\nfirst\n"]
//! ```
//!
//! * No possible output may be missing, and no impossible output may be in the list. The order of
//!   the list does not matter, and neither does a newline at the end of an output.
//! * Each program is the body of a `main` that ends with `Ok(())`. Its standard output is a pipe
//!   that is read after all processes have ended. No fork fails, and no process is killed.
//! * `println!` writes its line at once, together with any text that is already in the buffer, in
//!   one system call. `exit` is [`std::process::exit`], and `wait` is [`nix::sys::wait::wait`],
//!   which waits for any child.
//!
//! The checks run the processes through every order of their steps. For each output that is missing
//! or impossible, they show an order of steps as the reason.

/// One child and no wait.
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

/// Two children and one wait, which waits for either of them.
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

/// A child in each iteration of a loop. The children do not leave the loop.
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

/// Text without a newline, printed before the fork.
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

/// A child that has a child itself, and waits for it after printing its own line.
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

/// A child that reaches the parent's wait, but has no child to wait for.
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
