//! A run in words: for those who do not see a drawing, and for what a drawing cannot say.

use crate::scale::{label, milliseconds};
use crate::{End, Event, How, Kind, Process, Run, Source, WaitOver};

/// One sentence for each event that says something new, in order of time.
pub fn sentences(run: &Run) -> Vec<String> {
    let mut now = Names::default();
    run.events.iter().filter_map(|event| Some(now.sentence(run, event)? + ".")).collect()
}

/// Who is who at the time of an event: the same PID may be used again later.
#[derive(Default)]
struct Names {
    born: usize,
}

impl Names {
    fn sentence(&mut self, run: &Run, event: &Event) -> Option<String> {
        if matches!(event.kind, Kind::Fork { .. } | Kind::Start { .. }) {
            self.born += 1;
        }
        let who = event.pid;
        let what = match &event.kind {
            Kind::Start { name, .. } => format!("the recording begins with process {who}, {name}"),
            Kind::Fork { child, how: How::Vfork } => {
                format!("{who} makes process {child} by vfork, and stands still until it runs")
            }
            Kind::Fork { child, .. } => format!("{who} forks process {child}"),
            Kind::Exec { args } => format!("{who} runs {}", command(args)),
            Kind::Thread { .. } | Kind::ThreadEnd { .. } | Kind::Wait { nohang: true, .. } => {
                return None;
            }
            Kind::Wait { child: Some(child), .. } => format!("{who} waits for {child}"),
            Kind::Wait { child: None, .. } => format!("{who} waits for any of its children"),
            Kind::WaitOver { why } => format!("{who} {}", wait_over(*why)),
            Kind::Reap { child } => format!("{who} reaps {child}"),
            Kind::Signal { signal, from: Some(from) } => {
                format!("{who} gets {signal} from {from}")
            }
            Kind::Signal { signal, from: None } => format!("{who} gets {signal}"),
            Kind::Stop { signal } => format!("{who} is stopped by {signal}"),
            Kind::Continue => format!("{who} runs on"),
            Kind::Exit { .. } | Kind::Killed { .. } | Kind::Vanished | Kind::Discarded => {
                format!("{who} {}", self.ending(run, event))
            }
            Kind::Adopted { by, name } => {
                format!("{who} has lost its parent; {} adopts it", adopter(*by, name))
            }
            Kind::Cut => format!("the recording ends; {who} is still alive"),
        };
        Some(format!("At {} ms {what}", label(event.us)))
    }

    fn ending(&self, run: &Run, event: &Event) -> String {
        let how = match &event.kind {
            Kind::Exit { code } => format!("ends with exit code {code}"),
            Kind::Killed { signal, core: false } => format!("is ended by {signal}"),
            Kind::Killed { signal, core: true } => {
                format!("is ended by {signal}, with a core dump")
            }
            Kind::Discarded => return "is no zombie, since its parent ignores SIGCHLD".to_owned(),
            _ => return "is gone".to_owned(),
        };
        let so_far = &run.processes[..self.born.min(run.processes.len())];
        let index = so_far.iter().rposition(|process| process.pid == event.pid);
        let zombie = index.and_then(|index| run.zombie(index));
        if zombie.is_some() { how + " and is a zombie" } else { how }
    }
}

fn wait_over(why: WaitOver) -> &'static str {
    match why {
        WaitOver::NotYet => "asks for an ended child: there is none yet",
        WaitOver::NoChild => "has no child to wait for",
        WaitOver::Interrupted => "is interrupted in its wait",
        WaitOver::Changed => "learns of a child, and leaves it",
        WaitOver::Failed => "waits in vain",
    }
}

fn adopter(pid: u32, name: &str) -> String {
    if name.is_empty() { pid.to_string() } else { format!("{pid} ({name})") }
}

/// A command line, shortened.
pub(crate) fn command(args: &[String]) -> String {
    let whole = args.join(" ").replace(char::is_control, " ");
    let short: String = whole.chars().take(60).collect();
    if short.len() < whole.len() { short + "…" } else { short }
}

