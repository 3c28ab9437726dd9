//! Processes of earlier runs that nobody waits for any more.

use super::Finding;
use crate::workspace::Workspace;

pub(super) fn look(workspace: &Workspace) -> Finding {
    let left = orphans(workspace);
    Finding {
        name: "leftovers",
        needed_for: "No program of the workbook should outlive its run.",
        essential: false,
        result: match left.as_slice() {
            [] => Ok("no process of an earlier run is left".to_owned()),
            left => {
                let list: Vec<String> =
                    left.iter().map(|(pid, name)| format!("{pid} ({name})")).collect();
                let pids: Vec<&str> = left.iter().map(|(pid, _)| pid.as_str()).collect();
                Err((
                    format!("still running: {}", list.join(", ")),
                    format!("`kill {}`", pids.join(" ")),
                ))
            }
        },
    }
}

/// PID and program of each process that was built here and has lost its parent.
#[cfg(target_os = "linux")]
fn orphans(workspace: &Workspace) -> Vec<(String, String)> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.root().join("target"), |set| workspace.root().join(set));
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let built_here = folders.filter_map(|folder| {
        let program = std::fs::read_link(folder.path().join("exe")).ok()?;
        let pid = folder.file_name().into_string().ok()?;
        let name = program.strip_prefix(&target).ok()?.file_name()?.to_str()?;
        let name = name.trim_end_matches(" (deleted)").to_owned(); // built anew meanwhile
        (pid != std::process::id().to_string() && adopted(&pid)).then_some((pid, name))
    });
    built_here.collect()
}

/// Whether the process's parent is one that adopts orphans: process 1, or a user's systemd.
#[cfg(target_os = "linux")]
fn adopted(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // PID (name) state PPID …: the name may itself hold spaces and parentheses.
    let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1));
    let Some(parent) = parent else { return false }; // it has ended
    let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).unwrap_or_default();
    parent == "1" || name.starts_with("systemd") || name.starts_with("init")
}

/// Nothing that can be read tells of them.
#[cfg(not(target_os = "linux"))]
fn orphans(_workspace: &Workspace) -> Vec<(String, String)> {
    Vec::new()
}
