//! What the recorder sees of programs whose processes do a known thing.
//!
//! This test is its own helper: started with a word that it knows, it does what the word says,
//! before any thread is there. So it has no libtest around it (`harness = false`).

#[cfg(target_os = "linux")]
mod helper;
#[cfg(target_os = "linux")]
mod recorded;
#[cfg(target_os = "linux")]
mod strace;
#[cfg(target_os = "linux")]
mod witness;

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("be-a-parent-that-leaves-a-zombie") => helper::leave_a_zombie(),
        Some("be-a-parent-that-leaves-an-orphan") => helper::leave_an_orphan(),
        Some("exec-in-a-thread") => helper::exec_in_a_thread(),
        Some("ignore-children") => helper::ignore_children(),
        Some("wait-for-the-later") => helper::wait_for_the_later(),
        Some("ask-again-and-again") => helper::ask_again_and_again(),
        _ => {
            let tests = recorded::tests().into_iter().chain(witness::tests()).collect();
            libtest_mimic::run(&libtest_mimic::Arguments::from_args(), tests).exit()
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("recording needs Linux: nothing to test");
}
