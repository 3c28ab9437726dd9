//! Recordings as text.

use std::collections::BTreeSet;

use timeline::{Event, Kind, Run, json};

const EVERY_EVENT: &str = include_str!("recordings/every-event.jsonl");

#[test]
fn what_is_written_is_what_was_read() {
    let events = json::read(EVERY_EVENT.as_bytes()).unwrap();
    let mut text = Vec::new();
    json::write(&events, &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), EVERY_EVENT);
}

/// The documentation shows each event. A new one fails to compile here until it is counted.
#[test]
fn the_documented_lines_are_all_there_are() {
    let events = json::read(EVERY_EVENT.as_bytes()).unwrap();
    let number = |event: &Event| match event.kind {
        Kind::Start { .. } => 0,
        Kind::Fork { .. } => 1,
        Kind::Exec { .. } => 2,
        Kind::Thread { .. } => 3,
        Kind::ThreadEnd { .. } => 4,
        Kind::Wait { .. } => 5,
        Kind::WaitOver { .. } => 6,
        Kind::Reap { .. } => 7,
        Kind::Signal { .. } => 8,
        Kind::Stop { .. } => 9,
        Kind::Continue => 10,
        Kind::Exit { .. } => 11,
        Kind::Killed { .. } => 12,
        Kind::Vanished => 13,
        Kind::Discarded => 14,
        Kind::Adopted { .. } => 15,
        Kind::Cut => 16,
    };
    let seen: BTreeSet<u8> = events.iter().map(number).collect();
    assert_eq!(seen, (0..=16).collect());
    Run::new(events).expect("they make a run");
}

#[test]
fn a_line_that_is_no_event_is_named() {
    let text = "\n{\"us\":0,\"pid\":1,\"event\":\"born\"}\n";
    let error = json::read(text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("line 2 is no event: unknown variant `born`"), "{error}");
}

#[test]
fn names_that_json_and_xml_know_are_harmless() {
    let args = vec!["a\"b\\c\n<script>&\u{1b}[31m".to_owned()];
    let events = vec![
        Event::new(0, 1, Kind::Start { name: "x".into(), source: timeline::Source::Log }),
        Event::new(1, 1, Kind::Exec { args }),
    ];
    let mut text = Vec::new();
    json::write(&events, &mut text).unwrap();
    let again = json::read(&*text).unwrap();
    assert_eq!(again, events);
    let run = Run::new(again).unwrap();
    let picture = timeline::svg::draw(&run, &timeline::svg::Style::default());
    assert!(!picture.contains("<script") && !picture.contains('\u{1b}'));
    let drawing = timeline::terminal::draw(&run, &timeline::terminal::Style::default());
    assert!(!drawing.contains('\u{1b}'), "a name must not steer the terminal");
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_without_an_end_is_an_error() {
    let zeros = std::fs::File::open("/dev/zero").expect("it is there");
    let error = json::read(std::io::BufReader::new(zeros)).expect_err("it has no line");
    assert!(error.to_string().contains("too long"), "{error}");
}
