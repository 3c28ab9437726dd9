//! What a program finds of its caller's: standard streams, environment, folder, settings and signals.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::env;
use std::fmt::{self, Debug};
use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};

/// The environment variable of the caller's that programs are to find, and its value.
const VARIABLE: (&str, &str) = ("OF_THE_CALLER", "two\nlines");

/// The caller gets the variable.
#[expect(clippy::disallowed_methods, reason = "one thread; the programs shall inherit it")]
fn set_variable() {
    // SAFETY: a check has one thread.
    unsafe { env::set_var(VARIABLE.0, VARIABLE.1) };
    grader::baseline();
}

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
    pub(crate) fn of_a_program() -> Findings {
        set_variable();
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

/// What a program inherits from the process that starts it, besides descriptors and signals.
pub(crate) struct Surroundings(String);

impl Surroundings {
    /// A script that leaves what it finds in a file.
    pub(crate) const INTO_A_FILE: &str =
        r#"{ umask; pwd; nice; echo "$OF_THE_CALLER"; } > surroundings"#;

    /// Gives this process a mask of permissions and a variable of its own.
    pub(crate) fn of_a_caller() -> Self {
        umask(Mode::from_bits_truncate(0o027));
        set_variable();
        let folder = env::current_dir().expect("the check's folder");
        // SAFETY: the call takes numbers.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        Surroundings(format!("0027\n{}\n{nice}\n{}\n", folder.display(), VARIABLE.1))
    }

    /// Looks at the file of a program that has run the script, and removes it.
    #[track_caller]
    pub(crate) fn assert_found(self) {
        let found = take("surroundings");
        let what = "the umask, the working directory, the niceness, and a variable of the environment:\n\
                    a program finds them as the caller had them";
        assert_eq!(found, self.0, "{what}");
    }
}

/// The signals that a process blocks and ignores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signals([u64; 2]);

impl Signals {
    /// A script that leaves the signals of its shell in a file. It forks no process.
    pub(crate) const INTO_A_FILE: &str = "exec grep -E '^Sig(Blk|Ign)' /proc/self/status > signals";

    /// What a program is to find: what this process has, but for SIGPIPE, which a Rust program ignores.
    /// `None` where there is no `/proc`, or only another namespace's.
    pub(crate) fn of_a_program() -> Option<Self> {
        let Signals(sets) = Signals::read(&fs::read_to_string("/proc/self/status").ok()?)?;
        Some(Signals(sets.map(|set| set & !(1 << (libc::SIGPIPE - 1)))))
    }

    fn read(status: &str) -> Option<Self> {
        let set = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            u64::from_str_radix(line.trim(), 16).ok()
        };
        Some(Signals([set("SigBlk:")?, set("SigIgn:")?]))
    }

    /// Looks at the file of a program that has run the script, and removes it.
    #[track_caller]
    pub(crate) fn assert_found(self) {
        let file = take("signals");
        let found = Signals::read(&file);
        let found = found.unwrap_or_else(|| panic!("A program should write `signals`: {file:?}"));
        assert!(
            found == self,
            "A program finds signals as its parent has left them: exec keeps what is blocked and what\n\
             is ignored. Only SIGPIPE has to get its default action back.\n\
             got:    {found:?}\nwanted: {self:?}"
        );
    }
}

impl Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [blocked, ignored] = self.0.map(|set| {
            let is_in = |signal: &Signal| set >> (*signal as u64 - 1) & 1 == 1;
            let names: Vec<&str> = Signal::iterator().filter(is_in).map(Signal::as_str).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        });
        write!(f, "blocked: {blocked}; ignored: {ignored}")
    }
}

/// The text of a file, which is removed.
fn take(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let _ = fs::remove_file(file);
    text
}
