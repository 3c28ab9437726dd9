//! Runs in turns, and ratios of neighbours.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::programs;

/// How a program is run.
#[derive(Debug, Clone, Copy)]
enum Way {
    Alone,
    OnlyTraced,
    Recorded,
}

/// Measures the programs whose names contain `filter`, in `rounds` rounds each, and prints a line
/// for each.
pub(crate) fn measure(rounds: usize, filter: &str) {
    let own = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let ours = |what: &str| vec![own.clone(), what.to_owned(), "1000".to_owned()];
    let shell = |body: &str| {
        let script = format!("i=0; while [ $i -lt 1000 ]; do {body}; i=$((i+1)); done");
        vec!["sh".to_owned(), "-c".to_owned(), script]
    };
    let programs = [
        ("1000 children at once", Some(ours("children-at-once"))),
        ("1000 children in turn", Some(ours("children-in-turn"))),
        ("sh, 1000 × (exit)", Some(shell("(exit)"))),
        ("sh, 1000 × /bin/true", Some(shell("/bin/true"))),
        ("make -j2 of 12 programs", programs::project(folder.path())),
    ];
    println!("{:<24}{:>8}   {:<26}recorded", "", "alone", "only traced");
    for (name, command) in programs.into_iter().filter(|(name, _)| name.contains(filter)) {
        match command {
            Some(command) => compare(name, &command, rounds),
            None => println!("{name:<24} left out: no make or no cc here"),
        }
    }
}

fn compare(name: &str, command: &[String], rounds: usize) {
    let mut times = Vec::new();
    for _ in 0..rounds {
        times.push([Way::Alone, Way::OnlyTraced, Way::Recorded].map(|way| run(command, way)));
    }
    let [_, alone, _] = quartiles(times.iter().map(|round| round[0]).collect());
    println!("{name:<24}{:>5.0} ms   {:<26}{}", alone * 1e3, ratio(&times, 1), ratio(&times, 2));
}

/// How many seconds it takes.
fn run(command: &[String], way: Way) -> f64 {
    let own = std::env::current_exe().unwrap();
    let before = match way {
        Way::Alone => vec![],
        Way::OnlyTraced => vec![own.to_str().unwrap(), "only-trace"],
        Way::Recorded => vec![env!("CARGO_BIN_EXE_lesson-timeline"), "--json", "/dev/null", "--"],
    };
    let words: Vec<&str> = before.into_iter().chain(command.iter().map(String::as_str)).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let time = start.elapsed().as_secs_f64();
    assert!(status.success(), "{words:?}: {status}");
    time
}

/// How much longer one way takes than alone, as in `1.42 (1.40–1.45) 1.39`: in the median of the
/// rounds, with the quartiles, and of the fastest runs.
fn ratio(times: &[[f64; 3]], way: usize) -> String {
    let [low, middle, high] = quartiles(times.iter().map(|round| round[way] / round[0]).collect());
    let fastest = |way: usize| times.iter().map(|round| round[way]).fold(f64::MAX, f64::min);
    format!("{middle:.2} ({low:.2}–{high:.2}) {:.2}", fastest(way) / fastest(0))
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
