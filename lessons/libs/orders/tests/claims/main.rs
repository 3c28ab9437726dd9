//! What questions of the book say cannot happen, does not: each claim is a small program, and the
//! search tries it in every order. The questions name these functions.

#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
#[path = "../tools/mod.rs"]
mod tools;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // One thread, the first: a search forks, and refuses to do so beside other threads.
    arguments.test_threads = Some(1);
    let trials = programs::CLAIMS.iter().map(|claim| {
        libtest_mimic::Trial::test(claim.name, move || claim.check().map_err(Into::into))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
