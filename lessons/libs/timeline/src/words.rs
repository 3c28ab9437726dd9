//! A run in words: for readers who cannot see a drawing, and for what a drawing cannot show.

use std::collections::HashMap;

use crate::scale::{label, milliseconds};
use crate::{End, Event, How, Kind, Process, Run, Source, WaitOver, names};

/// One sentence for each event that says something new, in order of time.
pub fn sentences(run: &Run) -> Vec<String> {
    let mut teller = Teller { run, names: names(run), current: HashMap::new(), born: 0 };
    run.events.iter().filter_map(|event| Some(teller.sentence(event)? + ".")).collect()
}

/// Knows which process a PID means at the time of an event, because a PID may be used again.
struct Teller<'a> {
    run: &'a Run,
    names: Vec<String>,
    current: HashMap<u32, usize>,
    born: usize,
}

impl Teller<'_> {
    fn sentence(&mut self, event: &Event) -> Option<String> {
        match event.kind {
            Kind::Start { .. } => self.is_born(event.pid),
            Kind::Fork { child, .. } => self.is_born(child),
            _ => {}
        }
        let (who, what) = (self.who(event.pid), self.what(event)?);
        Some(format!("At {} ms {who} {what}", label(event.us)))
    }

    fn is_born(&mut self, pid: u32) {
        self.current.insert(pid, self.born);
        self.born += 1;
    }

    /// As in "child 2 (4711)".
    fn who(&self, pid: u32) -> String {
        let name = self.current.get(&pid).and_then(|index| self.names.get(*index));
        name.map_or(pid.to_string(), |name| format!("{name} ({pid})"))
    }

    fn what(&self, event: &Event) -> Option<String> {
        Some(match &event.kind {
            Kind::Start { .. } => "begins the recording".to_owned(),
            Kind::Fork { child, how: How::Vfork } => {
                format!("makes {} by vfork, and blocks until that runs a program", self.who(*child))
            }
            Kind::Fork { child, .. } => format!("forks {}", self.who(*child)),
            Kind::Exec { args } => format!("runs {}", command(args)),
            Kind::Thread { .. } | Kind::ThreadEnd { .. } | Kind::Wait { nohang: true, .. } => {
                return None;
            }
            Kind::Wait { child: Some(child), .. } => format!("waits for {}", self.who(*child)),
            Kind::Wait { child: None, .. } => "waits for any of its children".to_owned(),
            Kind::WaitOver { why } => wait_over(*why).to_owned(),
            Kind::Reap { child } => format!("reaps {}", self.who(*child)),
            Kind::Signal { signal, from: Some(from) } => {
                format!("gets {signal} from {}", self.who(*from))
            }
            Kind::Signal { signal, from: None } => format!("gets {signal}"),
            Kind::Stop { signal } => format!("is stopped by {signal}"),
            Kind::Continue => "continues".to_owned(),
            Kind::Exit { code } => self.ending(event.pid, format!("ends with exit status {code}")),
            Kind::Killed { signal, core } => {
                let core = if *core { " (core dumped)" } else { "" };
                self.ending(event.pid, format!("is ended by {signal}{core}"))
            }
            Kind::Vanished => "is gone".to_owned(),
            Kind::Discarded => {
                "does not become a zombie, because its parent ignores SIGCHLD".to_owned()
            }
            Kind::Adopted { by, name } => {
                format!("has lost its parent; {} adopts it", adopter(*by, name))
            }
            Kind::Cut => "is still alive when the recording ends".to_owned(),
        })
    }

    fn ending(&self, pid: u32, how: String) -> String {
        let zombie = self.current.get(&pid).and_then(|index| self.run.zombie(*index));
        if zombie.is_some() { how + " and is a zombie" } else { how }
    }
}

fn wait_over(why: WaitOver) -> &'static str {
    match why {
        WaitOver::NotYet => "asks for an ended child, but none has ended yet",
        WaitOver::NoChild => "has no child to wait for",
        WaitOver::Interrupted => "is interrupted in its wait",
        WaitOver::Changed => "learns of a child, but does not reap it",
        WaitOver::Failed => "gets an error from its wait",
    }
}

fn adopter(pid: u32, name: &str) -> String {
    if name.is_empty() { pid.to_string() } else { format!("{pid} ({name})") }
}

/// A command line, shortened.
pub(crate) fn command(args: &[String]) -> String {
    let whole = args.join(" ");
    let short: String = whole.chars().take(60).collect();
    if short.len() < whole.len() { short + "…" } else { short }
}

