//! The lines of the tiny shell, as its given part reads them.

use std::ffi::CString;

use solutions::command_line::{Command, Line, Redirection, parse};

/// The pipeline of a line: its commands, each as words and redirections.
fn run(line: &str) -> Vec<Command> {
    match parse(line, 7) {
        Ok(Line::Run(pipeline)) => pipeline.commands,
        other => panic!("{line}: {other:?}"),
    }
}

fn words(line: &str) -> Vec<String> {
    let commands = run(line);
    let [command] = &commands[..] else { panic!("{commands:?}") };
    command.words.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

#[test]
fn words_are_split_at_blanks_and_quotes_keep_them_together() {
    assert_eq!(words("echo  a\tb\n"), ["echo", "a", "b"]);
    assert_eq!(words("echo 'a  | b' \"c;\" d'e'\"f\" ''"), ["echo", "a  | b", "c;", "def", ""]);
    assert_eq!(words(r#"echo a\ b \; "\"\$" "\n""#), ["echo", "a b", ";", "\"$", "\\n"]);
    assert_eq!(words("echo a#b # c"), ["echo", "a#b"]);
}

#[test]
fn the_last_status_is_put_in() {
    assert_eq!(words("echo $? a$?b \"$?\" '$?'"), ["echo", "7", "a7b", "7", "$?"]);
}

#[test]
fn a_pipeline_has_commands_redirections_and_its_text() {
    let Ok(Line::Run(pipeline)) = parse(" a x<in|b >out >>more & ", 0) else {
        panic!("a pipeline")
    };
    let word = |word: &str| CString::new(word).unwrap();
    let first = Command {
        words: vec![word("a"), word("x")],
        redirections: vec![Redirection::Input("in".into())],
    };
    let second = Command {
        words: vec![word("b")],
        redirections: vec![Redirection::Output("out".into()), Redirection::Append("more".into())],
    };
    assert_eq!(pipeline.commands, [first, second]);
    assert!(pipeline.background);
    assert_eq!(pipeline.text, "a x<in|b >out >>more");
}

#[test]
fn what_the_shell_does_itself_stands_alone() {
    assert_eq!(parse("\n", 0), Ok(Line::Empty));
    assert_eq!(parse("  # nothing", 0), Ok(Line::Empty));
    assert_eq!(parse("jobs\n", 0), Ok(Line::Jobs));
    assert_eq!(parse(" wait # for all", 0), Ok(Line::Wait));
    for line in ["jobs | cat", "wait &", "jobs > f", "jobs -l"] {
        assert!(matches!(parse(line, 0), Ok(Line::Run(_))), "{line}");
    }
}

#[test]
fn what_is_not_known_is_an_error() {
    let lines = [
        "a | | b",
        "a |",
        "| a",
        "&",
        "a & b",
        "a &&",
        "> f",
        "a >",
        "a > | b",
        "a; b",
        "echo *",
        "(a)",
        "echo $HOME",
        "echo \"$HOME\"",
        "a 2> f",
        "echo 'a",
        "echo \"a",
        "echo a\0b",
        "~/a",
        "a `b`",
    ];
    for line in lines {
        assert!(parse(line, 0).is_err(), "{line}: {:?}", parse(line, 0));
    }
    assert_eq!(words("echo a2>f"), ["echo", "a2"]);
}
