//! Everything but the watch loop: usable without a terminal.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Result, anyhow, bail};

use crate::arguments::{Command, Nonsense, no_such};
use crate::check::{Check, News, Next, Outcome};
use crate::coach::Coach;
use crate::events::{self, Event};
use crate::page;
use crate::standing::Standing;
use crate::text::wrap;
use crate::{doctor, watch};

/// Does what the command asks for.
///
/// # Errors
///
/// What went wrong, for the reader.
pub fn run(command: Command) -> Result<ExitCode> {
    if command == Command::Doctor {
        return Ok(doctor::run());
    }
    let mut coach = Coach::open()?;
    match command {
        Command::Help | Command::Doctor => {}
        Command::Watch(name) => return follow(coach, name.as_deref()),
        Command::List => say(&coach.list(coach.current()?)?),
        Command::Next => say(&next(&coach)?),
        Command::Check(name) => return check(coach, name.as_deref()),
        Command::Hint(name) => {
            let at = named_or_current(&coach, name.as_deref())?;
            let shown = coach.one_more_hint(at)?;
            say(&coach.hints(at, shown));
        }
        Command::Reset { name, yes } => {
            let at = coach.catalogue.find(&name)?;
            let question = "This puts the stub back, and your answer aside. Go on? y/n ";
            if !(yes || agreed(question, &format!("cargo coach reset {name} --yes"))?) {
                return Ok(ExitCode::FAILURE);
            }
            say(&format!("{}\n", coach.reset_and_say(at)?));
        }
        Command::Solution { name, yes } => return solution(&coach, &name, yes),
    }
    Ok(ExitCode::SUCCESS)
}

/// The watch loop, if somebody is there to see it.
fn follow(coach: Coach, name: Option<&str>) -> Result<ExitCode> {
    let at = match name {
        None => coach.current()?,
        Some(name) => Some(coach.catalogue.find(name).map_err(|error| {
            let mut names = coach.catalogue.exercises.iter().map(|e| e.name.as_str());
            let near = error.to_string().contains("did you mean");
            if near { error } else { anyhow!(Nonsense(no_such(name, &mut names))) }
        })?),
    };
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        say(&coach.list(at)?);
        eprintln!(
            "\nThere is no terminal here to watch in. `cargo coach check NAME` checks once; \
             `cargo coach help` says what else there is."
        );
        return Ok(ExitCode::from(2));
    }
    match at {
        Some(at) => watch::watch(coach, at),
        None => {
            say(&coach.list(None)?);
            say("All are solved. `cargo coach NAME` goes back to one.\n");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn next(coach: &Coach) -> Result<String> {
    let Some(at) = coach.current()? else { return Ok("All are solved.\n".to_owned()) };
    let exercise = coach.exercise(at);
    let text = format!("Read first: book/src/{}\nThen: cargo coach\n", exercise.chapter);
    Ok(format!("{}{text}", coach.heading(at)))
}

fn named_or_current(coach: &Coach, name: Option<&str>) -> Result<usize> {
    match name {
        Some(name) => coach.catalogue.find(name),
        None => coach.current()?.ok_or_else(|| anyhow!("all are solved: say which exercise")),
    }
}

/// Checks one exercise, or all that have been begun.
fn check(mut coach: Coach, name: Option<&str>) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    match name {
        Some(name) => wanted.push(coach.catalogue.find(name)?),
        None => {
            for at in 0..coach.catalogue.exercises.len() {
                let standing = coach.standing(at)?;
                if !matches!(standing, Standing::NotStarted | Standing::Missing) {
                    wanted.push(at);
                }
            }
        }
    }
    if wanted.is_empty() {
        say("You have not begun any exercise yet. `cargo coach next` says where to begin.\n");
    }
    let (events, happens) = channel();
    events::signals(events.clone())?;
    let mut all_passed = true;
    for at in wanted {
        let outcome = check_one(&mut coach, at, &events, &happens)?;
        let passed = matches!(outcome, Outcome::Passed(_));
        all_passed &= passed;
        say(&coach.verdict(at, &outcome)?);
        if passed && name.is_some() {
            say(&format!("\n{}", coach.solved_it(at)?));
        }
        if matches!(outcome, Outcome::NotCompiled { .. }) {
            break; // then none does
        }
    }
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Checks one exercise, and remembers what came out. A signal ends it, and then the coach.
fn check_one(
    coach: &mut Coach,
    at: usize,
    events: &Sender<Event>,
    happens: &Receiver<Event>,
) -> Result<Outcome> {
    let tell = {
        let events = events.clone();
        move |news| {
            let _ = events.send(Event::Check(0, news)); // in vain when the coach ends
        }
    };
    let digest = coach.digest(at)?;
    let name = coach.exercise(at).name.clone();
    let timeline = std::env::var_os("GRADER_TIMELINE").is_some_and(|value| !value.is_empty());
    let style = coach.style(timeline);
    let mut check = Check::start(&coach.workspace, &name, style, tell.clone())?;
    loop {
        match happens.recv()? {
            Event::Check(_, News::StepOver) => match check.go_on(&coach.workspace, tell.clone())? {
                Next::Running(next) => check = next,
                Next::Over(outcome) => {
                    coach.record(at, digest, &outcome)?;
                    return Ok(outcome);
                }
            },
            Event::Check(_, News::Progress(line)) => progress(&line),
            Event::Signal(signal) => {
                drop(check);
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                bail!("ended by signal {signal}");
            }
            _ => {}
        }
    }
}

/// The first build takes a while; a reader at a terminal sees what cargo is at.
fn progress(line: &str) {
    if io::stderr().is_terminal() && line.starts_with("Compiling") {
        eprintln!("{line}");
    }
}

fn solution(coach: &Coach, name: &str, yes: bool) -> Result<ExitCode> {
    let at = coach.catalogue.find(name)?;
    let name = &coach.exercise(at).name;
    let solved = coach.standing(at)? == Standing::Solved;
    let question = format!("You have not solved {name}. See the reference all the same? y/n ");
    if !(yes || solved || agreed(&question, &format!("cargo coach solution {name} --yes"))?) {
        return Ok(ExitCode::FAILURE);
    }
    let file = coach.workspace.reference(name);
    let short = coach.workspace.short(&file);
    let discussion = page::discussion(&coach.workspace, name, coach.paint, coach.width)?;
    say(&format!("{}\n\n{}\n{discussion}", coach.paint.bold(&short), coach.workspace.read(&file)?));
    Ok(ExitCode::SUCCESS)
}

/// Asks at the terminal; without one, says how to do it without being asked.
fn agreed(question: &str, instead: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "there is nobody to ask: {}\nTo go on without being asked: `{instead}`",
            question.trim_end_matches(" y/n ")
        );
    }
    print!("{}", wrap(question, crate::terminal::width()));
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A reader who has gone away, as behind `| head`, is no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
