//! The tests. A recording is compared process by process: between two processes only the order
//! is asked for that a run must have.

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::LazyLock;

use libtest_mimic::Trial;
use testkit::{Finished, Lesson};
use timeline::{Event, Kind, Process, Run, Source, json};

pub(crate) fn tests() -> Vec<Trial> {
    let tests: [(&str, fn()); 10] = [
        ("fork_basics_event_for_event", fork_basics),
        ("many_forks_are_all_there", many_forks),
        ("a_zombie_is_left_to_the_next_parent", zombie),
        ("an_orphan_is_adopted", orphan),
        ("threads_are_no_processes", threads),
        ("an_ignored_child_is_no_zombie", ignored),
        ("a_wait_goes_on_over_a_signal", one_wait),
        ("asking_is_no_waiting", asking),
        ("signals_and_who_sent_them", signals),
        ("a_thousand_children", thousand),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    tests.map(trial).into()
}

/// The folder with this lesson's binary and others.
static BINARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    testkit::build(["lesson-fork-basics", "lesson-many-forks"].map(|lesson| ["--bin", lesson]))
});

pub(crate) struct Recorded {
    pub(crate) finished: Finished,
    pub(crate) run: Run,
}

/// Runs the command under the recorder.
pub(crate) fn record(command: &[&str]) -> Recorded {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("recording.jsonl");
    let lesson = Lesson::new(env!("CARGO_BIN_EXE_lesson-timeline"));
    let finished =
        lesson.args(["--json".as_ref(), file.as_os_str()]).args(["--"]).args(command).run();
    let text = std::fs::File::open(&file).expect("the recording");
    let events = json::read(BufReader::new(text)).expect("lines of JSON");
    let run = Run::new(events).expect("a whole run");
    assert_eq!(run.source, Source::Ptrace, "{}", finished.stderr);
    Recorded { finished, run }
}

fn record_helper(what: &str) -> Recorded {
    let own = std::env::current_exe().expect("this test's own path");
    record(&[own.to_str().expect("a plain path"), what])
}

fn record_lesson(command: &[&str]) -> Recorded {
    let path = BINARIES.join(command[0]);
    let path = path.to_str().expect("a plain path");
    record(&[&[path], &command[1..]].concat())
}

/// What happened to each process, in words in which a PID is the number of the process.
fn lives(run: &Run) -> Vec<Vec<String>> {
    let number: HashMap<u32, usize> =
        run.processes.iter().enumerate().map(|(index, process)| (process.pid, index)).collect();
    let mut lives: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for Event { pid, kind, .. } in &run.events {
        let of = |pid: &u32| number.get(pid).map_or("?".to_owned(), ToString::to_string);
        let what = match kind {
            Kind::Start { .. } => "start".to_owned(),
            Kind::Fork { child, how } => format!("{how:?} {}", of(child)),
            Kind::Exec { .. } => "exec".to_owned(),
            Kind::Wait { child: Some(child), nohang: false } => format!("wait {}", of(child)),
            Kind::Wait { child: Some(child), nohang: true } => format!("ask {}", of(child)),
            Kind::Wait { child: None, .. } => "wait".to_owned(),
            Kind::WaitOver { why } => format!("over: {why:?}"),
            Kind::Reap { child } => format!("reap {}", of(child)),
            Kind::Exit { code } => format!("exit {code}"),
            Kind::Killed { signal, .. } => format!("killed {signal}"),
            Kind::Signal { signal, from } => format!("{signal} from {}", of(&from.unwrap_or(0))),
            Kind::Adopted { .. } => "adopted".to_owned(),
            Kind::Thread { .. } => "thread".to_owned(),
            Kind::ThreadEnd { .. } => "thread end".to_owned(),
            other => format!("{other:?}"),
        };
        lives.entry(number[pid]).or_default().push(what);
    }
    lives.into_values().collect()
}

/// When and how it ended.
fn end(process: &Process) -> (u64, String) {
    let (time, end) = process.end.as_ref().expect("it ended");
    (*time, end.to_string())
}

/// When it got a new parent, and which.
fn adopted(process: &Process) -> (u64, u32) {
    let (time, by, _) = process.adopted.as_ref().expect("it was adopted");
    (*time, *by)
}

fn fork_basics() {
    let recorded = record_lesson(&["lesson-fork-basics"]);
    recorded.finished.assert_success();
    let [parent, child] = &lives(&recorded.run)[..] else { panic!("{:?}", recorded.run) };
    assert_eq!(parent[..], ["start", "exec", "Fork 1", "wait 1", "reap 1", "exit 0"]);
    assert_eq!(child[..], ["exit 3"]);
    let [parent, child] = &recorded.run.processes[..] else { panic!("two processes") };
    assert_eq!(child.parent, Some(0));
    let (ended, reaped) = (end(child).0, child.reaped.expect("it was reaped"));
    assert_eq!(reaped.1, 0, "reaped by its parent");
    assert!(child.born < ended && ended <= reaped.0, "{child:?}");
    assert_eq!(parent.adopted, None);
    assert_eq!(parent.name, "lesson-fork-basics");
}

