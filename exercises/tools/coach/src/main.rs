//! `cargo coach`: leads through the exercises.

fn main() -> std::process::ExitCode {
    coach::main()
}
