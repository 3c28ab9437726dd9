//! What the function left: text on standard output, descriptors, files.

use nix::errno::Errno;
use similar::{ChangeTag, TextDiff};

use super::Facts;
use crate::Fault;
use crate::check::Output;
use crate::shared::changes::Changes;
use crate::shared::text;
use crate::shared::verdict::Verdict;

pub(super) fn judge(facts: &Facts, verdict: &mut Verdict) {
    if facts.stopped() || facts.seen.in_a_search {
        return;
    }
    if let Some(Err(text)) =
        facts.check.wanted.output.as_ref().map(|wanted| compare(wanted, &facts.seen.out))
    {
        let has_cause = !verdict.findings.is_empty() || facts.log.processes() == 0;
        let text = if has_cause { without(&text, &[LOST]) } else { text };
        let is_of_programs = facts.check.wanted.by_programs;
        let text = if is_of_programs { without(&text, &[ADDED, LOST, DOUBLED]) } else { text };
        verdict.add(Fault::WrongOutput, text);
    }
    if !facts.cut_short() {
        left_changed(&facts.log.changed(), verdict);
    }
    if !facts.cut_short() && !facts.files.is_empty() {
        let (why, see) = why_files_were_left(facts);
        let files = text::list(&facts.files);
        verdict.add_with_section(
            Fault::FilesLeftBehind,
            format!("Your function left files behind: {files}.\n{why}"),
            see,
        );
    }
}

/// An error that the function was not to return, or that cut it short.
fn why_files_were_left(facts: &Facts) -> (String, Option<&'static str>) {
    match facts.failed_call() {
        Some((call, Errno::EINTR)) => (
            format!(
                "A call of {call} had failed with EINTR: a signal handler ran, and nothing else has happened.\n\
                 Repeat the call.\n"
            ),
            Some("waitpid.md#eintr"),
        ),
        Some((call, error)) => (
            format!(
                "A call of {call} had failed with {error:?}: remove them before you return the error.\n"
            ),
            Fault::FilesLeftBehind.section(),
        ),
        None => (String::new(), Fault::FilesLeftBehind.section()),
    }
}

fn left_changed(changes: &Changes, verdict: &mut Verdict) {
    if !changes.changed.is_empty() {
        verdict.add(
            Fault::LeftChanged,
            format!(
                "Your function returned without restoring the state of the process:\n{}\
                 A caller does not expect such changes. Undo them before you return, even if you\n\
                 return an error.\n",
                text::quote(&changes.changed, "  ", 12)
            ),
        );
    }
    if !changes.opened.is_empty() {
        let open: Vec<String> = changes.opened.lines().map(str::to_owned).collect();
        verdict.add(
            Fault::DescriptorsLeftOpen,
            format!(
                "Your function returned without closing what it had opened: {} {}.\n\
                 An OwnedFd, a File or a pipe end closes its descriptor when it is dropped.\n",
                if open.len() == 1 { "descriptor" } else { "descriptors" },
                text::list(&open)
            ),
        );
    }
}

