//! The part of a run that happens before the program begins: this process changes itself, and then
//! becomes the program.

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use crate::setup::Setup;
use crate::sys;

/// Asks this program to become another one.
pub(crate) const FLAG: &str = "--in";

/// The exit status if the set-up cannot be had on this machine; why is on standard error.
pub(crate) const CANNOT: u8 = 99;

/// `SETUP PROGRAM ARGUMENTS…`: returns only if that fails.
pub(crate) fn become_program(arguments: Vec<OsString>) -> ExitCode {
    let why = attempt(arguments);
    eprintln!("{why}");
    ExitCode::from(CANNOT)
}

/// Why this is not the program.
fn attempt(mut arguments: Vec<OsString>) -> String {
    let name = arguments.remove(0);
    let setup = name.to_str().and_then(Setup::from_name).expect("BUG: a set-up that there is");
    // Opened before anything is refused. Closed by exec, like every file that Rust opens.
    let program = File::open(&arguments[0]).expect("the program was built");
    let environment = environment(setup);
    match setup.apply() {
        Ok(()) => sys::become_file(&program, &strings(arguments), &strings(environment)),
        Err(why) => why,
    }
}

/// The environment of this process, as the set-up changes it: `NAME=value` each.
fn environment(setup: Setup) -> Vec<OsString> {
    let mut all: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
    if setup == Setup::EmptyEnvironment {
        all.retain(|name, _| name == "PATH");
    }
    for (name, value) in setup.environment() {
        match value {
            Some(value) => all.insert(name.into(), value.into()),
            None => all.remove(&OsString::from(name)),
        };
    }
    let line = |(mut name, value): (OsString, OsString)| {
        name.push("=");
        name.push(value);
        name
    };
    all.into_iter().map(line).collect()
}

fn strings(all: Vec<OsString>) -> Vec<CString> {
    let string = |one: OsString| CString::new(one.into_vec()).expect("no argument has a zero byte");
    all.into_iter().map(string).collect()
}
