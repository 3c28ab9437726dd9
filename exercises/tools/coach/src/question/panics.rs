//! Calls that may panic in a parent whose children run, found in the text of an answer.

use std::collections::BTreeSet;

use super::code;

/// Such a call.
const CALLS: [&str; 2] = [".unwrap()", ".expect("];

/// The first call of `unwrap` or `expect` behind a fork of the same function that neither the child
/// nor a closure makes, with the number of its line: a closure may well run in a child.
pub(super) fn while_children_run(answer: &str) -> Option<(usize, &'static str)> {
    let functions = functions(answer);
    let forking = forking(&functions);
    functions.iter().find_map(|function| {
        let forks = |line: &&(usize, &str)| forking.iter().any(|name| calls(line.1, name));
        let (fork, _) = function.lines[1..].iter().find(forks)?;
        let mut blocks = Blocks::default();
        function.lines.iter().find_map(|&(number, line)| {
            let at = blocks.take(line, *fork < number)?;
            let call = if line[at..].starts_with(CALLS[0]) { "unwrap" } else { "expect" };
            Some((number, call))
        })
    })
}

struct Function<'a> {
    name: &'a str,
    /// With their numbers; the first one has the name.
    lines: Vec<(usize, &'a str)>,
}

fn functions(answer: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function> = Vec::new();
    for (number, line) in code(answer) {
        let start = line.trim_start().trim_start_matches("pub ").trim_start_matches("unsafe ");
        if let Some(rest) = start.strip_prefix("fn ") {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            functions.push(Function { name: &rest[..end], lines: Vec::new() });
        }
        if let Some(function) = functions.last_mut() {
            function.lines.push((number, line));
        }
    }
    functions
}

/// `fork`, and the functions that call it, perhaps through others.
fn forking<'a>(functions: &[Function<'a>]) -> BTreeSet<&'a str> {
    let mut forking = BTreeSet::from(["fork"]);
    loop {
        let before = forking.len();
        for function in functions {
            let mut body = function.lines.iter().skip(1);
            if body.any(|(_, line)| forking.iter().any(|name| calls(line, name))) {
                forking.insert(function.name);
            }
        }
        if forking.len() == before {
            return forking;
        }
    }
}

/// Whether `name(` stands in the line as a word.
fn calls(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].ends_with(is_part) && line[at + name.len()..].starts_with('(')
    })
}

/// The blocks around a place: whether each is a closure's or the child's arm of a match.
#[derive(Default)]
struct Blocks(Vec<bool>);

impl Blocks {
    /// Reads a line. Where it calls `unwrap` or `expect` in no such block; `None` if it does not, or
    /// if that is not `asked`.
    fn take(&mut self, line: &str, asked: bool) -> Option<usize> {
        let mut found = None;
        let mut begin = 0; // of what stands before the next brace
        for (at, c) in line.char_indices() {
            let before = &line[begin..at];
            let is_call = CALLS.iter().any(|call| line[at..].starts_with(call));
            if is_call && asked && !self.0.contains(&true) && !is_apart(before) {
                found = found.or(Some(at));
            }
            match c {
                '{' => self.0.push(is_apart(before)),
                '}' => drop(self.0.pop()),
                _ => continue,
            }
            begin = at + 1;
        }
        found
    }
}

/// Whether what follows is a closure, or what the child does.
fn is_apart(before: &str) -> bool {
    let is_child = ["ForkResult::Child", "Child =>", "0 =>", "== 0", "None =>"];
    let closure = before.replace("||", "|_|").matches('|').count() >= 2;
    closure || is_child.iter().any(|words| before.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Option<(usize, &'static str)> {
        while_children_run(&format!("pub fn run() {{\n{body}\n}}\n"))
    }

    #[test]
    fn a_call_of_the_parent_behind_a_fork_is_found() {
        let fork = "let child = fork();\n";
        assert_eq!(asked(&format!("{fork}wait().unwrap();")), Some((3, "unwrap")));
        assert_eq!(asked(&format!("{fork}wait().expect(\"a child\");")), Some((3, "expect")));
        let helper = "let child = start();\nwait().unwrap();\n}\nfn start() {\nfork();";
        assert_eq!(asked(helper), Some((3, "unwrap")));
    }

    #[test]
    fn what_no_child_can_see_is_no_danger() {
        assert_eq!(asked("stdout().flush().unwrap();\nlet child = fork();"), None);
        assert_eq!(asked("stat.rfind(')').unwrap();"), None);
    }

    #[test]
    fn a_panic_of_the_child_is_another_matter() {
        let arm = |arm: &str| asked(&format!("match fork() {{\n{arm}\n}}"));
        assert_eq!(arm("ForkResult::Child => {\nwriter.write_all(b).unwrap();\n}"), None);
        assert_eq!(arm("ForkResult::Child => end(write().unwrap()),"), None);
        assert_eq!(arm("ForkResult::Parent { child } => wait().unwrap(),"), Some((3, "unwrap")));
        assert_eq!(asked("fork();\nin_child(|| {\nreseed().unwrap();\n})"), None);
    }
}
