//! How a question looks. Choosing is a radio button, and the answers are behind a fold, so both
//! work without scripts; the style sheet marks what was chosen once the fold is open.

use std::fmt::Write;

use super::{Choice, Kind, Quiz};
use crate::html::{inline, markdown};

/// The question and its choices. The answers are put in later, in place of a comment, so that
/// the page search never sees them.
pub(crate) fn question(quiz: &Quiz, key: &str, number: usize) -> String {
    let id = format!("quiz-{key}-{number}");
    let mut html = format!(
        "<div class=\"quiz\" role=\"group\" aria-labelledby=\"{id}\">\
         <div class=\"asked\" id=\"{id}\"><p class=\"number\">Question {number}</p>{}</div>\
         <div class=\"choices\">",
        markdown(&quiz.question)
    );
    for (at, option) in quiz.options.iter().enumerate() {
        html.push_str(&match quiz.kind {
            Kind::OneIsRight => choice(option, &id, at),
            Kind::CanHappen => statement(option, &id, at),
        });
    }
    let marker = crate::postprocess::marker(&id);
    let _ = write!(html, "</div>{marker}</div>\n\n");
    html
}

fn choice(option: &Choice, id: &str, at: usize) -> String {
    let right = if option.right { " is-right" } else { "" };
    format!(
        "<div class=\"choice{right}\"><input type=\"radio\" name=\"{id}\" id=\"{id}-{at}\">\
         <label for=\"{id}-{at}\">{}</label></div>",
        inline(&option.label)
    )
}

fn statement(option: &Choice, id: &str, at: usize) -> String {
    let radio = |word: &str, right: bool| {
        let class = if right { "choice is-right" } else { "choice" };
        format!(
            "<div class=\"{class}\"><input type=\"radio\" name=\"{id}-{at}\" id=\"{id}-{at}-{word}\">\
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

/// The fold with what is right, and why.
pub(crate) fn answers(quiz: &Quiz) -> String {
    let mut html =
        String::from("<details class=\"answers\"><summary>Check my answer</summary><ul>");
    for option in &quiz.options {
        let (class, verdict) = match (quiz.kind, option.right) {
            (Kind::OneIsRight, true) => ("yes", "Right"),
            (Kind::OneIsRight, false) => ("no", "Not so"),
            (Kind::CanHappen, true) => ("yes", "Can happen"),
            (Kind::CanHappen, false) => ("no", "Cannot happen"),
        };
        let (label, why) = (inline(&option.label), inline(&option.why));
        let _ = write!(
            html,
            "<li class=\"{class}\"><span class=\"label\">{label}</span> \
             <strong>{verdict}.</strong> {why}</li>"
        );
    }
    html.push_str("</ul></details>");
    html
}
