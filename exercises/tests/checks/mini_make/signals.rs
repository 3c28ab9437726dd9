//! Step 5: Ctrl-C, and nothing left half made.

use std::collections::BTreeSet;
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Check, Stranger, check};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::getpid;

use super::programs::Signals;
use super::project::{Project, build_all, report, rule};
use super::tools::Counted;
use super::{Report, Rule, parse, plan};

const MASK: &str = "\
A recipe is still running after SIGTERM. Did you send the signal to its whole process group?
And does the recipe still have the signal mask of your function? exec keeps the mask.";

/// Processes that a shell has left behind are the subreaper's to wait for, or init's where there is no
/// subreaper: `may_leave_a_daemon` leaves that open.
#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(super) fn step_5() -> Vec<Check> {
    vec![
        check!(step_5_ctrl_c_ends_every_recipe)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .see("signals.md#ctrl-c"),
        check!(step_5_sigterm_ends_every_recipe)
            .receives(Signal::SIGTERM)
            .if_it_hangs(MASK)
            .see("signals.md#dispositions"),
        check!(step_5_all_that_a_recipe_has_started)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .may_leave_a_daemon()
            .see("process-groups.md#the-sleep-stays"),
        check!(step_5_a_recipe_can_tidy_up)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .may_leave_a_daemon()
            .prints("tidied up\n")
            .see("signals.md#dispositions"),
        check!(step_5_what_its_shell_has_started_can_tidy_up)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .may_leave_a_daemon()
            .output(|text| whole_log(text, "tidied up\n"))
            .see("process-groups.md#the-sleep-stays"),
        check!(step_5_a_second_signal_is_sigkill)
            .within(Duration::from_secs(2))
            .may_leave_a_daemon()
            .see("signals.md#dispositions"),
        check!(step_5_a_signal_before_any_wait_is_for_your_function).see("signals.md#dispositions"),
        check!(step_5_what_is_done_all_the_same_is_built).receives(Signal::SIGTERM),
        check!(step_5_what_a_recipe_leaves_behind_is_ended)
            .prints("done\n")
            .may_leave_a_daemon()
            .see("process-groups.md#the-sleep-stays"),
        check!(step_5_a_recipe_is_over_when_its_group_is)
            .output(|text| whole_log(text, "first\nlast\n"))
            .may_leave_a_daemon()
            .see("process-groups.md#leaves-the-group"),
        check!(step_5_a_child_of_the_caller_gets_no_signal)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .see("waitpid.md#any-child"),
        check!(step_5_a_second_call_is_like_the_first)
            .receives(Signal::SIGINT)
            .if_it_hangs(MASK)
            .prints("hello\n"),
        check!(step_5_a_signal_that_the_caller_blocks_stays_blocked).prints("hello\n"),
        check!(step_5_the_first_signal_is_reported)
            .within(Duration::from_secs(2))
            .may_leave_a_daemon()
            .see("signals.md#dispositions"),
        check!(step_5_the_callers_handlers_stay).prints("hello\n").see("signals.md#dispositions"),
        check!(step_5_a_caller_that_is_a_subreaper)
            .prints("hello\n")
            .see("process-groups.md#leaves-the-group"),
        check!(step_5_a_recipe_finds_the_signals_as_a_shell_leaves_them).see("exec.md#signals"),
        check!(all_steps_build_a_project_and_then_only_what_has_changed),
    ]
}

/// A command for a recipe: sends a signal to the process that has called your function.
fn tell(signal: &str) -> String {
    format!("kill -s {signal} {}", getpid())
}

fn stopped_by(signal: Signal, report: Report) -> Report {
    Report { signal: Some(signal), ..report }
}

/// `a` and `b` never end by themselves. When both have begun, `c` sends the signal.
fn three_rules_and_a_signal(signal: &str) -> [Rule; 4] {
    let last = format!("read x < from_a; read x < from_b; {}; exec sleep 100", tell(signal));
    [
        rule("a", &[], "echo half > a; echo > from_a; exec sleep 100"),
        rule("b", &[], "echo half > b; echo > from_b; exec sleep 100"),
        rule("c", &[], &last),
        rule("d", &[], ":"),
    ]
}

fn step_5_ctrl_c_ends_every_recipe() {
    let project = Project::of(&[]).meeting("from_a").meeting("from_b");
    let built = build_all(&three_rules_and_a_signal("INT"), 3);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a", "b", "c"], &["d"]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a, b and c were running");
    let there = ["a", "b"].map(|name| project.has(name));
    assert_eq!(there, [false; 2], "whether the partly written files a and b still exist");
}

