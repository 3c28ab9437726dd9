//! Where files live, and how long they are.

use std::collections::BTreeSet;

use crate::tree;

/// The numbers of the lessons' folders. They follow the course, part by part; a lesson that is not
/// written yet leaves a gap.
const COURSE: &[(u32, &str)] = &[
    (1, "fork-basics"),
    (2, "many-forks"),
    (3, "fork-skeleton"),
    (4, "waitpid"),
    (5, "pipes"),
    (6, "fork-load"),
    (7, "fork-random"),
    (8, "monitoring"),
    (9, "timeline"),
    (10, "every-order"),
    (11, "exec"),
    (12, "signals"),
    (13, "process-groups"),
    (14, "copy-on-write"),
    (15, "marshalling"),
    (16, "shared-memory"),
    (17, "pool"),
    (18, "pool-files"),
    (19, "pool-load"),
    (20, "pool-async"),
    (21, "logging"),
    (22, "prefork-server"),
    (23, "many-machines"),
];

/// Lines in a file of code. A type lives in one file; what needs more is two things.
const LINES: usize = 500;

/// Folders of programs that a reader may run. A program that only a test runs is a fixture and
/// lives under `tests/`.
const EXAMPLES: &[&str] = &[
    "lessons/23-many-machines/examples/",
    "lessons/libs/pool/examples/",
    "solutions/examples/",
    "book/examples/",
];

/// The folders of lessons, as number and name.
fn lessons(files: &[String]) -> BTreeSet<(u32, String)> {
    let folder = |file: &String| {
        let (number, name) = file.strip_prefix("lessons/")?.split('/').next()?.split_once('-')?;
        Some((number.parse().ok()?, name.to_owned()))
    };
    files.iter().filter_map(folder).collect()
}

fn is_planned(number: u32, name: &str) -> bool {
    COURSE.contains(&(number, name))
}

#[test]
fn folders_have_the_numbers_of_the_course() {
    let lessons = lessons(&tree::files());
    assert!(lessons.len() > 10, "these are not all lessons: {lessons:?}");
    let wrong = lessons.iter().filter(|(number, name)| !is_planned(*number, name));
    let found: Vec<String> = wrong.map(|(number, name)| format!("{number:02}-{name}")).collect();
    tree::assert_none("each lesson's folder has its number in the course", &found);

    let moved = ["lessons/08-timeline/Cargo.toml", "lessons/rules/x", "lessons/libs/pool/x"];
    let moved = self::lessons(&moved.map(str::to_owned));
    assert!(moved.len() == 1 && moved.iter().all(|(number, name)| !is_planned(*number, name)));
}

/// What the README's table must say of a lesson: a row that links its program, and its chapter if
/// that is written.
fn is_in_the_table(readme: &str, number: u32, name: &str) -> bool {
    let program = format!("[`lesson-{name}`](lessons/{number:02}-{name}/src/main.rs)");
    let written = tree::root().join(format!("book/src/{name}.md")).exists();
    let chapter = format!("[{name}](book/src/{name}.md)");
    let mut rows = readme.lines().filter(|line| line.starts_with('|'));
    rows.any(|row| row.contains(&program) && (row.contains(&chapter) || !written))
}

#[test]
fn every_lesson_is_in_the_readme() {
    let readme = tree::text("README.md").expect("the README");
    let missing = lessons(&tree::files())
        .into_iter()
        .filter(|(number, name)| !is_in_the_table(&readme, *number, name))
        .map(|(number, name)| format!("{number:02}-{name}"));
    tree::assert_none("the README's table has every lesson", &missing.collect::<Vec<_>>());

    assert!(!is_in_the_table(&readme, 1, "many-forks"));
}

/// The numbers of the lessons' folders that the README links, in its order.
fn linked_lessons(readme: &str) -> Vec<u32> {
    let rows = readme.lines().filter(|line| line.starts_with('|'));
    let links = rows.flat_map(|row| row.split("(lessons/").skip(1));
    links.filter_map(|rest| rest.split('-').next()?.parse().ok()).collect()
}

