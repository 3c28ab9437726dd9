//! From saving a file to the verdict on the screen, through a real terminal:
//! `cargo bench -p coach --profile dev`.
#![expect(clippy::unwrap_used, reason = "a benchmark stops when something is not as expected")]

#[path = "../tests/tools/mod.rs"]
mod tools;

use std::time::{Duration, Instant};

use tools::{Workbook, reference, wrong};

fn main() {
    let workbook = Workbook::built("speed");
    let mut screen = workbook.on_terminal(60, 100, &["many_forks"]);
    screen.wait_for("Not started yet.");
    let right = reference("many_forks");
    let not_compiling = right.replacen("fn ", "fun ", 1);
    let edits = [
        ("waits once for all", wrong("many_forks", "one_wait_for_all"), "NOT WAITED FOR"),
        ("does not compile", not_compiling, "It does not compile yet."),
        ("the reference", right.clone(), "Solved: many_forks."),
        ("forgot to exit", wrong("many_forks", "forgot_exit"), "CHILD RETURNED"),
        ("the reference again", right, "Solved: many_forks."),
    ];
    let mut times = Vec::new();
    for (what, text, wanted) in edits {
        let start = Instant::now();
        workbook.save("many_forks", &text);
        screen.wait_for(wanted);
        let time = start.elapsed();
        println!("{:5} ms  {what}", time.as_millis());
        times.push(time);
    }
    let all: Duration = times.iter().sum();
    println!("{:5} ms  on average", (all / 5).as_millis());
    println!("{:5} ms  at most", times.iter().max().unwrap().as_millis());
    screen.type_in("q");
    screen.finish().0.assert_code(0);
}
