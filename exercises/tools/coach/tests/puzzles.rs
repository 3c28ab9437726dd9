//! The questions of `cargo coach practise`: their answers are true.
#![allow(dead_code, clippy::allow_attributes, reason = "the coach uses what is not used here")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

#[cfg(target_os = "linux")]
#[path = "../src/puzzles/mod.rs"]
mod puzzles;
mod tools;

/// The programs of the exercise `predict`, and the search that its checks make in memory.
#[cfg(target_os = "linux")]
#[path = "../../../tests/checks/predict"]
mod predict {
    pub(crate) mod model;
    pub(crate) mod programs;
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // One thread, the first: a search forks, and refuses to do so beside other threads.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, on_linux::trials()).exit_code()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod on_linux {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::io::{Read, pipe};
    use std::rc::Rc;
    use std::sync::OnceLock;

    use libtest_mimic::Trial;
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, dup2_stdout, fork};
    use orders::{Outcome, Search};

    use crate::predict::{model, programs};
    use crate::puzzles::generator::{Ask, HIGHEST, generate};
    use crate::puzzles::program::{IMPORTS, MOST_LINES, Program, Statement};
    use crate::puzzles::{Given, Puzzle, Random, Searches, Topic, search};
    use crate::tools::{Said, Workbook, real_root};

    pub(super) fn trials() -> Vec<Trial> {
        let trial = |name: &str, test: fn()| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        };
        vec![
            trial("the_same_seed_asks_the_same", the_same_seed_asks_the_same),
            trial("no_program_is_searched_twice", no_program_is_searched_twice),
            trial("an_answer_agrees_with_a_run", an_answer_agrees_with_a_run),
            trial("an_order_leads_where_it_is_said_to", an_order_leads_where_it_is_said_to),
            trial("the_code_does_what_is_said_of_it", the_code_does_what_is_said_of_it),
            trial("each_topic_has_many_questions", each_topic_has_many_questions),
            trial("a_wrong_answer_is_explained", a_wrong_answer_is_explained),
            trial("the_exercise_predict_is_true", the_exercise_predict_is_true),
        ]
    }

    type Searched = (Program, Ask, orders::Report);

    /// A program of each topic and level, with all its outcomes: searched once for all tests.
    /// `PUZZLES_SEED=17` takes others.
    fn programs() -> &'static [Searched] {
        static PROGRAMS: OnceLock<Vec<Searched>> = OnceLock::new();
        let seed = std::env::var("PUZZLES_SEED").ok().and_then(|seed| seed.parse().ok());
        PROGRAMS.get_or_init(|| search_some(seed.unwrap_or(1)))
    }

    fn search_some(seed: u64) -> Vec<Searched> {
        let (mut random, mut programs) = (Random::new(seed), Vec::new());
        let mut searches = Searches::default();
        for (topic, level) in
            Topic::ALL.iter().flat_map(|topic| (0..=HIGHEST).map(move |l| (topic, l)))
        {
            let more = std::iter::repeat_with(|| generate(*topic, level, &mut random));
            let searched = more.into_iter().find_map(|(program, ask)| {
                let report = searches.all(&program, ask == Ask::Zombie).unwrap()?;
                Some((program, ask, Rc::unwrap_or_clone(report)))
            });
            programs.extend(searched);
        }
        programs
    }

    /// What a search has found is known from then on, also that there are too many orders.
    fn no_program_is_searched_twice() {
        let mut searches = Searches::default();
        let line = || Statement::Line("a".to_owned());
        let small = Program(vec![Statement::Fork, line()]);
        let large = Program(vec![Statement::Fork, Statement::Fork, line()]);
        assert!(searches.is_quick(&small, false) && !searches.is_quick(&large, false));
        let first = searches.all(&small, false).unwrap().unwrap();
        assert!(Rc::ptr_eq(&first, &searches.all(&small, false).unwrap().unwrap()));
        assert!(!Rc::ptr_eq(&first, &searches.all(&small, true).unwrap().unwrap()));
        assert!(searches.all(&large, false).unwrap().is_none());
        assert!(searches.is_quick(&large, false));
        assert_eq!(searches.refused(), 1);
    }

    fn may_hang(report: &orders::Report) -> bool {
        report.outcomes.keys().any(Outcome::is_deadlock)
    }

    fn the_same_seed_asks_the_same() {
        let ask = || {
            let (mut random, mut asked) = (Random::new(5), BTreeSet::new());
            let mut searches = Searches::default();
            let make = |topic: &Topic| {
                let made = Puzzle::make(*topic, 2, &asked, &mut searches, &mut random);
                let puzzle = made.unwrap().unwrap();
                asked.insert(puzzle.code());
                (puzzle.code(), puzzle.question(), puzzle.options(), puzzle.right_answer())
            };
            Topic::ALL.iter().chain(&Topic::ALL).map(make).collect::<Vec<_>>()
        };
        assert_eq!(ask(), ask());
    }

    /// What the interpreter prints in an ordinary run is one of the outcomes.
    fn an_answer_agrees_with_a_run() {
        let mut runs = 0;
        for (program, ask, report) in programs() {
            if may_hang(report) {
                continue; // for ever, in some orders
            }
            let output = run(program, *ask == Ask::Zombie);
            let is_known = report.outcomes.keys().any(|outcome| outcome.output == output);
            assert!(is_known, "{output:?} is no outcome of\n{}", program.code().join("\n"));
            runs += 1;
        }
        assert!(runs > 15, "only {runs} programs end in every order");
    }

    /// Runs a program once, and returns all that its processes print.
    fn run(program: &Program, look: bool) -> String {
        let (mut reader, writer) = pipe().unwrap();
        // SAFETY: this process has one thread.
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                dup2_stdout(&writer).unwrap();
                drop((reader, writer));
                let status = program.run(look);
                // SAFETY: it ends this process, and nothing after it runs.
                unsafe { nix::libc::_exit(status) }
            }
            ForkResult::Parent { child } => {
                drop(writer);
                let mut output = String::new();
                reader.read_to_string(&mut output).unwrap(); // its end: all processes have ended
                waitpid(child, None).unwrap();
                output
            }
        }
    }

    /// Replayed, the order that is shown for an outcome leads to this outcome.
    fn an_order_leads_where_it_is_said_to() {
        for (program, ask, report) in programs() {
            let search = Search::function(|| program.run(*ask == Ask::Zombie));
            for (outcome, found) in report.outcomes.iter().take(3) {
                let replay = search.replay(&found.order).unwrap();
                assert_eq!(replay.outcome, *outcome, "{}", program.code().join("\n"));
            }
        }
    }

    /// The Rust code that a reader sees, compiled and run, prints one of the outcomes.
    fn the_code_does_what_is_said_of_it() {
        let workbook = Workbook::built("puzzles");
        fs::create_dir_all(workbook.root.join("exercises/run")).unwrap();
        for (index, (program, _, report)) in programs().iter().enumerate() {
            // One of each topic, and all that leave text in a buffer: that is Rust's own doing.
            let is_chosen = index % (HIGHEST + 1) == 2;
            let has_text = program.code().iter().any(|line| line.contains("print!(\"x"));
            if !is_chosen && !has_text || may_hang(report) {
                continue;
            }
            let all = search::all(program, false).unwrap().unwrap();
            let code = program.code().join("\n");
            let text = format!("#![deny(warnings)]\n#![allow(unused_imports)]\n{IMPORTS}{code}\n");
            fs::write(workbook.root.join("exercises/run/fork_basics.rs"), text).unwrap();
            let output = workbook.command(&["run", "fork_basics"]).output().unwrap();
            let said = Said::of(&output);
            assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{code}");
            assert!(all.outcomes.keys().any(|it| it.output == said.out), "{}\n{code}", said.out);
        }
    }

    /// None of them is too long for a screen, and they are not always the same.
    fn each_topic_has_many_questions() {
        let (mut random, mut searches) = (Random::new(4), Searches::default());
        for topic in Topic::ALL {
            assert!(real_root().join(topic.chapter()).is_file(), "{}", topic.chapter());
            let (mut asked, mut answers) = (BTreeSet::new(), BTreeMap::new());
            for level in [0, 0, 1, 1, 2, 2, 3, 3, 3, 3] {
                let refused = searches.refused();
                let made = Puzzle::make(topic, level, &asked, &mut searches, &mut random);
                let puzzle = made.unwrap().unwrap();
                assert!(searches.refused() <= refused + 1, "the reader waits for a second search");
                assert!(puzzle.code().len() <= MOST_LINES);
                assert!(puzzle.code().iter().all(|line| line.len() <= 76), "{:?}", puzzle.code());
                assert!(asked.insert(puzzle.code()), "twice: {:?}", puzzle.code());
                *answers.entry(format!("{:?}", puzzle.right_answer())).or_insert(0) += 1;
            }
            assert!(answers.len() > 1, "{topic} has one answer: {answers:?}");
        }
    }

    /// An answer that is wrong gets a reason, with an order where there is one.
    fn a_wrong_answer_is_explained() {
        let (mut random, mut searches) = (Random::new(6), Searches::default());
        for topic in Topic::ALL {
            let made = Puzzle::make(topic, 1, &BTreeSet::new(), &mut searches, &mut random);
            let puzzle = made.unwrap().unwrap();
            assert!(puzzle.judge(&puzzle.right_answer()).is_ok());
            let options: BTreeSet<usize> = (0..puzzle.options().len()).collect();
            let wrong = match puzzle.right_answer() {
                Given::Number(number) => Given::Number(number + 1),
                Given::Letters(right) => {
                    Given::Letters(options.difference(&right).copied().collect())
                }
            };
            let reasons = puzzle.judge(&wrong).unwrap_err();
            let lines: Vec<&String> = reasons.iter().flat_map(|(_, story)| story).collect();
            assert!(lines.iter().any(|line| line.contains("forks child 1")), "{reasons:?}");
        }
    }

    /// What the checks of `predict` find in memory is what a search finds that runs the processes;
    /// and the stub shows these programs.
    fn the_exercise_predict_is_true() {
        let stub = fs::read_to_string(real_root().join("exercises/stubs/predict.rs")).unwrap();
        for (name, steps) in [
            ("one_child", programs::ONE_CHILD),
            ("one_wait", programs::ONE_WAIT),
            ("a_loop", programs::A_LOOP),
            ("text_in_a_buffer", programs::TEXT_IN_A_BUFFER),
            ("a_grandchild", programs::A_GRANDCHILD),
            ("a_child_goes_on", programs::A_CHILD_GOES_ON),
        ] {
            let in_memory: BTreeSet<String> = model::all_outputs(steps).into_keys().collect();
            let loop_body = || vec![Statement::Child(vec![Statement::Line("{i}".to_owned())])];
            let program = Program(match name {
                "a_loop" => vec![Statement::Repeat(2, loop_body())],
                _ => statements(steps),
            });
            let report = search::all(&program, false).unwrap().unwrap();
            let found = report.outcomes.into_keys().map(|outcome| outcome.output).collect();
            assert_eq!(in_memory, found, "{name}");
            let code = program.code();
            let code = code[1..code.len() - 2].iter().map(|line| format!("/// {}\n", &line[4..]));
            let code = code.collect::<String>().replace("let _ = wait();", "wait()?;");
            let shown = format!("/// ```text\n{code}/// ```\npub fn {name}()");
            let is_shown = stub.replace("let _ = wait();", "wait()?;").contains(&shown);
            assert!(is_shown, "the stub does not show\n{shown}");
        }
    }

    /// Flat steps, with their blocks.
    fn statements(mut steps: &[model::Step]) -> Vec<Statement> {
        let mut statements = Vec::new();
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            statements.push(match *step {
                model::Step::Line(text) => Statement::Line(text.to_owned()),
                model::Step::Text(text) => Statement::Text(text.to_owned()),
                model::Step::Wait => Statement::Wait,
                model::Step::Exit => Statement::Exit,
                model::Step::Child(count) => {
                    let (block, behind) = steps.split_at(count);
                    steps = behind;
                    Statement::Child(self::statements(block))
                }
            });
        }
        statements
    }
}
