//! Step 1: which recipes must run, and in which order.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use grader::{Check, check};

use super::project::{Numbers, Project, rule};
use super::{NoPlan, Rule, plan};

pub(super) fn step_1() -> Vec<Check> {
    vec![
        check!(step_1_what_is_missing_is_planned).forks(0),
        check!(step_1_what_is_up_to_date_is_left_alone).forks(0),
        check!(step_1_what_needs_nothing_and_is_there_is_left_alone).forks(0),
        check!(step_1_what_is_newer_makes_all_above_it_stale).forks(0),
        check!(step_1_a_stale_need_makes_a_newer_file_stale).forks(0),
        check!(step_1_a_moment_is_enough).forks(0),
        check!(step_1_a_link_stands_for_its_file).forks(0),
        check!(step_1_only_what_the_goal_needs).forks(0),
        check!(step_1_a_rule_stands_once_and_after_its_needs).forks(0),
        check!(step_1_a_file_that_no_rule_makes).forks(0),
        check!(step_1_a_circle_is_named).forks(0),
        check!(step_1_forty_diamonds)
            .if_it_hangs(
                "There are 2^40 paths from the goal to the files that need nothing. Remember\n\
                 which targets have been visited, and whether they are stale.",
            )
            .forks(0),
        check!(step_1_two_hundred_files).forks(0),
    ]
}

/// The targets of your plan, in its order.
fn planned(rules: &[Rule], goal: &str) -> Result<Vec<String>, NoPlan> {
    Ok(plan(rules, goal)?.into_iter().map(|rule| rule.target.clone()).collect())
}