#[test]
fn the_readme_has_the_lessons_in_order() {
    let readme = tree::text("README.md").expect("the README");
    let numbers = linked_lessons(&readme);
    assert!(numbers.is_sorted(), "the README's table follows the course, but has {numbers:?}");
    assert_eq!(
        linked_lessons("| (lessons/02-b/src)\n| (lessons/rules/x)\n| (lessons/01-a)\n"),
        [2, 1]
    );
}

/// What is too long of these files, which are given with their lines.
fn too_long(files: &[(String, usize)]) -> Vec<String> {
    let long = files.iter().filter(|(_, lines)| *lines > LINES);
    long.map(|(file, lines)| format!("{file}: {lines} lines")).collect()
}

#[test]
fn no_file_of_code_is_too_long() {
    let endings = [".rs", ".py", ".mjs", ".js", ".css"];
    let files: Vec<(String, usize)> = tree::our_files()
        .filter(|file| endings.iter().any(|ending| file.ends_with(ending)))
        .map(|file| {
            let lines = tree::text(&file).expect("code is text").lines().count();
            (file, lines)
        })
        .collect();
    assert!(files.len() > 100, "these are not all files");
    tree::assert_none(&format!("no file of code has over {LINES} lines"), &too_long(&files));

    let sample = [("a.rs".to_owned(), LINES), ("b.rs".to_owned(), LINES + 1)];
    assert_eq!(too_long(&sample), [format!("b.rs: {} lines", LINES + 1)]);
}

/// What is missing for clippy to refuse a function of more than 40 lines in this package.
fn lints_missing(manifest: &str) -> bool {
    !manifest.contains("\n[lints]\nworkspace = true\n")
}

/// Clippy counts the lines of functions; this test sees to it that clippy is asked everywhere.
#[test]
fn clippy_refuses_long_functions_everywhere() {
    let text = |file: &str| tree::text(file).expect("a text");
    assert!(text("clippy.toml").contains("\ntoo-many-lines-threshold = 40\n"));
    assert!(text("Cargo.toml").contains("\ntoo_many_lines = \"deny\"\n"));

    // A reader types those, outside of this workspace.
    let typed = ["first-fork", "own-pool"].map(|name| format!("book/examples/{name}/Cargo.toml"));
    let is_ours = |file: &String| !typed.contains(file);
    let manifests = tree::our_files().filter(|file| file.ends_with("/Cargo.toml")).filter(is_ours);
    let without: Vec<String> = manifests.filter(|file| lints_missing(&text(file))).collect();
    tree::assert_none("every package has the workspace's lints", &without);
    let mut exempt =
        tree::lines_that(&[".rs"], |line| line.contains(concat!("clippy::", "too_many_lines")));
    // The list of an exercise's checks is no code to follow, and reads best in one piece.
    exempt.retain(|place| !place.starts_with("exercises/tests/checks/"));
    tree::assert_none("no function is exempt from the limit", &exempt);

    assert!(lints_missing("[package]\nname = \"a\"\n"));
}

/// The projects that the lines of a page create and that the workspace's manifest does not exclude.
fn not_excluded(page: &str, manifest: &str) -> Vec<String> {
    let excluded = manifest.lines().find_map(|line| line.strip_prefix("exclude = ["));
    let excluded = excluded.unwrap_or_default();
    let created = page.lines().filter_map(|line| line.strip_prefix("cargo new "));
    let created = created.filter(|name| !excluded.contains(&format!("\"{name}\"")));
    created.map(str::to_owned).collect()
}

