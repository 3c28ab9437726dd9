//! What the reader sees of a search.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lesson_cli::{Failure, printable, write_lines, write_out};
use orders::{Found, Outcome, Replay, Report, Step, witness};
use serde_json::{Value, json};
use timeline::{svg, terminal};

use crate::options::Options;
use crate::tree::{Tree, WIDTH};

/// Prints what a search has found.
pub(crate) fn found(report: &Report, tree: &Tree, options: &Options) -> Result<ExitCode, Failure> {
    let all: Vec<(&Outcome, &Found)> = report
        .outcomes
        .iter()
        .filter(|(o, _)| !options.wants_one() || options.is_wanted(o))
        .collect();
    if let (Some(file), Some((outcome, found))) = (&options.svg, all.first()) {
        draw_into(file, &found.steps, outcome, options)?;
    }
    let outcomes: Vec<&Outcome> = all.iter().map(|(outcome, _)| *outcome).collect();
    if options.json {
        let mut json = as_json(report, &all);
        if options.tree {
            json["tree"] = tree.as_json(&outcomes);
        }
        write_out(&format!("{json:#}\n"));
    } else {
        for (number, (outcome, found)) in all.iter().enumerate() {
            // A drawing fits the terminal already, and has colours, which take no room.
            let write = if options.timeline { write_out } else { write_lines };
            write(&as_text(number + 1, outcome, found, options));
        }
        if options.tree {
            write_lines(&format!("{}\n", tree.as_text(&outcomes)));
        }
        write_lines(&summary(report, all.len(), options));
    }
    let missing = options.wants_one() && all.is_empty();
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints one run in a given order.
pub(crate) fn replayed(replay: &Replay, options: &Options) -> Result<(), Failure> {
    if let Some(file) = &options.svg {
        draw_into(file, &replay.steps, &replay.outcome, options)?;
    }
    let mut text = framed(&replay.outcome);
    text += &story(&replay.steps);
    if options.timeline {
        text += &drawing(&replay.steps, &replay.outcome, options);
    }
    write_out(&text);
    Ok(())
}

fn as_text(number: usize, outcome: &Outcome, found: &Found, options: &Options) -> String {
    let orders = plural(found.orders, "order");
    let mut text = format!("outcome {number}, in {orders}:\n{}", framed(outcome));
    text += &format!("  an order that leads to it (--replay {}):\n", found.order);
    text += &story(&found.steps);
    if options.timeline {
        text += &drawing(&found.steps, outcome, options);
    }
    text + "\n"
}

/// The outcome with a bar at its left, so that it is not taken for this program's own text.
fn framed(outcome: &Outcome) -> String {
    let text = outcome.to_string();
    let lines = text.lines().map(|line| format!("  | {}\n", printable(line)));
    let lines: String = lines.collect();
    if lines.is_empty() { "  | (no output)\n".to_owned() } else { lines }
}

const INDENT: usize = 15;

/// For each stretch of one process, its name and what it does.
fn story(steps: &[Step]) -> String {
    let mut text = String::new();
    for (name, words) in witness::story(steps) {
        let mut line = format!("    {:<width$} ", name.to_string(), width = INDENT - 5);
        for (index, same) in words.chunk_by(|a, b| a == b).enumerate() {
            let words = match same.len() {
                1 | 2 => same.join(", "),
                times => format!("{} ({times} times)", same[0]),
            };
            let part = if index == 0 { words.clone() } else { format!(", {words}") };
            if line.chars().count() + part.chars().count() > WIDTH - 1 && index > 0 {
                let _ = writeln!(text, "{line},");
                line = format!("{:INDENT$}{words}", "");
            } else {
                line += &part;
            }
        }
        text = text + &line + "\n";
    }
    text
}

fn summary(report: &Report, shown: usize, options: &Options) -> String {
    let runs = plural(report.runs, "run");
    let time = format!("{runs} in {:.2} s", report.time.as_secs_f64());
    if options.wants_one() {
        let found = if shown > 0 { "found" } else { "not found" };
        let proof = match (shown > 0, report.is_proof()) {
            (true, _) => "",
            (false, true) => ": it cannot happen",
            (false, false) => ", which proves nothing",
        };
        return format!("{found} after {time}{proof}\n{}", caveats(report));
    }
    let orders: usize = report.outcomes.values().map(|found| found.orders).sum();
    let all = match (report.is_proof(), report.exhausted) {
        (true, _) => ": these are all",
        (false, true) => ": all that this search can see",
        (false, false) => ": stopped at a limit, so there may be more",
    };
    let outcomes = plural(report.outcomes.len(), "outcome");
    let orders = plural(orders, "order");
    let note = if options.all {
        ""
    } else {
        "Orders that differ only in steps that do not affect each other count as one.\n"
    };
    format!("{outcomes} in {orders}{all} ({time}).\n{note}{}", caveats(report))
}

fn caveats(report: &Report) -> String {
    let handlers = "A signal handler ran at a system call. If the code between two calls reads what \
                    the handler sets, more outcomes are possible.";
    let condition = report.handlers.then(|| wrapped(handlers));
    let caveats = report.caveats.iter().map(|caveat| wrapped(&format!("No proof: {caveat}.")));
    condition.into_iter().chain(caveats).collect()
}

/// Lines of at most 80 columns.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("BUG: there is a line from the start");
        if line.len() + word.len() > WIDTH - 2 {
            lines.push(word.to_owned());
        } else {
            *line = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        }
    }
    lines.join("\n") + "\n"
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn drawing(steps: &[Step], outcome: &Outcome, options: &Options) -> String {
    let width = procinfo::window_size(std::io::stdout()).map_or(WIDTH, |size| size.columns.into());
    let style = terminal::Style { width, colour: lesson_cli::colour(), ascii: false };
    terminal::draw(&witness::lives(&program(options), steps, outcome), &style)
}