fn step_5_sigterm_ends_every_recipe() {
    let _project = Project::of(&[]).meeting("from_a").meeting("from_b");
    let built = build_all(&three_rules_and_a_signal("TERM"), 3);
    let wanted = stopped_by(Signal::SIGTERM, report(&[], &["a", "b", "c"], &["d"]));
    assert_eq!(built, Ok(wanted), "SIGTERM arrived while a, b and c were running");
}

/// The shell waits for two processes in the background. If only the shell is ended, they stay.
fn step_5_all_that_a_recipe_has_started() {
    let recipe = format!("sleep 100 & sleep 100 & {}; wait", tell("INT"));
    let built = build_all(&[rule("a", &[], &recipe)], 1);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a"], &[]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a was running");
}

/// It waits for its own child, which gets SIGTERM too. SIGKILL would leave it no time for that.
fn step_5_a_recipe_can_tidy_up() {
    let _project = Project::of(&[]).meeting("ready");
    let trap = "exec 2> /dev/null; trap 'wait; echo tidied up; exit 7' TERM";
    let child = "(echo > ready; exec sleep 100) & read x < ready";
    let built = build_all(&[rule("a", &[], &format!("{trap}; {child}; {}; wait", tell("INT")))], 1);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a"], &[]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a was running");
}

/// SIGTERM ends the shell at once, and a process that it has started needs 50 ms more. (A shell says
/// on standard error that SIGTERM has ended its command.)
fn step_5_what_its_shell_has_started_can_tidy_up() {
    let trap = "exec 2> /dev/null; trap 'sleep 0.05 || :; echo tidied up; exit 7' TERM";
    let recipe = format!("({trap}; {}; while :; do sleep 0.1; done) & wait", tell("INT"));
    let built = build_all(&[rule("a", &[], &recipe)], 1);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a"], &[]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a was running");
}

/// The shell of this log has ended before the last line was printed.
fn whole_log(text: &str, wanted: &str) -> Result<(), String> {
    if text == wanted {
        return Ok(());
    }
    Err(format!(
        "The log of the recipe is {text:?}; {wanted:?} is wanted. The shell ended early, and\n\
         another process of its group printed the last line. A recipe has not ended until its\n\
         group is empty, and the remaining processes must have time to tidy up.\n"
    ))
}

/// The recipe and what it has started ignore SIGTERM. Of three signals the last one may come when all
/// is over.
fn step_5_a_second_signal_is_sigkill() {
    let (int, term) = (tell("INT"), tell("TERM"));
    let recipe = format!("trap '' TERM; sleep 100 & {int}; {term}; {int}; exec sleep 100");
    let built = build_all(&[rule("a", &[], &recipe), rule("b", &[], ":")], 1);
    let built = built.map(|report| (report.failed, report.not_begun, report.signal.is_some()));
    let wanted = (vec!["a".to_owned()], vec!["b".to_owned()], true);
    assert_eq!(built, Ok(wanted), "failed, not begun, and whether a signal arrived");
}

/// At SIGTERM, which it gets after SIGINT, the first recipe sends another signal. Both recipes ignore
/// SIGTERM then, and end by SIGKILL only.
fn step_5_the_first_signal_is_reported() {
    let _project = Project::of(&[]).meeting("ready");
    let (int, term) = (tell("INT"), tell("TERM"));
    let second = format!("trap '{term}; trap \"\" TERM; sleep 100' TERM");
    let rules = [
        rule("a", &[], &format!("{second}; sleep 100 & read x < ready; {int}; wait; sleep 100")),
        rule("b", &[], "trap '' TERM; echo > ready; sleep 100"),
    ];
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a", "b"], &[]));
    assert_eq!(build_all(&rules, 2), Ok(wanted), "SIGINT arrived, and SIGTERM after that");
}

extern "C" fn nothing(_signal: i32) {}

/// The caller has handlers of its own for both signals, and finds them again.
fn step_5_the_callers_handlers_stay() {
    let handler = SigHandler::Handler(nothing);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        // SAFETY: the handler does nothing.
        unsafe { sigaction(signal, &action) }.expect("a handler of the check");
    }
    grader::baseline();
    let built = build_all(&[rule("a", &[], "echo hello")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "no signal came");
}

