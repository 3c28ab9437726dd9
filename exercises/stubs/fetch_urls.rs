//! # fetch_urls: the titles of many pages
//!
//! A program that fetches pages waits most of the time. Fetch the titles of a list of pages one by one; then
//! with a pool, so that several processes wait at the same time.
//!
//! * [`title_of`] turns what the client brought into a title. No page at all (the server cannot
//!   be reached, or did not answer in time): the client's reason is the error. A status other
//!   than 200: the error is `status 404`, whatever the page says. A page without a title: `no title`.
//!   (`<title></title>` is a title, an empty one.)
//! * [`titles_one_by_one`] fetches the pages in this process.
//! * [`titles_by_pool`] has `workers` processes fetch them (no more than there are pages), each
//!   taking the next address when it is free. If you have solved [`pool_map`](crate::pool_map), use it.
//! * Both return an entry for each address, in the order of the addresses. A page that fails is an
//!   error in its entry; the others have their titles. So it is even with a page that the worker
//!   dies of: what its error says is up to you.
//! * A read or write may transfer a part, and a signal may interrupt a call (`EINTR`). The caller may
//!   have other children. If a worker cannot be forked, or connected with its parent, hand out nothing
//!   more; what is under way comes to its end, and then you return the error.
//!
//! `titles_by_pool` may be called only in a process with one thread, because a worker has a copy of the
//! calling thread alone. The checks see to that.
//!
//! The client is an argument. The checks bring their own, with a small server; real pages come
//! when you are done: `cargo run -p solutions --example fetch_urls -- urls.txt 20 5`.
//! [`addresses`], [`Page::text`] and [`title_in`] are there already.

use std::io;

use encoding_rs::{Encoding, UTF_8};

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status: 200 if all is well, 404 if there is no such page.
    pub status: u16,
    /// What the server calls the encoding of `body`, as in `iso-8859-1`.
    pub charset: Option<String>,
    /// The page, in that encoding.
    pub body: Vec<u8>,
}

impl Page {
    /// The body, decoded. If its encoding is not known, as UTF-8.
    pub fn text(&self) -> String {
        let label = self.charset.as_deref().unwrap_or("utf-8");
        let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
        encoding.decode(&self.body).0.into_owned()
    }
}

/// The title of a page, from what a client brought of it.
///
/// # Errors
///
/// The client's; `status …`, if it is not 200; `no title`.
pub fn title_of(fetched: Result<Page, String>) -> Result<String, String> {
    todo!("find the title, or say why there is none: {:?}", fetched.map(|page| page.status))
}

/// The titles of the pages at `addresses`, fetched in this process.
pub fn titles_one_by_one(
    addresses: &[String],
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> Vec<Result<String, String>> {
    todo!("fetch {} pages, one after the other", addresses.len())
}

/// The titles of the pages at `addresses`, fetched by a pool of `workers` processes.
///
/// # Errors
///
/// The system's reason why it did not fork, or connect the processes.
pub fn titles_by_pool(
    addresses: &[String],
    workers: usize,
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> io::Result<Vec<Result<String, String>>> {
    todo!("have {workers} workers fetch {} pages", addresses.len())
}

/// What is between `<title>` and `</title>`, white space made single spaces.
pub fn title_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase(); // has every byte where `html` has it
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
/// The sitemap is not well-formed: where, and why.
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
