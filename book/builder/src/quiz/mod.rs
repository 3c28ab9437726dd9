//! `quiz` fences: questions that work without scripts and by keyboard.
//!
//! A question has choices of which one is right, or statements that can or cannot happen. What
//! follows a bar says why.
//!
//! ````text
//! ```quiz
//! How many processes are there after `fork(); fork();`?
//!
//! - [ ] 3 | The second call is made by the child too.
//! - [x] 4 | Each call doubles the number of those who make it.
//! ```
//!
//! ```quiz
//! process parent: A fork(child) C wait(child) D
//! process child: B
//!
//! Which of these can be printed?
//!
//! - [can] A C B D | The child may be slow to start.
//! - [cannot] A B D C | `C` comes before `D` in one process.
//! ```
//! ````
//!
//! Two more kinds have fences of their own: [`fault`] and [`predict`].
//!
//! No claim is taken on trust. With `process` lines every possible order is tried (see
//! [`orders`]), and each statement must be right; without them a `[can]` names the test that
//! proves it, after a second bar: `lessons/02-many-forks/tests/run.rs: name_of_the_test`. The
//! `process` lines are the arguments of a real program, which the tests run in every order (see
//! [`searched`]).

mod fault;
mod orders;
mod page;
mod predict;
pub(crate) mod searched;

pub(crate) use page::{answers, compared, predicted, question};
pub(crate) use predict::Predict;

use std::path::Path;

use crate::fences::Fence;
use orders::Processes;

/// One question.
#[derive(Debug)]
pub(crate) struct Quiz {
    /// In Markdown.
    question: String,
    kind: Kind,
    options: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OneIsRight,
    CanHappen,
    /// One line of some code is wrong.
    FindFault,
}

#[derive(Debug)]
struct Choice {
    /// It is the right one; it can happen.
    right: bool,
    label: String,
    why: String,
    proof: Proof,
}

/// What a statement of the kind `[can]` or `[cannot]` rests on, where no orders are tried.
#[derive(Debug, PartialEq, Eq)]
enum Proof {
    /// Nothing is named.
    None,
    /// A document that rules it out.
    Document,
    /// A reason that was thought through.
    Reviewed,
    /// A test, as in `lessons/02-many-forks/tests/run.rs: name_of_the_test`.
    Test(String),
}

impl Proof {
    fn read(words: String) -> Self {
        match words.split_once(':') {
            None if words.is_empty() => Proof::None,
            Some(("https", _)) => Proof::Document,
            Some(("reviewed", _)) => Proof::Reviewed,
            _ => Proof::Test(words),
        }
    }
}

impl Quiz {
    /// The `process` lines of a fence.
    fn processes<'a>(fence: &Fence<'a>) -> Vec<&'a str> {
        fence.body.lines().filter_map(|line| line.strip_prefix("process ")).collect()
    }

    /// Reads a fence; `root` is where the tests are that prove things.
    pub(crate) fn read(fence: &Fence<'_>, root: &Path) -> Result<Quiz, String> {
        if fence.language == "fault" {
            return fault::read(fence, root);
        }
        let (mut question, mut items) = (Vec::new(), Vec::new());
        for line in fence.body.lines().filter(|line| !line.starts_with("process ")) {
            if line.starts_with("- [") {
                items.push(line.to_owned());
            } else if let Some(item) = items.last_mut() {
                item.push(' ');
                item.push_str(line.trim());
            } else {
                question.push(line);
            }
        }
        let read: Result<Vec<_>, _> = items.iter().map(|item| choice(item)).collect();
        let (kinds, options): (Vec<Kind>, Vec<Choice>) = read?.into_iter().unzip();
        let kind = *kinds.first().ok_or("a question without choices")?;
        let quiz = Quiz { question: question.join("\n").trim().to_owned(), kind, options };
        quiz.check(&kinds)?;
        if kind == Kind::CanHappen {
            quiz.prove(&Quiz::processes(fence), root)?;
        }
        Ok(quiz)
    }

    fn check(&self, kinds: &[Kind]) -> Result<(), String> {
        let right = self.options.iter().filter(|option| option.right).count();
        if kinds.iter().any(|kind| *kind != self.kind) {
            Err("a question is of one kind: `[x]` and `[ ]`, or `[can]` and `[cannot]`".to_owned())
        } else if self.question.is_empty() {
            Err("choices without a question".to_owned())
        } else if self.kind == Kind::OneIsRight && (right != 1 || self.options.len() < 2) {
            Err(format!("{} choices of which {right} are right", self.options.len()))
        } else {
            Ok(())
        }
    }

    /// Every statement is proved: by all orders of the processes where they are known, and otherwise
    /// by what it names. What can happen, a test has seen; what cannot, a test has searched for, or
    /// a document rules out.
    fn prove(&self, processes: &[&str], root: &Path) -> Result<(), String> {
        if processes.is_empty() {
            return self.options.iter().try_for_each(|claim| match &claim.proof {
                Proof::Test(test) => named_test(&claim.statement(), test, root),
                Proof::Document | Proof::Reviewed if !claim.right => Ok(()),
                _ => Err(format!("{}: which test proves it?", claim.statement())),
            });
        }
        let possible = Processes::read(processes)?.orders();
        for option in &self.options {
            let steps = option.label.replace('`', "");
            let order: Vec<&str> = steps.split_whitespace().collect();
            if possible.contains(&order) != option.right {
                let word = if option.right { "cannot" } else { "can" };
                return Err(format!("{:?} {word} happen", option.label));
            }
        }
        Ok(())
    }
}

