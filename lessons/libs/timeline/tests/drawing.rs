//! Drawings of fixed recordings, compared with those in `tests/drawings`. After a change that is
//! meant, `UPDATE_DRAWINGS=1 cargo test -p timeline` writes them anew; look at them then.

use std::fs;
use std::path::PathBuf;

use timeline::{Event, How, Kind, Run, Source, json, svg, terminal, words};

const RECORDINGS: [&str; 3] = ["one-child", "eight-children", "pipeline-and-orphan"];

fn file(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}

fn run(text: &[u8]) -> Run {
    Run::new(json::read(text).expect("lines of JSON")).expect("a run")
}

fn recording(name: &str) -> Run {
    let text = fs::read(file("recordings", &format!("{name}.jsonl"))).expect("a fixture");
    run(&text)
}

fn every_event() -> Run {
    run(include_bytes!("recordings/every-event.jsonl"))
}

/// A thousand children: forked every 100 µs, each ends after 1 ms, reaped at the end.
fn crowd() -> Run {
    let mut events =
        vec![Event::new(0, 9, Kind::Start { name: "crowd".into(), source: Source::Log })];
    for i in 0..1000 {
        let (us, child) = (1000 + u64::from(i) * 100, 10 + i);
        events.push(Event::new(us, 9, Kind::Fork { child, how: How::Fork }));
        events.push(Event::new(us + 1000, child, Kind::Exit { code: u8::from(i % 4 == 0) }));
        events.push(Event::new(110_000 + u64::from(i), 9, Kind::Reap { child }));
    }
    events.push(Event::new(120_000, 9, Kind::Exit { code: 0 }));
    Run::new(events).expect("a run")
}

fn compare(name: &str, drawing: &str) {
    let path = file("drawings", name);
    if std::env::var_os("UPDATE_DRAWINGS").is_some() {
        fs::write(&path, drawing).expect("the folder can be written to");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(drawing == expected, "{name} has changed:\n{drawing}\nit was:\n{expected}");
}

fn style(width: u16, ascii: bool, colour: bool) -> terminal::Style {
    terminal::Style { width: width.into(), ascii, colour }
}

#[test]
fn in_the_terminal() {
    for name in RECORDINGS {
        for width in [80, 120] {
            let drawing = terminal::draw(&recording(name), &style(width, false, false));
            compare(&format!("{name}.{width}.txt"), &drawing);
        }
    }
    compare("every-event.80.txt", &terminal::draw(&every_event(), &style(80, false, false)));
    compare("crowd.80.txt", &terminal::draw(&crowd(), &style(80, false, false)));
}

#[test]
fn in_ascii_and_in_colour() {
    let run = recording("pipeline-and-orphan");
    compare("pipeline-and-orphan.ascii.txt", &terminal::draw(&run, &style(80, true, false)));
    compare("pipeline-and-orphan.colour.txt", &terminal::draw(&run, &style(80, false, true)));
}

#[test]
fn as_svg() {
    for name in RECORDINGS {
        let picture = svg::draw(&recording(name), &svg::Style::default());
        compare(&format!("{name}.svg"), &picture);
    }
    compare("every-event.svg", &svg::draw(&every_event(), &svg::Style::default()));
    compare("crowd.svg", &svg::draw(&crowd(), &svg::Style::default()));
    let phone = svg::Style { width: 360, ..svg::Style::default() };
    compare("eight-children.phone.svg", &svg::draw(&recording("eight-children"), &phone));
}

/// A parent and 28 children, as at the start of a browser: each child ends with a status of its own,
/// after it has run the program that `name` gives for it.
fn many(name: impl Fn(u32) -> Option<String>) -> Run {
    let mut events =
        vec![Event::new(0, 9, Kind::Start { name: "browser".into(), source: Source::Log })];
    for i in 0..28 {
        let (us, child) = (1000 + u64::from(i) * 100, 10 + i);
        events.push(Event::new(us, 9, Kind::Fork { child, how: How::Fork }));
        if let Some(name) = name(i) {
            events.push(Event::new(us + 10, child, Kind::Exec { args: vec![name] }));
        }
        events.push(Event::new(
            9000 + us,
            child,
            Kind::Exit { code: u8::try_from(i).expect("a small number") },
        ));
        events.push(Event::new(9001 + us, 9, Kind::Reap { child }));
    }
    events.push(Event::new(20_000, 9, Kind::Exit { code: 0 }));
    Run::new(events).expect("a run")
}

#[test]
fn heads_of_many_programs_do_not_cover_each_other() {
    let picture =
        svg::draw(&many(|i| Some(format!("chrome_crashpad_handler_{i}"))), &svg::Style::default());
    let attribute = |line: &str, name: &str| -> f64 {
        let rest = line.split(&format!(" {name}=\"")).nth(1).expect("an attribute");
        rest.split('"').next().unwrap().parse().expect("a number")
    };
    let heads = picture.lines().filter(|line| line.contains("class=\"tl-name\""));
    let mut heads: Vec<(f64, f64, f64)> = heads
        .map(|line| {
            let name = line.split('>').nth(1).unwrap().split('<').next().unwrap();
            let half = 8.2 * f64::from(u32::try_from(name.chars().count()).unwrap()) / 2.0;
            (attribute(line, "y"), attribute(line, "x") - half, attribute(line, "x") + half)
        })
        .collect();
    assert!(heads.len() > 20, "each program has a lane: {}", heads.len());
    heads.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    let row = |pair: &&[(f64, f64, f64)]| (pair[0].0 - pair[1].0).abs() < 0.5;
    let covered = heads.windows(2).filter(row).find(|pair| pair[0].2 > pair[1].1);
    assert_eq!(covered, None, "row, left and right end");
}

#[test]
fn ways_to_end_that_find_no_room_are_counted() {
    let picture = svg::draw(&many(|_| None), &svg::Style::default());
    assert!(picture.contains(">24 × other<"), "{picture}");
}

#[test]
fn in_words() {
    compare("every-event.words.txt", &(words::sentences(&every_event()).join("\n") + "\n"));
}

#[test]
fn every_width_is_kept() {
    for run in
        [recording("eight-children"), recording("pipeline-and-orphan"), every_event(), crowd()]
    {
        for width in [40, 41, 57, 80, 120, 200, 400] {
            let drawing = terminal::draw(&run, &style(width, false, false));
            let widest = drawing.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(width), "{widest} > {width}:\n{drawing}");
            let plain = terminal::draw(&run, &style(width, true, false));
            assert!(plain.is_ascii(), "{plain}");
        }
    }
}

#[test]
fn a_crowd_is_two_lanes() {
    let drawing = terminal::draw(&crowd(), &style(80, false, false));
    let lanes = drawing.lines().filter(|line| line.contains('─')).count();
    assert!(drawing.contains("└─ child × 1000") && lanes == 1, "{drawing}");
}

/// A page with two pictures has no two elements of the same name.
#[test]
fn pictures_with_different_ids_share_no_names() {
    let run = recording("one-child");
    let names = |id: &str| -> Vec<String> {
        let style = svg::Style { id: id.to_owned(), alone: false, ..svg::Style::default() };
        let picture = svg::draw(&run, &style);
        assert!(!picture.contains("<style>"), "inside a page its style sheet is the page's");
        let ids = picture.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        ids.map(str::to_owned).collect()
    };
    let (one, two) = (names("one"), names("two"));
    assert_eq!(one.len(), 5);
    assert!(one.iter().all(|name| !two.contains(name)));
}
