//! Recording a command's run anew, and whether it may stand for the one that is drawn.
//!
//! Times and PIDs are free. What has to be the same is the family: who forked whom, what each
//! process ran, how it ended, who reaped it, and whether it was ever an orphan.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use timeline::{Run, Source};

use crate::build::chapters;
use crate::fences::fences;
use crate::timeline::{Timeline, read};
use crate::transcript::run::{self, Place};

/// The program that records.
pub(crate) const RECORDER: &str = "lesson-timeline";

/// All timelines of all chapters, with their places.
///
/// # Errors
///
/// If a chapter cannot be read or a fence makes no sense.
pub fn timelines() -> Result<Vec<(String, Timeline)>> {
    let (root, mut all) = (run::place()?.root, Vec::new());
    for chapter in chapters()? {
        let text = fs::read_to_string(&chapter)?;
        for fence in fences(&text) {
            let Some(timeline) = Timeline::read(&fence) else { continue };
            let file = chapter.strip_prefix(&root).unwrap_or(&chapter);
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
pub fn check(timeline: &Timeline, place: &Place) -> Result<()> {
    let shown = timeline.recorded(&place.root).map_err(anyhow::Error::msg)?;
    let now = record(timeline, place)?.0;
    let (shown, now) = (family(&shown, 0), family(&now, 0));
    ensure!(shown == now, "another family than in the picture:\n  - {shown}\n  + {now}");
    Ok(())
}

/// Records every timeline whose recording is missing or no longer fits. Gives the files.
///
/// # Errors
///
/// If a command cannot be recorded or a file not be written.
pub(crate) fn bless(place: &Place) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (_, timeline) in timelines()? {
        if check(&timeline, place).is_err() {
            let file = timeline.file(&place.root);
            fs::create_dir_all(file.parent().unwrap_or(&place.root))?;
            fs::write(&file, record(&timeline, place)?.1)?;
            written.push(file);
        }
    }
    Ok(written)
}

/// Whether this machine lets the recorder do its work.
pub fn can_record(place: &Place) -> bool {
    let command = format!("cargo run -q -p {RECORDER} -- --json /dev/null -- true");
    cfg!(target_os = "linux") && run::run(&command, place, false).is_ok_and(|ran| ran.code == 0)
}

/// A run, and the text of its recording.
fn record(timeline: &Timeline, place: &Place) -> Result<(Run, String)> {
    let folder = scratch()?;
    let file = folder.0.join("run.jsonl");
    let command = &timeline.command;
    let recorder = format!("cargo run -q -p {RECORDER} -- --json {} -- {command}", file.display());
    let ran = run::run(&recorder, place, false).map_err(anyhow::Error::msg)?;
    let run = read(&file).map_err(anyhow::Error::msg).with_context(|| ran.lines.join("\n"))?;
    ensure!(run.source == Source::Ptrace, "{command} could be watched from afar only");
    let text = fs::read_to_string(&file)?;
    Ok((run, as_anywhere(&text, &place.programs)))
}

/// A recording as it would be on another machine: wherever cargo builds, and whatever the first
/// process is called there, which adopts orphans.
fn as_anywhere(text: &str, programs: &Path) -> String {
    let text = text.replace(&programs.display().to_string(), "target/debug");
    let lines = text.lines().map(|line| match line.split_once("\"by\":1,\"name\":") {
        Some((before, _)) => format!("{before}\"by\":1,\"name\":\"init\"}}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// A folder that is deleted when this goes.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn scratch() -> Result<Scratch> {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("book-recording-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder)?;
    Ok(Scratch(folder))
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
            "{\"us\":1,\"pid\":7,\"event\":\"exec\",\"args\":[\"/home/me/t/debug/x\"]}\n",
            "{\"us\":9,\"pid\":7,\"event\":\"adopted\",\"by\":1,\"name\":\"systemd\"}\n",
        );
        let anywhere = as_anywhere(text, Path::new("/home/me/t/debug"));
        assert_eq!(
            anywhere,
            concat!(
                "{\"us\":1,\"pid\":7,\"event\":\"exec\",\"args\":[\"target/debug/x\"]}\n",
                "{\"us\":9,\"pid\":7,\"event\":\"adopted\",\"by\":1,\"name\":\"init\"}\n",
            )
        );
    }
}
