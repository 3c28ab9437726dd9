//! Each worker gets every K-th address before anybody knows which server is slow.
//!
//! base: a_pool_of_its_own
//! verdict: deadlock
//! check: a_slow_page_holds_up_nobody

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use encoding_rs::{Encoding, UTF_8};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

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
    if page.status != 200 {
        return Err(format!("status {}", page.status));
    }
    title_in(&page.text()).ok_or("no title".to_string())
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
    let workers = workers.min(addresses.len());
    let mut pool = Vec::new();
    for worker in 0..workers {
        let (ours, mut its) = io::pipe()?;
        match unsafe { fork()? } {
            ForkResult::Child => {
                drop(ours);
                for address in addresses.iter().skip(worker).step_by(workers) {
                    let title = serde_json::to_string(&title_of(fetch(address)))?;
                    writeln!(its, "{title}")?;
                }
                std::process::exit(0)
            }
            ForkResult::Parent { child } => pool.push((child, BufReader::new(ours).lines())),
        }
    }
    let mut titles = Vec::new();
    for page in 0..addresses.len() {
        let line = pool[page % workers].1.next().unwrap()?;
        titles.push(serde_json::from_str(&line)?);
    }
    for (child, _) in pool {
        waitpid(child, None)?;
    }
    Ok(titles)
}

pub fn title_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
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
