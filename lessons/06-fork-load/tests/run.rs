//! What a run of the lesson shows. Nothing here depends on how fast the machine is.

use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-fork-load");

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(BINARY).args(args).run();
    run.assert_success();
    run
}

/// A line of the table.
struct Row {
    children: f64,
    wall: f64,
    user: f64,
    system: f64,
    speed_up: f64,
    steps: u64,
}

fn rows(run: &Finished) -> Vec<Row> {
    let starts_with_digit = |line: &&str| line.trim().starts_with(|c: char| c.is_ascii_digit());
    let row = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [children, wall, user, system, speed_up, steps] = fields[..] else {
            panic!("not six columns: {line}");
        };
        let number = |text: &str| text.parse().expect(text);
        Row {
            children: number(children),
            wall: number(wall),
            user: number(user),
            system: number(system),
            speed_up: number(speed_up),
            steps: steps.replace(',', "").parse().expect(steps),
        }
    };
    run.stdout.lines().filter(starts_with_digit).map(row).collect()
}

/// Counted here once more, in another way: with a rule for the odd numbers that takes two steps.
fn steps_up_to(size: u64) -> u64 {
    fn steps(n: u64) -> u64 {
        match n {
            1 => 0,
            n if n % 2 == 1 => 2 + steps((3 * n).div_ceil(2)),
            n => 1 + steps(n / 2),
        }
    }
    (1..=size).map(steps).sum()
}

#[test]
fn every_number_of_children_does_the_whole_work() {
    let run = run(&["--table", "--size", "12345"]);
    let rows = rows(&run);
    assert_eq!(rows.iter().map(|row| row.children).collect::<Vec<_>>(), [1.0, 2.0, 4.0, 8.0]);
    for row in &rows {
        assert_eq!(row.steps, steps_up_to(12_345), "{} children", row.children);
    }
    assert!(run.stdout.contains("every run did the same work"), "{}", run.stdout);
}

#[test]
fn more_children_than_work_are_no_harm() {
    let rows = rows(&run(&["64", "--size", "1"]));
    assert_eq!(rows.iter().map(|row| row.steps).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn one_child_is_compared_with_as_many_as_asked() {
    let rows = rows(&run(&["3", "--size", "1000"]));
    assert_eq!(rows.iter().map(|row| row.children).collect::<Vec<_>>(), [1.0, 3.0]);
}

#[test]
fn the_speed_up_is_what_the_wall_times_say() {
    let rows = rows(&run(&["--table", "--size", "300000"]));
    let half = 0.0005; // times are printed to a thousandth
    for row in &rows {
        let least = (rows[0].wall - half) / (row.wall + half) - 0.005;
        let most = (rows[0].wall + half) / (row.wall - half) + 0.005;
        assert!((least..=most).contains(&row.speed_up), "{} children", row.children);
    }
}

/// A child with one thread cannot use more processor time than has passed on the wall. It would
/// seem so if the second run were charged with the first one's time too.
#[test]
fn each_run_is_charged_with_its_own_children_only() {
    for row in rows(&run(&["1", "--size", "1000000"])) {
        assert!(row.user > 0.0, "no user time");
        assert!(row.user + row.system <= row.wall * 1.1, "more processor time than passed");
    }
}

#[test]
fn the_picture_shows_every_run_and_the_ideal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("speed-up.svg");
    let run = run(&["--size", "1000", "--plot", file.to_str().expect("a plain path")]);
    assert_eq!(rows(&run).len(), 4);
    assert!(run.stdout.contains(&format!("{}", file.display())), "{}", run.stdout);

    let svg = std::fs::read_to_string(file).expect("the picture");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("<circle").count(), 4, "a point for each run");
    for text in ["children", "speed-up over one child", "measured", "ideal: N children"] {
        assert!(svg.contains(text), "no '{text}'");
    }
}

#[test]
fn a_picture_that_cannot_be_written_costs_no_results() {
    let run = Lesson::new(BINARY).args(["--size", "1000", "--plot", "/no/such/folder/a.svg"]).run();
    run.assert_code(1);
    assert_eq!(rows(&run).len(), 4, "the table is there all the same");
    assert!(run.stderr.contains("writing /no/such/folder/a.svg failed: No such file"));
}

#[test]
fn arguments_that_contradict_each_other_are_refused() {
    for (args, complaint) in [
        (&["--table", "3"][..], "a table has fixed numbers of children"),
        (&["--plot", "a.png"], "'a.png' does not end in .svg"),
        (&["0"], "CHILDREN must be a number from 1 to 64, not '0'"),
        (&["--size", "0"], "--size must be a number from 1 to 1000000000, not '0'"),
    ] {
        let run = Lesson::new(BINARY).args(args).run();
        run.assert_code(2);
        assert!(run.stderr.contains(complaint), "{}", run.stderr);
    }
}

/// The system ends a child that uses more than its second of processor time.
#[test]
fn a_child_that_dies_is_named_and_its_share_missed() {
    let limited = "ulimit -c 0; ulimit -S -t 1; exec \"$0\" 2 --size 1000000000";
    let run = Lesson::new("sh").args(["-c", limited, BINARY]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("was ended by SIGXCPU; its share is missing"), "{}", run.stderr);
}
