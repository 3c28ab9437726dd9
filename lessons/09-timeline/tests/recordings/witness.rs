//! Programs from elsewhere, recorded, and compared with what `strace` sees of them.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use timeline::{End, Process};

use crate::recorded::{Recorded, record};
use crate::strace::Family;

/// Its name, the tools it needs, and the test itself.
type Test = (&'static str, &'static [&'static str], fn());

/// A test for each program; ignored, and said so, where it or `strace` is missing.
pub(crate) fn tests() -> Vec<Trial> {
    let tests: [Test; 3] = [
        ("strace_agrees_on_a_shell_with_pipelines", &["strace"], shell),
        ("strace_agrees_on_a_pool_in_python", &["strace", "python3"], python),
        ("strace_agrees_on_make_with_four_jobs", &["strace", "make", "cc"], make),
    ];
    let trial = |(name, tools, test): Test| {
        let missing = tools.iter().find(|tool| !is_there(tool));
        if let Some(tool) = missing {
            println!("{name} is not run: there is no {tool} here");
        }
        let trial = Trial::test(name, move || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(missing.is_some())
    };
    tests.map(trial).into()
}

fn is_there(tool: &str) -> bool {
    let mut asked = Command::new("sh");
    asked.args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// Runs the command twice, once under each, and gives what the recorder saw.
fn compare(command: &[&str]) -> Recorded {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("strace.txt");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=process", "-o"]).arg(&file).args(command);
    strace.stdout(Stdio::null());
    assert!(strace.status().expect("strace can be started").success(), "{command:?}");
    let traced = Family::traced(&std::fs::read_to_string(&file).expect("what strace wrote"));
    let recorded = record(command);
    assert_eq!(Family::recorded(&recorded.run, 0), traced, "left is the recording");
    recorded
}

/// Jobs in the background, one that is killed, and pipelines.
fn shell() {
    let script = "(exit 3) & (sleep 0.02 | cat) & sh -c 'kill -TERM $$' & \
                  ls / | sort | wc -l; wait";
    let run = compare(&["sh", "-c", script]).run;
    assert_eq!(run.processes.len(), 9);
    let killed = |process: &&Process| matches!(process.end, Some((_, End::Killed(..))));
    assert_eq!(run.processes.iter().filter(killed).count(), 1);
}

fn python() {
    let program = "from multiprocessing import get_context\n\
                   pool = get_context('fork').Pool(3)\n\
                   print(pool.map(abs, range(9)))\n\
                   pool.close(); pool.join()";
    // Not the python3 of the search path, which may be a script that looks for another one.
    let mut asked = Command::new("python3");
    let own = asked.args(["-c", "import sys; print(sys.executable, end='')"]).output();
    let own = String::from_utf8(own.expect("python3 can be run").stdout).expect("a plain path");
    let run = compare(&[&own, "-c", program]).run;
    assert_eq!(run.processes.len(), 4);
    assert!(run.processes[0].threads > 0, "the pool has threads, which are no processes");
}

fn make() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    };
    write("Makefile", "all: a b c d\n\t@cat $^ > $@\n%: %.c\n\t@cc -o $@ $<\n");
    for name in ["a", "b", "c", "d"] {
        write(&format!("{name}.c"), "int main(void) { return 0; }\n");
    }
    let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let run = compare(&["make", "-B", "-j4", "-C", &path(folder.path())]).run;
    assert!(run.processes.len() > 12, "each cc has a compiler, an assembler and a linker");
}
