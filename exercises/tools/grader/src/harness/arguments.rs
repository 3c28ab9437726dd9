//! The arguments that cargo's users, and cargo nextest, give a test binary. libtest-mimic could
//! read them, but it knows a single filter only, and its clap would be linked anew after each
//! edit of an exercise.

use std::ffi::OsString;

/// What is to be run, and how to show it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) filters: Vec<String>,
    pub(super) skip: Vec<String>,
    pub(super) exact: bool,
    pub(super) list: bool,
    /// Only ignored tests are wanted, and there are none.
    pub(super) ignored: bool,
    pub(super) nocapture: bool,
    pub(super) quiet: bool,
    /// The program that asked shows the result, and how to ask again.
    pub(super) brief: bool,
    /// The reader is a program: see [`super::report`].
    pub(super) json: bool,
    pub(super) color: Option<bool>,
    pub(super) threads: Option<usize>,
    pub(super) help: bool,
}

pub(super) const HELP: &str = "\
Usage: [FILTERS…] [OPTIONS]

  FILTERS                 run the exercises with these names; a FILTER that is no exercise's name
                          runs the checks whose names contain it
  --exact                 run the checks whose names equal one of these strings
  --skip TEXT             skip the checks whose names contain TEXT (may be repeated)
  --list                  print the names of the checks instead of running them
  --nocapture             show what the functions print, even if a check passes
  --test-threads N        run N checks at the same time
  --color auto|always|never
  -q, --quiet             print only the failures and the result
  --json                  print one event per line, for programs
  --brief                 omit the result, and advice on what to type

With GRADER_TIMELINE=1 in the environment, a failed check shows what its processes did.
";

impl Arguments {
    /// # Errors
    ///
    /// An argument that is unknown, or has a wrong value.
    pub(super) fn read(raw: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;

        let mut arguments = Arguments::default();
        let mut parser = lexopt::Parser::from_args(raw);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(filter) => arguments.filters.push(filter.string()?),
                Long("skip") => arguments.skip.push(parser.value()?.string()?),
                Long("exact") => arguments.exact = true,
                Long("list") => arguments.list = true,
                Long("ignored") => arguments.ignored = true,
                Long("nocapture" | "no-capture" | "show-output") => arguments.nocapture = true,
                Short('q') | Long("quiet") => arguments.quiet = true,
                Long("color") => arguments.color = colour(&parser.value()?.string()?)?,
                Long("test-threads") => arguments.threads = Some(parser.value()?.parse()?),
                Long("json") => arguments.json = true,
                Long("brief") => arguments.brief = true,
                Short('h') | Long("help") => arguments.help = true,
                // Understood, and without an effect here.
                Long("include-ignored" | "test" | "bench" | "report-time") => {}
                Long("format" | "logfile") | Short('Z') => drop(parser.value()?),
                unknown => return Err(unknown.unexpected()),
            }
        }
        Ok(arguments)
    }

    /// Whether the check `name` is to be run. A filter that is the name of one of the `exercises` is
    /// about this exercise alone, even if the name of another one's check contains it.
    pub(super) fn select(&self, name: &str, exercises: &[&str]) -> bool {
        let matches = |filter: &String| {
            if self.exact { name == filter } else { name.contains(filter.as_str()) }
        };
        let is_of = |filter: &String| match name.split_once("::") {
            Some((exercise, _)) if !self.exact && exercises.contains(&filter.as_str()) => {
                exercise == filter
            }
            _ => matches(filter),
        };
        let wanted = self.filters.is_empty() || self.filters.iter().any(is_of);
        wanted && !self.ignored && !self.skip.iter().any(matches)
    }

    /// Whether they name checks to be run, rather than all, or checks that there are not.
    pub(super) fn is_choice(&self) -> bool {
        !self.filters.is_empty() && !self.list && !self.ignored && self.skip.is_empty()
    }

    /// The names of checks to be run.
    pub(super) fn choice(&self) -> String {
        self.filters.join("\" or \"")
    }
}

fn colour(when: &str) -> Result<Option<bool>, lexopt::Error> {
    match when {
        "auto" => Ok(None),
        "always" => Ok(Some(true)),
        "never" => Ok(Some(false)),
        _ => Err(lexopt::Error::Custom(
            format!("--color is auto, always or never, not {when}").into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Arguments {
        Arguments::read(words.iter().map(OsString::from)).unwrap()
    }

    #[test]
    fn any_of_several_filters_selects() {
        let arguments = read(&["fork_", "pool", "--skip", "random"]);
        assert!(arguments.select("fork_basics::codes", &[]));
        assert!(arguments.select("pool_map::order", &[]));
        assert!(!arguments.select("fork_random::seeds", &[]));
        assert!(!arguments.select("shared_log::lines", &[]));
    }

    #[test]
    fn the_name_of_an_exercise_is_no_part_of_another_name() {
        let exercises = ["pipeline", "tiny_shell"];
        let selects = |word, name| read(&[word]).select(name, &exercises);
        assert!(selects("pipeline", "pipeline::two_programs"));
        assert!(!selects("pipeline", "tiny_shell::step_4_a_job_may_be_a_pipeline"));
        assert!(selects("a_pipeline", "tiny_shell::step_4_a_job_may_be_a_pipeline"));
    }

    #[test]
    fn a_program_may_ask_for_the_verdicts_alone() {
        assert!(read(&["pool_map::", "--brief", "--color", "never"]).brief);
    }

    #[test]
    fn exact_is_the_whole_name() {
        let arguments = read(&["a::b", "--exact", "--nocapture"]); // as nextest calls
        assert!(arguments.select("a::b", &[]) && arguments.nocapture);
        assert!(!arguments.select("a::bc", &[]));
    }

    #[test]
    fn no_check_is_ignored() {
        assert!(read(&[]).select("a::b", &[]));
        assert!(!read(&["--list", "--format", "terse", "--ignored"]).select("a::b", &[]));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in [["--nonsense"], ["--color=blue"], ["--test-threads=many"]] {
            assert!(Arguments::read(words.map(OsString::from)).is_err(), "{words:?}");
        }
    }
}
