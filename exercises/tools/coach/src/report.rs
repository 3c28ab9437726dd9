//! What the coach says about an exercise, as text of a given width.

use anyhow::Result;
use grader::count;
use grader::report::{CheckReport, Status as CheckStatus};

use crate::catalogue::Exercise;
use crate::check::Outcome;
use crate::course::Course;
use crate::page::discussion;
use crate::status::Status;
use crate::text::{
    Paint, columns, cut, fold_together, harmless, harmless_with_colours, refill, wrap,
};
use crate::{markdown, question};

/// What is printed of a function's output.
const MOST_LINES: usize = 12;

/// How text is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Colours, or none.
    pub(crate) paint: Paint,
    /// Columns of a line.
    pub(crate) width: usize,
}

/// How much of a verdict is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The first failed check and its main finding, to stand above something else.
    Brief,
    /// The first failed check, and a line for each of the others.
    First,
    /// All failed checks.
    All,
    /// The first failed check and what its processes did, drawn; of a right answer, all drawings.
    Timeline,
}

/// Which exercise this is, and what it asks for.
pub(crate) fn heading(course: &Course, index: usize, style: Style) -> String {
    let Style { paint, width } = style;
    let exercise = course.exercise(index);
    let count = course.catalogue().len();
    let title = format!("Exercise {} of {count}: {}", index + 1, exercise.name);
    let title = paint.bold(&cut(&title, width));
    let minutes = minutes(exercise).map_or(String::new(), |time| format!(", about {time}"));
    let file = course.workspace().short(&course.workspace().answer(&exercise.name));
    let mut text = format!("{}\n{file}{minutes}\n", exercise.title);
    if course.has_new_task(index).unwrap_or_default() {
        let [old, new] =
            [course.workspace().begun(&exercise.name), course.workspace().stub(&exercise.name)];
        let [old, new] = [old, new].map(|file| course.workspace().short(&file));
        text += &format!("The task has changed since you began: diff {old} {new}\n");
    }
    format!("{title}\n{}", wrap(&text, width))
}

fn minutes(exercise: &Exercise) -> Option<String> {
    exercise.minutes.map(|minutes| match minutes {
        ..=90 => count(minutes as usize, "minute", "minutes"),
        _ => format!("{} hours", minutes.div_ceil(60)),
    })
}

/// What there is to say after a check.
///
/// # Errors
///
/// If a file of the workbook cannot be read.
pub(crate) fn verdict(
    course: &Course,
    index: usize,
    outcome: &Outcome,
    detail: Detail,
    style: Style,
) -> Result<String> {
    let Style { paint, width } = style;
    match outcome {
        Outcome::NotBuilt { text } => {
            let title = paint.red("Cargo could not build the checks.");
            let text = wrap(&harmless_with_colours(text), width);
            let last =
                "Your code is not the cause. When the problem is solved, press c to check again.\n";
            Ok(format!("{title}\n{text}{}", wrap(last, width)))
        }
        Outcome::NotCompiled { text, files } => {
            let title = if files.is_empty() {
                "Your answer cannot be linked yet."
            } else {
                "Your answer does not compile yet."
            };
            let place = wrap(&place(course, index, files), width);
            let text = fold_diagnostics(&harmless_with_colours(text), width);
            Ok(format!("{text}{}\n{place}", paint.red(title)))
        }
        Outcome::Checked { .. } if outcome.is_not_started() => Ok(begin(course, index, style)),
        Outcome::Checked { reports, warnings } => {
            let name = &course.exercise(index).name;
            let warnings = fold_diagnostics(&harmless_with_colours(warnings), width);
            let text = checked(name, reports, detail, style);
            Ok(if warnings.is_empty() { text } else { format!("{text}\n{warnings}") })
        }
    }
}

/// Where to look when the compiler points at another file than the answer.
fn place(course: &Course, index: usize, files: &[String]) -> String {
    let (workspace, name) = (course.workspace(), &course.exercise(index).name);
    let short = |path: std::path::PathBuf| workspace.short(&path);
    let stub = short(workspace.stub(name));
    if files.contains(&short(workspace.answer(name))) {
        String::new()
    } else if files.contains(&short(workspace.suite(name))) {
        format!(
            "The checks do not match your answer. Keep the names, arguments and results as they are \
             in {stub}.\n"
        )
    } else if let [other, ..] = files {
        format!(
            "The error is in {other}. All exercises are compiled together, so none can be checked \
             until you have corrected it.\n"
        )
    } else {
        String::new()
    }
}

