//! `cargo bench -p lesson-timeline`: how much longer a program takes when it is recorded.
//!
//! Every program runs in turns alone, under a tracer that does nothing but resume it, and
//! under the recorder. A ratio is that of two runs next to each other, so that it matters little
//! what else the machine does; shown are the median, the quartiles, and last the ratio of the
//! fastest runs. No recorder that uses ptrace can be below the tracer that does nothing. Most of
//! what a stop costs is to wake a processor that sleeps: see with `taskset -c 0` in front.
//!
//! `cargo bench -p lesson-timeline -- sh` measures the programs whose name contains `sh` alone;
//! `cargo bench -p lesson-timeline --profile dev` measures the recorder as `cargo run` builds it.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop at the first error")]

#[cfg(target_os = "linux")]
mod paired;
#[cfg(target_os = "linux")]
mod programs;

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let word = |index: usize| args.get(index).map(String::as_str);
    match (word(0), word(1)) {
        (Some("children-at-once"), Some(count)) => programs::at_once(count.parse().unwrap()),
        (Some("children-in-turn"), Some(count)) => programs::in_turn(count.parse().unwrap()),
        (Some("only-trace"), Some(_)) => programs::only_trace(&args[1..]),
        _ => {
            // Without this word it is a test's run, which shall be short.
            let rounds = if args.iter().any(|arg| arg == "--bench") { 20 } else { 1 };
            let filter = args.iter().find(|arg| !arg.starts_with('-'));
            paired::measure(rounds, filter.map_or("", String::as_str));
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("recording needs Linux: nothing to measure");
}
