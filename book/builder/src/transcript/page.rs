//! How a `console` block looks on the page.
//!
//! The command stands out from its output, and a process has one colour wherever it is named in
//! the block, so that "my parent is 812" can be followed by eye. A line below says what a reader's
//! own run may show differently.

use std::collections::HashMap;
use std::fmt::Write;

use super::Block;
use super::compare::{Allowed, Order, Vary};
use super::line::{Part, parts};
use crate::html::escape;

/// So many colours are told apart before they come again.
const COLOURS: usize = 6;

pub(crate) fn html(block: &Block) -> String {
    let colours = colours(block);
    let class = if is_table(block) { "transcript columns" } else { "transcript" };
    let mut html = format!("<div class=\"{class}\"><pre><code class=\"no-highlight hljs\">");
    for step in &block.steps {
        html.push_str(&command(&step.command));
        for line in &step.output {
            html.push_str("<span class=\"line\">");
            for part in parts(line) {
                let text = escape(part.text());
                match colours.get(part.text()).filter(|_| matches!(part, Part::Number(_))) {
                    Some(n) => drop(write!(html, "<b class=\"pid pid-{n}\">{text}</b>")),
                    None => html.push_str(&text),
                }
            }
            html.push_str("\n</span>");
        }
    }
    let class = if block.skip.is_none() { "proof run" } else { "proof" };
    let _ = write!(html, "</code></pre><p class=\"{class}\">{}</p></div>\n\n", note(block));
    html
}

/// Whether the output has columns, so that its lines must not be broken.
fn is_table(block: &Block) -> bool {
    let lines = block.steps.iter().flat_map(|step| &step.output);
    lines.filter(|line| line.trim().contains("    ")).count() >= 2
}

/// Commands to be typed, of which no output is shown.
pub(crate) fn commands(lines: &str) -> String {
    let lines = lines.lines().map(command).collect::<String>();
    format!(
        "<div class=\"transcript\"><pre><code class=\"no-highlight hljs\">{lines}</code></pre></div>\n\n"
    )
}

/// An option is collected in one piece where the line has to be broken.
fn command(text: &str) -> String {
    let words = text.split(' ').map(|word| match escape(word) {
        option if option.starts_with('-') => format!("<span class=\"option\">{option}</span>"),
        word => word,
    });
    let words: Vec<String> = words.collect();
    format!("<span class=\"command\"><i>$ </i>{}\n</span>", words.join(" "))
}

/// A colour for each name that is used more than once.
fn colours(block: &Block) -> HashMap<&str, usize> {
    let lines = block.steps.iter().flat_map(|step| &step.output);
    let names = lines.flat_map(|line| parts(line)).filter_map(|part| match part {
        Part::Number(n) if block.allowed.is_pid(n) => Some(n),
        _ => None,
    });
    let (mut uses, mut order) = (HashMap::new(), Vec::new());
    for name in names {
        let count: &mut usize = uses.entry(name).or_default();
        *count += 1;
        if *count == 2 {
            order.push(name);
        }
    }
    order.into_iter().enumerate().map(|(i, name)| (name, i % COLOURS + 1)).collect()
}

/// What a reader may see differently, in words.
fn note(block: &Block) -> String {
    if let Some(why) = &block.skip {
        return format!("Not run again by the tests: {}.", escape(why));
    }
    let mut notes = vec!["Run again by the tests".to_owned()];
    notes.extend((!block.shown.is_all()).then(|| "a part of the output".to_owned()));
    if is_verdict_of_a_wrong_answer(block) {
        notes.push("you need not run it: it checks one of our wrong answers, not yours".to_owned());
    }
    notes.extend(renamed(block).map(str::to_owned));
    notes.extend(match block.allowed.vary {
        Vary::Nothing => None,
        Vary::Decimals => Some("numbers with a point may differ".to_owned()),
        Vary::Numbers => Some("numbers may differ".to_owned()),
    });
    let lines = block.steps.iter().map(|step| step.output.len()).max().unwrap_or(0);
    notes.extend(order(&block.allowed, lines));
    notes.extend((block.exit != 0).then(|| format!("exit status {}", block.exit)));
    notes.extend(block.plain_user.then(|| "as root, the limit does not apply".to_owned()));
    notes.join(" · ")
}

