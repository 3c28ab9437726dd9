//! A small HTTP client, sufficient for the server of the checks. For real pages, see the example of
//! the solutions.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Page;

/// Fetches the page at `address`, as in `http://127.0.0.1:8080/path`. The server has this much time
/// for each part of its answer.
pub(crate) fn fetch(address: &str, time: Duration) -> Result<Page, String> {
    let answer = ask(address, time).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "timed out".to_owned(),
        _ => error.to_string(),
    })?;
    read(&answer).ok_or_else(|| format!("the answer of {address} is not HTTP"))
}

fn ask(address: &str, time: Duration) -> io::Result<Vec<u8>> {
    let rest = address.trim_start_matches("http://");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(time))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn read(answer: &[u8]) -> Option<Page> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let charset = head.split_once("charset=").and_then(|(_, rest)| rest.lines().next());
    Some(Page { status, charset: charset.map(String::from), body: answer[end + 4..].to_vec() })
}