/// What a reader should not miss, the gravest first: zombies that were never reaped, orphans,
/// long zombies, and what the recording cannot know.
pub fn notes(run: &Run) -> Vec<String> {
    let mut notes = Vec::new();
    let all = || run.processes.iter().enumerate();
    let never = |(index, process): (usize, &Process)| {
        let left = process.end.is_some() && process.adopted.is_none() && process.reaped.is_none();
        (left && run.zombie(index).is_some()).then(|| format!("{} is never reaped", who(process)))
    };
    several(&mut notes, all().filter_map(never));
    several(&mut notes, all().filter_map(|(_, process)| orphan(process)));
    several(&mut notes, all().filter_map(|(index, process)| long_zombie(run, index, process)));
    several(&mut notes, all().filter_map(|(_, process)| threads(process)));
    if run.source == Source::Poll {
        notes.push(
            "Seen by looking into /proc again and again: processes shorter than the time between \
             two looks are missing, and so are waits, signals, and who reaped whom."
                .to_owned(),
        );
    }
    notes
}

/// Adds the first few, and how many more there are.
fn several(notes: &mut Vec<String>, found: impl Iterator<Item = String>) {
    const FEW: usize = 4;
    let found: Vec<String> = found.collect();
    notes.extend(found.iter().take(FEW).map(|note| format!("{note}.")));
    if found.len() > FEW {
        notes.push(format!("And {} more like the last.", found.len() - FEW));
    }
}

fn who(process: &Process) -> String {
    format!("{} {}", process.name, process.pid)
}

fn orphan(process: &Process) -> Option<String> {
    let (at, by, name) = process.adopted.as_ref()?;
    let (who, by, at) = (who(process), adopter(*by, name), label(*at));
    Some(match &process.end {
        Some((end, _)) if *end < process.adopted.as_ref()?.0 => {
            format!("{who} was a zombie when its parent ended, at {at} ms: {by} is to reap it")
        }
        Some(_) => format!("{who} is an orphan from {at} ms on: its parent ended; {by} adopted it"),
        None => format!("{who} is an orphan since {at} ms, adopted by {by}, and still alive"),
    })
}

/// A zombie that stayed for a good part of the run.
fn long_zombie(run: &Run, index: usize, process: &Process) -> Option<String> {
    let span = run.zombie(index)?;
    let (time, by) = (span.to - span.from, process.reaped?.1);
    let long = milliseconds(time) >= 1.0 && time * 5 >= run.end;
    let (who, time) = (who(process), label(time));
    long.then(|| {
        format!("{who} is a zombie for {time} ms, until {} reaps it", run.processes[by].pid)
    })
}

fn threads(process: &Process) -> Option<String> {
    let (who, more) = (who(process), process.threads);
    let thread = if more == 1 { "thread" } else { "threads" };
    (more > 0).then(|| format!("{who} has up to {more} {thread} besides its first"))
}

/// The run in one line, as in "4 processes in 60.7 ms: 3 reaped, 1 orphaned, 1 never reaped".
pub fn summary(run: &Run) -> String {
    let count = |test: &dyn Fn(usize, &Process) -> bool| {
        run.processes.iter().enumerate().filter(|(index, process)| test(*index, process)).count()
    };
    let facts = [
        (count(&|_, p| p.reaped.is_some()), "reaped"),
        (count(&|_, p| matches!(p.end, Some((_, End::Killed(..))))), "ended by a signal"),
        (count(&|_, p| p.adopted.is_some()), "orphaned"),
        (
            count(&|i, p| run.zombie(i).is_some() && p.reaped.is_none() && p.adopted.is_none()),
            "never reaped",
        ),
        (count(&|_, p| p.discarded), "discarded"),
        (count(&|_, p| p.end.is_none()), "still alive"),
    ];
    let facts: Vec<String> =
        facts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let number = run.processes.len();
    let processes = if number == 1 { "process" } else { "processes" };
    let colon = if facts.is_empty() { "" } else { ": " };
    format!("{number} {processes} in {} ms{colon}{}", label(run.end), facts.join(", "))
}