fn draw_into(
    file: &Path,
    steps: &[Step],
    outcome: &Outcome,
    options: &Options,
) -> Result<(), Failure> {
    let run = witness::lives(&program(options), steps, outcome);
    let picture = svg::draw(&run, &svg::Style::default());
    std::fs::write(file, picture)
        .map_err(|error| Failure::system(format!("writing {}", file.display()), error))
}

/// The command's name without its folder.
fn program(options: &Options) -> String {
    let name = Path::new(&options.command[0]).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn as_json(report: &Report, outcomes: &[(&Outcome, &Found)]) -> Value {
    let outcomes: Vec<Value> = outcomes
        .iter()
        .map(|(outcome, found)| {
            let stuck: Vec<Value> = outcome
                .stuck
                .iter()
                .map(|stuck| json!({"process": stuck.process.short(), "waits": stuck.waits}))
                .collect();
            let step = |step: &Step| json!({"process": step.process().short(), "step": step.words});
            json!({
                "output": outcome.output,
                "end": outcome.end.map(|end| end.to_string()),
                "deadlock": stuck,
                "cut_off": outcome.cut_off,
                "orders": found.orders,
                "order": found.order.to_string(),
                "steps": found.steps.iter().map(step).collect::<Vec<_>>(),
            })
        })
        .collect();
    let caveats: Vec<String> = report.caveats.iter().map(ToString::to_string).collect();
    json!({
        "outcomes": outcomes,
        "runs": report.runs,
        "redundant": report.redundant,
        "exhausted": report.exhausted,
        "proof": report.is_proof(),
        "caveats": caveats,
        "handlers": report.handlers,
        "seconds": report.time.as_secs_f64(),
    })
}

/// The progress of a search: a line on a terminal's standard error when it takes long, and a
/// line on standard output when it is interrupted.
pub(crate) struct Progress {
    shown: bool,
    next: Instant,
    runs: usize,
    outcomes: usize,
}

const PACE: Duration = Duration::from_millis(500);

impl Progress {
    pub(crate) fn new() -> Self {
        Progress { shown: false, next: Instant::now() + PACE, runs: 0, outcomes: 0 }
    }

    pub(crate) fn show(&mut self, report: &Report) {
        (self.runs, self.outcomes) = (report.runs, report.outcomes.len());
        if Instant::now() < self.next || !std::io::stderr().is_terminal() {
            return;
        }
        self.next = Instant::now() + PACE;
        self.shown = true;
        eprint!("\r{} … ", self.so_far());
    }

    fn so_far(&self) -> String {
        let outcomes = plural(self.outcomes, "outcome");
        format!("{}, {outcomes} so far", plural(self.runs, "run"))
    }

    pub(crate) fn tell_how_far(&self) {
        write_out(&format!("interrupted: {}, and there may be more\n", self.so_far()));
    }

    pub(crate) fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
        let _ = std::io::stderr().flush();
    }
}

/// Ends this process by `signal`, so that a shell sees the same as for any other program.
pub(crate) fn end_by(signal: i32) -> ! {
    use nix::sys::signal::{SigHandler, Signal, raise, signal as set};
    if let Ok(signal) = Signal::try_from(signal) {
        // SAFETY: to set the default action installs no handler.
        let _ = unsafe { set(signal, SigHandler::SigDfl) };
        let _ = raise(signal);
    }
    std::process::exit(128 + signal)
}
