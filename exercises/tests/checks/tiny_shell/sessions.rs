//! Sessions on a terminal: what is typed, and what must come. They hold for any shell; a test runs them
//! with `dash` too.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::getpgid;

use super::typist::{CTRL_BACKSLASH, CTRL_C, CTRL_D, Complaint, Typist};

pub(crate) type Session = fn(&mut Typist) -> Result<(), Complaint>;

/// All of them, by name.
#[allow(dead_code, clippy::allow_attributes, reason = "only the comparison with dash needs it")]
pub(crate) const ALL: [(&str, Session); 7] = [
    ("lines that are typed", lines_that_are_typed),
    ("a job that reads", a_job_that_reads),
    ("Ctrl-C and a job", ctrl_c_and_a_job),
    ("Ctrl-C and a pipeline", ctrl_c_and_a_pipeline),
    ("Ctrl-C and the background", ctrl_c_and_the_background),
    ("keys at the prompt", keys_at_the_prompt),
    ("groups", groups),
];

const FIRST: &str = "sh -c 'echo first $$ >&2; exec sleep 100'";
const SECOND: &str = "sh -c 'echo second $$ >&2; exec sleep 100'";

pub(crate) fn lines_that_are_typed(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line("echo hello")?;
    typist.shows("hello")?;
    typist.line("sh -c 'exit 3'")?;
    typist.line("echo status $?")?;
    typist.shows("status 3")
}

/// `cat` prints what is typed, until Ctrl-D.
pub(crate) fn a_job_that_reads(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line("sh -c 'echo ready $$; exec cat'")?;
    typist.in_the_foreground("ready")?;
    typist.type_in("for cat\n")?;
    typist.shows("for cat")?;
    typist.type_in(CTRL_D)?;
    typist.prompt("`cat` has reached the end of its input, but the prompt did not appear.")?;
    typist.line("echo for the shell")?;
    typist.shows("for the shell")
}

pub(crate) fn ctrl_c_and_a_job(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line("sh -c 'echo ready $$; exec sleep 100'")?;
    typist.in_the_foreground("ready")?;
    typist.type_in(CTRL_C)?;
    typist.prompt("Ctrl-C did not end the job in the foreground.")?;
    typist.line("echo status $?")?;
    typist.shows("status 130")?;
    typist.line("sh -c 'kill -s INT $$; echo SIGINT does nothing'")?;
    typist.line("echo status $?")?;
    typist.shows("status 130")
}

/// Both programs have to be there, in the group that is in the foreground.
pub(crate) fn ctrl_c_and_a_pipeline(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line(&format!("{FIRST} | {SECOND}"))?;
    typist.in_the_foreground("first")?;
    typist.in_the_foreground("second")?;
    typist.type_in(CTRL_C)?;
    typist.prompt(
        "Ctrl-C did not end all processes of the job: they have to be in one process group,\n\
         which is in the foreground.",
    )?;
    typist.line("echo status $?")?;
    typist.shows("status 130")
}

pub(crate) fn ctrl_c_and_the_background(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line("sh -c 'echo background $$; exec sleep 100' &")?;
    let background = typist.pid_of("background")?;
    typist.line("sh -c 'echo ready $$; exec sleep 100'")?;
    typist.in_the_foreground("ready")?;
    typist.type_in(CTRL_C)?;
    typist.prompt("Ctrl-C did not end the job in the foreground.")?;
    typist.line("jobs")?;
    typist.shows("Running").map_err(|complaint| {
        format!("Ctrl-C for the foreground job also ended the background job.\n{complaint}")
    })?;
    let _ = killpg(background, Signal::SIGTERM); // if it is no group, `wait` tells
    typist.line("wait")?;
    typist.line("echo status $?")?;
    typist.shows("status 0")
}

/// The keys end a program, and not the shell, whether a job runs or not.
pub(crate) fn keys_at_the_prompt(typist: &mut Typist) -> Result<(), Complaint> {
    typist.prompt("The prompt did not appear.")?;
    typist.type_in(CTRL_C)?;
    typist.type_in("\n")?; // some shells print a prompt after Ctrl-C, and all do after an empty line
    typist.line("echo 'al''ive'")?; // not as it is printed: there may be two prompts, and one is late
    typist.shows("alive")?;
    typist.line("sh -c 'echo ready $$; exec sleep 100'")?;
    typist.in_the_foreground("ready")?;
    typist.type_in(CTRL_BACKSLASH)?;
    typist.prompt("Ctrl-\\ did not end the job in the foreground.")?;
    typist.line("echo status $?")?;
    typist.shows("status 131")
}

pub(crate) fn groups(typist: &mut Typist) -> Result<(), Complaint> {
    typist.line(&format!("{FIRST} | {SECOND} &"))?;
    let processes = [typist.pid_of("first")?, typist.pid_of("second")?, typist.shell];
    let [first, second, shell] = processes.map(|pid| getpgid(Some(pid)).ok());
    if first != second || first == shell {
        return Err(format!(
            "The two programs of a background job are in the groups {first:?} and {second:?}, and\n\
             the shell is in group {shell:?}. The job needs one group, other than the shell's."
        ));
    }
    typist.prompt("The prompt did not appear.")?;
    if typist.foreground() != shell {
        return Err("The terminal belongs to a job in the background.".to_owned());
    }
    if let Some(group) = first {
        let _ = killpg(group, Signal::SIGTERM); // if that fails, `wait` tells
    }
    typist.line("wait")?;
    typist.line("echo status $?")?;
    typist.shows("status 0")
}