/// How to begin with a stub.
fn begin(course: &Course, index: usize, style: Style) -> String {
    let exercise = course.exercise(index);
    let text = format!(
        "Not started yet.\n\n\
         1. Read book/src/{}, or reread the sections that you need.\n\
         2. Open {} in your editor. The task is at the top of the file.\n\
         3. Replace the todo! with your code, and save. `cargo coach` checks at every save.\n",
        exercise.chapter,
        course.workspace().short(&course.workspace().answer(&exercise.name)),
    );
    wrap(&text, style.width)
}

/// How the checks ended: the failed ones first.
fn checked(name: &str, reports: &[CheckReport], detail: Detail, style: Style) -> String {
    let paint = style.paint;
    let of = |status| reports.iter().filter(move |report| report.status == status);
    let passed = of(CheckStatus::Passed).count();
    let sum = match passed == reports.len() {
        true => paint.green(&format!("ok, {} passed", count(passed, "check", "checks"))),
        false => paint.red(&format!("{passed} of {} checks passed", reports.len())),
    };
    let mut text = format!("{name}: {sum}\n");
    for (number, report) in of(CheckStatus::Failed).enumerate() {
        let title = failed_title(report, style);
        match detail {
            Detail::Brief if number > 0 => {}
            Detail::Brief => text += &format!("\n{title}\n{}", main_finding(report, style)),
            Detail::First | Detail::Timeline if number > 0 => text += &format!("{title}\n"),
            Detail::First | Detail::All => {
                text += &format!("\n{title}\n{}\n", failure(report, style));
            }
            Detail::Timeline => {
                let drawing = drawing(report, style);
                text += &format!("\n{title}\n{}{drawing}\n", failure(report, style));
            }
        }
    }
    if detail != Detail::Brief {
        text += &others(reports, detail, style);
    }
    text
}

/// The checks that did not fail. When all have passed, the sum above has said so.
fn others(reports: &[CheckReport], detail: Detail, style: Style) -> String {
    let mut text = String::new();
    let all_passed = reports.iter().all(|report| report.status == CheckStatus::Passed);
    for report in reports {
        match report.status {
            CheckStatus::Failed => {}
            CheckStatus::NotStarted => {
                let place = report.file.as_deref().unwrap_or("the todo!");
                let line = format!("todo   {}: open {place}\n", report.check);
                text += &wrap(&line, style.width);
            }
            CheckStatus::Passed if all_passed && detail != Detail::Timeline => {}
            CheckStatus::Passed => {
                let name = cut(&report.check, style.width.saturating_sub(7));
                text += &format!("{} {name}\n", style.paint.green("ok    "));
                if all_passed {
                    text += &drawing(report, style);
                }
            }
        }
    }
    text
}

/// The first line of a failed check. In a narrow terminal the check's name is cut, not the verdict.
fn failed_title(report: &CheckReport, style: Style) -> String {
    let fault = report.verdict.fault().map_or("failed", |fault| fault.name()).to_uppercase();
    let room = style.width.saturating_sub("FAILED : ".len() + fault.len());
    let check = cut(&report.check, room.max(8));
    format!("{} {check}: {}", style.paint.red("FAILED"), style.paint.red(&fault))
}

/// What is wrong in the first place.
fn main_finding(report: &CheckReport, style: Style) -> String {
    let text = report.verdict.findings.first().map_or("", |finding| finding.text.as_str());
    indent(&fold_findings(&harmless(&refill(text)), style.width.saturating_sub(2)))
}

