//! The suite of `exercises`, with the solutions as the answers.

extern crate solutions as exercises;

#[path = "../../exercises/tests/checks/main.rs"]
mod checks;

fn main() -> std::process::ExitCode {
    checks::main()
}
