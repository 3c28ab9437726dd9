//! # fetch_urls: the titles of many pages
//!
//! A program that fetches pages spends most of its time waiting. Fetch the titles of a list of
//! pages, first one by one, and then with a pool, so that several processes wait at the same time.
//!
//! * [`title_of`] turns the client's result into a title or an error. If there is no page, because
//!   the server cannot be reached or did not answer in time, the error is the client's reason. If
//!   the status is not 200, the error names the status, for example `status 404`, regardless of the
//!   content of the page. If the page has no title, the error is `no title`. (`<title></title>` is
//!   a title, namely an empty one.)
//! * [`titles_one_by_one`] fetches the pages in this process.
//! * [`titles_by_pool`] has `workers` processes fetch the pages, or one process per page if there
//!   are fewer pages than workers. Each process takes the next address when it is free. If you have
//!   solved [`pool_map`](crate::pool_map), use it.
//! * Both functions return an entry for each address, in the order of the addresses. They call
//!   `fetch` once for each entry, even if it fails or an address appears twice. A page that fails
//!   is an error in its entry, and the other entries have their titles. If fetching a page kills
//!   its worker, the page's entry is an error too, with a message of your choice.
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, continue until all data has been transferred. (The
//!   checks also accept an `EINTR` error, although the caller can do little with it.)
//! * The caller may have other children, which your function must leave alone. If a worker cannot
//!   be forked or connected to its parent, do not hand out any more pages. Let the workers finish
//!   the pages that they have already started, and then return the error.
//!
//! `titles_by_pool` may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.
//!
//! The client is passed as an argument. The checks use their own client and a small server. When
//! you have finished, you can fetch real pages: `cargo run -p solutions --example fetch_urls --
//! urls.txt 20 5`. The functions [`addresses`], [`Page::text`] and [`title_in`] are already there.

use std::io;

use encoding_rs::{Encoding, UTF_8};

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
    todo!("find the title, or return why there is none: {:?}", fetched.map(|page| page.status))
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
/// Fails if a worker cannot be forked or connected to the parent.
pub fn titles_by_pool(
    addresses: &[String],
    workers: usize,
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> io::Result<Vec<Result<String, String>>> {
    todo!("have {workers} workers fetch {} pages", addresses.len())
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
