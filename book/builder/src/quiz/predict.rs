//! `predict` fences: what will this program print? The reader writes it down, then compares.
//!
//! ````text
//! ```predict,order=prefix
//! How many lines does this print, and which?
//!
//! $ cargo run -q -p book-examples --bin twice
//! …
//! ---
//! The text waited in a buffer when the process forked.
//! ```
//! ````
//!
//! The command with its output is a `console` block with that one's attributes: the tests run it
//! again, and `cargo book bless` writes what it prints. The page shows it only after the reader has
//! written something.

use crate::fences::Fence;
use crate::transcript::Block;

/// A question about what a program prints.
#[derive(Debug)]
pub(crate) struct Predict {
    /// In Markdown.
    pub(super) question: String,
    /// The run.
    pub(super) block: Block,
    /// In Markdown.
    pub(super) why: String,
}

impl Predict {
    /// Reads the fence.
    ///
    /// # Errors
    ///
    /// If it lacks a part.
    pub(crate) fn read(fence: &Fence<'_>) -> Result<Self, String> {
        let block = Block::read(fence).ok_or("no `predict` fence")??;
        let (asked, why) = parts(fence.body)?;
        let question = asked.split("\n$ ").next().unwrap_or_default().trim().to_owned();
        if question.is_empty() || question.starts_with("$ ") {
            return Err("a program without a question".to_owned());
        }
        if block.steps.len() != 1 {
            return Err("one command is enough to predict".to_owned());
        }
        Ok(Predict { question, block, why: why.trim().to_owned() })
    }
}

/// The question with the run, and why it prints that.
fn parts(body: &str) -> Result<(&str, &str), String> {
    let parts = body.split_once("\n---\n").filter(|(_, why)| !why.trim().is_empty());
    parts.ok_or_else(|| "`---` and why it prints that, after the output".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    const TEXT: &str = "```predict,order=any\nWhat?\n\n$ echo a\na\n---\nBecause.\n```";

    fn read(text: &str) -> Result<Predict, String> {
        Predict::read(&fences(text)[0])
    }

    #[test]
    fn a_question_a_run_and_a_reason() {
        let predict = read(TEXT).unwrap();
        assert_eq!((predict.question.as_str(), predict.why.as_str()), ("What?", "Because."));
        assert_eq!(predict.block.steps[0].output, ["a"]);
        assert!(read("```predict\n$ x\n---\nw\n```").unwrap_err().contains("without a question"));
        assert!(read("```predict\nQ\n$ x\n```").unwrap_err().contains("---"));
        assert!(read("```predict\nQ\n$ x\n$ y\n---\nw\n```").unwrap_err().contains("one command"));
    }

    #[test]
    fn its_output_is_rewritten_like_that_of_any_block() {
        let mut block = read(TEXT).unwrap().block;
        block.steps[0].output = vec!["b".to_owned()];
        assert_eq!(block.rewrite(TEXT), TEXT.replace("\na\n", "\nb\n"));
    }
}
