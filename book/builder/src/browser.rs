//! Shows an address in the reader's browser.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;

/// Opens a browser with `address`, if a browser could show itself here. Whether one did is not
/// known and not an error: the address has been printed.
///
/// The variable `BROWSER` names the command, as in other programs: with arguments if it likes, `%s`
/// in place of the address if that does not stand at the end, and several commands, of which the
/// first that exists is taken, separated by colons. Without it the system's own choice is opened.
pub(crate) fn open(address: &str) {
    if !procinfo::has_display() {
        return;
    }
    let named = env::var("BROWSER").unwrap_or_default();
    let named: Vec<Command> = commands(&named, address);
    let commands = if named.is_empty() { open::commands(address) } else { named };
    for mut command in commands {
        // A group of its own, so that Ctrl-C here does not end the browser.
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(mut child) = command.spawn() {
            // Waited for, so that it does not stay a zombie as long as the book is served.
            thread::spawn(move || child.wait());
            return;
        }
    }
}

/// The commands that the value of `BROWSER` lists.
fn commands(listed: &str, address: &str) -> Vec<Command> {
    let lists = listed.split(':').map(|entry| entry.split_whitespace().collect::<Vec<_>>());
    let commands = lists.filter_map(|words| {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|word| word.replace("%s", address)));
        command.args((!arguments.iter().any(|word| word.contains("%s"))).then_some(address));
        Some(command)
    });
    commands.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_may_list_commands_with_arguments() {
        let shown: Vec<String> = commands("firefox --new-window %s:: links -g", "http://x/")
            .iter()
            .map(|command| {
                let words = command.get_args().map(|word| word.to_string_lossy());
                let program = command.get_program().to_string_lossy();
                [program].into_iter().chain(words).collect::<Vec<_>>().join(" ")
            })
            .collect();
        assert_eq!(shown, ["firefox --new-window http://x/", "links -g http://x/"]);
        assert!(commands("", "http://x/").is_empty());
    }
}
