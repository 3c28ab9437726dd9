//! An order in plain words.

use orders::{Divergence, How, Name, Step, Stuck};

/// The step that decides: with those before it, the check can still pass.
pub(super) struct Decisive {
    /// Its place in the order.
    pub(super) at: usize,
    /// What comes instead, and after that, in an order that passes.
    pub(super) instead: Vec<Step>,
}

/// Calls that a story tells of; the others are machinery.
const TOLD: [&str; 27] = [
    "fork", "vfork", "clone", "clone3", "execve", "exit", "wait4", "waitid", "read", "readv",
    "pread", "recv", "write", "writev", "pwrite", "send", "kill", "tgkill", "tkill", "open",
    "rename", "unlink", "flock", "poll", "ppoll", "stat", "access",
];

/// How many stretches of one process a story has at most.
const STRETCHES: usize = 12;

/// The width of a line of it.
const WIDTH: usize = 68;

/// Why an order breaks the check that passed in the usual one, and the order.
/// `zombies` is how many children the grader has reaped when the function had returned.
pub(super) fn explanation(steps: &[Step], decisive: Option<&Decisive>, zombies: usize) -> String {
    let cause = decisive.and_then(|decisive| cause(steps, decisive));
    let cause = cause.map_or(".\n".to_owned(), |cause| format!(":\n{cause}.\n"));
    format!(
        "{} It fails in this order{cause}{}",
        in_the_normal_run(steps),
        story(&of_the_function(steps, zombies))
    )
}

/// Without the waits at the end of the parent by which the grader looks for what the function has
/// left behind: they reap `zombies` children, and then find none that has ended.
fn of_the_function(steps: &[Step], mut zombies: usize) -> Vec<Step> {
    let mut own = steps.to_vec();
    let mut last_look = true;
    let of_the_parent = |index: &usize| steps[*index].process().parent().is_none();
    for index in (0..steps.len()).rev().filter(of_the_parent) {
        let step = &steps[index];
        let is_wait = matches!(step.call.as_str(), "wait4" | "waitid");
        let reaps = step.words.starts_with("collects");
        match (is_wait, reaps) {
            _ if step.call == "exit" => continue,
            (true, true) if zombies > 0 => zombies -= 1,
            (true, false) if last_look => last_look = false,
            _ => break,
        }
        own.remove(index);
    }
    own
}

/// What is different in a normal run: that a fault of this order does not happen is no luck.
fn in_the_normal_run(steps: &[Step]) -> &'static str {
    match steps.iter().map(|step| step.choice.how).find(|how| how.is_fault()) {
        Some(How::Refused) => "It passed in a normal run, where no fork failed.",
        Some(How::Interrupted) => "It passed in a normal run, where no call was interrupted.",
        Some(How::Short) => "It passed in a normal run, where all bytes were transferred at once.",
        Some(How::Killed) => "It passed in a normal run, where no child was killed.",
        _ => "It passed in a normal run, but only by luck.",
    }
}

/// What two runs in the same order did not have in common.
pub(super) fn of_a_divergence(divergence: &Divergence) -> String {
    let mut found: Vec<&str> = divergence.found.split(", ").collect();
    found.dedup();
    format!(
        "Your function does not do the same in every run, although its children take the same steps in\n\
         the same order. Step {} was first\n  {}\nand in another run\n  {}\n",
        divergence.step,
        with_ordinals(&divergence.expected),
        with_ordinals(&found.join(" or "))
    )
}

/// The processes that can never go on, a line for each.
pub(super) fn stuck(stuck: &[Stuck]) -> String {
    let line = |stuck: &Stuck| {
        let words = with_ordinals(&stuck.waits);
        format!("{} {words}\n", process(&stuck.process))
    };
    stuck.iter().map(line).collect()
}

/// What is different from an order that passes, in a sentence without its full stop.
fn cause(steps: &[Step], decisive: &Decisive) -> Option<String> {
    let step = steps.get(decisive.at)?;
    let who = process(step.process());
    let words = does(step);
    let does_so = words.split_once(": ").map_or(words.as_str(), |(_, rest)| rest);
    let next =
        decisive.instead.iter().find(|next| next.process() == step.process() && is_told(next));
    let before = next.map_or(String::new(), |next| format!(" before it {}", does(next)));
    Some(match step.choice.how {
        How::Refused => {
            let tries = words.strip_suffix(", is refused").unwrap_or(does_so);
            format!("a fork fails (EAGAIN) when {who} {tries}")
        }
        How::Interrupted => format!("a signal interrupts {who} (EINTR) when it {does_so}"),
        How::Short => format!("only some of the bytes are transferred when {who} {does_so}"),
        How::Killed => format!("SIGKILL ends {who}{before}"),
        How::Handler => format!("a signal arrives, and its handler runs in {who}{before}"),
        How::Alarm => format!("an alarm expires in {who}{before}"),
        How::TimedOut => format!("the timeout expires when {who} {does_so}"),
        How::Call => return between(steps, decisive, step),
    })
}

