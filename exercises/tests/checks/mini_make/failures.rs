//! Step 4: a recipe fails, or cannot be started.

use grader::plant::{Call, plant};
use grader::{Check, Stranger, check};
use nix::errno::Errno;

use super::Rule;
use super::project::{Failure, Project, build_all, report, rule};

pub(super) fn step_4() -> Vec<Check> {
    vec![
        check!(step_4_after_a_failure_nothing_is_begun).forks(2).at_once(1, 1).prints("one\ntwo\n"),
        check!(step_4_what_runs_comes_to_its_end).see("waitpid.md#at-most-k-at-once"),
        check!(step_4_two_recipes_fail),
        check!(step_4_a_signal_is_a_failure).forks(1).see("waitpid.md#signals"),
        check!(step_4_a_half_made_target_is_removed),
        check!(step_4_an_old_target_is_removed_too),
        check!(step_4_whichever_fork_fails).see("many-forks.md#a-fork-that-fails"),
        check!(step_4_a_recipe_that_runs_when_a_fork_fails)
            .prints("hello\n")
            .see("many-forks.md#a-fork-that-fails"),
        check!(step_4_whatever_cannot_be_had).see("many-forks.md#a-fork-that-fails"),
    ]
}

/// `c` does not need what has failed, and is not begun either.
fn step_4_after_a_failure_nothing_is_begun() {
    let rules = [
        rule("a", &[], "echo one"),
        rule("b", &["a"], "echo two; exit 2"),
        rule("c", &[], "echo three"),
        rule("d", &["b"], "echo four"),
    ];
    let built = build_all(&rules, 1);
    assert_eq!(built, Ok(report(&["a"], &["b"], &["c", "d"])), "b ended with status 2");
}

/// `bad` fails when `slow` runs. `slow` needs 80 ms more, and leaves its file.
fn step_4_what_runs_comes_to_its_end() {
    let project = Project::of(&[]).meeting("meeting");
    let rules = [
        rule("slow", &[], "echo > meeting; sleep 0.08; echo made > slow"),
        rule("bad", &[], "read x < meeting; exit 1"),
        rule("next", &[], ":"),
    ];
    let built = build_all(&rules, 2);
    let wanted = Ok(report(&["slow"], &["bad"], &["next"]));
    assert_eq!(built, wanted, "bad failed while slow was running, and slow ended with status 0");
    assert_eq!(project.text("slow"), "made\n", "the contents of the file slow");
}

fn step_4_two_recipes_fail() {
    let _project = Project::of(&[]).meeting("meeting");
    let rules = [
        rule("b", &[], "echo > meeting; exit 1"),
        rule("a", &[], "read x < meeting; sleep 0.05; exit 2"),
        rule("c", &[], ":"),
    ];
    let built = build_all(&rules, 2);
    assert_eq!(built, Ok(report(&[], &["a", "b"], &["c"])), "a and b ran, and both failed");
}

fn step_4_a_signal_is_a_failure() {
    let rules = [rule("a", &[], "kill -s KILL $$"), rule("b", &["a"], ":")];
    assert_eq!(build_all(&rules, 1), Ok(report(&[], &["a"], &["b"])), "a was ended by SIGKILL");
}

/// The one that is built stays, and so does a file that is no target.
fn step_4_a_half_made_target_is_removed() {
    let project = Project::of(&[("source", 1)]);
    let rules = [
        rule("good", &["source"], "echo whole > good"),
        rule("bad", &["good"], "echo half > bad; exit 1"),
    ];
    assert_eq!(build_all(&rules, 1), Ok(report(&["good"], &["bad"], &[])), "bad failed");
    let there = ["source", "good", "bad"].map(|name| project.has(name));
    assert_eq!(there, [true, true, false], "whether source, good and bad exist");
    let rules = [rule("never", &[], "exit 1")];
    let built = build_all(&rules, 1);
    assert_eq!(built, Ok(report(&[], &["never"], &[])), "the recipe failed, and made no file");
}

/// `bad` was made long ago, and its recipe fails before it touches the file. `next` is not begun.
fn step_4_an_old_target_is_removed_too() {
    let project = Project::of(&[("bad", 1), ("next", 1)]);
    let rules = [rule("bad", &[], "exit 1"), rule("next", &["bad"], "echo new > next")];
    assert_eq!(build_all(&rules, 1), Ok(report(&[], &["bad"], &["next"])), "bad failed");
    let there = ["bad", "next"].map(|name| project.has(name));
    assert_eq!(there, [false, true], "whether bad exists, which has failed, and next, not begun");
}

/// Four rules that take a while, and two jobs.
fn four_rules() -> [Rule; 4] {
    ["a", "b", "c", "d"].map(|name| rule(name, &[], &format!("sleep 0.03; echo made > {name}")))
}

/// The second fork fails. What runs then comes to its end like any other recipe: it fails, its log is printed, and
/// the file that it has begun is removed.
fn step_4_a_recipe_that_runs_when_a_fork_fails() {
    let project = Project::of(&[]);
    let rules =
        [rule("a", &[], "echo half > a; sleep 0.05; echo hello; exit 1"), rule("b", &[], ":")];
    let refused = plant(Call::Fork.nth(2).in_parent().fails(Errno::EAGAIN));
    let built = build_all(&rules, 2);
    if refused.happened() {
        let error = Err(Failure::Os(libc::EAGAIN));
        assert_eq!(built, error, "the second fork failed with EAGAIN");
    }
    assert!(!project.has("a"), "The recipe of a failed after that, and the file a still exists.");
}

/// The first fork fails, then the second, and so on. Those before it come to their end.
fn step_4_whichever_fork_fails() {
    for number in 1..=4 {
        let project = Project::of(&[]);
        let _strangers = [Stranger::alive(), Stranger::zombie()];
        let errno = if number % 2 == 0 { Errno::EAGAIN } else { Errno::ENOMEM };
        let refused = plant(Call::Fork.nth(number).in_parent().fails(errno));
        let built = build_all(&four_rules(), 2);
        if !refused.happened() {
            continue; // processes are created in another way, as by Command
        }
        assert_eq!(
            built,
            Err(Failure::Os(errno as i32)),
            "fork number {number} failed with {errno:?}"
        );
        let made = ["a", "b", "c", "d"].into_iter().filter(|name| project.has(name)).count();
        let before = number as usize - 1;
        assert_eq!(made, before, "fork {number} failed; the number of files made");
    }
}

/// The same for pipes, pairs of sockets and opened files, as far as you need them.
fn step_4_whatever_cannot_be_had() {
    for call in [Call::Pipe, Call::SocketPair, Call::Open] {
        for number in 1..=4 {
            let _project = Project::of(&[]);
            let rules = ["a", "b", "c"].map(|name| rule(name, &[], "echo line"));
            let refused = plant(call.nth(number).in_parent().fails(Errno::EMFILE));
            let built = build_all(&rules, 2);
            if refused.happened() {
                assert_eq!(
                    built,
                    Err(Failure::Os(libc::EMFILE)),
                    "{call:?} call {number} failed with EMFILE"
                );
            }
        }
    }
}
