//! Entries of the glossary in the page search: each is a result of its own, and the first for its
//! word.
//!
//! mdBook's index has a document for each heading, so it knows the whole glossary as one. The
//! entries are added to that index after mdBook has written it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use elasticlunr::Index;
use serde_json::{Value, json};

use crate::workspace::files;

/// The script that mdBook writes around the index, in which quotes and backslashes are escaped.
const AROUND: (&str, &str) = ("window.search = Object.assign(window.search, JSON.parse('", "'));");

/// What an entry's title counts as long, in words. A match counts the more, the shorter the text
/// is in which it stands, so this puts an entry before all headings of one word.
const TITLE_LENGTH: f64 = 0.04;

/// An entry of the glossary, as plain text.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    term: String,
    text: String,
}

/// Adds the entries of `glossary.html` to the index, if the book has a glossary.
///
/// # Errors
///
/// If the index is not as mdBook is known to write it, or a file cannot be read or written.
pub(crate) fn add_glossary(out: &Path) -> Result<()> {
    let Ok(page) = fs::read_to_string(out.join("glossary.html")) else { return Ok(()) };
    let is_index = |file: &std::path::PathBuf| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("searchindex"))
    };
    let file = files(out, "js")?.into_iter().find(is_index).context("mdBook's search index")?;
    let script = fs::read_to_string(&file)?;
    let inner = script.strip_prefix(AROUND.0).and_then(|rest| rest.strip_suffix(AROUND.1));
    let inner = inner.context("mdBook writes its search index in another way")?;
    let text = inner.replace("\\'", "'").replace("\\\\", "\\");
    let all = with_entries(serde_json::from_str(&text)?, &entries(&page))?;
    let text = all.to_string().replace('\\', "\\\\").replace('\'', "\\'");
    fs::write(&file, format!("{}{text}{}", AROUND.0, AROUND.1))?;
    Ok(())
}

/// The index as mdBook's script reads it, with a document more for each entry.
fn with_entries(mut all: Value, entries: &[Entry]) -> Result<Value> {
    let addresses = all["doc_urls"].as_array_mut().context("the documents' addresses")?;
    let mut fresh = Index::new(&["title", "body", "breadcrumbs"]);
    let first = addresses.len();
    for entry in entries {
        let breadcrumbs = format!("Glossary » {}", entry.term);
        let number = addresses.len().to_string();
        fresh.add_doc(&number, [&entry.term, &entry.text, &breadcrumbs]);
        addresses.push(format!("glossary.html#{}", entry.id).into());
    }
    let mut fresh = serde_json::to_value(&fresh)?;
    for number in first..first + entries.len() {
        fresh["documentStore"]["docInfo"][number.to_string()]["title"] = json!(TITLE_LENGTH);
    }
    merge(&mut all["index"], fresh);
    Ok(all)
}

/// Merges two indexes whose documents have different numbers: what is a count is added, and what is
/// known by name is known from both. The words are a tree of letters in which each node has its
/// documents (`docs`) and says how many they are (`df`).
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                match into.get_mut(&name) {
                    Some(old) => merge(old, value),
                    None => drop(into.insert(name, value)),
                }
            }
        }
        (Value::Number(into), Value::Number(from)) => {
            let sum = into.as_u64().zip(from.as_u64()).map(|(a, b)| a + b);
            *into = sum.map_or(from, Into::into);
        }
        _ => {} // the names of fields and the like, which are the same
    }
}

/// The entries of a glossary's page: `<dt id="ID">…TERM…</dt>` and what follows it.
fn entries(page: &str) -> Vec<Entry> {
    let pieces = page.split("<dt id=\"").skip(1);
    let entries = pieces.filter_map(|piece| {
        let (id, rest) = piece.split_once('"')?;
        let (term, rest) = rest.split_once("</dt>")?;
        let text = rest.split("</dl>").next()?;
        let term = plain(&format!("<dt{term}"));
        Some(Entry { id: id.to_owned(), term, text: plain(text) })
    });
    entries.collect()
}

/// HTML without its tags.
fn plain(html: &str) -> String {
    let texts = html.split('<').enumerate().map(|(at, piece)| match piece.split_once('>') {
        Some((_, text)) if at > 0 => text,
        _ => piece,
    });
    let text = texts.collect::<String>();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let text = text.replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_indexes_become_one() {
        let mut one = json!({"index": {"a": {"df": 1, "docs": {"0": {"tf": 1.0}}}}, "lang": "x"});
        let other = json!({"index": {"a": {"df": 2, "docs": {"1": {"tf": 2.0}}, "b": {"df": 1}}}, "lang": "x"});
        merge(&mut one, other);
        let both = json!({"0": {"tf": 1.0}, "1": {"tf": 2.0}});
        let expected =
            json!({"index": {"a": {"df": 3, "docs": both, "b": {"df": 1}}}, "lang": "x"});
        assert_eq!(one, expected);
    }

    #[test]
    fn an_entry_is_its_term_with_what_follows() {
        let page = "<dl>\n<dt id=\"fork\"><a class=\"header\" href=\"#fork\">Fork</a></dt>\n\
                    <dd>Makes a <a href=\"x\">child</a> &amp; goes on.</dd>\n\
                    <dt id=\"zombie\">Zombie</dt><dd>An <em>ended</em> process.</dd></dl><p>end";
        let entry = |id: &str, term: &str, text: &str| Entry {
            id: id.to_owned(),
            term: term.to_owned(),
            text: text.to_owned(),
        };
        let expected = [
            entry("fork", "Fork", "Makes a child & goes on."),
            entry("zombie", "Zombie", "An ended process."),
        ];
        assert_eq!(entries(page), expected);
    }
}