/// The page of an exercise shows such a verdict, and its command is not the reader's.
fn is_verdict_of_a_wrong_answer(block: &Block) -> bool {
    block.steps.iter().any(|step| step.command.starts_with("cargo test -q -p solutions "))
}

/// What in the output has another name, or takes another time, in each run.
fn renamed(block: &Block) -> impl Iterator<Item = &'static str> {
    let lines = block.steps.iter().flat_map(|step| &step.output);
    let (mut pids, mut addresses, mut times) = (false, false, false);
    for part in lines.flat_map(|line| parts(line)) {
        match part {
            Part::Number(n) if block.allowed.is_pid(n) && n.starts_with("0x") => addresses = true,
            Part::Number(n) if block.allowed.is_pid(n) => pids = true,
            Part::Time(_) => times = true,
            _ => {}
        }
    }
    let notes = [
        (pids, "your PIDs will differ"),
        (addresses, "numbers that begin with 0x will differ"),
        (times, "times will differ"),
    ];
    notes.into_iter().filter_map(|(is_there, note)| is_there.then_some(note))
}

fn order(allowed: &Allowed, lines: usize) -> Option<String> {
    if allowed.order == Order::Exact {
        return None;
    }
    let (from, to) = (allowed.first + 1, lines.saturating_sub(allowed.last));
    let which = if (from, to) == (1, lines) {
        "the lines".to_owned()
    } else {
        format!("lines {from} to {to}")
    };
    Some(match allowed.order {
        Order::Prefix => format!("{which} may mix; each process keeps its order"),
        _ => format!("{which} may change places"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    fn page(text: &str) -> String {
        html(&Block::read(&fences(text)[0]).unwrap().unwrap())
    }

    #[test]
    fn a_process_has_one_colour_and_a_number_used_once_has_none() {
        let html =
            page("```console\n$ x\nparent 100: <1>\nchild 101: parent 100, 999\nchild 101\n```");
        assert_eq!(html.matches("<b class=\"pid pid-1\">100</b>").count(), 2);
        assert_eq!(html.matches("<b class=\"pid pid-2\">101</b>").count(), 2);
        assert!(html.contains(", 999\n") && html.contains("&lt;1&gt;"));
    }

    #[test]
    fn an_option_is_not_broken_in_two() {
        let html = commands("cargo run -- <1>");
        assert!(html.contains("cargo run <span class=\"option\">--</span> &lt;1&gt;"), "{html}");
    }

    #[test]
    fn columns_are_kept_together() {
        assert!(page("```console\n$ x\na    b\n1    2\n```").contains("\"transcript columns\""));
        assert!(page("```console\n$ x\n    a\n    b\n```").contains("\"transcript\""));
    }

    #[test]
    fn the_note_says_what_may_differ() {
        let html = page("```console,order=any,first=1,exit=2\n$ x\na 100\nb\nc 3 ms\n```");
        let note = "Run again by the tests · your PIDs will differ · times will differ · \
                    lines 2 to 3 may change places · exit status 2";
        assert!(html.contains(note), "{html}");
        let html = page("```console\n$ x\nat 0x55aa\n```");
        assert!(html.contains("tests · numbers that begin with 0x will differ<"), "{html}");
        let html = page("```console,plain-user,exit=1\n$ x\nno\n```");
        assert!(html.contains("exit status 1 · as root, the limit does not apply<"), "{html}");
        let html = page("```console\n$ cargo test -q -p solutions --test y\nno\n```");
        assert!(html.contains("you need not run it"), "{html}");
        let html = page("```console,skip=a live table\n$ x\n```");
        assert!(html.contains("Not run again by the tests: a live table."), "{html}");
    }
}
