//! Step 5: a terminal.

use grader::{Check, check};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use super::order::Order;
use super::terminal::{self, on_a_terminal, on_a_terminal_in};
use super::{sessions, typist};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(super) fn step_5() -> Vec<Check> {
    vec![
        check!(step_5_a_prompt_and_lines_that_are_typed).within(terminal::LIMIT),
        check!(step_5_the_job_in_the_foreground_has_the_terminal)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_ctrl_c_ends_the_job_in_the_foreground)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_ctrl_c_ends_every_process_of_the_job)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_ctrl_c_leaves_the_background_alone)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_ctrl_c_leaves_the_shell_alone)
            .within(terminal::LIMIT)
            .see("signals.md#ctrl-c"),
        check!(step_5_ctrl_z_stops_no_program)
            .within(terminal::LIMIT)
            .see("signals.md#dispositions"),
        check!(step_5_a_job_in_the_background_has_the_default_actions)
            .within(terminal::LIMIT)
            .see("signals.md#dispositions"),
        check!(step_5_the_callers_own_actions_stay)
            .within(terminal::LIMIT)
            .see("signals.md#dispositions"),
        check!(step_5_after_a_fork_that_fails_the_shell_has_the_terminal)
            .fork_fails(2)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_each_job_is_a_group_of_its_own)
            .within(terminal::LIMIT)
            .see("process-groups.md#groups-and-sessions"),
        check!(step_5_a_job_in_the_background_does_not_read_what_is_typed)
            .within(terminal::LIMIT)
            .see("process-groups.md#foreground"),
        check!(step_5_a_program_that_is_faster_than_the_shell)
            .within(terminal::LIMIT)
            .see("process-groups.md#race"),
        check!(step_5_a_program_that_is_faster_than_the_one_before_it)
            .within(terminal::LIMIT)
            .see("process-groups.md#race"),
    ]
}

fn step_5_a_prompt_and_lines_that_are_typed() {
    on_a_terminal(sessions::lines_that_are_typed);
}

fn step_5_the_job_in_the_foreground_has_the_terminal() {
    on_a_terminal(sessions::a_job_that_reads);
}

fn step_5_ctrl_c_ends_the_job_in_the_foreground() {
    on_a_terminal(sessions::ctrl_c_and_a_job);
}

fn step_5_ctrl_c_ends_every_process_of_the_job() {
    on_a_terminal(sessions::ctrl_c_and_a_pipeline);
}

fn step_5_ctrl_c_leaves_the_background_alone() {
    on_a_terminal(sessions::ctrl_c_and_the_background);
}

fn step_5_ctrl_c_leaves_the_shell_alone() {
    on_a_terminal(sessions::keys_at_the_prompt);
}

/// The shell has no command that continues a job.
fn step_5_ctrl_z_stops_no_program() {
    on_a_terminal(|typist| {
        typist.line("sh -c 'kill -s TSTP $$; echo \"not\" stopped'")?;
        typist.shows("not stopped")
    });
}

fn step_5_a_job_in_the_background_has_the_default_actions() {
    on_a_terminal(|typist| {
        for signal in ["INT", "QUIT"] {
            typist
                .line(&format!("sh -c 'kill -s {signal} $$; echo SIG{signal} \"is\" ignored' &"))?;
            typist.line("wait")?;
            typist.prompt("The prompt did not appear.")?;
            if typist.screen().contains("is ignored") {
                return Err(format!("A job in the background ignores SIG{signal}."));
            }
        }
        Ok(())
    });
}

/// The caller ignores SIGQUIT and has a handler for SIGINT, which it finds again. Programs have the default
/// actions nevertheless.
fn step_5_the_callers_own_actions_stay() {
    let handler = SigHandler::Handler(nothing);
    for (signal, handler) in [(Signal::SIGINT, handler), (Signal::SIGQUIT, SigHandler::SigIgn)] {
        let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler does nothing.
        unsafe { sigaction(signal, &action) }.expect("the action of the check");
    }
    on_a_terminal(sessions::keys_at_the_prompt);
}

extern "C" fn nothing(_signal: i32) {}

/// The first program runs, and the second cannot be forked.
fn step_5_after_a_fork_that_fails_the_shell_has_the_terminal() {
    on_a_terminal(|typist| {
        typist.line("yes | head -n 1")?;
        typist.line("echo 'al''ive'")?;
        typist.shows("alive")
    });
}

fn step_5_each_job_is_a_group_of_its_own() {
    on_a_terminal(sessions::groups);
}

fn step_5_a_job_in_the_background_does_not_read_what_is_typed() {
    on_a_terminal(|typist| {
        typist.line("cat &")?;
        typist.line("wait")?;
        typist.line("echo typed")?;
        typist.shows("typed")
    });
}

/// The shell is held after its fork until the program reads from the terminal.
fn step_5_a_program_that_is_faster_than_the_shell() {
    on_a_terminal_in(Some(Order::ChildFirst), |typist| {
        typist.line("sh -c 'echo ready $$; exec cat'")?;
        typist.in_a_group_of_its_own("ready")?;
        typist.in_the_foreground("ready")?;
        typist.type_in("for cat\n")?;
        typist.shows("for cat")?;
        typist.type_in(typist::CTRL_D)
    });
}

/// The first program is held before its exec until the second one is there.
fn step_5_a_program_that_is_faster_than_the_one_before_it() {
    on_a_terminal_in(Some(Order::SecondChildFirst), sessions::ctrl_c_and_a_pipeline);
}
