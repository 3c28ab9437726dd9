//! Serves the book to the browsers of this machine, and tells open pages when it has changed.
//!
//! The protocol is `hyper`'s, which is kept by the people who keep Rust's HTTP; it costs a
//! fifteenth of this program's first build. (Of the smaller servers, `tiny_http` and those on top
//! of it are no longer kept, and `oxhttp` cannot say which free port it was given.) One thread
//! answers everything, from memory, so a slow reader keeps no other one waiting:
//!
//! * It listens on the loopback address only, and answers requests only that name it so. A page
//!   from elsewhere whose name was made to point here (DNS rebinding) is refused.
//! * A request has [`PATIENCE`] to say what it wants, in no more than [`HEAD`] bytes; a body is
//!   never read. No connection lives longer than [`LIFE`], and no more than [`CONNECTIONS`] are
//!   open at a time.
//! * Files are looked up by their names in a [`Site`], so no path leads out of the book, and no
//!   request meets one that is being built.

mod news;
mod site;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub(crate) use news::Newsroom;
pub(crate) use site::Site;

/// The first port that is tried, as mdBook does.
const PORT: u16 = 3000;

/// How long a request may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes it may take.
const HEAD: usize = 16 * 1024;

/// The longest that one connection is kept.
const LIFE: Duration = Duration::from_secs(120);

/// How many connections there are at most; others wait until one is over.
const CONNECTIONS: usize = 256;

/// How long a page waits for news before it is told that there is none.
const NO_NEWS: Duration = Duration::from_secs(25);

/// Starts to serve, in a thread, and gives the address.
///
/// # Errors
///
/// If no port is free.
pub(crate) fn start(newsroom: Arc<Newsroom>) -> Result<SocketAddr> {
    let listener = listen()?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || runtime.block_on(accept(listener, newsroom)));
    Ok(address)
}

/// The usual port, or one of the next, or any.
fn listen() -> Result<TcpListener> {
    let ports = (PORT..PORT + 20).chain([0]);
    let mut tries = ports.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    tries.find_map(Result::ok).context("no port of 127.0.0.1 is free for the book")
}

async fn accept(listener: TcpListener, newsroom: Arc<Newsroom>) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let port = listener.local_addr()?.port();
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let permit = Arc::clone(&free).acquire_owned().await;
        // What can fail here is one connection, or all for a moment, as without descriptors.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let newsroom = Arc::clone(&newsroom);
        tokio::spawn(async move {
            // A browser that goes away while we write is no fault.
            let _ = timeout(LIFE, converse(stream, port, newsroom)).await;
            drop(permit);
        });
    }
}

/// Answers all requests of a connection.
async fn converse(stream: TcpStream, port: u16, newsroom: Arc<Newsroom>) -> hyper::Result<()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let newsroom = Arc::clone(&newsroom);
        async move { Ok::<_, hyper::Error>(answer(&request, port, &newsroom).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

async fn answer<B>(request: &Request<B>, port: u16, newsroom: &Newsroom) -> Response<Full<Bytes>> {
    if !is_for_us(request, port) {
        return text(StatusCode::MISDIRECTED_REQUEST, "This server is for this machine only.\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "The book can be read only.\n");
        refused.headers_mut().insert(ALLOW, "GET, HEAD".parse().expect("BUG: methods are ASCII"));
        return refused;
    }
    let path = request.uri().path().trim_start_matches('/');
    if path == "__news" {
        let seen = request.uri().query().and_then(|query| query.strip_prefix("seen="));
        let seen = seen.and_then(|number| number.parse().ok()).unwrap_or(0);
        let news = timeout(NO_NEWS, newsroom.after(seen)).await;
        let news = news.unwrap_or_else(|_| newsroom.now());
        return respond(StatusCode::OK, "application/json", news.json().into());
    }
    let site = newsroom.site();
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (status, file) = match site.file(&path) {
        Some(file) => (StatusCode::OK, Some(file)),
        None => (StatusCode::NOT_FOUND, site.file("404.html")),
    };
    match file {
        Some(file) => respond(status, file.kind, file.bytes.clone()),
        None => text(status, "There is no such page.\n"),
    }
}

/// Whether a request names this server as a browser does that was given our address.
fn is_for_us<B>(request: &Request<B>, port: u16) -> bool {
    let ours = |host: &str| {
        let names = ["127.0.0.1", "localhost"];
        names.iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{port}")))
    };
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let authority = request.uri().authority();
    host.is_some_and(ours) && hosts.next().is_none() && authority.is_none_or(|a| ours(a.as_str()))
}

fn text(status: StatusCode, words: &'static str) -> Response<Full<Bytes>> {
    respond(status, "text/plain; charset=utf-8", Bytes::from_static(words.as_bytes()))
}

fn respond(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .header("Cross-Origin-Resource-Policy", "same-origin")
        .body(Full::new(body))
        .expect("BUG: these headers are valid")
}

#[cfg(test)]
mod tests;
