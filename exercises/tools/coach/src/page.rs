//! What the book says of an exercise's reference: it stands there once, and is shown here.

use anyhow::Result;

use crate::markdown;
use crate::text::Paint;
use crate::workspace::Workspace;

/// The heading in each exercise's page.
const HEADING: &str = "## The reference, discussed";

/// The discussion of the reference, as text for a terminal. Empty if the page has none.
///
/// # Errors
///
/// If the page cannot be read.
pub(crate) fn discussion(
    workspace: &Workspace,
    name: &str,
    paint: Paint,
    width: usize,
) -> Result<String> {
    let page = workspace.read(&workspace.page(name))?;
    Ok(folded(&page).map_or_else(String::new, |text| markdown::render(text, paint, width)))
}

/// What is inside of the fold below the heading.
fn folded(page: &str) -> Option<&str> {
    let (_, below) = page.split_once(HEADING)?;
    let (_, inside) = below.split_once("</summary>")?;
    Some(inside.split_once("</details>").map_or(inside, |(text, _)| text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_page_discusses_its_reference() {
        let workspace = Workspace::find(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
        for exercise in Catalogue::read(&workspace).unwrap().iter() {
            let text = discussion(&workspace, &exercise.name, Paint { on: false }, 80).unwrap();
            assert!(text.lines().count() > 5, "{}: {text}", exercise.name);
            assert!(!text.contains("{{#"), "{}: {text}", exercise.name);
        }
    }
}