fn targets(names: &[&str]) -> Result<Vec<String>, NoPlan> {
    Ok(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The targets of a plan that there must be.
#[track_caller]
fn some_plan(rules: &[Rule], goal: &str) -> Vec<String> {
    planned(rules, goal).unwrap_or_else(|why| panic!("a plan for {goal} is wanted; got {why:?}"))
}

/// `report` needs `sorted`, and `sorted` needs `words`, which no rule makes.
fn chain() -> [Rule; 2] {
    [rule("report", &["sorted"], "make report"), rule("sorted", &["words"], "make sorted")]
}

fn step_1_what_is_missing_is_planned() {
    let project = Project::of(&[("words", 1)]);
    assert_eq!(planned(&chain(), "report"), targets(&["sorted", "report"]), "only words exists");
    project.touch("sorted", 2);
    assert_eq!(planned(&chain(), "report"), targets(&["report"]), "words and sorted exist");
}

/// Two of the files have the same time.
fn step_1_what_is_up_to_date_is_left_alone() {
    let _project = Project::of(&[("words", 1), ("sorted", 2), ("report", 2)]);
    assert_eq!(
        planned(&chain(), "report"),
        targets(&[]),
        "words is at time 1, the others at time 2"
    );
    assert_eq!(planned(&chain(), "words"), targets(&[]), "words has no rule, but exists");
}

/// There is nothing that could make `words` stale.
fn step_1_what_needs_nothing_and_is_there_is_left_alone() {
    let _project = Project::of(&[("words", 1), ("sorted", 2)]);
    let rules = [rule("sorted", &["words"], "make sorted"), rule("words", &[], "make words")];
    assert_eq!(planned(&rules, "sorted"), targets(&[]), "words needs nothing, and both exist");
}

/// A file may be newer by a few nanoseconds, and it may be older than the epoch.
fn step_1_a_moment_is_enough() {
    let project = Project::of(&[]);
    for second in [1_000_000_000, -1_000_000_000] {
        let times = |words, report| {
            project.touch_at("words", second, words);
            project.touch_at("sorted", second, 200);
            project.touch_at("report", second, report);
        };
        times(500, 900);
        let all = targets(&["sorted", "report"]);
        assert_eq!(planned(&chain(), "report"), all, "words is newer than sorted by 300 ns");
        times(100, 300);
        assert_eq!(planned(&chain(), "report"), targets(&[]), "each file is newer by 100 ns");
    }
}

fn step_1_what_is_newer_makes_all_above_it_stale() {
    let project = Project::of(&[("words", 4), ("sorted", 2), ("report", 3)]);
    assert_eq!(
        planned(&chain(), "report"),
        targets(&["sorted", "report"]),
        "words is the newest file"
    );
    project.touch("sorted", 5);
    assert_eq!(planned(&chain(), "report"), targets(&["report"]), "sorted is the newest file");
}

/// `report` is newer than all other files, and made from a `sorted` that will be another one.
fn step_1_a_stale_need_makes_a_newer_file_stale() {
    let project = Project::of(&[("words", 2), ("sorted", 1), ("report", 3)]);
    assert_eq!(
        planned(&chain(), "report"),
        targets(&["sorted", "report"]),
        "words is newer than sorted, and report is newer than both"
    );
    project.remove("sorted");
    assert_eq!(planned(&chain(), "report"), targets(&["sorted", "report"]), "sorted is missing");
}

/// A symbolic link has a time of its own, which is now. The file to which it points was made long ago.
fn step_1_a_link_stands_for_its_file() {
    let project = Project::of(&[("old", 1), ("sorted", 2), ("report", 3)]);
    symlink("old", "words").expect("a link of the check");
    assert_eq!(planned(&chain(), "report"), targets(&[]), "words is a link to an older file");
    project.touch("old", 4);
    let all = targets(&["sorted", "report"]);
    assert_eq!(planned(&chain(), "report"), all, "words is a link to a newer file");
}

fn step_1_only_what_the_goal_needs() {
    let _project = Project::of(&[("words", 1)]);
    let rules = [
        rule("other", &["words"], "make other"),
        rule("report", &["sorted"], "make report"),
        rule("sorted", &["words"], "make sorted"),
        rule("circle", &["circle"], "no one needs it"),
    ];
    assert_eq!(planned(&rules, "report"), targets(&["sorted", "report"]), "the goal is report");
    assert_eq!(planned(&rules, "sorted"), targets(&["sorted"]), "the goal is sorted");
}

/// That `plan` has no rule twice, and each one after all that it needs.
#[track_caller]
fn assert_order(plan: &[String], rules: &[Rule]) {
    let mut before = BTreeSet::new();
    for target in plan {
        let rule = rules.iter().find(|rule| rule.target == *target);
        let needs = rule.map_or(&[][..], |rule| &rule.needs);
        let later = needs.iter().find(|need| plan.contains(need) && !before.contains(need));
        assert_eq!(later, None, "{target} needs it, but comes before it in the plan {plan:?}");
        assert!(before.insert(target), "{target} appears twice in the plan {plan:?}");
    }
}

/// Both `left` and `right` need `base`, and `top` needs both.
fn step_1_a_rule_stands_once_and_after_its_needs() {
    let _project = Project::of(&[("source", 1)]);
    let rules = [
        rule("top", &["left", "right"], "make top"),
        rule("left", &["base"], "make left"),
        rule("right", &["base"], "make right"),
        rule("base", &["source"], "make base"),
    ];
    let plan = some_plan(&rules, "top");
    assert_order(&plan, &rules);
    assert_eq!(plan.len(), 4, "all four targets are missing; the plan is {plan:?}");
}

fn step_1_a_file_that_no_rule_makes() {
    let project = Project::of(&[]);
    let missing = |name: &str| Err(NoPlan::NoRule(name.to_owned()));
    assert_eq!(planned(&chain(), "report"), missing("words"), "words is missing");
    assert_eq!(planned(&chain(), "summary"), missing("summary"), "summary is not a target");
    for name in ["sorted", "report"] {
        project.touch(name, 1);
    }
    assert_eq!(planned(&chain(), "report"), missing("words"), "sorted and report exist");
}

/// All files are there, so only the needs go in a circle. What `a` and `top` need beside it is no part of it.
fn step_1_a_circle_is_named() {
    let _project = Project::of(&[("a", 1), ("b", 1), ("c", 1), ("top", 1), ("leaf", 1), ("x", 1)]);
    let rules = [
        rule("leaf", &[], ""),
        rule("x", &["leaf"], ""),
        rule("top", &["leaf", "a"], ""),
        rule("a", &["x", "b"], ""),
        rule("b", &["c"], ""),
        rule("c", &["a"], ""),
        rule("self", &["self"], ""),
    ];
    for (goal, length) in [("top", 3), ("c", 3), ("self", 1)] {
        let found = planned(&rules, goal);
        let Err(NoPlan::Circle(circle)) = &found else { panic!("a circle; got {found:?}") };
        let needs = |pair: &[String]| {
            rules.iter().any(|rule| rule.target == pair[0] && rule.needs.contains(&pair[1]))
        };
        let is_one = circle.len() == length + 1
            && circle.first() == circle.last()
            && circle.windows(2).all(needs);
        assert!(is_one, "each needs the next one, and the last is the first again; got {circle:?}");
    }
}

/// Each level needs both files of the level below, so there are 2^40 ways from the top to the ground.
fn step_1_forty_diamonds() {
    let _project = Project::of(&[]);
    let mut rules = vec![rule("l0", &[], ""), rule("r0", &[], "")];
    for level in 1..=40 {
        let below = [format!("l{}", level - 1), format!("r{}", level - 1)];
        for side in ["l", "r"] {
            let (left, right) = (below[0].as_str(), below[1].as_str());
            rules.push(rule(&format!("{side}{level}"), &[left, right], ""));
        }
    }
    let plan = some_plan(&rules, "l40");
    assert_order(&plan, &rules);
    assert_eq!(plan.len(), 81, "81 files are missing");
}

/// Files with times that look random. Each needs up to three files with smaller numbers.
fn step_1_two_hundred_files() {
    let project = Project::of(&[]);
    let (mut numbers, mut rules) = (Numbers(7), Vec::new());
    let (mut stale, mut times) = (vec![false; 200], vec![0; 200]);
    for number in 0..200 {
        let name = format!("f{number}");
        times[number] = number / 2 + numbers.below(12);
        project.touch(&name, times[number] as u64);
        if number < 20 {
            continue; // a source
        }
        let needs: BTreeSet<usize> = (0..3).map(|_| numbers.below(number)).collect();
        stale[number] = needs.iter().any(|need| stale[*need] || times[*need] > times[number]);
        let needs: Vec<String> = needs.iter().map(|need| format!("f{need}")).collect();
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        rules.push(rule(&name, &needs, "make it"));
    }
    let all: Vec<String> = (20..200).map(|number| format!("f{number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    rules.insert(0, rule("all", &all, ""));
    let plan = some_plan(&rules, "all");
    assert_order(&plan, &rules);
    for number in 20..200 {
        let is_planned = plan.contains(&format!("f{number}"));
        let needs = &rules[number - 19].needs;
        assert_eq!(is_planned, stale[number], "whether f{number} is planned; it needs {needs:?}");
    }
}
