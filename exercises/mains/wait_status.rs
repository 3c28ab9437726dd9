//! Change this file as you like: `cargo coach run wait_status` runs it, without checks.

use std::process::Command;
use std::time::Duration;

use exercises::wait_status::{in_words, wait_at_most, wait_for};
use nix::unistd::Pid;

fn main() {
    for script in ["exit 3", "kill -KILL $$", "sleep 0.2"] {
        // Your function waits for the child, so that this program must not.
        let child = Command::new("sh").args(["-c", script]).spawn().expect("a shell");
        let child = Pid::from_raw(child.id() as i32);
        println!("{script}: {:?} within 50 ms", wait_at_most(child, Duration::from_millis(50)));
        if let Ok(status) = wait_for(child) {
            println!("{script}: {}", in_words(status));
        }
    }
}
