//! How a question looks. Choosing is a radio button and everything that is not shown at once is
//! behind a fold, so all of it works without scripts and by keyboard.
//!
//! There are two folds, one inside of the other. The first says whether the answer is right, and no
//! more, so that a reader may try again; it is there once everything has been answered. The second
//! shows all answers, and why. With scripts it is offered after a second try.

use std::fmt::Write;

use super::predict::Predict;
use super::{Choice, Kind, Quiz};
use crate::html::{escape, inline, markdown};
use crate::transcript::page;

/// The question and its choices. The answers are put in later, in place of a comment, so that
/// the page search never sees them.
pub(crate) fn question(quiz: &Quiz, key: &str, number: usize) -> String {
    let id = format!("quiz-{key}-{number}");
    let class = match quiz.kind {
        Kind::OneIsRight => "one",
        Kind::CanHappen => "statements",
        Kind::FindFault => "fault",
    };
    let mut html = opened(&id, class, number, &quiz.question);
    html.push_str("<div class=\"choices\">");
    for (at, option) in quiz.options.iter().enumerate() {
        html.push_str(&match quiz.kind {
            Kind::OneIsRight => choice(option, &inline(&option.label), &id, at),
            Kind::FindFault => choice(option, &code(&option.label), &id, at),
            Kind::CanHappen => statement(option, &id, at),
        });
    }
    let marker = crate::postprocess::marker(&id);
    let _ = write!(html, "</div>{marker}</div>\n\n");
    html
}

/// The beginning of a question's box.
fn opened(id: &str, class: &str, number: usize, question: &str) -> String {
    format!(
        "<div class=\"quiz {class}\" role=\"group\" aria-labelledby=\"{id}\">\
         <div class=\"asked\" id=\"{id}\"><p class=\"number\">Question {number}</p>{}</div>",
        markdown(question)
    )
}

/// A line of code, whose indentation must not get lost.
fn code(line: &str) -> String {
    format!("<code>{}</code>", escape(line).replace(' ', "&nbsp;"))
}

fn choice(option: &Choice, label: &str, id: &str, at: usize) -> String {
    let right = if option.right { " is-right" } else { "" };
    format!(
        "<div class=\"choice{right}\"><input type=\"radio\" required name=\"{id}\" id=\"{id}-{at}\">\
         <label for=\"{id}-{at}\">{label}</label></div>"
    )
}

fn statement(option: &Choice, id: &str, at: usize) -> String {
    let radio = |word: &str, right: bool| {
        let class = if right { "choice is-right" } else { "choice" };
        format!(
            "<div class=\"{class}\"><input type=\"radio\" required name=\"{id}-{at}\" id=\"{id}-{at}-{word}\">\
             <label for=\"{id}-{at}-{word}\">{word}</label></div>"
        )
    };
    format!(
        "<fieldset class=\"statement\"><legend>{}</legend>{}{}</fieldset>",
        inline(&option.label),
        radio("can", option.right),
        radio("cannot", !option.right)
    )
}

/// The folds: whether the reader's answer is right; and what is right, and why.
pub(crate) fn answers(quiz: &Quiz) -> String {
    let first = match quiz.kind {
        Kind::CanHappen => "Answer for each line first.",
        _ => "Choose an answer first.",
    };
    let mut html = check(first);
    html.push_str("<details class=\"answers\"><summary>Show all answers</summary><ul>");
    for option in &quiz.options {
        // Whether a thing can happen is no mark for the reader's answer, so it has no colour.
        let (class, verdict) = match (quiz.kind, option.right) {
            (Kind::OneIsRight, true) => ("yes", "Right"),
            (Kind::OneIsRight, false) => ("no", "Not so"),
            (Kind::CanHappen, true) => ("can", "Can happen"),
            (Kind::CanHappen, false) => ("cannot", "Cannot happen"),
            (Kind::FindFault, true) => ("yes", "The fault"),
            (Kind::FindFault, false) => continue,
        };
        let label = match quiz.kind {
            Kind::FindFault => code(option.label.trim()),
            _ => inline(&option.label),
        };
        let why = inline(&option.why);
        let _ = write!(
            html,
            "<li class=\"{class}\"><span class=\"label\">{label}</span> \
             <strong>{verdict}.</strong> {why}</li>"
        );
    }
    html.push_str("</ul></details></details>");
    html
}

