//! The commands that need no terminal of their own.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Result, anyhow, bail};
use lesson_cli::complain;

use crate::arguments::{COMMANDS, Command, USAGE, UsageError};
use crate::check::{Check, CheckEvent, Next, Outcome};
use crate::compiler;
use crate::course::Course;
use crate::events::{self, Event};
use crate::output::print;
use crate::report::{self, Detail, Style};
use crate::status::Status;
use crate::suggestion::did_you_mean;
use crate::terminal;
use crate::text::{Paint, wrap};
use crate::{doctor, own_main, practise, watch};

/// Does what the command asks for.
///
/// # Errors
///
/// What went wrong, for the reader.
pub(crate) fn run(command: Command) -> Result<ExitCode> {
    let style = Style { paint: Paint { on: lesson_cli::colour() }, width: terminal::size().width };
    match command {
        Command::Help => return say(USAGE),
        Command::Doctor => return doctor::run(style),
        _ => {}
    }
    let mut course = Course::open()?;
    if let (Some(notice), false) = (course.notice(), matches!(command, Command::Watch(_))) {
        complain(&wrap(&format!("{notice}\n"), style.width));
    }
    match command {
        Command::Help | Command::Doctor => Ok(ExitCode::SUCCESS),
        Command::Watch(name) => follow(course, name.as_deref(), style),
        Command::List => say(&report::list(&course, course.current()?, style)?),
        Command::Next => say(&next(&course, style)?),
        Command::Check { name, all } => check(course, name.as_deref(), all, style),
        Command::Hint { name, all } => hint(course, name.as_deref(), all, style),
        Command::Run { name, arguments } => {
            own_main::run(&course, course.catalogue().find(&name)?, &arguments, style)
        }
        Command::Practise { seed } => practise::run(&mut course, seed, style),
        Command::Reset { name, yes } => reset(&course, &name, yes, style),
        Command::Solution { name, yes } => solution(&course, &name, yes, style),
    }
}

fn say(text: &str) -> Result<ExitCode> {
    print(text)?;
    Ok(ExitCode::SUCCESS)
}

/// The watch loop, if there is a terminal for it.
fn follow(course: Course, name: Option<&str>, style: Style) -> Result<ExitCode> {
    let index = match name {
        None => course.current()?,
        Some(name) => Some(course.catalogue().find(name).map_err(|_| no_such(&course, name))?),
    };
    if !terminal::is_there() {
        print(&report::list(&course, index, style)?)?;
        complain(
            "\nThe coach needs a terminal on which it can draw. `cargo coach check NAME` checks once; \
             `cargo coach help` shows all commands.\n",
        );
        return Ok(ExitCode::from(2));
    }
    match index {
        Some(index) => watch::watch(course, index, style.paint),
        None => {
            print(&report::list(&course, None, style)?)?;
            say("All exercises are solved. `cargo coach NAME` returns to one.\n")
        }
    }
}

/// A first word that is neither a command nor an exercise.
fn no_such(course: &Course, word: &str) -> UsageError {
    let exercises = course.catalogue().iter().map(|exercise| exercise.name.as_str());
    let meant = did_you_mean(word, COMMANDS.into_iter().chain(exercises));
    UsageError(format!("'{word}' is neither a command nor an exercise{meant}"))
}

fn next(course: &Course, style: Style) -> Result<String> {
    let Some(index) = course.current()? else {
        return Ok("All exercises are solved.\n".to_owned());
    };
    let chapter = &course.exercise(index).chapter;
    let heading = report::heading(course, index, style);
    Ok(format!("{heading}Read first: book/src/{chapter}\nThen: cargo coach\n"))
}

fn named_or_current(course: &Course, name: Option<&str>) -> Result<usize> {
    match name {
        Some(name) => Ok(course.catalogue().find(name)?),
        None => course
            .current()?
            .ok_or_else(|| anyhow!("all exercises are solved: name the one that you mean")),
    }
}

