//! A lesson on a terminal of its own, and what a reader would see on it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::setsid;

use crate::{DEADLINE, Finished, Lesson, group};

/// A running lesson, and the terminal that it runs on: standard input, output and error are
/// that terminal, and Ctrl-C typed there reaches the lesson and its children.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    /// The side of keyboard and screen.
    master: File,
    display: Arc<Display>,
    /// Gives everything that was written, when all have closed the terminal.
    reader: thread::JoinHandle<String>,
    copy: Option<tempfile::TempDir>,
}

/// The emulated screen, and the threads that wait for it to change.
struct Display {
    emulator: Mutex<vt100::Parser>,
    changed: Condvar,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.contents())
    }
}

impl Lesson {
    /// Starts the lesson on a new terminal of this size.
    ///
    /// # Panics
    ///
    /// If no terminal is available or the lesson cannot be started.
    pub fn start_on_terminal(mut self, rows: u16, columns: u16) -> Terminal {
        group::prepare();
        let (master, slave) = pseudo_terminal(rows, columns).expect("a pseudo-terminal");
        let child = on_terminal(&self.command, &slave).expect("the lesson can be started");
        // With our copy open the reader would never see the end.
        drop(slave);

        let emulator = Mutex::new(vt100::Parser::new(rows, columns, 0));
        let display = Arc::new(Display { emulator, changed: Condvar::new() });
        let reader = thread::spawn({
            let (master, display) = (master.try_clone(), Arc::clone(&display));
            move || read_all(master.expect("another handle"), &display)
        });
        Terminal { child, master, display, reader, copy: self._copy.take() }
    }
}

impl Terminal {
    /// What can be seen now, row by row, without blanks at the ends of rows.
    pub fn screen(&self) -> String {
        self.display.contents()
    }

    /// Waits until what can be seen meets the condition, and returns it.
    ///
    /// # Panics
    ///
    /// If that takes longer than a minute.
    pub fn wait_until(&self, condition: impl Fn(&str) -> bool) -> String {
        let emulator = self.display.lock();
        let met = |emulator: &mut vt100::Parser| !condition(&contents(emulator));
        let waited = self.display.changed.wait_timeout_while(emulator, DEADLINE, met);
        let (emulator, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        let screen = contents(&emulator);
        drop(emulator);
        assert!(!waited.timed_out(), "waited {DEADLINE:?} in vain; the screen shows:\n{screen}");
        screen
    }

    /// Waits until `text` can be seen, and returns the whole screen.
    ///
    /// # Panics
    ///
    /// If that takes longer than a minute.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(|screen| screen.contains(text))
    }

    /// Types on the keyboard; `"\x03"` is Ctrl-C.
    ///
    /// # Panics
    ///
    /// If the terminal takes no input.
    pub fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).expect("typing on the terminal");
    }

    /// Gives the terminal another size, which tells the lesson so by SIGWINCH.
    ///
    /// # Panics
    ///
    /// If the terminal refuses it.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.display.lock().screen_mut().set_size(rows, columns);
        let size = window(rows, columns);
        // SAFETY: TIOCSWINSZ reads one window size, which lives until the call returns.
        let set =
            unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        Errno::result(set).expect("a terminal has a size");
    }

    /// Waits for the lesson's end. Returns what it left, and the rows of the last screen whose text
    /// was too long for them, so that the terminal went on in the next row.
    ///
    /// # Panics
    ///
    /// If that takes longer than a minute.
    pub fn finish_and_find_torn_rows(self) -> (Finished, Vec<String>) {
        let display = Arc::clone(&self.display);
        let (finished, _) = self.finish();
        let emulator = display.lock();
        let screen = emulator.screen();
        let (_, columns) = screen.size();
        let rows = screen.rows(0, columns).zip(0..);
        let torn = rows.filter(|(_, number)| screen.row_wrapped(*number)).map(|(row, _)| row);
        let torn = torn.collect();
        drop(emulator);
        (finished, torn)
    }

    /// Waits for the lesson's end. Returns what it left, with all that was written as its
    /// standard output, and the last screen.
    ///
    /// # Panics
    ///
    /// If that takes longer than a minute.
    pub fn finish(self) -> (Finished, String) {
        let no_stderr = thread::spawn(String::new);
        let finished = group::finish(self.child, self.reader, no_stderr, self.copy);
        let screen = self.display.contents();
        (finished, screen)
    }
}

impl Display {
    fn lock(&self) -> std::sync::MutexGuard<'_, vt100::Parser> {
        self.emulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contents(&self) -> String {
        contents(&self.lock())
    }
}

fn contents(emulator: &vt100::Parser) -> String {
    let (_, columns) = emulator.screen().size();
    let rows = emulator.screen().rows(0, columns);
    rows.map(|row| row.trim_end().to_owned() + "\n").collect()
}

/// Feeds the emulator until every process has closed the terminal.
fn read_all(mut master: File, display: &Display) -> String {
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match master.read(&mut buffer) {
            // Linux says EIO when no process has the other side open; others say end-of-file.
            Ok(0) | Err(_) => return String::from_utf8_lossy(&all).into_owned(),
            Ok(count) => {
                all.extend(&buffer[..count]);
                display.lock().process(&buffer[..count]);
                display.changed.notify_all();
            }
        }
    }
}

fn window(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// The master, and the side that the lesson gets.
///
/// At Ctrl-C a terminal throws away what was written to it and not yet read (`NOFLSH` in
/// `man 3 termios`): the end of a drawing, for instance. This one does not.
fn pseudo_terminal(rows: u16, columns: u16) -> io::Result<(File, OwnedFd)> {
    let pty = openpty(Some(&window(rows, columns)), None)?;
    for fd in [&pty.master, &pty.slave] {
        fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    let mut settings = tcgetattr(&pty.slave)?;
    settings.local_flags.insert(LocalFlags::NOFLSH);
    tcsetattr(&pty.slave, SetArg::TCSANOW, &settings)?;
    Ok((pty.master.into(), pty.slave))
}

/// Starts the command in a session of its own, whose terminal this is. It leads its process
/// group, as in every other run; only `process_group` would be in the way of `setsid`.
fn on_terminal(plain: &Command, terminal: &OwnedFd) -> io::Result<Child> {
    let mut command = Command::new(plain.get_program());
    command.args(plain.get_args()).env("TERM", "xterm");
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(folder) = plain.get_current_dir() {
        command.current_dir(folder);
    }
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?);
    command.stderr(terminal.try_clone()?);
    // SAFETY: between fork and exec the closure makes two system calls and allocates nothing.
    unsafe { command.pre_exec(own_the_terminal) };
    command.spawn()
}

fn own_the_terminal() -> io::Result<()> {
    setsid()?;
    // SAFETY: TIOCSCTTY takes a number, and descriptor 0 is the terminal by now.
    Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY as _, 0) })?;
    Ok(())
}
