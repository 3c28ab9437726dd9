//! `fault` fences: a few lines of code of which one is wrong, and the reader says which.
//!
//! ````text
//! ```fault,file=solutions/wrong/many_forks/wait_in_the_loop.rs
//! All children run one after the other. Which line is the cause?
//!
//! | for task in tasks {
//! |     let child = start(task)?;
//! *     wait_for(child)?;
//! | }
//! ---
//! The parent waits for each child before it starts the next one.
//! ```
//! ````
//!
//! Lines of code begin with a bar, the wrong one with a star. They must stand in the file, in this
//! order, which is a wrong answer whose verdict the tests check; or `proof=FILE: TEST` names a test
//! that shows the fault.

use std::path::Path;

use super::{Choice, Kind, Proof, Quiz, named_test};
use crate::fences::Fence;

/// A fault is looked for in what fits into one's head.
const LINES: usize = 12;

/// Reads the fence as a question whose choices are lines.
pub(super) fn read(fence: &Fence<'_>, root: &Path) -> Result<Quiz, String> {
    let (asked, why) = fence.body.split_once("\n---\n").ok_or("`---` and why, after the code")?;
    let mut question = Vec::new();
    let mut options = Vec::new();
    for line in asked.lines() {
        let mark = line.chars().next().filter(|mark| "|*".contains(*mark));
        let Some(mark) = mark else {
            question.push(line);
            continue;
        };
        let code = line[1..].strip_prefix(' ').unwrap_or(&line[1..]);
        options.push(Choice {
            right: mark == '*',
            label: code.to_owned(),
            why: if mark == '*' { why.trim().to_owned() } else { String::new() },
            proof: Proof::None,
        });
    }
    let wrong = options.iter().filter(|option| option.right).count();
    if wrong != 1 || options.len() < 2 || options.len() > LINES {
        let count = options.len();
        return Err(format!(
            "{count} lines of which {wrong} have a star; 2 to {LINES}, one with a star"
        ));
    }
    prove(fence, &options, root)?;
    let question = question.join("\n").trim().to_owned();
    if question.is_empty() {
        return Err("code without a question".to_owned());
    }
    Ok(Quiz { question, kind: Kind::FindFault, options })
}

/// The code is that of a wrong answer, or a test shows the fault.
fn prove(fence: &Fence<'_>, options: &[Choice], root: &Path) -> Result<(), String> {
    if let Some(proof) = fence.attribute("proof") {
        return named_test("the fault", proof, root);
    }
    let file = fence.attribute("file").ok_or("which `file=` has the fault, or which `proof=`?")?;
    let text = std::fs::read_to_string(root.join(file)).map_err(|why| format!("{file}: {why}"))?;
    let mut lines = text.lines();
    let missing = options.iter().find(|option| {
        let code = option.label.trim();
        !code.is_empty() && !lines.any(|line| line.trim() == code)
    });
    missing.map_or(Ok(()), |line| Err(format!("{file} has no line {:?} there", line.label.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    fn read(info: &str, body: &str) -> Result<Quiz, String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("x.rs"), "fn x() {\n    one();\n    two();\n}\n").unwrap();
        let text = format!("```fault,{info}\n{body}\n```");
        Quiz::read(&fences(&text)[0], root.path())
    }

    #[test]
    fn the_line_with_a_star_is_the_fault() {
        let quiz =
            read("file=x.rs", "Which?\n\n|     one();\n*     two();\n---\nIt is two.").unwrap();
        assert_eq!((quiz.question.as_str(), quiz.kind), ("Which?", Kind::FindFault));
        assert_eq!(quiz.options[1].label, "    two();");
        assert!(quiz.options[1].right && quiz.options[1].why == "It is two.");
    }

    #[test]
    fn code_that_no_program_has_is_refused() {
        let why = |info: &str, body: &str| read(info, body).unwrap_err();
        assert!(why("file=x.rs", "Q\n| two();\n* one();\n---\nw").contains("\"one();\""));
        assert!(why("file=y.rs", "Q\n| one();\n* two();\n---\nw").contains("y.rs"));
        assert!(why("x", "Q\n| one();\n* two();\n---\nw").contains("proof="));
        assert!(why("proof=x.rs: t", "Q\n| one();\n* two();\n---\nw").contains("no test"));
        assert!(why("file=x.rs", "Q\n| one();\n| two();\n---\nw").contains("star"));
        assert!(why("file=x.rs", "Q\n| one();\n* two();\n").contains("---"));
        assert!(why("file=x.rs", "| one();\n* two();\n---\nw").contains("without a question"));
    }
}
