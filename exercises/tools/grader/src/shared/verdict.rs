//! What the supervisor found out, and how it travels to the harness.

use std::io;

use serde::{Deserialize, Serialize};

use super::calls::Calls;
use super::fault::Fault;
use super::searched::Searched;

/// One thing that is wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which kind of mistake it is.
    pub fault: Fault,
    /// What happened, to which processes, and what to do: some lines of plain words.
    pub text: String,
    /// The section of the book about it, as in `waitpid.md#a-zombie-has-a-parent`; `None` if that
    /// depends on the check.
    #[serde(default)]
    pub see: Option<String>,
}

/// The outcome of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What is wrong, most important first. Empty if the check passed.
    pub findings: Vec<Finding>,
    /// How long it took, and how many processes were forked.
    pub notes: String,
    /// What the function printed on standard output.
    pub out: String,
    /// What it printed on standard error.
    pub err: String,
    /// The lives of its processes, as [`timeline::json`] writes them. Empty if it forked none.
    pub run: String,
    /// Whether it was run in every order.
    #[serde(default)]
    pub searched: Searched,
    /// How often its processes made calls that move data.
    #[serde(default)]
    pub calls: Box<Calls>,
}

impl Verdict {
    /// The kind of the most important finding; `None` if the check passed.
    pub fn fault(&self) -> Option<Fault> {
        self.findings.first().map(|finding| finding.fault)
    }

    pub(crate) fn add(&mut self, fault: Fault, text: impl Into<String>) {
        self.add_with_section(fault, text, fault.section());
    }

    /// Adds a finding whose section of the book is not that of its fault.
    pub(crate) fn add_with_section(
        &mut self,
        fault: Fault,
        text: impl Into<String>,
        see: Option<&str>,
    ) {
        self.findings.push(Finding { fault, text: text.into(), see: see.map(str::to_owned) });
        self.findings.sort_by_key(|finding| finding.fault); // stable: equals stay in order
    }

    /// Adds to the main finding what made the check find it.
    pub(crate) fn explain(&mut self, why: &str) {
        if let Some(main) = self.findings.first_mut() {
            main.text.push_str(why);
        }
    }

    /// Makes this fault the main one: here the others follow from it.
    pub(crate) fn put_first(&mut self, fault: Fault) {
        self.findings.sort_by_key(|finding| finding.fault != fault);
    }

    /// Leaves out what only follows from something worse.
    pub(crate) fn drop_consequences(&mut self) {
        if self.fault().is_some_and(Fault::explains_the_rest) {
            self.findings.retain(|finding| finding.fault.explains_the_rest());
        }
    }

    /// Nothing can be said about the answer, because the grader had a problem of its own.
    pub(crate) fn grader_failed(why: impl Into<String>) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.add(Fault::GraderFailed, why);
        verdict
    }

    /// The check could not be run.
    pub(crate) fn not_run(error: &io::Error) -> Verdict {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Verdict::grader_failed(format!("The check could not be run: {error}\n"));
        }
        let mut verdict = Verdict::default();
        verdict.add(Fault::NoProcesses, NO_PROCESSES);
        verdict
    }

    /// As JSON. A report that was cut off is no JSON, so it cannot be taken for a whole one.
    pub(crate) fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // maps with string keys never fail
    }

    /// The verdict that `encode` made into `report`; `None` if the report was cut off.
    pub(crate) fn decode(report: &str) -> Option<Verdict> {
        serde_json::from_str(report).ok()
    }
}

/// What to say where a fork failed with EAGAIN, though no check has planned it.
pub(crate) const NO_PROCESSES: &str = "\
The system refused to create a process because there are too many (ulimit -u). This says nothing
about your answer. Raise the limit, or end other programs, and check again.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn two_findings() -> Verdict {
        let (notes, out, run) = ("3 ms".into(), "b\n".into(), "{}\n".into());
        let mut verdict = Verdict { notes, out, run, ..Verdict::default() };
        verdict.add(Fault::WrongOutput, "- a\n+ b\n");
        verdict.add(Fault::TimedOut, "");
        verdict
    }

    #[test]
    fn the_most_important_finding_is_the_verdict() {
        assert_eq!(two_findings().fault(), Some(Fault::TimedOut));
        assert_eq!(Verdict::default().fault(), None);
    }

    #[test]
    fn it_travels() {
        let verdict = two_findings();
        assert_eq!(Verdict::decode(&verdict.encode()), Some(verdict));
    }

    #[test]
    fn a_report_that_was_cut_off_is_none() {
        let whole = two_findings().encode();
        for end in 0..whole.len() {
            assert_eq!(Verdict::decode(&whole[..end]), None, "cut off after {end} bytes");
        }
    }
}
