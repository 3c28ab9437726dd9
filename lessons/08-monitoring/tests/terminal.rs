//! What the lesson shows on a terminal.

use testkit::{Lesson, Terminal};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-monitoring");

fn start(rows: u16, columns: u16, args: &[&str]) -> Terminal {
    Lesson::new(LESSON).args(args).start_on_terminal(rows, columns)
}

/// The row of the screen that the table begins in, counted from 0.
fn title_row(screen: &str) -> Option<usize> {
    screen.lines().position(|row| row.starts_with("after "))
}

#[test]
fn the_table_is_drawn_anew_in_place() {
    let mut terminal = start(10, 70, &["--every", "0.1", "sleep", "60"]);
    let first = terminal.wait_for("sleep 60");
    let title =
        |screen: &str| screen.lines().find(|row| row.starts_with("after ")).map(str::to_owned);
    let second = terminal.wait_until(|screen| title(screen) != title(&first));
    assert_eq!(title_row(&second), Some(7), "three rows at the bottom:\n{second}");
    assert_eq!(second.matches("after ").count(), 1, "{second}");
    terminal.type_in("\x03");
    terminal.finish().0.assert_interrupted();
}

#[test]
fn the_commands_output_scrolls_above_the_table() {
    // Only what the shell does itself, so that the table keeps its height of three rows.
    let command = "read go; i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo $i; done; read end";
    let mut terminal = start(12, 60, &["--every", "0.1", "--", "sh", "-c", command]);
    terminal.wait_for("COMMAND");
    terminal.type_in("\n");
    let screen = terminal
        .wait_until(|screen| screen.contains("\n30\n") && title_row(screen) == Some(12 - 3));
    let rows: Vec<&str> = screen.lines().take(9).collect();
    let expected = ["23", "24", "25", "26", "27", "28", "29", "30", ""];
    assert_eq!(rows, expected, "the last lines, all and in order:\n{screen}");
    terminal.type_in("\x03");
    let (run, screen) = terminal.finish();
    run.assert_interrupted();
    assert!(screen.contains("\n30\n"), "it is still there afterwards:\n{screen}");
}

/// The next sample is due in an hour: it is the resize that makes the table be drawn again.
#[test]
fn the_table_follows_the_size_of_the_terminal() {
    let long =
        "read end; : a command line that is much too long for a narrow terminal, as many are";
    let mut terminal = start(24, 80, &["--every", "3600", "--", "sh", "-c", long]);
    // With the command line: the program is loaded, and there will be no other sample.
    terminal.wait_for("…");
    for (rows, columns) in [(12, 40), (30, 100), (8, 60), (24, 80)] {
        terminal.resize(rows, columns);
        let is_drawn = |screen: &str| title_row(screen) == Some(usize::from(rows) - 3);
        let screen = terminal.wait_until(is_drawn);
        assert_eq!(screen.matches("after ").count(), 1, "{rows} x {columns}:\n{screen}");
        assert_eq!(screen.matches("STATE").count(), 1, "{rows} x {columns}:\n{screen}");
        let command = screen.lines().last().expect("BUG: a terminal has rows");
        assert_eq!(command.chars().count(), usize::from(columns), "cut at the edge:\n{screen}");
        assert!(command.ends_with('…'), "{screen}");
    }
    terminal.type_in("\x03");
    terminal.finish().0.assert_interrupted();
}

#[test]
fn a_large_family_does_not_take_more_than_half_of_the_terminal() {
    let command = "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait";
    let mut terminal = start(12, 60, &["--every", "0.1", "--", "sh", "-c", command]);
    let screen = terminal.wait_for("… and 7 more");
    assert_eq!(title_row(&screen), Some(6), "{screen}");
    terminal.type_in("\x03");
    // A shell lets its background jobs ignore SIGINT (POSIX): they are named, and the harness
    // ends them.
    let (run, screen) = terminal.finish();
    assert_eq!(run.code(), Some(130));
    assert!(screen.contains("left behind"), "{screen}");
}

#[test]
fn the_terminal_is_as_before_when_the_command_has_ended() {
    let (run, screen) = start(10, 70, &["--", "sh", "-c", "printf abc; exit 4"]).finish();
    run.assert_code(4);
    let rows: Vec<&str> = screen.lines().collect();
    assert_eq!(rows[0], "abc");
    assert!(rows[1].starts_with("'sh' ended with exit status 4"), "{screen}");
    assert!(rows[2].starts_with("most in one sample: "), "{screen}");
    assert!(rows[3..].iter().all(|row| row.is_empty()), "{screen}");
    let after_last_region = run.stdout.rsplit_once("\x1b[1;").unwrap().1;
    assert!(after_last_region.contains("\x1b[r"), "the whole screen scrolls again");
}

#[test]
fn ctrl_c_reaches_the_command_which_decides() {
    let command = "trap 'echo caught; exit 3' INT; while :; do sleep 60; done";
    let mut terminal = start(10, 70, &["--every", "0.1", "--", "sh", "-c", command]);
    terminal.wait_for("└ sleep 60");
    terminal.type_in("\x03");
    let (run, screen) = terminal.finish();
    run.assert_code(3);
    assert!(screen.contains("caught\n"), "{screen}\nwritten: {:?}", run.stdout);
}

#[test]
fn the_command_has_the_terminal_itself() {
    let command =
        "test -t 0 && test -t 1 && test -t 2 && echo question && read answer && echo got $answer";
    let mut terminal = start(10, 70, &["--", "sh", "-c", command]);
    terminal.wait_for("question");
    terminal.type_in("yes\n");
    let (run, screen) = terminal.finish();
    run.assert_success();
    assert!(screen.contains("got yes\n"), "{screen}");
}

#[test]
fn colour_unless_it_is_refused() {
    let coloured = start(10, 70, &["true"]).finish().0.stdout;
    assert!(coloured.contains("\x1b[1m"), "a bold title");
    let lesson = Lesson::new(LESSON).args(["true"]).env("NO_COLOR", "1");
    let plain = lesson.start_on_terminal(10, 70).finish().0.stdout;
    assert!(plain.contains("after ") && !plain.contains("\x1b[1m"), "{plain:?}");
}
