//! Copy-on-write: a fork copies no memory, and the writes that follow pay for it. A run shows:
//!
//! * a fork takes longer the more pages the parent has, because it copies the page tables;
//! * directly after it, parent and child share every page: each is in both RSS, and half in each PSS;
//! * while the child lives, the parent's first write to each page copies that page, and is slow;
//! * a second write is as fast as before, and by then the two processes need twice the memory;
//! * all of this with small pages of 4 KiB, and with huge pages.

mod child;
mod cost;
mod memory;
mod usage;

use std::process::ExitCode;

use child::Child;
use cost::Cost;
use lesson_cli::{Args, Failure, say};
use memory::{Memory, Pages};
use nix::unistd::getpid;
use usage::Usage;

const USAGE: &str = "\
What a fork copies, and when.

Usage: lesson-copy-on-write [--mib N]
Example: cargo run -p lesson-copy-on-write -- --mib 64

  --mib N   memory of the parent in MiB, 8 to 4096 (default 256);
            the run needs twice as much
  --help    show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let mib = args.number_option("--mib", 8..=4096)?.unwrap_or(256);
    args.finish()?;
    for (number, pages) in Pages::ALL.into_iter().enumerate() {
        if number > 0 {
            say!("");
        }
        say!("{mib} MiB of memory, {}", pages.words());
        measure(Memory::new(mib, pages)?)?;
    }
    Ok(())
}

/// Writes to each page alone, forks, and writes again while the child lives. Prints at the end, when
/// no child is left.
fn measure(mut memory: Memory) -> Result<(), Failure> {
    memory.write_to_each_page(1); // only now does the kernel provide the pages
    let alone = Cost::of(|| memory.write_to_each_page(2)).0;
    let before = Usage::of(getpid());
    let (fork, child) = Cost::of(Child::fork);
    let child = child?;
    let forked = [Usage::of(getpid()), Usage::of(child.pid)];
    let first = Cost::of(|| memory.write_to_each_page(3)).0;
    let second = Cost::of(|| memory.write_to_each_page(4)).0;
    let written = [Usage::of(getpid()), Usage::of(child.pid)];
    child.end()?;

    usage::table(before, forked, written);
    say!("                                        time     faults");
    say!("write to each page, alone         {alone}");
    say!("fork                              {fork}");
    say!("first write while the child lives {first}");
    say!("second write                      {second}");
    Ok(())
}
