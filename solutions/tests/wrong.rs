//! Every answer in `wrong/` must be refused, with the verdict and by the check that its first
//! lines name. `build.rs` lists them.
#![expect(clippy::duplicate_mod, reason = "each wrong answer has a copy of its suite")]

include!(concat!(env!("OUT_DIR"), "/wrong.rs"));

fn main() -> std::process::ExitCode {
    grader::main_for_wrong_answers(WRONG_ANSWERS)
}