/// All that a verdict says.
fn failure(report: &CheckReport, style: Style) -> String {
    let verdict = &report.verdict;
    let mut text = String::new();
    for (number, finding) in verdict.findings.iter().enumerate() {
        if number > 0 {
            text += &format!("And: {}\n", finding.fault.name());
        }
        text += &refill(&finding.text);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    for (what, printed) in [("It printed:", &verdict.out), ("On standard error:", &verdict.err)] {
        text += &quote(what, printed);
    }
    if let Some(see) = &report.see {
        text += &format!("Read {see}\n");
    }
    text += &format!("({})\n", verdict.notes);
    indent(&fold_findings(&harmless(&text), style.width.saturating_sub(2)))
}

/// What a function printed, up to some lines of it.
fn quote(what: &str, printed: &str) -> String {
    if printed.trim().is_empty() {
        return String::new();
    }
    let mut lines: Vec<String> = printed.lines().map(|line| format!("  | {line}\n")).collect();
    let count = lines.len();
    if count > MOST_LINES {
        lines.truncate(MOST_LINES - 1);
        lines.push(format!("  … and {} more lines\n", count + 1 - MOST_LINES));
    }
    format!("{what}\n{}", lines.concat())
}

fn drawing(report: &CheckReport, style: Style) -> String {
    let picture = report.verdict.timeline(style.width.saturating_sub(2), style.paint.on);
    let Some(picture) = picture else { return String::new() };
    // The title is prose.
    let (title, picture) = picture.split_once('\n').unwrap_or(("", &picture));
    let title = wrap(title, style.width.saturating_sub(2));
    format!("\n{}\n", indent(&format!("{title}\n{}", picture.trim_end())))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect()
}

/// Wraps text in which `got:` and `wanted:`, and the lines of a difference, are to be compared.
fn fold_findings(text: &str, width: usize) -> String {
    let (lines, mut folded) = (text.lines().collect::<Vec<_>>(), String::new());
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        let start = line.len() - line.trim_start().len();
        let is = |index: usize, word| {
            lines.get(index).is_some_and(|line: &&str| line.trim_start().starts_with(word))
        };
        let count = if is(index, "got:") && is(index + 1, "wanted:") { 2 } else { 1 };
        let pair = &lines[index..index + count];
        if pair.iter().all(|line| columns(line) <= width) {
            pair.iter().for_each(|line| folded += &format!("{line}\n"));
        } else if count == 2 {
            folded += &fold_together(pair, start + "wanted: ".len(), width);
        } else if ["- ", "+ ", "| "].iter().any(|mark| line[start..].starts_with(mark)) {
            folded += &fold_together(pair, start + 2, width);
        } else {
            folded += &(wrap(line, width) + "\n");
        }
        index += count;
    }
    folded
}

/// Wraps the compiler's words, and keeps its carets below the code that they point at.
fn fold_diagnostics(text: &str, width: usize) -> String {
    let (lines, mut folded) = (text.lines().collect::<Vec<_>>(), String::new());
    let mut index = 0;
    while index < lines.len() {
        let Some(gutter) = code_gutter(lines[index]) else {
            folded += &(wrap(lines[index], width) + "\n");
            index += 1;
            continue;
        };
        // A line of code has a number, and those below that point at it have none.
        let below = lines[index + 1..].iter();
        let below =
            below.take_while(|line| code_gutter(line).is_some() && !is_numbered(line)).count();
        let together = &lines[index..=index + below];
        if together.iter().all(|line| columns(line) <= width) {
            together.iter().for_each(|line| folded += &format!("{line}\n"));
        } else {
            folded += &fold_together(together, gutter, width);
        }
        index += 1 + below;
    }
    folded
}

/// The columns before the code in a line such as `12 | let a = 1;` or `   |     ^`.
fn code_gutter(line: &str) -> Option<usize> {
    let plain = without_colours(line);
    let bar = plain.find('|')?;
    let before = plain[..bar].bytes().all(|byte| byte == b' ' || byte.is_ascii_digit());
    (before && bar > 0).then_some(bar + 2)
}

fn is_numbered(line: &str) -> bool {
    without_colours(line).trim_start().starts_with(|c: char| c.is_ascii_digit())
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.filter_map(|part| Some(part.split_once('m')?.1)).collect::<String>()
}

/// Which chapter and exercise are next, a question about this answer, and what the reference does.
///
/// # Errors
///
/// If a file of the workbook cannot be read.
pub(crate) fn solved(
    course: &Course,
    index: usize,
    outcome: &Outcome,
    style: Style,
) -> Result<String> {
    let Style { paint, width } = style;
    let exercise = course.exercise(index);
    let solved = paint.green(&format!("Solved: {}.", exercise.name));
    let mut text = wrap(&format!("{solved} {}\n", next_steps(course, index)?), width);
    let answer = course.answer(index)?.unwrap_or_default();
    if let Some(question) = question::about(&exercise.name, &answer, outcome) {
        let title = paint.bold("A question about your answer");
        text += &format!("\n{title}\n\n{}", wrap(&question, width));
    }
    let title = paint.bold("What the reference does, and why");
    let discussion = discussion(course.workspace(), &exercise.name, paint, width)?;
    Ok(format!("{text}\n{title}\n\n{discussion}"))
}