impl Choice {
    /// What it claims, in one sentence.
    fn statement(&self) -> String {
        format!("{:?} {} happen", self.label, if self.right { "can" } else { "cannot" })
    }
}

fn choice(item: &str) -> Result<(Kind, Choice), String> {
    let (mark, rest) = item[3..].split_once(']').unwrap_or(("", ""));
    let (kind, right) = match mark {
        "x" => (Kind::OneIsRight, true),
        " " => (Kind::OneIsRight, false),
        "can" => (Kind::CanHappen, true),
        "cannot" => (Kind::CanHappen, false),
        _ => return Err(format!("a choice starts with [x], [ ], [can] or [cannot]: {item:?}")),
    };
    let mut parts = rest.split(" | ").map(|part| part.trim().to_owned());
    let mut next = || parts.next().unwrap_or_default();
    let choice = Choice { right, label: next(), why: next(), proof: Proof::read(next()) };
    if choice.label.is_empty() || choice.why.is_empty() {
        return Err(format!("a choice says what and, after ` | `, why: {item:?}"));
    }
    Ok((kind, choice))
}

/// The test that is named to prove a claim is there.
fn named_test(claim: &str, proof: &str, root: &Path) -> Result<(), String> {
    let Some((file, test)) = proof.split_once(": ") else {
        return Err(format!("{claim}: which test proves it?"));
    };
    let text = std::fs::read_to_string(root.join(file)).map_err(|e| format!("{file}: {e}"))?;
    if text.contains(&format!("fn {}(", test.trim())) {
        return Ok(());
    }
    Err(format!("{file} has no test {test}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    fn read(body: &str) -> Result<Quiz, String> {
        let text = format!("```quiz\n{body}\n```");
        Quiz::read(&fences(&text)[0], Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    #[test]
    fn one_choice_is_right() {
        let quiz = read("How\nmany?\n\n- [ ] 3 | no,\n  really\n- [x] 4 | yes").unwrap();
        assert_eq!(quiz.question, "How\nmany?");
        assert_eq!(quiz.options[0].why, "no, really");
        assert!(read("Q\n- [ ] 3 | no\n- [ ] 4 | no").unwrap_err().contains("0 are right"));
        assert!(read("Q\n- [x] 4 | yes").unwrap_err().contains("1 choices"));
        assert!(read("Q\n- [x] 4\n- [ ] 5 | no").unwrap_err().contains("why"));
        assert!(read("Q\n- [y] 4 | yes").unwrap_err().contains("starts with"));
        assert!(read("Q\n- [x] 4 | yes\n- [can] 5 | no").unwrap_err().contains("one kind"));
    }

    const PROCESSES: &str = "process p: A fork(c) C wait(c) D\nprocess c: B\nQ\n";

    #[test]
    fn a_wrong_claim_about_an_order_is_found() {
        assert!(read(&format!("{PROCESSES}- [can] A C B D | .\n- [cannot] A B D C | .")).is_ok());
        let wrong = read(&format!("{PROCESSES}- [can] A B D C | .")).unwrap_err();
        assert!(wrong.contains("cannot happen"), "{wrong}");
        let wrong = read(&format!("{PROCESSES}- [cannot] A B C D | .")).unwrap_err();
        assert!(wrong.contains("can happen"), "{wrong}");
    }

    #[test]
    fn any_other_claim_names_a_test_that_is_there() {
        let here = "src/quiz/mod.rs: any_other_claim_names_a_test_that_is_there";
        let can = format!("Q\n- [can] x | why | {here}\n- [cannot] y | why");
        assert!(read(&format!("{can} | {here}")).is_ok());
        assert!(read(&format!("{can} | https://example.org")).is_ok());
        assert!(read(&format!("{can} | reviewed: arithmetic")).is_ok());
        assert!(read(&can).unwrap_err().contains("\"y\" cannot happen: which test"));
        assert!(read("Q\n- [can] x | why").unwrap_err().contains("which test"));
        assert!(read("Q\n- [can] x | why | https://example.org").is_err(), "a test shows it");
        assert!(read("Q\n- [can] x | why | src/quiz/mod.rs: gone").unwrap_err().contains("gone"));
    }
}
