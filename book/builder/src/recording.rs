//! Recording a command's run anew, and whether it may stand for the one that is drawn.
//!
//! Times and PIDs are free. What has to be the same is the family: who forked whom, what each
//! process ran, how it ended, who reaped it, and whether it was ever an orphan.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use timeline::{Run, Source};

use crate::fences::fences;
use crate::timeline::{Timeline, read};
use crate::transcript::run;
use crate::transcript::sandbox::Sandbox;
use crate::workspace::Workspace;

/// The command that records.
pub(crate) const RECORDER: &str = "cargo run -q -p lesson-timeline --";

/// All timelines of all chapters, with their places.
///
/// # Errors
///
/// If a chapter cannot be read or a fence makes no sense.
pub fn timelines(workspace: &Workspace) -> Result<Vec<(String, Timeline)>> {
    let mut all = Vec::new();
    for chapter in workspace.chapters()? {
        let text = fs::read_to_string(&chapter)?;
        for fence in fences(&text) {
            let Some(timeline) = Timeline::read(&fence) else { continue };
            let file = workspace.relative(&chapter);
            let place = format!("{}:{}", file.display(), fence.line);
            let timeline = timeline.map_err(anyhow::Error::msg).with_context(|| place.clone())?;
            all.push((place, timeline));
        }
    }
    Ok(all)
}

/// Records the command again and compares.
///
/// # Errors
///
/// If there is no recording, it cannot be made again, or the two families differ.
pub fn check(timeline: &Timeline, workspace: &Workspace) -> Result<()> {
    let shown = timeline.recorded(workspace.root()).map_err(anyhow::Error::msg)?;
    let now = record(timeline, workspace)?.0;
    let (shown, now) = (family(&shown, 0), family(&now, 0));
    ensure!(shown == now, "another family than in the picture:\n  - {shown}\n  + {now}");
    Ok(())
}

/// Records every timeline whose recording is missing or no longer fits. Gives the files.
///
/// # Errors
///
/// If a command cannot be recorded or a file not be written.
pub(crate) fn bless(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (_, timeline) in timelines(workspace)? {
        if check(&timeline, workspace).is_err() {
            let file = timeline.file(workspace.root());
            fs::create_dir_all(file.parent().unwrap_or(workspace.root()))?;
            fs::write(&file, record(&timeline, workspace)?.1)?;
            written.push(file);
        }
    }
    Ok(written)
}

/// Whether this machine lets the recorder do its work.
pub fn can_record(workspace: &Workspace) -> bool {
    let command = format!("{RECORDER} --json /dev/null -- true");
    cfg!(target_os = "linux") && run::run(&command, workspace).is_ok_and(|ran| ran.code == 0)
}

/// A run, and the text of its recording.
fn record(timeline: &Timeline, workspace: &Workspace) -> Result<(Run, String)> {
    let command = &timeline.command;
    let recorder = format!("{RECORDER} --json target/run.jsonl -- {command}");
    let sandbox = Sandbox::new([recorder.as_str()], workspace, false)?;
    let file = sandbox.path().join("run.jsonl");
    let ran = run::run_in(&sandbox, &recorder, workspace.root(), false);
    let ran = ran.map_err(anyhow::Error::msg)?;
    let run = read(&file).map_err(anyhow::Error::msg).with_context(|| ran.lines.join("\n"))?;
    ensure!(run.source == Source::Ptrace, "{command} could be watched from afar only");
    let text = fs::read_to_string(&file)?;
    Ok((run, as_anywhere(&sandbox.shown(&text))))
}

/// A recording as it would be on another machine, whatever the first process is called there,
/// which adopts orphans.
fn as_anywhere(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("\"by\":1,\"name\":") {
        Some((before, _)) => format!("{before}\"by\":1,\"name\":\"init\"}}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// A process and its descendants in words. Siblings come in a fixed order, not in that of their
/// births, which the scheduler may choose.
fn family(run: &Run, at: usize) -> String {
    let process = &run.processes[at];
    let mut children: Vec<String> = run.children(at).map(|child| family(run, child)).collect();
    children.sort();
    let end = process.end.as_ref().map_or("no end".to_owned(), |(_, end)| format!("{end:?}"));
    let reaped = match (process.parent, process.reaped) {
        (_, None) => "",
        (Some(parent), Some((_, by))) if parent == by => ", reaped by its parent",
        _ => ", reaped by another",
    };
    let orphan = if process.adopted.is_some() { ", orphaned" } else { "" };
    let name = Path::new(&process.name).file_name().unwrap_or_default().display().to_string();
    format!("{name} ({end}{reaped}{orphan}) [{}]", children.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_does_not_tell_where_it_was_made() {
        let text = concat!(
            "{\"us\":1,\"pid\":7,\"event\":\"exec\",\"args\":[\"target/debug/x\"]}\n",
            "{\"us\":9,\"pid\":7,\"event\":\"adopted\",\"by\":1,\"name\":\"systemd\"}\n",
        );
        let anywhere = as_anywhere(text);
        assert_eq!(
            anywhere,
            concat!(
                "{\"us\":1,\"pid\":7,\"event\":\"exec\",\"args\":[\"target/debug/x\"]}\n",
                "{\"us\":9,\"pid\":7,\"event\":\"adopted\",\"by\":1,\"name\":\"init\"}\n",
            )
        );
    }
}
