//! What is asked of a lesson, rule by rule.

use std::path::PathBuf;
use std::sync::LazyLock;

use nix::sys::signal::Signal;
use testkit::Lesson;
use unicode_width::UnicodeWidthStr;

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

/// Asks one thing of a lesson, and panics if it is not so.
type Rule = fn(&Row);

/// Every rule by its name.
pub(crate) const RULES: [(&str, Rule); 12] = [
    ("runs_and_leaves_nothing", Row::runs_and_leaves_nothing),
    ("answers_help", Row::answers_help),
    ("refuses_wrong_arguments", |row| row.refuses(row.wrong)),
    ("refuses_surplus_arguments", |row| row.refuses(row.surplus)),
    ("ends_quietly_when_nobody_reads", Row::ends_quietly_when_nobody_reads),
    ("ends_on_ctrl_c", Row::ends_on_ctrl_c),
    ("explains_a_refused_fork", Row::explains_a_refused_fork),
    ("fits_80_columns", Row::fits_80_columns),
    ("tears_no_line_in_80_columns", |row| row.tears_no_line_in(80)),
    ("tears_no_line_in_60_columns", |row| row.tears_no_line_in(60)),
    ("tells_that_the_disk_is_full", Row::tells_that_the_disk_is_full),
    (
        "heeds_its_children_where_sigchld_is_ignored",
        Row::heeds_its_children_where_sigchld_is_ignored,
    ),
];

/// Makes the rows of a table, each with a name, from its lines.
macro_rules! rows {
    (@first $long:tt $($good:tt)?) => { $long };
    ($($name:ident: (
        $package:literal, $good:tt, $wrong:tt, $surplus:tt, $forks:literal $(, $long:tt)?
    ),)*) => {
        &[$((stringify!($name), Row {
            package: $package, good: &$good, wrong: &$wrong, surplus: &$surplus, forks: $forks,
            long: &rows!(@first $($long)? $good),
        })),*]
    };
}

impl Row {
    fn lesson(&self, args: &[&str]) -> Lesson {
        Lesson::new(BINARIES.join(self.package)).args(args)
    }

    fn runs_and_leaves_nothing(&self) {
        self.lesson(self.good).run().assert_success();
    }

    fn answers_help(&self) {
        let run = self.lesson(&["--help"]).run();
        run.assert_success();
        let (package, all) = (self.package, &run.stdout);
        assert!(all.contains(&format!("Usage: {package}")), "no usage in\n{all}");
        assert!(all.contains(&format!("Example: cargo run -p {package} ")), "no example in\n{all}");
    }

    /// No line has to be broken at 80 columns: a broken row of a table is hard to read.
    fn fits_80_columns(&self) {
        for args in [self.good, &["--help"]] {
            let run = self.lesson(args).run();
            let wide: Vec<&str> =
                run.lines().into_iter().filter(|line| line.width() > 80).collect();
            // A log has long lines, of which one is shown; the report of many machines has the
            // format of the exercise, but not on a terminal.
            let allowed = match self.package {
                "lesson-logging" => wide.iter().filter(|line| line.contains(" work.rs:")).count(),
                "lesson-many-machines" if args == self.good => wide.len(),
                _ => 0,
            };
            assert!(wide.len() <= allowed, "{args:?}: {wide:#?}");
        }
    }

    /// Neither the run nor the help has a line that the terminal itself breaks, in a word.
    fn tears_no_line_in(&self, columns: u16) {
        for args in [self.good, &["--help"]] {
            let terminal = self.lesson(args).start_on_terminal(500, columns);
            let (run, torn) = terminal.finish_and_find_torn_rows();
            run.assert_success();
            assert_eq!(torn, [""; 0], "{args:?}, {columns} columns");
        }
    }

    /// A lesson whose output is lost runs to its end, waits for its children, and reports the loss.
    fn tells_that_the_disk_is_full(&self) {
        if !cfg!(target_os = "linux") {
            return println!("not tried: this system has no /dev/full");
        }
        for args in [self.good, &["--help"]] {
            let run = self.lesson(args).writing_to("/dev/full").run();
            run.assert_code(1);
            assert!(run.stderr.contains("No space left on device"), "{args:?}: {}", run.stderr);
        }
    }

    /// With SIGCHLD ignored the kernel would throw the statuses of the children away.
    fn heeds_its_children_where_sigchld_is_ignored(&self) {
        let run = self.lesson(self.good).ignoring(Signal::SIGCHLD).run();
        run.assert_code(0);
        assert!(run.stderr.contains("was started with SIGCHLD ignored"), "{}", run.stderr);
    }

    /// Exit status 2, one line on what is wrong and the usage on standard error, nothing forked:
    /// every fork is refused here, and a lesson that tried one would complain of that instead.
    fn refuses(&self, args: &[&str]) {
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
    fn ends_quietly_when_nobody_reads(&self) {
        let sample = self.lesson(self.good).run().stdout;
        let first_line = sample.lines().next().map_or(0, |line| line.len() + 1);
        let run = self.lesson(self.good).start_with_room_for(first_line);
        run.wait_until_stuck().stop_reading().assert_success();
    }

    /// SIGINT to the group while the lesson stands still at its start, a quarter of its output
    /// later, and in its middle.
    fn ends_on_ctrl_c(&self) {
        let all = self.lesson(self.good).run().stdout.len();
        for room in [0, all / 4, all / 2] {
            let run = self.lesson(self.long).start_with_room_for(room);
            run.wait_until_stuck().interrupt().assert_interrupted();
        }
    }

    /// The first fork fails, then the second, and so on: exit status 1, the system's reason, a
    /// hint, and the children that were started are waited for.
    fn explains_a_refused_fork(&self) {
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
static BINARIES: LazyLock<PathBuf> =
    LazyLock::new(|| testkit::build(crate::ROWS.iter().map(|(_, row)| ["--bin", row.package])));
