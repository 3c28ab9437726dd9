//! A recording as the learner sees it: a timeline of what the processes did, if it is asked for.

use std::{io, panic};

use timeline::terminal::{self, Style};
use timeline::{Run, json};

/// In the environment, it asks for pictures of failed checks.
const VARIABLE: &str = "GRADER_TIMELINE";

/// As far in as the verdict above it.
pub(super) const INDENT: &str = "         ";

pub(super) fn is_asked_for() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty() && value != "0")
}

/// How to ask.
pub(super) fn hint(exercise: &str) -> String {
    format!("{INDENT}See it drawn: {VARIABLE}=1 cargo test -p exercises {exercise}\n")
}

/// The picture of a recording, as wide as the terminal at most.
pub(super) fn of(recording: &str, colour: bool) -> String {
    let width = width();
    let picture = of_width(recording, width, colour);
    let lines = picture.lines().map(|line| format!("{INDENT}{line}").trim_end().to_owned() + "\n");
    format!("\n{}", lines.collect::<String>())
}

/// The same without an indent, `width` columns wide at most.
pub(super) fn of_width(recording: &str, width: usize, colour: bool) -> String {
    let Some(picture) = draw(recording, &Style { width, colour, ascii: false }) else {
        return "(The processes' timeline cannot be drawn.)\n".into();
    };
    let title = "What your processes did, according to their calls of fork, wait and exit:";
    format!("{title}\n\n{picture}")
}

/// The columns that are left beside the indent.
pub(super) fn width() -> usize {
    terminal_width().unwrap_or(80).saturating_sub(INDENT.len())
}

/// The columns of the terminal: those of standard output if it is one, else what `COLUMNS` in the
/// environment says, which a program that shows the text in a terminal of its own may set.
fn terminal_width() -> Option<usize> {
    let own = procinfo::window_size(io::stdout()).map(|size| size.columns.into());
    own.or_else(|| std::env::var_os("COLUMNS")?.to_str()?.parse().ok())
}

/// `None` if there is nothing to draw, for whatever reason: a verdict must not suffer from its timeline.
fn draw(recording: &str, style: &Style) -> Option<String> {
    let drawn = panic::catch_unwind(|| {
        let run = Run::new(json::read(recording.as_bytes()).ok()?).ok()?;
        Some(terminal::draw(&run, style))
    });
    drawn.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recording_is_not_drawn() {
        for text in ["", "nonsense", r#"{"us":1,"pid":2,"event":"exit","code":0}"#] {
            assert!(of(text, false).contains("cannot be drawn"), "{text}");
        }
    }
}
