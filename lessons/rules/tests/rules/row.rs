//! What is asked of a lesson, rule by rule.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use testkit::Lesson;

/// What there is to know about a lesson.
pub(crate) struct Row {
    pub(crate) package: &'static str,
    /// Arguments of a run that goes well.
    pub(crate) good: &'static [&'static str],
    /// Arguments that make no sense.
    pub(crate) wrong: &'static [&'static str],
    /// Good arguments and one more.
    pub(crate) surplus: &'static [&'static str],
    /// How many processes that run starts; the rules refuse it each of them in turn.
    pub(crate) forks: u32,
    /// Arguments of the run that is interrupted: the good ones, unless those might end it before.
    pub(crate) long: &'static [&'static str],
}

/// Makes a module with one test a rule for each line of the table.
macro_rules! rules {
    (@first $long:tt $($good:tt)?) => { $long };
    ($($name:ident: (
        $package:literal, $good:tt, $wrong:tt, $surplus:tt, $forks:literal $(, $long:tt)?
    ),)*) => {
        $(mod $name {
            const ROW: crate::row::Row = crate::row::Row {
                package: $package, good: &$good, wrong: &$wrong, surplus: &$surplus, forks: $forks,
                long: &rules!(@first $($long)? $good),
            };
            #[test]
            fn runs_and_leaves_nothing() { ROW.runs_and_leaves_nothing(); }
            #[test]
            fn answers_help() { ROW.answers_help(); }
            #[test]
            fn refuses_wrong_arguments() { ROW.refuses(ROW.wrong); }
            #[test]
            fn refuses_surplus_arguments() { ROW.refuses(ROW.surplus); }
            #[test]
            fn ends_quietly_when_nobody_reads() { ROW.ends_quietly_when_nobody_reads(); }
            #[test]
            fn ends_on_ctrl_c() { ROW.ends_on_ctrl_c(); }
            #[test]
            fn explains_a_refused_fork() { ROW.explains_a_refused_fork(); }
        })*

        const PACKAGES: &[&str] = &[$($package),*];
    };
}
impl Row {
    fn lesson(&self, args: &[&str]) -> Lesson {
        Lesson::new(BINARIES.join(self.package)).args(args)
    }

    pub(crate) fn runs_and_leaves_nothing(&self) {
        self.lesson(self.good).run().assert_success();
    }

    pub(crate) fn answers_help(&self) {
        let run = self.lesson(&["--help"]).run();
        run.assert_success();
        let usage = format!("Usage: {}", self.package);
        assert!(run.stdout.contains(&usage), "no {usage:?} in\n{}", run.stdout);
    }

    /// Exit status 2, one line on what is wrong and the usage on standard error, nothing forked:
    /// every fork is refused here, and a lesson that tried one would complain of that instead.
    pub(crate) fn refuses(&self, args: &[&str]) {
        let lesson = self.lesson(args);
        let lesson = if cfg!(target_os = "linux") {
            lesson.refuse_forks_after(0).expect("anybody may refuse himself all forks")
        } else {
            lesson
        };
        let run = lesson.run();
        run.assert_code(2);
        assert_eq!(run.stdout, "", "standard output is for results");
        let (first, rest) = run.stderr.split_once("\n\n").expect("a line, a blank one, the usage");
        assert!(!first.contains('\n') && first.starts_with(self.package), "{first}");
        assert!(rest.contains("Usage: "), "no usage in\n{}", run.stderr);
    }

    /// As behind `| head -1`: the reader takes the first line and goes away.
    pub(crate) fn ends_quietly_when_nobody_reads(&self) {
        let sample = self.lesson(self.good).run().stdout;
        let first_line = sample.lines().next().map_or(0, |line| line.len() + 1);
        let run = self.lesson(self.good).start_with_room_for(first_line);
        run.wait_until_stuck().stop_reading().assert_success();
    }

    /// SIGINT to the group while the lesson stands still at its start, a quarter of its output
    /// later, and in its middle.
    pub(crate) fn ends_on_ctrl_c(&self) {
        let all = self.lesson(self.good).run().stdout.len();
        for room in [0, all / 4, all / 2] {
            let run = self.lesson(self.long).start_with_room_for(room);
            run.wait_until_stuck().interrupt().assert_interrupted();
        }
    }

    /// The first fork fails, then the second, and so on: exit status 1, the system's reason, a
    /// hint, and the children that were started are waited for.
    pub(crate) fn explains_a_refused_fork(&self) {
        for forks in 0..self.forks {
            let lesson = match self.lesson(self.good).refuse_forks_after(forks) {
                Ok(lesson) => lesson,
                Err(why) => {
                    let package = self.package;
                    return testkit::skip(format!("{package}: refusing fork {}: {why}", forks + 1));
                }
            };
            let run = lesson.run();
            run.assert_code(1);
            let reason = "Resource temporarily unavailable";
            assert!(run.stderr.contains(reason), "no reason in\n{}", run.stderr);
            assert!(run.stderr.contains("hint: "), "no hint in\n{}", run.stderr);
        }
    }
}

/// The folder with the lessons' binaries, built as this test was.
static BINARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().expect("this test's own path");
    let folder = test.ancestors().nth(2).expect("target/debug/deps/this").to_owned();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--quiet"]);
    cargo.args(crate::PACKAGES.iter().flat_map(|package| ["--package", package]));
    cargo.args(folder.ends_with("release").then_some("--release"));
    let built = cargo.status().expect("cargo can be started");
    assert!(built.success(), "the lessons do not build");
    folder
});