fn many_forks() {
    let recorded = record_lesson(&["lesson-many-forks", "5"]);
    recorded.finished.assert_success();
    let lives = lives(&recorded.run);
    let parent: Vec<&str> =
        lives[0].iter().map(String::as_str).filter(|what| *what != "wait").collect();
    assert_eq!(parent[..7], ["start", "exec", "Fork 1", "Fork 2", "Fork 3", "Fork 4", "Fork 5"]);
    let mut reaped = parent[7..12].to_vec();
    reaped.sort_unstable();
    assert_eq!(reaped, ["reap 1", "reap 2", "reap 3", "reap 4", "reap 5"]);
    assert_eq!(parent[12..], ["over: NoChild", "exit 0"]);
    for (number, child) in lives.iter().enumerate().skip(1) {
        assert_eq!(child[..], [format!("exit {number}")]);
    }
}

fn zombie() {
    let recorded = record_helper("be-a-parent-that-leaves-a-zombie");
    assert_eq!(recorded.finished.code(), Some(0));
    let lives = lives(&recorded.run);
    assert_eq!(lives[0][..], ["start", "exec", "Fork 1", "wait 1", "over: Changed", "exit 0"]);
    assert_eq!(lives[1][..], ["exit 4", "adopted"]);
    let child = &recorded.run.processes[1];
    let zombie = recorded.run.zombie(1).expect("it was a zombie");
    assert_eq!(zombie.from, end(child).0);
    assert_eq!(zombie.to, adopted(child).0);
    // The test is a subreaper, and so the new parent.
    assert_eq!(adopted(child).1, std::process::id());
    assert_eq!(recorded.finished.not_waited_for.len(), 1, "the recorder did not reap it");
}

fn orphan() {
    let recorded = record_helper("be-a-parent-that-leaves-an-orphan");
    assert_eq!(recorded.finished.code(), Some(0));
    let lives = lives(&recorded.run);
    assert_eq!(lives[0][..], ["start", "exec", "Fork 1", "exit 0"]);
    assert_eq!(lives[1][..], ["adopted", "exit 4"]);
    assert_eq!(adopted(&recorded.run.processes[1]).1, std::process::id());
    assert_eq!(recorded.run.zombie(1), None, "what its new parent does is not known");
}

fn threads() {
    let recorded = record_helper("exec-in-a-thread");
    recorded.finished.assert_code(5);
    let [process] = &recorded.run.processes[..] else { panic!("{:?}", recorded.run) };
    assert_eq!((process.threads, &*process.name), (1, "sh"));
    let life = &lives(&recorded.run)[0];
    assert_eq!(life[..5], ["start", "exec", "thread", "exec", "exit 5"]);
}

fn ignored() {
    let recorded = record_helper("ignore-children");
    recorded.finished.assert_success();
    let lives = lives(&recorded.run);
    let forks = ["start", "exec", "Fork 1", "Fork 2", "Fork 3"];
    assert_eq!(lives[0][..5], forks);
    assert_eq!(lives[0][5..], ["wait", "over: NoChild", "exit 0"]);
    for child in [1, 2, 3] {
        assert_eq!(lives[child][..], ["exit 4", "Discarded"]);
        assert_eq!(recorded.run.zombie(child), None);
    }
    let gone = recorded.run.gone(1);
    assert!(gone <= recorded.run.processes[2].born, "known before the wait");
}

/// The kernel interrupts the call and begins it anew, which the program does not notice.
fn one_wait() {
    let recorded = record_helper("wait-for-the-later");
    recorded.finished.assert_success();
    let parent = &lives(&recorded.run)[0];
    assert_eq!(parent[2..], ["Fork 1", "Fork 2", "wait 1", "reap 1", "wait 2", "reap 2", "exit 0"]);
}

fn asking() {
    let recorded = record_helper("ask-again-and-again");
    recorded.finished.assert_success();
    let parent = &lives(&recorded.run)[0];
    assert_eq!(parent[2..], ["Fork 1", "ask 1", "over: NotYet", "wait 1", "reap 1", "exit 0"]);
    let process = &recorded.run.processes[0];
    assert_eq!((process.asked.len(), process.waits.len()), (1, 1));
}

fn signals() {
    let recorded = record(&["sh", "-c", "kill -TERM $$"]);
    recorded.finished.assert_code(128 + 15);
    let [process] = &recorded.run.processes[..] else { panic!("{:?}", recorded.run) };
    let (_, name, from) = &process.signals[0];
    assert_eq!((&**name, *from), ("SIGTERM", Some(process.pid)));
    assert_eq!(end(process).1, "SIGTERM");
}

fn thousand() {
    let recorded =
        record(&["sh", "-c", "i=0; while [ $i -lt 1000 ]; do (exit 7); i=$((i+1)); done"]);
    recorded.finished.assert_success();
    let children = &recorded.run.processes[1..];
    assert_eq!(children.len(), 1000);
    assert!(children.iter().all(|child| end(child).1 == "exit 7"));
    assert!(children.iter().all(|child| child.reaped.is_some_and(|(_, by)| by == 0)));
}
