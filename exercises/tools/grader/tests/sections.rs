//! Each section of the book that a verdict names is there.

use std::path::Path;

use grader::Fault;

/// The identifiers of a chapter's headings, as mdBook makes them.
fn sections(chapter: &str) -> Vec<String> {
    let headings = chapter.lines().filter_map(|line| line.strip_prefix("##"));
    let identifier = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim();
        if let Some((_, identifier)) = heading.split_once("{#") {
            return identifier.trim_end_matches('}').to_owned();
        }
        let known = |c: &char| c.is_alphanumeric() || *c == '-' || *c == '_' || *c == ' ';
        heading
            .to_lowercase()
            .chars()
            .filter(known)
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    headings.map(identifier).collect()
}

#[test]
fn they_are_in_the_book() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../book/src");
    for see in Fault::ALL.iter().filter_map(|fault| fault.section()).chain(grader::sections()) {
        let (file, section) = see.split_once('#').unwrap();
        let chapter = std::fs::read_to_string(book.join(file)).unwrap();
        let sections = sections(&chapter);
        assert!(sections.iter().any(|other| other == section), "{see} is none of {sections:?}");
    }
}
