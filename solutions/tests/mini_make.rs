//! Wrong answers to mini_make, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::process::ExitCode;

use nix::sys::wait::WaitStatus;

use answers::mini_make::{NoPlan, Report, Rule};

#[path = "../../exercises/tests/checks/mini_make.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod mini_make {
        use std::io;

        use nix::sys::signal::Signal;
        use nix::sys::wait::WaitStatus;

        #[derive(Clone)]
        pub(crate) struct Rule {
            pub(crate) target: String,
            pub(crate) needs: Vec<String>,
            pub(crate) recipe: String,
        }

        #[derive(Debug, PartialEq)]
        pub(crate) enum NoPlan {
            NoRule(String),
            Circle(Vec<String>),
        }

        #[derive(Debug, PartialEq)]
        pub(crate) struct Report {
            pub(crate) built: Vec<String>,
            pub(crate) failed: Vec<String>,
            pub(crate) not_begun: Vec<String>,
            pub(crate) signal: Option<Signal>,
        }

        pub(crate) fn plan<'a>(rules: &'a [Rule], goal: &str) -> Result<Vec<&'a Rule>, NoPlan> {
            let targets = (crate::CHOSEN.get().plan)(rules, goal)?;
            let rule = |target| rules.iter().find(|rule| rule.target == target);
            Ok(targets.into_iter().filter_map(rule).collect())
        }

        pub(crate) fn run_recipe(recipe: &str) -> io::Result<(WaitStatus, Vec<u8>)> {
            (crate::CHOSEN.get().run_recipe)(recipe)
        }

        pub(crate) fn build(plan: &[&Rule], jobs: usize) -> io::Result<Report> {
            (crate::CHOSEN.get().build)(plan, jobs)
        }

        pub(crate) fn parse(makefile: &str) -> Result<Vec<Rule>, String> {
            (crate::CHOSEN.get().parse)(makefile)
        }
    }
}

/// The targets of a plan.
type Targets = Result<Vec<String>, NoPlan>;
type StatusAndLog = io::Result<(WaitStatus, Vec<u8>)>;

struct Functions {
    plan: fn(&[Rule], &str) -> Targets,
    run_recipe: fn(&str) -> StatusAndLog,
    build: fn(&[&Rule], usize) -> io::Result<Report>,
    parse: fn(&str) -> Result<Vec<Rule>, String>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            plan: |rules, goal| {
                let rules: Vec<$answer::Rule> =
                    rules.iter().map(|rule| own!($answer, rule)).collect();
                match $answer::plan(&rules, goal) {
                    Ok(plan) => Ok(plan.into_iter().map(|rule| rule.target.clone()).collect()),
                    Err($answer::NoPlan::NoRule(file)) => Err(NoPlan::NoRule(file)),
                    Err($answer::NoPlan::Circle(files)) => Err(NoPlan::Circle(files)),
                }
            },
            run_recipe: $answer::run_recipe,
            build: |plan, jobs| {
                let rules: Vec<$answer::Rule> =
                    plan.iter().map(|rule| own!($answer, rule)).collect();
                let report = $answer::build(&rules.iter().collect::<Vec<_>>(), jobs)?;
                let $answer::Report { built, failed, not_begun, signal } = report;
                Ok(Report { built, failed, not_begun, signal })
            },
            parse: |makefile| {
                let rules = $answer::parse(makefile)?.into_iter();
                Ok(rules
                    .map(|$answer::Rule { target, needs, recipe }| Rule { target, needs, recipe })
                    .collect())
            },
        }
    };
}

/// A rule as the answer's own type.
macro_rules! own {
    ($answer:ident, $rule:ident) => {{
        let Rule { target, needs, recipe } = (*$rule).clone();
        $answer::Rule { target, needs, recipe }
    }};
}

include!(concat!(env!("OUT_DIR"), "/mini_make.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