/// The caller adopts orphans too, before the call and after it.
fn step_5_a_caller_that_is_a_subreaper() {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(true).expect("a subreaper for the check");
    grader::baseline();
    let built = build_all(&[rule("a", &[], "echo hello")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "no signal came");
}

/// SIGTERM comes just before each of your waits, also before the one that finds that the last recipe is
/// over. Left pending, it would reach the caller as soon as that does not block it any more.
fn step_5_a_signal_before_any_wait_is_for_your_function() {
    let counted = Counted::new(Signal::SIGTERM);
    for number in 1..=12 {
        let planted = plant(Call::Wait.nth(number).in_parent().receives(Signal::SIGTERM));
        let built = build_all(&[rule("a", &[], ":"), rule("b", &["a"], ":")], 1);
        if !planted.happened() {
            break; // there are fewer calls: all have been tried
        }
        counted.assert_none(number);
        let when = format!("SIGTERM arrived before call {number} of waitpid, inside your function");
        let all = built.map(|report| [report.built, report.failed, report.not_begun].concat());
        let all = all.map(BTreeSet::from_iter);
        let wanted = Ok(BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert_eq!(all, wanted, "{when}; the targets in the report");
    }
}

fn step_5_what_is_done_all_the_same_is_built() {
    let project = Project::of(&[]);
    let recipe = format!("trap '' TERM; {}; sleep 0.05; echo made > a", tell("TERM"));
    let built = build_all(&[rule("a", &[], &recipe), rule("b", &[], ":")], 1);
    let wanted = stopped_by(Signal::SIGTERM, report(&["a"], &[], &["b"]));
    assert_eq!(built, Ok(wanted), "SIGTERM arrived, but a ended with status 0");
    assert_eq!(project.text("a"), "made\n", "the contents of the file a");
}

/// The shell ends at once, and its command does not.
fn step_5_what_a_recipe_leaves_behind_is_ended() {
    let built = build_all(&[rule("a", &[], "sleep 100 & echo done")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "a ended with status 0, but left a sleep");
    let built = build_all(&[rule("a", &[], "sleep 100 & exit 1")], 1);
    assert_eq!(built, Ok(report(&[], &["a"], &[])), "a ended with status 1, but left a sleep");
}

/// The shell ends at once. What it has left behind ignores SIGTERM, and prints a line 0.2 s later.
fn step_5_a_recipe_is_over_when_its_group_is() {
    let _project = Project::of(&[]).meeting("ready");
    let left_behind = "(trap '' TERM; echo > ready; sleep 0.2; echo last) &";
    let built =
        build_all(&[rule("a", &[], &format!("{left_behind} read x < ready; echo first"))], 1);
    assert_eq!(
        built,
        Ok(report(&["a"], &[], &[])),
        "the shell of a ended with status 0, and its child later"
    );
}

fn step_5_a_child_of_the_caller_gets_no_signal() {
    let _stranger = Stranger::alive();
    let built = build_all(&[rule("a", &[], &format!("{}; exec sleep 100", tell("INT")))], 1);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a"], &[]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a was running");
}

fn step_5_a_second_call_is_like_the_first() {
    let built = build_all(&[rule("a", &[], &format!("{}; exec sleep 100", tell("INT")))], 1);
    let wanted = stopped_by(Signal::SIGINT, report(&[], &["a"], &[]));
    assert_eq!(built, Ok(wanted), "SIGINT arrived while a was running");
    let built = build_all(&[rule("a", &[], "echo hello")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "a second call, without a signal");
}

/// The caller has blocked SIGINT, and expects that it is blocked after the call too.
fn step_5_a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGINT);
    let built = build_all(&[rule("a", &[], "echo hello")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "no signal came");
}

/// exec keeps what is blocked and ignored.
fn step_5_a_recipe_finds_the_signals_as_a_shell_leaves_them() {
    let Some(signals) = Signals::of_a_program() else { return };
    let built = build_all(&[rule("a", &[], Signals::INTO_A_FILE)], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "a recipe that looks at its signals");
    signals.assert_found();
}

const MAKEFILE: &str = "\
# A report on two lists of words.
report: sorted count
\tcat sorted count > report
sorted: words
\tsort words > sorted
count: words more
\tcat words more > all
\twc -l < all > count
";

/// From the text of a makefile to its files, and again when one of them has changed.
fn all_steps_build_a_project_and_then_only_what_has_changed() {
    let project = Project::of(&[("words", 1), ("more", 1)]);
    let rules = parse(MAKEFILE).unwrap_or_else(|error| panic!("the makefile: {error}"));
    let round = |wanted: &[&str], what: &str| {
        let plan = plan(&rules, "report").unwrap_or_else(|why| panic!("no plan: {why:?}"));
        let plan: Vec<Rule> = plan.into_iter().cloned().collect();
        assert_eq!(build_all(&plan, 2), Ok(report(wanted, &[], &[])), "{what}");
        for (time, file) in (2..).zip(["sorted", "count", "report"]) {
            project.touch(file, time);
        }
    };
    round(&["count", "report", "sorted"], "nothing has been built yet");
    let text: String = project.text("report").split_whitespace().collect();
    assert_eq!(text, "0", "the file report: no words, and that there are 0 lines");
    round(&[], "everything has been built, and is up to date");
    project.touch("more", 9);
    round(&["count", "report"], "the file more has changed, but sorted does not need it");
}
