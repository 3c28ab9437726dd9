//! How much memory a process has, counted in two ways.

use lesson_cli::say;
use nix::unistd::Pid;

/// Memory in MiB. `None` where the system does not report it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Resident set size: all pages that the process has in memory, also those that it shares.
    rss: Option<u64>,
    /// Proportional set size: a page that two processes share counts half for each.
    pss: Option<u64>,
    /// How much of the memory is in huge pages.
    huge: Option<u64>,
}

impl Usage {
    /// From `/proc/PID/smaps_rollup`, which only Linux has.
    pub(crate) fn of(pid: Pid) -> Self {
        let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let mib = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(value.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
        };
        Usage { rss: mib("Rss:"), pss: mib("Pss:"), huge: mib("AnonHugePages:") }
    }
}

/// Prints a row for each moment: the parent, then the child.
pub(crate) fn table(before: Usage, forked: [Usage; 2], written: [Usage; 2]) {
    say!("                   parent in MiB        child in MiB");
    say!("                    RSS    PSS   huge    RSS    PSS");
    say!("before the fork  {}", parent(before));
    say!("after the fork   {}{}", parent(forked[0]), child(forked[1]));
    say!("after the writes {}{}", parent(written[0]), child(written[1]));
}

fn parent(usage: Usage) -> String {
    format!("{}{}", child(usage), column(usage.huge))
}

fn child(usage: Usage) -> String {
    format!("{}{}", column(usage.rss), column(usage.pss))
}

fn column(mib: Option<u64>) -> String {
    mib.map_or("      ?".to_owned(), |mib| format!("{mib:>7}"))
}
