//! A small server for one reader on this machine, with reload when a file changes.
//!
//! It answers `GET` for files of the built book and nothing else, to this machine only: the
//! hundred lines below stand against the web frameworks that are collected today, which would double
//! the time it takes to build this program.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// What a page does when the book has been built anew, or could not be.
const RELOAD: &str = "<script>{
const events = new EventSource('/__events');
events.addEventListener('built', () => location.reload());
events.addEventListener('broken', (event) => {
    const box = document.querySelector('.book-broken') ?? document.body.appendChild(document.createElement('pre'));
    box.className = 'book-broken';
    box.textContent = JSON.parse(event.data);
});
}</script>";

/// The first port that is tried, as mdBook does.
const PORT: u16 = 3000;

/// What all open pages wait for: how often there was news, and the last of it.
#[derive(Debug, Default)]
pub(crate) struct News {
    last: Mutex<(u64, String)>,
    changed: Condvar,
}

impl News {
    /// Tells every open page.
    pub(crate) fn tell(&self, outcome: &Result<()>) {
        let event = match outcome {
            Ok(()) => "event: built\ndata: now\n\n".to_owned(),
            Err(why) => format!("event: broken\ndata: {}\n\n", json_string(&format!("{why:#}"))),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (last.0 + 1, event);
        self.changed.notify_all();
    }

    /// Writes what is new to a page, until the page has gone.
    fn follow(&self, mut page: TcpStream) -> io::Result<()> {
        page.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n")?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let seen = last.0;
            let waited = self.changed.wait_timeout(last, Duration::from_secs(15));
            last = waited.unwrap_or_else(PoisonError::into_inner).0;
            // A comment line, now and then, finds out that nobody listens any more.
            let text = if last.0 == seen { ":\n\n".to_owned() } else { last.1.clone() };
            page.write_all(text.as_bytes())?;
        }
    }
}

/// Starts to serve the folder `out`, in threads, and gives the address.
///
/// # Errors
///
/// If no port is free.
pub(crate) fn start(out: PathBuf, news: Arc<News>) -> Result<String> {
    let listener = listen()?;
    let address = format!("http://{}/", listener.local_addr()?);
    thread::spawn(move || {
        for page in listener.incoming().flatten() {
            let (out, news) = (out.clone(), Arc::clone(&news));
            // A page that goes away while we write is no fault.
            thread::spawn(move || drop(answer(page, &out, &news)));
        }
    });
    Ok(address)
}

/// The usual port, or one of the next, or any.
fn listen() -> Result<TcpListener> {
    let ports = (PORT..PORT + 20).chain([0]);
    let mut tries = ports.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    tries.find_map(Result::ok).context("no free port on 127.0.0.1")
}

fn answer(mut page: TcpStream, out: &Path, news: &News) -> io::Result<()> {
    let mut reader = BufReader::new(page.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
        return page.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
    };
    let path = decode(target.split(['?', '#']).next().unwrap_or_default());
    if path == "/__events" {
        return news.follow(page);
    }
    let (status, file) = find(out, &path);
    let mut body = fs::read(&file).unwrap_or_default();
    let kind = kind(&file);
    if kind.starts_with("text/html") {
        body.extend_from_slice(RELOAD.as_bytes());
    }
    let length = body.len();
    write!(
        page,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )?;
    page.write_all(&body)
}

/// The file for a path: only what lies in the folder `out`, links followed.
fn find(out: &Path, path: &str) -> (&'static str, PathBuf) {
    let mut file = out.join(path.trim_start_matches('/'));
    if file.is_dir() {
        file.push("index.html");
    }
    match file.canonicalize() {
        Ok(file) if file.starts_with(out) => ("200 OK", file),
        _ => ("404 Not Found", out.join("404.html")),
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// A path without its `%20`.
fn decode(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: String = rest.by_ref().take(2).map(char::from).collect();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap_or(b'%'));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn json_string(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn get(address: &str, path: &str) -> String {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut page = TcpStream::connect(host).unwrap();
        write!(page, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut text = String::new();
        page.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_of_the_book_are_served_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().canonicalize().unwrap().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("a b.html"), "page").unwrap();
        fs::write(out.join("404.html"), "nothing here").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        let address = start(out, Arc::default()).unwrap();
        assert!(address.starts_with("http://127.0.0.1:"));
        assert!(get(&address, "/a%20b.html").contains("page<script>"));
        assert!(get(&address, "/none").starts_with("HTTP/1.1 404"));
        assert!(!get(&address, "/../secret").contains("\r\nsecret"));
        assert!(!get(&address, "/..%2fsecret").contains("\r\nsecret"));
    }

    #[test]
    fn two_servers_take_two_ports() {
        let folder = tempfile::tempdir().unwrap();
        let start = || start(folder.path().to_owned(), Arc::default()).unwrap();
        assert_ne!(start(), start());
    }

    #[test]
    fn text_is_escaped_for_json() {
        assert_eq!(json_string("a\"b\\\n"), "\"a\\\"b\\\\\\u000a\"");
    }
}
