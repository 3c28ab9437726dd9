//! `cargo coach run`: the learner's function in a small `main` of their own, outside the checks.
//!
//! The `main` is no target of cargo's, because `cargo test` would compile it with the checks, and a
//! mistake in it would keep them from running. Cargo builds the library with the answers, and the
//! compiler is called for this one file.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::compiler::{self, BuildError, Built, Goal};
use crate::course::Course;
use crate::files;
use crate::output::print;
use crate::process_group::ProcessGroup;
use crate::report::Style;
use crate::text::harmless_with_colours;

/// Builds and runs it. If all goes well, this process becomes the learner's program, so that the
/// terminal, Ctrl-C and the exit status are as without the coach.
///
/// # Errors
///
/// If something cannot be written, built or started.
pub(crate) fn run(
    course: &Course,
    index: usize,
    arguments: &[String],
    style: Style,
) -> Result<ExitCode> {
    let workspace = course.workspace();
    let name = &course.exercise(index).name;
    let file = workspace.own_main(name);
    if !file.exists() {
        create(course, name)?;
        print(&format!(
            "{} is created, and you can change it. It runs:\n\n",
            workspace.short(&file)
        ))?;
    }
    let mut cargo = compiler::command(workspace, Goal::Answers, style.paint.on);
    let on_line = |line: &str| compiler::print_progress(line.trim());
    let group = ProcessGroup::start(&mut cargo, on_line, || ()).context("cannot start cargo")?;
    let built = match compiler::read(&group.finish().context("cannot wait for cargo")?) {
        Ok(built) => built,
        Err(BuildError::Failed(text)) => bail!("cargo could not build your answers:\n{text}"),
        Err(BuildError::NotCompiled(errors)) => {
            // Not wrapped: the carets stand below the code that they point at.
            errors.iter().for_each(|error| eprint!("{}", harmless_with_colours(&error.text)));
            return Ok(ExitCode::FAILURE);
        }
    };
    let program = workspace.package().join("run").join(format!(".{name}"));
    let status = rustc(&file, &program, &built, style).status().context("cannot start rustc")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE); // rustc has said why
    }
    let why = Command::new(&program).args(arguments).exec();
    Err(why).with_context(|| format!("cannot start {}", program.display()))
}

/// The compiler, asked for one program that may use the answers and all crates that they use.
fn rustc(
    file: &std::path::Path,
    program: &std::path::Path,
    built: &Built,
    style: Style,
) -> Command {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-name", "own_main"]);
    rustc.args(["--color", if style.paint.on { "always" } else { "never" }]);
    for (name, library) in &built.libraries {
        let mut option = std::ffi::OsString::from(format!("{name}="));
        option.push(library);
        rustc.arg("--extern").arg(option);
        if let Some(folder) = library.parent() {
            let mut option = std::ffi::OsString::from("dependency=");
            option.push(if folder.ends_with("deps") {
                folder.to_owned()
            } else {
                folder.join("deps")
            });
            rustc.arg("-L").arg(option);
        }
    }
    rustc.arg("-o").arg(program).arg(file);
    rustc
}

/// Creates the file, from a beginning that fits the exercise where there is one.
fn create(course: &Course, name: &str) -> Result<()> {
    let workspace = course.workspace();
    let stub = workspace.read_if_there(&workspace.main_stub(name))?;
    let stub = match stub {
        Some(stub) => stub,
        None => beginning(name, &workspace.read(&workspace.stub(name))?),
    };
    let file = workspace.own_main(name);
    let short = workspace.short(&file);
    fs::create_dir_all(file.parent().unwrap_or(&file))
        .and_then(|()| files::replace(&file, stub.as_bytes()))
        .with_context(|| format!("cannot write {short}"))
}

/// A `main` with the signatures of the functions that it may call.
fn beginning(name: &str, stub: &str) -> String {
    let functions = stub.lines().filter(|line| line.trim_start().starts_with("pub fn"));
    let functions = functions
        .map(|line| format!("    //   {}\n", line.trim().trim_end_matches('{').trim_end()));
    format!(
        "//! Change this file as you like: `cargo coach run {name}` runs it, without checks.\n\n\
         #[allow(unused_imports)]\n\
         use exercises::{name}::*;\n\n\
         fn main() {{\n    // Call your function here, and print its result:\n{}    \
         println!(\"This is PID {{}}\", std::process::id());\n}}\n",
        functions.collect::<String>()
    )
}
