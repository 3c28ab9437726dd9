//! For the tests: takes the terminal, starts a program that would go on for ever, and panics.

use std::process::Command;

use coach::group::Group;
use coach::terminal::Terminal;

fn main() -> std::io::Result<()> {
    let mut terminal = Terminal::open()?;
    let mut forever = Command::new("sleep");
    let _group = Group::start(forever.arg("1000"), |_| (), || ())?;
    terminal.status("about to panic");
    panic!("on purpose");
}
