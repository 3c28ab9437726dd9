//! An order of steps in words, as the reason for an answer.

use orders::{Found, Name, Outcome, Step, witness};

/// The steps that lead to this outcome, and which processes can never go on.
pub(crate) fn of(outcome: &Outcome, found: &Found) -> Vec<String> {
    let mut lines = lines(&found.steps);
    for stuck in &outcome.stuck {
        lines.push(line(&stuck.process, &format!("{}, for ever", stuck.waits)));
    }
    lines
}

/// The steps up to the end of the first process, which looks for a zombie there.
pub(crate) fn up_to_the_look(found: &Found, is_zombie: bool) -> Vec<String> {
    let is_look = |step: &Step| *step.process() == Name::first() && step.call.starts_with("wait");
    let look = found.steps.iter().rposition(is_look).unwrap_or(found.steps.len());
    let mut lines = lines(&found.steps[..look]);
    let end =
        if is_zombie { "ends, and has a zombie child" } else { "ends, and has no zombie child" };
    lines.push(line(&Name::first(), end));
    lines
}

fn lines(steps: &[Step]) -> Vec<String> {
    let story = witness::story(steps);
    story.iter().map(|(name, words)| line(name, &words.join(", "))).collect()
}

fn line(name: &Name, words: &str) -> String {
    format!("{:<10} {words}", name.to_string())
}