/// A reader may type the commands of a page in this folder, and `cargo new` would make a member of
/// the new project, with a name that a package of the book has: then no command of cargo's works.
#[test]
fn a_project_that_a_page_creates_is_no_member() {
    let manifest = tree::text("Cargo.toml").expect("a text");
    let pages: Vec<String> = tree::our_files()
        .filter(|file| file.starts_with("book/src/") && file.ends_with(".md"))
        .filter_map(|file| tree::text(&file))
        .collect();
    assert!(pages.iter().any(|page| page.contains("\ncargo new ")), "no page creates a project");
    let found: Vec<String> = pages.iter().flat_map(|page| not_excluded(page, &manifest)).collect();
    tree::assert_none("Cargo.toml excludes what a page creates with `cargo new`", &found);

    let found = not_excluded("cargo new a\ncargo new b\n", "exclude = [\"a\"]\n");
    assert_eq!(found, ["b"]);
}

/// Programs in an `examples` folder that is not there for readers.
fn hidden_fixtures(files: impl Iterator<Item = String>) -> Vec<String> {
    let example = |file: &String| file.split('/').any(|folder| folder == "examples");
    let known = |file: &String| EXAMPLES.iter().any(|folder| file.starts_with(folder));
    files.filter(|file| example(file) && !known(file)).collect()
}

#[test]
fn fixtures_are_under_tests() {
    let found = hidden_fixtures(tree::our_files());
    tree::assert_none("what only a test runs lives under tests/", &found);

    let sample = ["lessons/libs/timeline/examples/panics.rs", "book/examples/python/a.py"];
    let sample = hidden_fixtures(sample.into_iter().map(str::to_owned));
    assert_eq!(sample, ["lessons/libs/timeline/examples/panics.rs"]);
}

/// The exercises that `exercises.toml` names.
fn exercises() -> Vec<String> {
    let list = tree::text("exercises/exercises.toml").expect("the list of exercises");
    let name = |line: &str| Some(line.strip_prefix("name = \"")?.strip_suffix('"')?.to_owned());
    let names: Vec<String> = list.lines().filter_map(name).collect();
    assert!(names.len() > 5, "these are not all exercises: {names:?}");
    names
}

/// The folders that belong to an exercise agree with the list, each file by name.
#[test]
fn every_exercise_has_its_files() {
    let files = tree::files();
    let mut missing = Vec::new();
    for name in exercises() {
        let needed = [
            format!("exercises/stubs/{name}.rs"),
            format!("exercises/tests/checks/{name}.rs"),
            format!("solutions/src/{name}.rs"),
            format!("book/src/exercises/{name}.md"),
        ];
        missing.extend(needed.into_iter().filter(|file| !files.contains(file)));
    }
    tree::assert_none("every exercise has a stub, checks, a reference and a page", &missing);
}

/// What git has under `exercises/src` is how an exercise begins, not how one of us solved it. In
/// a learner's own clone answers may be committed, so this is asked in CI only.
#[test]
fn no_answer_of_ours_is_committed() {
    if std::env::var_os("CI").is_none() {
        return; // answers in this clone are its owner's
    }
    let Some(_) = tree::git(&["rev-parse"]) else {
        return testkit::skip("committed answers: git says nothing of this folder");
    };
    let index = |file: &str| tree::git(&["show", &format!(":{file}")]);
    let answer = |name: &String| index(&format!("exercises/src/{name}.rs"));
    let differs = |name: &String| {
        answer(name).is_some_and(|it| Some(it) != index(&format!("exercises/stubs/{name}.rs")))
    };
    let found: Vec<String> = exercises().into_iter().filter(differs).collect();
    tree::assert_none("git has each exercise as its stub, or not at all", &found);
}

/// Whether a lesson's program can be read before it is run.
fn is_readable(lines: usize) -> bool {
    (30..=80).contains(&lines)
}

#[test]
fn a_lessons_program_has_30_to_80_lines() {
    let found = lessons(&tree::files()).into_iter().filter_map(|(number, name)| {
        let file = format!("lessons/{number:02}-{name}/src/main.rs");
        let lines = tree::text(&file)?.lines().count();
        (!is_readable(lines)).then(|| format!("{file}: {lines} lines"))
    });
    tree::assert_none("a lesson's main.rs has 30 to 80 lines", &found.collect::<Vec<_>>());

    assert!(!is_readable(29) && is_readable(30) && is_readable(80) && !is_readable(81));
}
