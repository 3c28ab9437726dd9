//! The process that searches: it makes the runs, chooses the order to show, and judges it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use orders::{
    Choice, Divergence, End, Error, Faults, Order, Outcome, Replay, Report, Search, Step,
};

use super::Found;
use super::words::{self, Decisive};
use crate::case;
use crate::check::{Check, EveryOrder};
use crate::judge;
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::shared::process_tree::ProcessTree;
use crate::shared::searched::Searched;
use crate::shared::seen::{self, Seen};
use crate::{Fault, Verdict};

/// The time for a search, if a busy machine makes it so slow that the number of orders is no limit.
const LONGEST: Duration = Duration::from_secs(10);

/// An order of so many steps goes on for ever.
const MOST_STEPS: usize = 1_000;

/// All orders together have about so many at most: those of a function that makes many small calls
/// take longer.
const STEPS_IN_ALL: usize = 4_000;

/// When an order breaks the check, so many more are tried, to find one that is easier to follow.
const MORE: usize = 150;

/// Runs `check` in every order, `first` before all others.
pub(super) fn search(check: &Check, log: &'static SharedLog, first: Option<Order>) -> Found {
    let Some(plan) = &check.search else {
        return Found::not_searched("the check does not ask for it".into());
    };
    let search = || of(check, log, plan);
    if let Some(broken) = first.and_then(|order| breaks(&search(), order)) {
        return refused(check, log, &search, broken);
    }
    // Without faults first: an order that breaks the check by itself is easier to follow.
    let plain = (plan.faults.most > 0).then(|| search().faults(Faults::none()));
    let mut reports = Vec::new();
    for search_now in plain.into_iter().chain([search()]) {
        match run(&search_now) {
            Ok((report, order)) => {
                if let Some(broken) = order.and_then(|order| breaks(&search(), order)) {
                    return refused(check, log, &search, broken);
                }
                reports.push(report);
            }
            Err(Error::Diverged(divergence)) if plan.repeats.is_some() => {
                return differs(&divergence, plan.repeats.unwrap_or_default());
            }
            Err(error) => return Found::not_searched(error.to_string()),
        }
    }
    let verdict = Verdict { searched: how_far(&reports), ..Verdict::default() };
    Found { verdict, order: None }
}

fn of<'a>(check: &'a Check, log: &'static SharedLog, plan: &EveryOrder) -> Search<'a> {
    // The log is for one run at a time, and the harness runs several checks at a time.
    Search::function(move || case::run_once_more(check, log))
        .in_own_folder()
        .faults(plan.faults.clone())
        .most_runs(plan.most)
        .most_time(LONGEST)
        .most_steps(MOST_STEPS)
        .workers(1)
}

/// An order in which a process spins says nothing: in a real run the others go on as well.
fn passes(outcome: &Outcome) -> bool {
    outcome.cut_off || (outcome.end == Some(End::Exited(0)) && !outcome.is_deadlock())
}

fn how_far(reports: &[Report]) -> Searched {
    let orders = reports.iter().map(|report| report.runs - report.redundant).sum();
    if reports.iter().all(Report::is_proof) {
        Searched::All { orders }
    } else {
        Searched::Partly { orders }
    }
}

