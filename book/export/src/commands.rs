//! Manual pages and completions for the commands that a reader may install and keep, in the places
//! of a folder such as `~/.local` where `man`, bash, zsh and fish look for them.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::help::Help;

/// The packages, each with a command of the same name.
const COMMANDS: [&str; 3] = ["lesson-timeline", "lesson-every-order", "coach"];

/// Where a shell looks for completions; the file has the command's name between these.
const SHELLS: [(Shell, &str, &str, &str); 3] = [
    (Shell::Bash, "share/bash-completion/completions", "", ""),
    (Shell::Zsh, "share/zsh/site-functions", "_", ""),
    (Shell::Fish, "share/fish/vendor_completions.d", "", ".fish"),
];

/// Writes all of them into `folder` and says where they are.
///
/// # Errors
///
/// If a command cannot be built or asked for its help, or a file cannot be written.
pub(crate) fn write(folder: &Path) -> Result<()> {
    for name in COMMANDS {
        let help = Help::read(&installed(name, &help_of(name)?));
        let command = help.command(name);
        write_manual(&folder.join("share/man/man1"), name, command.clone(), &help)?;
        for (shell, place, before, after) in SHELLS {
            let place = folder.join(place);
            fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
            let path = place.join(format!("{before}{name}{after}"));
            let mut file = File::create(&path).with_context(|| path.display().to_string())?;
            clap_complete::generate(shell, &mut command.clone(), name, &mut file);
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn write_manual(place: &Path, name: &str, command: clap::Command, help: &Help) -> Result<()> {
    fs::create_dir_all(place).with_context(|| place.display().to_string())?;
    let path = place.join(format!("{name}.1"));
    let mut file = File::create(&path).with_context(|| path.display().to_string())?;
    let manual = Man::new(command).manual("User Commands").source("Parallel Processing in Rust");
    manual.render_title(&mut file)?;
    manual.render_name_section(&mut file)?;
    help.synopsis().to_writer(&mut file)?;
    manual.render_description_section(&mut file)?;
    manual.render_options_section(&mut file)?;
    manual.render_extra_section(&mut file)?;
    println!("{}", path.display());
    Ok(())
}

/// The help as it reads where the command is installed: it is not started by cargo there.
fn installed(name: &str, help: &str) -> String {
    help.replace(&format!("cargo run -p {name} -- "), &format!("{name} "))
}

/// What the command prints with `--help`.
fn help_of(package: &str) -> Result<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--package", package, "--", "--help"]);
    let asked = cargo.output().context("cargo cannot be started")?;
    let said = String::from_utf8_lossy(&asked.stderr);
    ensure!(asked.status.success(), "{package} --help ended with {}: {said}", asked.status);
    String::from_utf8(asked.stdout).with_context(|| format!("the help of {package}"))
}

#[cfg(test)]
mod tests {
    use super::installed;

    #[test]
    fn an_example_does_not_need_the_workbook() {
        let help = "Example: cargo run -p lesson-timeline -- --words date";
        assert_eq!(installed("lesson-timeline", help), "Example: lesson-timeline --words date");
    }
}
