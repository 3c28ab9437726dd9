use std::fs;

use super::*;

/// A book of one chapter, beside a program that it quotes.
fn small_book(chapter: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("book/src");
    fs::create_dir_all(&source).unwrap();
    fs::write(
        folder.path().join("book/book.toml"),
        "[book]\ntitle = \"T\"\n[build]\ncreate-missing = false\n",
    )
    .unwrap();
    fs::write(source.join("SUMMARY.md"), "# Summary\n\n- [One](one.md)\n").unwrap();
    fs::write(source.join("one.md"), chapter).unwrap();
    fs::write(folder.path().join("x.rs"), "// ANCHOR: a\nfn a() {}\n// ANCHOR_END: a\n").unwrap();
    fs::write(folder.path().join("README.md"), "").unwrap();
    folder
}

fn outcome(folder: &tempfile::TempDir) -> Result<Built> {
    build(&Workspace::at(&folder.path().canonicalize().unwrap()))
}

fn complaint(chapter: &str) -> String {
    format!("{:#}", outcome(&small_book(chapter)).unwrap_err())
}

#[test]
fn a_chapter_with_all_that_a_chapter_may_have_builds() {
    let chapter = "# One\n\n```rust\n{{#include ../../x.rs:a}}\n```\n\n\
                   ```quiz\nQ?\n- [x] yes | y\n- [ ] no | n\n```\n\n[itself](one.md#one)\n";
    let folder = small_book(chapter);
    let built = outcome(&folder).unwrap();
    assert_eq!((built.pages, built.questions), (1, [1, 0, 0]));
    let page = fs::read_to_string(built.out.join("one.html")).unwrap();
    assert!(page.contains("fn a() {}") && page.contains("Check my answer"), "{page}");
}

#[test]
fn answers_are_not_in_the_search_index() {
    let chapter = "# One\n\n```quiz\nAsked?\n- [x] yes | secretword\n- [ ] no | n\n```\n";
    let folder = small_book(chapter);
    let out = outcome(&folder).unwrap().out;
    let scripts = files(&out, "js").unwrap();
    let index = scripts.iter().find(|file| file.to_string_lossy().contains("searchindex"));
    let index = fs::read_to_string(index.unwrap()).unwrap().to_lowercase();
    assert!(index.contains("asked") && !index.contains("secretword"));
    let page = fs::read_to_string(out.join("one.html")).unwrap();
    assert!(page.contains("secretword"));
}

#[test]
fn what_stock_mdbook_lets_pass_is_an_error_with_file_and_line() {
    let include = |part: &str| format!("# One\n\n```rust\n{{{{#include ../../{part}}}}}\n```\n");
    assert!(complaint(&include("x.rs:b")).contains("book/src/one.md:4: ../../x.rs has 0 lines"));
    assert!(complaint(&include("y.rs")).contains("book/src/one.md:4: cannot read ../../y.rs"));
    let dead = "# One\n\n[page](two.md)\n[id](one.md#two)\n";
    let said = complaint(dead);
    assert!(said.contains("book/src/one.md:3: two.html: there is no such page"), "{said}");
    assert!(said.contains("book/src/one.md:4: one.html#two: there is no such id"), "{said}");
    let quiz = "# One\n\n```quiz\nQ?\n- [ ] no | n\n- [ ] neither | n\n```\n";
    assert!(complaint(quiz).contains("book/src/one.md:3: 2 choices of which 0 are right"));
}

#[test]
fn a_chapter_is_listed_and_a_listed_one_is_there() {
    let folder = small_book("# One\n");
    fs::write(folder.path().join("book/src/two.md"), "# Two\n").unwrap();
    let said = format!("{:#}", outcome(&folder).unwrap_err());
    assert_eq!(said, "book/src/two.md: SUMMARY.md does not list it");
    fs::remove_file(folder.path().join("book/src/two.md")).unwrap();
    fs::remove_file(folder.path().join("book/src/one.md")).unwrap();
    assert!(outcome(&folder).is_err());
}

/// `mdbook build book` is what others have installed: no warning, and every page is there.
#[test]
fn stock_mdbook_builds_the_book_too() {
    log::listen();
    let before = log::warnings();
    let out = tempfile::tempdir().unwrap();
    let mut book = MDBook::load(Workspace::find().unwrap().book()).unwrap();
    book.config.build.build_dir = out.path().to_owned();
    book.build().unwrap();
    assert_eq!(log::warnings(), before);
    let page = fs::read_to_string(out.path().join("fork-basics.html")).unwrap();
    assert!(page.contains("ForkResult::Child"), "the program is quoted");
}
