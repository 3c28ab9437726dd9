//! Processes of earlier runs for which no process waits any more.

use nix::unistd::{Pid, getpid};

use super::Finding;
use crate::workspace::Workspace;

pub(super) fn look(workspace: &Workspace) -> Finding {
    let left = orphans(workspace);
    Finding {
        name: "leftovers",
        needed_for: "No process should outlive the run of its program.",
        essential: false,
        result: if left.is_empty() {
            Ok("no process from an earlier run is left".to_owned())
        } else {
            let list: Vec<String> =
                left.iter().map(|(pid, name)| format!("{pid} ({name})")).collect();
            let pids: Vec<String> = left.iter().map(|(pid, _)| pid.to_string()).collect();
            let mend = format!("`kill {}`", pids.join(" "));
            Err((format!("still running: {}", list.join(", ")), mend))
        },
    }
}

/// PID and program of each process that was built here and has lost its parent. Where the system
/// does not show processes, there is none to tell of.
fn orphans(workspace: &Workspace) -> Vec<(Pid, String)> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.root().join("target"), |set| workspace.root().join(set));
    let built_here = procinfo::processes().unwrap_or_default().into_iter().filter_map(|process| {
        let program = std::fs::read_link(format!("/proc/{}/exe", process.pid)).ok()?;
        let name = program.strip_prefix(&target).ok()?.file_name()?.to_str()?;
        let name = name.trim_end_matches(" (deleted)").to_owned(); // built anew meanwhile
        let left = process.pid != getpid() && adopts_orphans(process.parent);
        left.then_some((process.pid, name))
    });
    built_here.collect()
}

/// Whether this is a process that adopts orphans: process 1, or a user's systemd.
fn adopts_orphans(pid: Pid) -> bool {
    let name = procinfo::stat(pid).map(|stat| stat.name).unwrap_or_default();
    let name = name.to_string_lossy();
    pid.as_raw() == 1 || name.starts_with("systemd") || name.starts_with("init")
}
