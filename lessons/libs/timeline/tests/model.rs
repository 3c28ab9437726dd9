//! What events add up to.

use timeline::{End, Event, How, Kind, Run, Source, Span, WaitOver, names, words};

fn start() -> Event {
    Event::new(0, 1, Kind::Start { name: "/bin/p".into(), source: Source::Log })
}

fn fork(us: u64, pid: u32, child: u32) -> Event {
    Event::new(us, pid, Kind::Fork { child, how: How::Fork })
}

fn exit(us: u64, pid: u32, code: u8) -> Event {
    Event::new(us, pid, Kind::Exit { code })
}

fn run(events: impl IntoIterator<Item = Event>) -> Run {
    Run::new([start()].into_iter().chain(events).collect()).expect("a run")
}

#[test]
fn a_zombie_is_one_until_it_is_reaped() {
    let reap = Event::new(500, 1, Kind::Reap { child: 2 });
    let run = run([fork(100, 1, 2), exit(200, 2, 7), reap, exit(900, 1, 0)]);
    assert_eq!(run.zombie(1), Some(Span { from: 200, to: 500 }));
    assert_eq!(run.gone(1), 500);
    assert_eq!(run.processes[1].end, Some((200, End::Exit(7))));
    assert_eq!(run.zombie(0), None, "its parent is not in the recording");
}

#[test]
fn a_zombie_that_nobody_reaps_is_one_to_the_end() {
    let run = run([fork(100, 1, 2), exit(200, 2, 7), exit(900, 1, 0)]);
    assert_eq!(run.zombie(1), Some(Span { from: 200, to: 900 }));
    assert_eq!(words::notes(&run), ["child 1 (2) is never reaped."]);
}

#[test]
fn a_child_that_its_parent_ignores_is_no_zombie() {
    let gone = Event::new(200, 2, Kind::Discarded);
    let run = run([fork(100, 1, 2), exit(200, 2, 7), gone, exit(900, 1, 0)]);
    assert_eq!(run.zombie(1), None);
}

#[test]
fn an_orphan_outlives_its_parent() {
    let adopted = Event::new(301, 2, Kind::Adopted { by: 9, name: "init".into() });
    let run = run([fork(100, 1, 2), exit(300, 1, 0), adopted, exit(400, 2, 7)]);
    assert_eq!(run.zombie(1), None);
    let note = "child 1 (2) is an orphan from 0.3 ms on: its parent ended; 9 (init) adopted it.";
    assert_eq!(words::notes(&run), [note]);
    assert_eq!(words::summary(&run), "2 processes in 0.4 ms: 1 orphaned");
}

#[test]
fn a_zombie_whose_parent_ends_is_no_orphan() {
    let adopted = Event::new(301, 2, Kind::Adopted { by: 9, name: "init".into() });
    let run = run([fork(100, 1, 2), exit(200, 2, 7), exit(300, 1, 0), adopted]);
    assert_eq!(run.zombie(1), Some(Span { from: 200, to: 301 }));
    assert_eq!(words::summary(&run), "2 processes in 0.3 ms: 1 left as a zombie by its parent");
}

#[test]
fn a_wait_lasts_until_it_comes_back() {
    let wait = |us, nohang| Event::new(us, 1, Kind::Wait { child: None, nohang });
    let over = |us, why| Event::new(us, 1, Kind::WaitOver { why });
    let events =
        [wait(10, true), over(11, WaitOver::NotYet), wait(20, false), over(50, WaitOver::NoChild)];
    let run = run(events);
    assert_eq!(run.processes[0].asked, [11]);
    assert_eq!(run.processes[0].waits, [Span { from: 20, to: 50 }]);
}

#[test]
fn a_pid_may_be_used_again() {
    let reap = |us| Event::new(us, 1, Kind::Reap { child: 2 });
    let first = [fork(10, 1, 2), exit(20, 2, 3), reap(30)];
    let second = [fork(40, 1, 2), exit(50, 2, 4), reap(60)];
    let run = run(first.into_iter().chain(second));
    let ends: Vec<_> = run.processes[1..].iter().map(|p| p.end.clone().unwrap().1).collect();
    assert_eq!(ends, [End::Exit(3), End::Exit(4)]);
    let told = words::sentences(&run);
    assert!(told[2].contains("child 1 (2) ends") && told[5].contains("child 2 (2) ends"));
}

#[test]
fn the_order_of_the_lines_is_not_that_of_time() {
    let run = Run::new(vec![exit(20, 2, 0), fork(10, 1, 2), start()]).unwrap();
    assert_eq!(run.processes.len(), 2);
}

#[test]
fn names_tell_the_place_in_the_family_or_the_program() {
    let family = [fork(1, 1, 2), fork(2, 2, 3), fork(3, 1, 4), fork(4, 2, 5)];
    let ran = Event::new(5, 4, Kind::Exec { args: vec!["/bin/cat".into()] });
    let expected = ["parent", "child 1", "child 1.1", "child 2", "child 1.2"];
    assert_eq!(names(&run(family.clone())), expected);
    let expected = ["p", "p", "p", "cat", "p"];
    assert_eq!(names(&run(family.into_iter().chain([ran]))).as_slice(), expected);
}

#[test]
fn what_is_no_run_says_why() {
    let error = |events| Run::new(events).unwrap_err().to_string();
    assert_eq!(error(vec![]), "event 0: the recording is empty");
    assert_eq!(error(vec![exit(0, 1, 0)]), "event 1: the first event of a recording is `start`");
    let stranger = error(vec![start(), exit(5, 8, 0)]);
    assert_eq!(stranger, "event 2: no event before it made a process 8");
}