fn hint(mut course: Course, name: Option<&str>, all: bool, style: Style) -> Result<ExitCode> {
    let index = named_or_current(&course, name)?;
    let shown = course.one_more_hint(index);
    let first = if all || shown.no_more { 0 } else { shown.count.saturating_sub(1) };
    print(&report::hints(course.exercise(index), first..shown.count, style))?;
    if first > 0 {
        print("`cargo coach hint --all` shows the earlier hints too.\n")?;
    }
    match shown.forgotten {
        None => Ok(ExitCode::SUCCESS),
        Some(why) => Err(why.context("your progress was not saved")),
    }
}

/// Checks one exercise, or all that have been begun.
fn check(mut course: Course, name: Option<&str>, all: bool, style: Style) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    match name {
        Some(name) => wanted.push(course.catalogue().find(name)?),
        None => {
            for index in 0..course.catalogue().len() {
                if course.status(index)? != Status::NotStarted {
                    wanted.push(index);
                }
            }
        }
    }
    if wanted.is_empty() {
        print("You have not started any exercise yet. `cargo coach next` shows the first one.\n")?;
    }
    let (events, receiver) = channel();
    events::signals(events.clone())?;
    let detail = if all { Detail::All } else { Detail::First };
    let (mut all_passed, mut forgotten) = (true, None);
    for index in wanted {
        let digest = course.digest(index)?;
        let outcome = check_one(&course, index, style, &events, &receiver)?;
        forgotten = course.record(index, &digest, &outcome).err().or(forgotten);
        all_passed &= outcome.has_passed();
        print(&report::verdict(&course, index, &outcome, detail, style)?)?;
        if outcome.has_passed() && name.is_some() {
            print(&format!("\n{}", report::solved(&course, index, &outcome, style)?))?;
        }
        if !matches!(outcome, Outcome::Checked { .. }) {
            break; // then none is built
        }
    }
    match forgotten {
        Some(why) => Err(why.context("your progress was not saved")),
        None if all_passed => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}

/// Checks one exercise. A signal ends the check, and then the coach.
fn check_one(
    course: &Course,
    index: usize,
    style: Style,
    events: &Sender<Event>,
    receiver: &Receiver<Event>,
) -> Result<Outcome> {
    let tell = {
        let events = events.clone();
        move |event| {
            let _ = events.send(Event::Check(0, event)); // in vain when the coach ends
        }
    };
    let (workspace, name) = (course.workspace(), &course.exercise(index).name);
    let mut check = Check::start(workspace, name, style.paint.on, tell.clone())?;
    loop {
        match receiver.recv()? {
            Event::Check(_, CheckEvent::StepFinished) => {
                match check.next_step(workspace, tell.clone())? {
                    Next::Running(next) => check = next,
                    Next::Finished(outcome) => return Ok(outcome),
                }
            }
            Event::Check(_, CheckEvent::Building(line)) => compiler::print_progress(&line),
            Event::Signal(signal) => {
                drop(check);
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                bail!("ended by signal {signal}");
            }
            _ => {}
        }
    }
}

fn reset(course: &Course, name: &str, yes: bool, style: Style) -> Result<ExitCode> {
    let index = course.catalogue().find(name)?;
    let question = "This restores the stub, and keeps your answer in another file. Continue? y/n ";
    if !(yes || agreed(question, &format!("cargo coach reset {name} --yes"), style)?) {
        return Ok(ExitCode::FAILURE);
    }
    let kept = course.reset(index)?;
    say(&(course.reset_note(&course.exercise(index).name, kept.as_deref()) + "\n"))
}

fn solution(course: &Course, name: &str, yes: bool, style: Style) -> Result<ExitCode> {
    let index = course.catalogue().find(name)?;
    let name = &course.exercise(index).name;
    let solved = course.status(index)? == Status::Solved;
    let question = format!("You have not solved {name}. Show the reference anyway? y/n ");
    let instead = format!("cargo coach solution {name} --yes");
    if !(yes || solved || agreed(&question, &instead, style)?) {
        return Ok(ExitCode::FAILURE);
    }
    say(&report::solution(course, index, style)?)
}

/// Asks at the terminal; without one, says how to do it without being asked.
fn agreed(question: &str, instead: &str, style: Style) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "there is no terminal for this question: {}\nTo continue without a question: `{instead}`",
            question.trim_end_matches(" y/n ")
        );
    }
    print(&wrap(question, style.width))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
