//! Status 3xx are pages.
//!
//! base: reference
//! verdict: check failed
//! check: a_page_that_fails_is_a_value

use std::io;

use encoding_rs::{Encoding, UTF_8};

use solutions::pool_map::pool_map;

/// A server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status, such as 200 for success or 404 for a page that does not exist.
    pub status: u16,
    /// The encoding of `body` as the server names it, such as `iso-8859-1`.
    pub charset: Option<String>,
    /// The page, in that encoding.
    pub body: Vec<u8>,
}

impl Page {
    /// The decoded body. If its encoding is not known, it is decoded as UTF-8.
    pub fn text(&self) -> String {
        let label = self.charset.as_deref().unwrap_or("utf-8");
        let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
        encoding.decode(&self.body).0.into_owned()
    }
}

/// The title of a page, from the client's result.
///
/// # Errors
///
/// The client's error; `status …` if the status is not 200; `no title` if there is none.
pub fn title_of(fetched: Result<Page, String>) -> Result<String, String> {
    let page = fetched?;
    // An error page ("not found") has a title too.
    if page.status != 200 && !(300..400).contains(&page.status) {
        return Err(format!("status {}", page.status));
    }
    title_in(&page.text()).ok_or_else(|| "no title".into())
}

/// The titles of the pages at `addresses`, fetched in this process.
pub fn titles_one_by_one(
    addresses: &[String],
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> Vec<Result<String, String>> {
    addresses.iter().map(|address| title_of(fetch(address))).collect()
}

/// The titles of the pages at `addresses`, fetched by a pool of `workers` processes.
///
/// # Errors
///
/// Fails if a worker cannot be forked or connected to the parent.
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

/// The text between `<title>` and `</title>`, with white space collapsed to single spaces.
pub fn title_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase(); // every byte is at the same place as in `html`
    let tag = lower.find("<title")?;
    let start = tag + lower[tag..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(html[start..end].split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first `limit` addresses in `text`, which is a sitemap (sitemaps.org) or has an address on
/// each line; empty lines and those that begin with `#` do not count.
///
/// # Errors
///
/// Fails if the sitemap is not well-formed, and says where and why.
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
