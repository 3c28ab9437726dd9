//! Looks for a title before it looks at the status.
//!
//! base: with_pipes
//! verdict: check failed
//! check: a_page_that_fails_is_a_value
//! says: status 404

use std::io;

use encoding_rs::{Encoding, UTF_8};

#[path = "../../also_right/pool_map/pipes.rs"]
mod pool;
use pool::pool_map;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    pub charset: Option<String>,
    pub body: Vec<u8>,
}

impl Page {
    pub fn text(&self) -> String {
        let label = self.charset.as_deref().unwrap_or("utf-8");
        let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
        encoding.decode(&self.body).0.into_owned()
    }
}

pub fn title_of(fetched: Result<Page, String>) -> Result<String, String> {
    let page = fetched?;
    let title = title_in(&page.text()).ok_or("no title")?;
    if page.status != 200 {
        return Err(format!("status {}", page.status));
    }
    Ok(title)
}

pub fn titles_one_by_one(
    addresses: &[String],
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> Vec<Result<String, String>> {
    addresses.iter().map(|address| title_of(fetch(address))).collect()
}

pub fn titles_by_pool(
    addresses: &[String],
    workers: usize,
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> io::Result<Vec<Result<String, String>>> {
    // A `Result` can be serialised, so an error travels like a title. What remains are pages whose
    // worker died: for the caller, this is one more reason for a missing title.
    let titles = pool_map(workers, addresses, |address| title_of(fetch(address)))?;
    let died = |failure| Err(format!("its worker died: {failure:?}"));
    Ok(titles.into_iter().map(|title| title.unwrap_or_else(died)).collect())
}

pub fn title_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase(); // every byte is at the same place as in `html`
    let tag = lower.find("<title")?;
    let start = tag + lower[tag..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(html[start..end].split_whitespace().collect::<Vec<_>>().join(" "))
}

pub fn addresses(text: &str, limit: usize) -> Result<Vec<String>, String> {
    if !text.trim_start().starts_with('<') {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        return Ok(lines.take(limit).map(String::from).collect());
    }
    let sitemap = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
    let places = sitemap.descendants().filter(|node| node.tag_name().name() == "loc");
    Ok(places.filter_map(|node| node.text()).map(|text| text.trim().into()).take(limit).collect())
}