/// What a reader should not miss, the gravest first: zombies that were never reaped, orphans,
/// long zombies, and what the recording cannot know.
pub fn notes(run: &Run) -> Vec<String> {
    let names = names(run);
    let who = |index: usize| format!("{} ({})", names[index], run.processes[index].pid);
    let all = || 0..run.processes.len();
    let mut notes = Vec::new();
    several(&mut notes, all().filter_map(|index| never_reaped(run, index, who(index))));
    several(&mut notes, all().filter_map(|index| orphan(&run.processes[index], &who(index))));
    several(&mut notes, all().filter_map(|index| long_zombie(run, index, &who)));
    notes.extend(threads(run, who));
    if run.source == Source::Poll {
        notes.push(
            "Recorded by polling /proc: processes that live for less than the polling interval \
             are missing, and so are waits, signals, and reaping."
                .to_owned(),
        );
    }
    notes
}

/// Adds them if they are few; otherwise the first, and how many more there are.
fn several(notes: &mut Vec<String>, found: impl Iterator<Item = String>) {
    const FEW: usize = 3;
    let found: Vec<String> = found.collect();
    match &found[..] {
        [first, more @ ..] if found.len() > FEW => {
            notes.push(format!("{first}; and {} more like it.", more.len()));
        }
        few => notes.extend(few.iter().map(|note| format!("{note}."))),
    }
}

fn never_reaped(run: &Run, index: usize, who: String) -> Option<String> {
    let process = &run.processes[index];
    let left = process.adopted.is_none() && process.reaped.is_none();
    (left && run.zombie(index).is_some()).then(|| who + " is never reaped")
}

fn orphan(process: &Process, who: &str) -> Option<String> {
    let (time, by, name) = process.adopted.as_ref()?;
    let (by, at) = (adopter(*by, name), label(*time));
    Some(match &process.end {
        Some(_) if left_as_zombie(process) => {
            format!("{who} was a zombie when its parent ended, at {at} ms: {by} must reap it")
        }
        Some(_) => format!("{who} is an orphan from {at} ms on: its parent ended; {by} adopted it"),
        None => format!("{who}, orphaned at {at} ms, was adopted by {by} and is still alive"),
    })
}

/// Whether its parent ended without having reaped it.
fn left_as_zombie(process: &Process) -> bool {
    match (&process.end, &process.adopted) {
        (Some((end, _)), Some((adopted, ..))) => end <= adopted,
        _ => false,
    }
}

/// A zombie that stayed for a good part of the run.
fn long_zombie(run: &Run, index: usize, who: &impl Fn(usize) -> String) -> Option<String> {
    let span = run.zombie(index)?;
    let (time, (_, by)) = (span.to - span.from, run.processes[index].reaped?);
    let long = milliseconds(time) >= 1.0 && time * 5 >= run.end;
    long.then(|| {
        format!("{} is a zombie for {} ms, until {} reaps it", who(index), label(time), who(by))
    })
}

/// Threads are not drawn, but told of.
fn threads(run: &Run, who: impl Fn(usize) -> String) -> Option<String> {
    let threads = |index: &usize| run.processes[*index].threads;
    let with: Vec<usize> = (0..run.processes.len()).filter(|index| threads(index) > 0).collect();
    let most = *with.iter().max_by_key(|index| threads(index))?;
    let (who, more) = (who(most), threads(&most));
    let thread = if more == 1 { "thread" } else { "threads" };
    let others = match with.len() {
        1 => String::new(),
        2 => "; one more process has several, too".to_owned(),
        n => format!("; {} more processes have several, too", n - 1),
    };
    Some(format!("{who} has up to {more} {thread} besides its first{others}."))
}

/// The run in one line, as in "4 processes in 60.7 ms: 3 reaped, 1 orphaned, 1 never reaped".
pub fn summary(run: &Run) -> String {
    let count = |test: &dyn Fn(usize, &Process) -> bool| {
        run.processes.iter().enumerate().filter(|(index, process)| test(*index, process)).count()
    };
    let facts = [
        (count(&|_, p| p.reaped.is_some()), "reaped"),
        (count(&|_, p| matches!(p.end, Some((_, End::Killed(..))))), "ended by a signal"),
        (count(&|_, p| p.adopted.is_some() && !left_as_zombie(p)), "orphaned"),
        (count(&|_, p| left_as_zombie(p)), "left as a zombie by its parent"),
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
