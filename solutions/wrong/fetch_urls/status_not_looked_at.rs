//! Takes the title of the page that says there is no page.
//!
//! base: a_pool_of_its_own
//! verdict: check failed
//! check: a_page_that_fails_is_a_value
//! says: Page Gone

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
    if page.status == 0 {
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
    let mut titles = vec![Err("its worker died".to_string()); addresses.len()];
    let mut pool: Vec<(Pid, BufReader<UnixStream>, usize)> = Vec::new();
    let mut next = 0;
    let mut failed = None;
    loop {
        while pool.len() < workers && next < addresses.len() {
            let (ours, its) = match UnixStream::pair() {
                Ok(pair) => pair,
                Err(error) => {
                    failed = Some(error);
                    next = addresses.len();
                    break;
                }
            };
            let forked = match unsafe { fork() } {
                Ok(forked) => forked,
                Err(error) => {
                    failed = Some(error.into());
                    next = addresses.len();
                    break;
                }
            };
            match forked {
                ForkResult::Child => {
                    pool.clear();
                    drop(ours);
                    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| serve(its, addresses, &fetch)));
                    std::process::exit(0)
                }
                ForkResult::Parent { child } => {
                    pool.push((child, BufReader::new(ours), next));
                    give(next, pool.last_mut().unwrap());
                    next += 1;
                }
            }
        }
        if pool.is_empty() {
            return failed.map_or(Ok(titles), Err);
        }
        let at = ready(&pool);
        let (_, stream, page) = &mut pool[at];
        let mut line = Vec::new();
        let read = stream.read_until(b'\n', &mut line);
        let alive = read.is_ok() && line.ends_with(b"\n");
        if alive {
            titles[*page] = serde_json::from_slice(&line)?;
        }
        if alive && next < addresses.len() {
            give(next, &mut pool[at]);
            next += 1;
        } else {
            let (child, stream, _) = pool.remove(at);
            drop(stream);
            while waitpid(child, None) == Err(nix::errno::Errno::EINTR) {}
        }
    }
}

fn give(page: usize, worker: &mut (Pid, BufReader<UnixStream>, usize)) {
    worker.2 = page;
    let _ = writeln!(worker.1.get_mut(), "{page}");
}

fn serve(
    stream: UnixStream,
    addresses: &[String],
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> io::Result<()> {
    for line in BufReader::new(&stream).lines() {
        let page: usize = line?.parse().unwrap();
        let title = title_of(fetch(&addresses[page]));
        writeln!(&stream, "{}", serde_json::to_string(&title)?)?;
    }
    Ok(())
}

fn ready(pool: &[(Pid, BufReader<UnixStream>, usize)]) -> usize {
    let streams = pool.iter().map(|worker| worker.1.get_ref().as_fd());
    let mut streams: Vec<PollFd> = streams.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
    while poll(&mut streams, PollTimeout::NONE) == Err(nix::errno::Errno::EINTR) {}
    streams.iter().position(|fd| fd.any() == Some(true)).unwrap()
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