/// The fold that only says whether the answer is right; it is left open for the other one. The
/// style sheet shows the sentence that is true. `first` stands in its place before an answer.
fn check(first: &str) -> String {
    format!(
        "<p class=\"choose-first\">{first}</p>\
         <details class=\"check\"><summary>Check my answer</summary>\
         <div role=\"status\"><p class=\"verdict all-right\">That is right.</p>\
         <p class=\"verdict not-yet\">Not yet: try once more.</p></div>"
    )
}

/// A question about what a program prints: room for the reader's words.
pub(crate) fn predicted(predict: &Predict, key: &str, number: usize) -> String {
    let id = format!("quiz-{key}-{number}");
    let opened = opened(&id, "predict", number, &predict.question);
    let command = page::commands(&predict.block.steps[0].command);
    let rows = predict.block.steps[0].output.len().clamp(2, 8) + 1;
    let marker = crate::postprocess::marker(&id);
    format!(
        "{opened}{}<label for=\"{id}-text\">I think that it prints</label>\
         <textarea id=\"{id}-text\" rows=\"{rows}\" required spellcheck=\"false\" \
         autocapitalize=\"off\"></textarea>{marker}</div>\n\n",
        command.trim_end()
    )
}

/// What the program prints, behind a fold that is there once the reader has written something.
pub(crate) fn compared(predict: &Predict) -> String {
    let run = page::html(&predict.block);
    let order = if predict.block.allowed.order == Default::default() { "exact" } else { "any" };
    format!(
        "<p class=\"choose-first\">Write down what you expect first.</p>\
         <p class=\"compared\" role=\"status\"></p>\
         <details class=\"check\" data-order=\"{order}\"><summary>Run it</summary>{run}{}</details>",
        markdown(&predict.why)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;
    use std::path::Path;

    fn quiz(body: &str) -> Quiz {
        let text = format!("```quiz\n{body}\n```");
        Quiz::read(&fences(&text)[0], Path::new("")).unwrap()
    }

    #[test]
    fn the_first_fold_tells_no_answer() {
        let html = answers(&quiz("Q\n- [x] one | because\n- [ ] two | no"));
        let (check, all) = html.split_once("<details class=\"answers\">").unwrap();
        assert!(check.contains("Check my answer") && !check.contains("because"), "{check}");
        assert!(all.contains("because") && all.ends_with("</details></details>"), "{all}");
    }

    #[test]
    fn what_cannot_happen_is_not_marked_as_a_mistake() {
        let processes = "process p: A fork(c) C wait(c) D\nprocess c: B\nQ\n";
        let html =
            answers(&quiz(&format!("{processes}- [can] A C B D | .\n- [cannot] A B D C | .")));
        assert!(html.contains("<li class=\"can\">") && html.contains("<li class=\"cannot\">"));
        assert!(!html.contains("class=\"no\"") && !html.contains("class=\"yes\""), "{html}");
    }

    #[test]
    fn a_prediction_shows_the_command_at_once_and_the_output_later() {
        let text = "```predict\nWhat?\n\n$ echo secret-$((1 + 1))\nsecret-2\n---\nWhy.\n```";
        let predict = Predict::read(&fences(text)[0]).unwrap();
        let at_once = predicted(&predict, "k", 1);
        assert!(at_once.contains("echo") && !at_once.contains("secret-2"), "{at_once}");
        let later = compared(&predict);
        assert!(later.contains("secret-2") && later.contains("Why."), "{later}");
    }
}