/// The search, and the order that breaks the check and is the easiest to follow, if there is one.
fn run(search: &Search) -> Result<(Report, Option<Order>), Error> {
    let mut broken: Option<(usize, Order)> = None;
    let mut steps = 0;
    let result = search.run(|report, outcome| {
        steps += report.outcomes.get(outcome).map_or(0, |found| found.steps.len());
        if steps > STEPS_IN_ALL {
            return ControlFlow::Break(());
        }
        let easiest = report.outcomes.iter().filter(|(outcome, _)| !passes(outcome));
        let easiest = easiest.map(|(_, found)| found).min_by_key(|found| effort(found));
        let Some(found) = easiest else { return ControlFlow::Continue(()) };
        let since = broken.as_ref().map_or(report.runs, |(since, _)| *since);
        broken = Some((since, found.order.clone()));
        if report.runs >= since + MORE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let order = broken.map(|(_, order)| order);
    match (result, order) {
        (Ok(report), order) => Ok((report, order)),
        // What was found before it went wrong is found.
        (Err(_), order @ Some(_)) => Ok((Report::default(), order)),
        (Err(error), None) => Err(error),
    }
}

/// The same choices did not lead to the same steps, in a check where they must.
fn differs(divergence: &Divergence, advice: &str) -> Found {
    let mut verdict = Verdict::default();
    verdict.add(Fault::CheckFailed, words::of_a_divergence(divergence) + advice + "\n");
    Found { verdict, order: None }
}

/// What it takes a reader to follow it.
fn effort(found: &orders::Found) -> (usize, usize, usize) {
    let faults = found.order.0.iter().filter(|choice| choice.how.is_fault()).count();
    (faults, found.order.switches(), found.order.0.len())
}

/// An order that breaks the check, and the run in it.
struct Broken {
    order: Order,
    replay: Replay,
}

fn breaks(search: &Search, order: Order) -> Option<Broken> {
    let replay = search.replay(&order).ok()?; // if it does not fit any more, it is forgotten
    (!passes(&replay.outcome)).then_some(Broken { order, replay })
}

/// The last step in whose place another one leads to a pass. Tried from the end, at each place
/// where another process goes on than before, or in another way.
fn decisive(search: &Search, steps: &[Step]) -> Option<Decisive> {
    let choices: Vec<Choice> = steps.iter().map(|step| step.choice.clone()).collect();
    let changes = |at: &usize| *at == 0 || choices[*at] != choices[*at - 1];
    let places = (0..choices.len()).rev().filter(changes).take(PLACES);
    places.into_iter().find_map(|at| {
        let mut replay = search.replay(&Order(choices[..at].to_vec())).ok()?;
        let passes = passes(&replay.outcome) && replay.steps.len() > at;
        passes.then(|| Decisive { at, instead: replay.steps.split_off(at) })
    })
}

/// How many places are tried at most.
const PLACES: usize = 25;

fn refused<'a>(
    check: &Check,
    log: &'static SharedLog,
    search: &impl Fn() -> Search<'a>,
    broken: Broken,
) -> Found {
    let decisive = decisive(&search(), &broken.replay.steps);
    let begun = Instant::now();
    // Once more, because the log is that of the run before.
    let Broken { order, replay } = breaks(&search(), broken.order.clone()).unwrap_or(broken);
    let seen = seen(log, &replay.outcome, begun.elapsed());
    let mut verdict = judge::judge(check, log, &seen, Vec::new());
    if verdict.findings.is_empty() {
        verdict.add(Fault::CheckFailed, "Your function does not end as it should.\n");
    }
    let zombies = log.leftovers().zombies as usize;
    verdict.explain(&words::explanation(&replay.steps, decisive.as_ref(), zombies));
    Found { verdict, order: Some(order.to_string()) }
}

/// What the judge is told of one order.
fn seen(log: &SharedLog, outcome: &Outcome, took: Duration) -> Seen {
    let end = match outcome.end {
        _ if outcome.is_deadlock() => seen::End::Deadlock(ProcessTree {
            tree: words::stuck(&outcome.stuck),
            ..ProcessTree::default()
        }),
        Some(End::Exited(status)) => seen::End::ByItself(WaitStatus::Exited(Pid::this(), status)),
        Some(End::Killed(signal)) => {
            let raw = WaitStatus::from_raw(Pid::this(), signal);
            seen::End::ByItself(raw.unwrap_or(WaitStatus::StillAlive))
        }
        None => seen::End::Abandoned,
    };
    Seen {
        end,
        out: outcome.output.clone(),
        err: String::new(),
        unreaped: unreaped(log),
        survivors: ProcessTree::default(),
        took,
        until: log.age(),
        in_a_search: true,
    }
}

/// How many processes were forked that no process has waited for.
fn unreaped(log: &SharedLog) -> usize {
    let (mut born, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for event in log.events() {
        match event.kind {
            Kind::Fork { .. } | Kind::Forked { .. } => {
                born.insert(event.pid);
            }
            Kind::Reaped { .. } | Kind::LeftZombie { .. } => {
                gone.insert(event.pid);
            }
            _ => {}
        }
    }
    born.difference(&gone).count()
}
