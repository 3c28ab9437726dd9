//! What a program finds of its caller's: standard streams, environment, folder, settings and signals.

use std::fs;
use std::process::Command;

/// The environment variable of the caller's that programs are to find, and its value.
const VARIABLE: (&str, &str) = ("OF_THE_CALLER", "two\nlines");

/// A script that leaves what its program finds in the file of this name, a thing a line. What exec
/// keeps of signals is asked for by exec, because a shell may change it for the programs that it forks.
pub(crate) fn look(file: &str) -> String {
    format!(
        "for n in 0 1 2; do [ -e /dev/fd/$n ] || echo \"closed: $n\" >>{file}; done
         {{
             echo \"folder: $(pwd -P)\"; echo \"umask: $(umask)\"; echo \"nice value: $(nice)\"
             echo \"descriptors at most: $(ulimit -n)\"; echo \"variable: $OF_THE_CALLER\"
             echo \"session: $(cut -d ' ' -f 6 /proc/self/stat)\"
         }} >>{file} 2>&1
         exec grep -E '^Sig(Blk|Ign)' /proc/self/status >>{file} 2>&1"
    )
}

/// What a program is to find, as std's `Command` runs it.
pub(crate) struct Findings(String);

impl Findings {
    /// To be called before your function. The caller gets a variable of its own.
    #[expect(clippy::disallowed_methods, reason = "one thread; the programs shall inherit it")]
    pub(crate) fn of_a_program() -> Findings {
        // SAFETY: a check has one thread.
        unsafe { std::env::set_var(VARIABLE.0, VARIABLE.1) };
        grader::baseline();
        let ended = Command::new("sh").args(["-c", &look("found")]).status();
        ended.expect("a program of the check");
        Findings(take("found"))
    }

    /// Compares with what a program has left in this file, which is removed.
    #[track_caller]
    pub(crate) fn assert_found(&self, file: &str, which: &str) {
        let found = take(file);
        let (got, wanted): (Vec<&str>, Vec<&str>) =
            (found.lines().collect(), self.0.lines().collect());
        let other = (0..wanted.len()).find(|&at| got.get(at) != Some(&wanted[at]));
        let Some(at) = other else { return };
        assert_eq!(
            got.get(at).copied().unwrap_or_default(),
            wanted[at],
            "What {which} finds. It should find what its parent had, but no signal is blocked (SigBlk), and\n\
             SIGPIPE has its default action, so it is not ignored (SigIgn)"
        );
    }
}

fn take(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let _ = fs::remove_file(file);
    text
}
