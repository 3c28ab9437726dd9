//! The line of `/proc/PID/stat` as a type.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use nix::unistd::{Pid, SysconfVar, sysconf};

/// One process at one moment: proc_pid_stat(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its PID, as the reader of `/proc` sees it. In a PID namespace the process itself may know
    /// another one (`NSpid` in [`status_field`](crate::status_field)).
    pub pid: Pid,
    /// The name of its program, cut to 15 bytes. A process can change it to anything, so it may
    /// hold spaces, parentheses, newlines and control sequences: never print it as it is.
    pub name: OsString,
    /// What it does.
    pub state: State,
    /// The process that has to wait for it; 0 for the first process of a PID namespace, and for a
    /// parent outside of the namespace.
    pub parent: Pid,
    /// Its process group.
    pub group: Pid,
    /// Its session.
    pub session: Pid,
    /// The group in the foreground of its terminal; `None` without a controlling terminal.
    pub foreground_group: Option<Pid>,
    /// Processor time in user mode.
    pub user_time: Duration,
    /// Processor time in the kernel.
    pub system_time: Duration,
    /// User and system time of the children that it has waited for.
    pub children_time: Duration,
    /// How many threads it has; 0 or 1 for a zombie.
    pub threads: usize,
    /// When it started, since the boot of the machine.
    pub start: Duration,
    /// Of a zombie, the status that its parent will get from wait(2). 0 before, and 0 where the
    /// kernel does not show it to this process.
    pub wait_status: i32,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// `R`: runs, or waits for a processor only.
    Running,
    /// `S`: waits for an event; a signal interrupts the wait.
    Sleeping,
    /// `D`: waits for a device; most signals do not interrupt the wait.
    DiskSleep,
    /// `T`: stopped by a signal.
    Stopped,
    /// `t`: stopped by its tracer.
    Traced,
    /// `Z`: has ended, and its parent has not waited for it.
    Zombie,
    /// `X`: is about to vanish.
    Dead,
    /// `I`: a kernel thread without work.
    Idle,
    /// Another letter, of an older or newer kernel.
    Other(char),
}

impl State {
    /// The state for the letter that `/proc` and `ps` show.
    pub fn from_letter(letter: char) -> State {
        match letter {
            'R' => State::Running,
            'S' => State::Sleeping,
            'D' => State::DiskSleep,
            'T' => State::Stopped,
            't' => State::Traced,
            'Z' => State::Zombie,
            'X' | 'x' => State::Dead,
            'I' => State::Idle,
            other => State::Other(other),
        }
    }

    /// The letter that `/proc` and `ps` show.
    pub fn letter(self) -> char {
        match self {
            State::Running => 'R',
            State::Sleeping => 'S',
            State::DiskSleep => 'D',
            State::Stopped => 'T',
            State::Traced => 't',
            State::Zombie => 'Z',
            State::Dead => 'X',
            State::Idle => 'I',
            State::Other(letter) => letter,
        }
    }

    /// Whether the process has ended: it executes nothing any more.
    pub fn has_ended(self) -> bool {
        matches!(self, State::Zombie | State::Dead)
    }
}

impl fmt::Display for State {
    /// The letter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letter().fmt(f)
    }
}

impl Stat {
    /// Takes a line of `/proc/PID/stat` apart.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is not as documented.
    pub fn parse(line: &[u8]) -> io::Result<Stat> {
        fields(line).ok_or_else(|| {
            let line = line.escape_ascii();
            io::Error::new(io::ErrorKind::InvalidData, format!("not a line of stat: \"{line}\""))
        })
    }
}

/// The numbers in the comments are those of the manual page.
fn fields(line: &[u8]) -> Option<Stat> {
    // The name may hold parentheses and spaces itself, and nothing after it does.
    let open = line.iter().position(|byte| *byte == b'(')?;
    let close = line.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(&line[..open]).ok()?.trim().parse().ok()?;
    let name = line.get(open + 1..close)?.to_vec();
    let rest = std::str::from_utf8(&line[close + 1..]).ok()?;
    let rest: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| rest.get(number - 3).copied(); // (1) and (2) are before
    let pid_of = |number| Some(Pid::from_raw(field(number)?.parse().ok()?));
    let ticks_of = |number| field(number)?.parse::<u64>().ok();
    Some(Stat {
        pid: Pid::from_raw(pid),
        name: OsString::from_vec(name),
        state: State::from_letter(field(3)?.chars().next()?),
        parent: pid_of(4)?,
        group: pid_of(5)?,
        session: pid_of(6)?,
        foreground_group: pid_of(8).filter(|group| group.as_raw() > 0),
        user_time: duration(ticks_of(14)?),
        system_time: duration(ticks_of(15)?),
        children_time: duration(ticks_of(16)?.saturating_add(ticks_of(17)?)),
        threads: field(20)?.parse().ok()?,
        start: duration(ticks_of(22)?),
        wait_status: field(52).and_then(|status| status.parse().ok()).unwrap_or_default(),
    })
}

/// Ticks of the clock by which `/proc` counts, 100 a second on all processors of today.
fn duration(ticks: u64) -> Duration {
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
    let per_second = u64::try_from(per_second).unwrap_or(100).max(1);
    let nanoseconds = ticks % per_second * (1_000_000_000 / per_second);
    Duration::from_secs(ticks / per_second) + Duration::from_nanos(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"42 (a) R 1 (b\n) Z 7 42 40 34816 -1 4194304 1 2 3 4 150 25 100 200 20 0 \
        3 0 12345 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 256\n";

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let stat = Stat::parse(LINE).unwrap();
        assert_eq!(stat.name, "a) R 1 (b\n");
        assert_eq!((stat.pid, stat.state), (Pid::from_raw(42), State::Zombie));
    }

    #[test]
    fn each_field_has_its_place() {
        let stat = Stat::parse(LINE).unwrap();
        let pids = [stat.parent, stat.group, stat.session].map(Pid::as_raw);
        assert_eq!(pids, [7, 42, 40]);
        assert_eq!(stat.foreground_group, None);
        assert_eq!(stat.user_time, Duration::from_millis(1500));
        assert_eq!(stat.system_time, Duration::from_millis(250));
        assert_eq!(stat.children_time, Duration::from_secs(3));
        assert_eq!((stat.threads, stat.wait_status), (3, 256));
        assert_eq!(stat.start, Duration::from_millis(123_450));
    }

    #[test]
    fn a_name_need_not_be_text() {
        let mut line = LINE.to_vec();
        line[4] = 0xFF;
        assert_eq!(Stat::parse(&line).unwrap().name.as_encoded_bytes()[0], 0xFF);
    }

    #[test]
    fn a_line_that_ends_too_soon_is_an_error() {
        for length in 0..LINE.len() - 150 {
            assert!(Stat::parse(&LINE[..length]).is_err(), "{length} bytes of it");
        }
    }

    #[test]
    fn letters_and_states_belong_together() {
        for letter in "RSDTtZXIPW".chars() {
            assert_eq!(State::from_letter(letter).letter(), letter);
        }
    }
}