fn compare(wanted: &Output, got: &str) -> Result<(), String> {
    match wanted {
        Output::Passes(passes) => passes(got).map_err(|error| format!("{}\n", error.trim_end())),
        Output::Exactly(wanted) => difference(wanted, got, ""),
        Output::InAnyOrder(lines) => {
            let mut wanted: Vec<&str> = lines.to_vec();
            let mut got: Vec<&str> = got.lines().collect();
            wanted.sort_unstable();
            got.sort_unstable();
            difference(
                &joined(&wanted),
                &joined(&got),
                "\nAny order is right; both outputs are sorted here.",
            )
        }
    }
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn difference(wanted: &str, got: &str, note: &str) -> Result<(), String> {
    if wanted == got {
        return Ok(());
    }
    let mut text =
        format!("Lines marked - are missing; lines marked + should not be there.{note}\n");
    let diff = TextDiff::from_lines(wanted, got);
    for change in diff.iter_all_changes().take(60) {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let line = change.value();
        let unfinished = if line.ends_with('\n') { "" } else { "   (without a newline)" };
        text.push_str(&format!("  {sign} {}{unfinished}\n", line.trim_end_matches('\n')));
    }
    text.push_str(usual_cause(wanted, got, &diff));
    Err(text)
}

/// What it usually is that text is missing, if nothing else went wrong.
const LOST: &str = "\
Text that was printed without a newline stays in a buffer, and is lost when its process ends
by libc::_exit or by a signal. End the child with std::process::exit, which writes the text
out, or flush standard output before libc::_exit.
";

/// What it usually is that there is more than is wanted.
const ADDED: &str = "\
The output contains everything that is wanted, and more. Did you add println! for debugging?
Use eprintln! instead, which writes to standard error.
";

/// What it usually is that there is text twice.
const DOUBLED: &str = "\
Some text was printed twice. If it was still in a buffer at the fork, both processes
have a copy and both write it: flush before you fork.
";

/// The text without guesses at a cause: it is another one, which the verdict tells too, or programs
/// have printed, and not the learner's code.
fn without(text: &str, guesses: &[&str]) -> String {
    guesses.iter().fold(text.to_owned(), |text, guess| text.replace(guess, ""))
}

/// A sentence on what usually makes such a difference, if there is one.
fn usual_cause(wanted: &str, got: &str, diff: &TextDiff<'_, '_, str>) -> &'static str {
    let lines = |tag: ChangeTag| {
        diff.iter_all_changes().filter(move |change| change.tag() == tag).map(|c| c.value())
    };
    let missing = lines(ChangeTag::Delete).count();
    let is_new = |line: &str| !wanted.contains(line.trim());
    if missing == 0 && lines(ChangeTag::Insert).all(is_new) {
        ADDED
    } else if missing > 0 && is_left_of(got, wanted) {
        LOST
    } else if something_doubled(wanted, got) {
        DOUBLED
    } else {
        ""
    }
}

/// Whether `got` is `wanted` without some of its characters.
fn is_left_of(got: &str, wanted: &str) -> bool {
    let mut wanted = wanted.chars();
    got.chars().all(|character| wanted.any(|other| other == character))
}

/// Whether a word is there more often than wanted.
fn something_doubled(wanted: &str, got: &str) -> bool {
    let times = |text: &str, word: &str| text.split_whitespace().filter(|w| *w == word).count();
    wanted.split_whitespace().any(|word| times(got, word) > times(wanted, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_word_hints_at_buffers() {
        let text = difference("start end\n", "start start end\n", "").unwrap_err();
        assert!(text.contains("printed twice"), "{text}");
        let text = difference("start end\n", "end\n", "").unwrap_err();
        assert!(!text.contains("printed twice"), "{text}");
    }

    #[test]
    fn added_and_lost_lines_have_a_usual_cause() {
        let text = difference("a\nb\n", "a\nx = 3\nb\n", "").unwrap_err();
        assert!(text.contains("eprintln!"), "{text}");
        let text = difference("a\nb\n", "a\n", "").unwrap_err();
        assert!(text.contains("libc::_exit") && !text.contains("eprintln!"), "{text}");
        let text = difference("a\nb\n", "a\nc\n", "").unwrap_err();
        assert!(!text.contains("flush first") && !text.contains("eprintln!"), "{text}");
    }

    #[test]
    fn what_another_fault_explains_is_not_put_down_to_a_buffer() {
        let text = difference("a\nb\n", "a\n", "").unwrap_err();
        let text = without(&text, &[LOST]);
        assert!(text.contains("- b") && !text.contains("buffer"), "{text}");
    }

    #[test]
    fn the_text_of_a_check_ends_with_one_newline() {
        let wanted = Output::Passes(|_| Err("a line\n".to_owned()));
        assert_eq!(compare(&wanted, ""), Err("a line\n".to_owned()));
    }

    #[test]
    fn any_order_will_do() {
        let wanted = Output::InAnyOrder(&["b", "a"]);
        assert_eq!(compare(&wanted, "a\nb\n"), Ok(()));
        assert!(compare(&wanted, "a\na\nb\n").is_err());
    }
}