/// A process takes its turn between two steps of another one.
fn between(steps: &[Step], decisive: &Decisive, step: &Step) -> Option<String> {
    let stretch = steps[decisive.at..].iter().take_while(|next| next.process() == step.process());
    let mut turn = stretch.filter(|step| is_told(step));
    // What a child has done when its turn is over, and what the parent goes on with.
    let is_child = step.process().parent().is_some();
    let turn = if is_child { turn.last() } else { turn.next() }.unwrap_or(step);
    let other = decisive.instead.first()?.process();
    if other == step.process() {
        return None;
    }
    let of_the_other = |step: &&Step| step.process() == other && is_told(step);
    let next = does(decisive.instead.iter().find(of_the_other).or(decisive.instead.first())?);
    let before = steps[..decisive.at].iter().rev().find(of_the_other).map(does);
    let (who, other) = (process(step.process()), process(other));
    let turn = does(turn);
    Some(match before {
        Some(before) if before == next => format!("{who} {turn} before {other} {next} once more"),
        Some(before) => format!("{who} {turn} after {other} {before} and before it {next}"),
        None => format!("{who} {turn} before {other} {next}"),
    })
}

/// The end of the test process is none of the function's business.
fn is_told(step: &Step) -> bool {
    let of_the_check = step.process().parent().is_none() && step.call == "exit";
    let of_a_descriptor = step.words == "stats "; // fstat by another name
    let known = TOLD.contains(&step.call.as_str()) && !of_the_check && !of_a_descriptor;
    known || step.choice.how != How::Call
}

/// What each process does, one stretch of steps after the other.
fn story(steps: &[Step]) -> String {
    let mut stretches: Vec<(&Name, Vec<String>)> = Vec::new();
    for step in steps.iter().filter(|step| is_told(step)) {
        let words = told(step);
        match stretches.last_mut().filter(|(name, _)| *name == step.process()) {
            Some((_, all)) => all.push(words),
            None => stretches.push((step.process(), vec![words])),
        }
    }
    let left_out = stretches.len().saturating_sub(STRETCHES);
    let mut story = String::new();
    if left_out > 0 {
        story.push_str("  …\n");
    }
    for (name, words) in &stretches[left_out..] {
        story.push_str(&wrapped(&process(name), words));
    }
    story
}

fn told(step: &Step) -> String {
    match step.choice.how {
        How::Handler => "runs its signal handler".to_owned(),
        How::Alarm => "receives an alarm".to_owned(),
        How::TimedOut => format!("{}: its timeout expires", does(step)),
        _ => does(step),
    }
}

fn does(step: &Step) -> String {
    let words = with_ordinals(&step.words).replace("collects", "reaps");
    if let Some(refused) = words.strip_prefix("is refused: forks ") {
        return format!("tries to fork {refused}, is refused");
    }
    match words.strip_prefix("stats ").or_else(|| words.strip_prefix("accesss ")) {
        Some(path) => format!("looks for {path}"),
        None => words,
    }
}

/// How many steps of a stretch are told at most.
const STEPS: usize = 7;

/// Without repetitions, and without the middle of a long stretch.
fn shortened(words: &[String]) -> Vec<String> {
    let groups = words.chunk_by(|one, next| one == next);
    let mut short: Vec<String> = groups
        .map(|group| match group {
            [only] => only.clone(),
            [first, ..] => format!("{first} ({} times)", group.len()),
            [] => String::new(),
        })
        .collect();
    if short.len() > STEPS {
        short.splice(3..short.len() - 3, ["…".to_owned()]);
    }
    short
}

/// A stretch in lines, of which those after the first begin further in.
fn wrapped(who: &str, words: &[String]) -> String {
    let mut lines = vec![format!("  {who}: ")];
    for (index, words) in shortened(words).iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let line = lines.last_mut().expect("BUG: there is a first line");
        if index > 0 && line.chars().count() + words.chars().count() > WIDTH {
            line.push(',');
            lines.push(format!("    {words}"));
        } else {
            line.push_str(comma);
            line.push_str(words);
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// `the parent`, `the second child`, `the first child of the second child`.
fn process(name: &Name) -> String {
    match name.parent() {
        None => "the parent".to_owned(),
        Some(parent) if parent.parent().is_none() => format!("{} child", nth(name.number())),
        Some(parent) => format!("{} child of {}", nth(name.number()), process(&parent)),
    }
}

fn nth(number: u16) -> String {
    const NAMES: [&str; 8] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
    let name = usize::from(number).checked_sub(1).and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("number {number}"), |name| format!("the {name}"))
}

/// The words of a step with `child 2.1` in them as `the first child of the second child`: checks
/// count children from 0, a search counts from 1.
fn with_ordinals(words: &str) -> String {
    let mut parts = words.split("child ");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
        match part[..end].trim_end_matches('.').parse::<Name>() {
            Ok(name) => {
                all.push_str(&process(&name));
                all.push_str(&part[part[..end].trim_end_matches('.').len()..]);
            }
            Err(_) => all.push_str(&format!("child {part}")),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_have_ordinals() {
        assert_eq!(with_ordinals("collects child 2"), "collects the second child");
        let all = "waits for the end of child 1 or child 2.1";
        let wanted = "waits for the end of the first child or the first child of the second child";
        assert_eq!(with_ordinals(all), wanted);
        assert_eq!(with_ordinals("runs a child program"), "runs a child program");
    }

    #[test]
    fn a_long_stretch_is_wrapped() {
        let words: Vec<String> = (0..6).map(|n| format!("reads a file number {n}")).collect();
        let text = wrapped("the parent", &words);
        assert_eq!(text.lines().count(), 3, "{text}");
        let same = vec!["reads a file".to_owned(); 9];
        assert_eq!(wrapped("the parent", &same), "  the parent: reads a file (9 times)\n");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 2), "{text}");
    }
}