/// The exercise and the chapter after this one.
fn next_steps(course: &Course, index: usize) -> Result<String> {
    let next = match course.next_unsolved(Some(index))? {
        None => "You have solved all exercises.".to_owned(),
        Some(next) => {
            let left = course.catalogue().len() - course.solved()?;
            let next = course.exercise(next);
            let time = minutes(next).map_or(String::new(), |time| format!(" (about {time})"));
            format!("{left} left; the next exercise is {}{time}.", next.name)
        }
    };
    let Some(chapter) = &course.exercise(index).next else { return Ok(next) };
    let chapter = course.workspace().chapter(chapter);
    Ok(format!("{next}\nNow read {}.", course.workspace().short(&chapter)))
}

/// Some of the hints of an exercise, by their numbers from 0.
pub(crate) fn hints(exercise: &Exercise, which: std::ops::Range<usize>, style: Style) -> String {
    let count = exercise.hints.len();
    let mut text = String::new();
    for number in which.clone() {
        let title = format!("Hint {} of {count}", number + 1);
        text += &format!("{}\n", style.paint.bold(&title));
        text += &markdown::render(&exercise.hints[number], style.paint, style.width);
        text.push('\n');
    }
    if count == 0 {
        text += "There are no hints for this exercise.\n";
    } else if which.end == count {
        text += "That was the last hint.\n";
    }
    text
}

/// All exercises, and how far they are; the one at `marked` has a mark.
///
/// # Errors
///
/// If a file cannot be read.
pub(crate) fn list(course: &Course, marked: Option<usize>, style: Style) -> Result<String> {
    let Style { paint, width } = style;
    let mut text = String::new();
    let (mut changed, mut broken) = (false, false);
    for (index, exercise) in course.catalogue().iter().enumerate() {
        let status = course.status(index)?;
        changed |= status == Status::Changed;
        broken |= status == Status::Broken;
        let mark = if marked == Some(index) { '>' } else { ' ' };
        let word = format!("{:<11}", status.word());
        let time = exercise.minutes.map_or(String::new(), |minutes| format!("{minutes} min"));
        let name = format!("{mark}{:3} {:<17}", index + 1, exercise.name);
        // Cut before it is coloured: colours take no room.
        let room = width.saturating_sub(name.len() + word.len() + 2);
        let title = format!("{time:>7} {}", exercise.title);
        let title = if room < time.len() + 12 { String::new() } else { cut(&title, room) };
        let word = match status {
            Status::Solved => paint.green(&word),
            Status::Broken => paint.red(&word),
            _ => word,
        };
        text += format!("{name} {word} {title}").trim_end();
        text.push('\n');
    }
    let (solved, count) = (course.solved()?, course.catalogue().len());
    text += &format!("\n{solved} of {count} solved.\n");
    if changed {
        text += "changed: it passed once, but since then your answer, an answer that it uses, or its \
                 checks have changed. `cargo coach check` checks it again.\n";
    }
    if broken {
        text += "broken: it passed once, but the current version fails.\n";
    }
    Ok(wrap(&text, width))
}

/// The reference, and what there is to say about it.
///
/// # Errors
///
/// If a file of the workbook cannot be read.
pub(crate) fn solution(course: &Course, index: usize, style: Style) -> Result<String> {
    let (workspace, name) = (course.workspace(), &course.exercise(index).name);
    let file = workspace.reference(name);
    let title = style.paint.bold(&workspace.short(&file));
    let code = workspace.read(&file)?;
    let discussion = discussion(workspace, name, style.paint, style.width)?;
    Ok(format!("{title}\n\n{code}\n{discussion}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_compared_stays_one_below_the_other() {
        let text = "A list:\n  got:    [1, 2, 3]\n  wanted: [1, 2, 3, 4, 5, 6]\n";
        let folded = "A list:\n  got:    [1, 2, 3]\n  wanted: [1, 2, 3,\n          4, 5, 6]\n";
        assert_eq!(fold_findings(text, 20), folded);
        assert_eq!(fold_findings(text, 80), text);
    }

    #[test]
    fn carets_stay_below_their_code() {
        let text =
            "error: no\n  |\n1 | let answer = call();\n  |              ^^^^^^\n  = note: x\n";
        let folded =
            "error: no\n  |\n1 | let answer =\n  |\n  |  call();\n  |  ^^^^^^\n  = note: x\n";
        assert_eq!(fold_diagnostics(text, 16), folded);
    }
}
