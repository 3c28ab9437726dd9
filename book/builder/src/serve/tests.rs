use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream as Client;
use std::time::Instant;

use super::*;

/// A book of some pages, served.
fn served() -> (SocketAddr, Arc<Newsroom>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("a b.html"), "page").unwrap();
    fs::write(out.join("404.html"), "nothing here").unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    let newsroom = Arc::new(Newsroom::new(Site::load(&out, 0).unwrap()));
    (start(Arc::clone(&newsroom)).unwrap(), newsroom)
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut page = Client::connect(address).unwrap();
    page.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let _ = page.read_to_end(&mut bytes); // a refused request may end with a reset
    String::from_utf8_lossy(&bytes).into_owned()
}

fn get(address: SocketAddr, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

#[test]
fn files_of_the_book_are_served_and_nothing_else() {
    let (address, _) = served();
    assert!(address.ip().is_loopback());
    let page = get(address, "/a%20b.html");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("page<script>"), "{page}");
    let missing = get(address, "/none");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("nothing here"), "{missing}");
    for path in
        ["/../secret", "/..%2fsecret", "//secret", "/%00", "/%ff", "/a%20b.html/../../secret"]
    {
        let said = get(address, path);
        assert!(said.starts_with("HTTP/1.1 404") && !said.contains("\r\n\r\nsecret"), "{said}");
    }
}

#[test]
fn only_requests_that_name_this_machine_are_answered() {
    let (address, _) = served();
    let port = address.port();
    let host = |name: &str| {
        let request =
            format!("GET /404.html HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        ask(address, &request)
    };
    for name in [format!("127.0.0.1:{port}"), format!("LOCALHOST:{port}")] {
        assert!(host(&name).starts_with("HTTP/1.1 200"));
    }
    for name in [format!("evil.example:{port}"), "127.0.0.1".to_owned(), "localhost:1".to_owned()] {
        assert!(host(&name).starts_with("HTTP/1.1 421"), "{name}");
    }
    assert!(ask(address, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 421"));
    let absolute = format!(
        "GET http://evil.example/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    );
    assert!(ask(address, &absolute).starts_with("HTTP/1.1 421"));
}

#[test]
fn nothing_can_be_written_and_a_body_is_not_read() {
    let (address, _) = served();
    let request =
        format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 99999999999\r\n\r\n");
    assert!(ask(address, &request).starts_with("HTTP/1.1 405"));
    let head = format!("HEAD /404.html HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let head = ask(address, &head);
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn slow_and_huge_requests_keep_nobody_waiting() {
    let (address, _) = served();
    let slow: Vec<Client> = (0..100)
        .map(|_| {
            let mut slow = Client::connect(address).unwrap();
            slow.write_all(b"GET / HT").unwrap();
            slow
        })
        .collect();
    // More than any buffer between the two holds; the server does not read it all.
    let mut huge = Client::connect(address).unwrap();
    huge.set_write_timeout(Some(PATIENCE)).unwrap();
    let _ = huge.write_all(format!("GET /{}", "x".repeat(8 << 20)).as_bytes());
    let mut said = Vec::new();
    let _ = huge.read_to_end(&mut said);
    assert!(!String::from_utf8_lossy(&said).contains(" 200 "));
    let start = Instant::now();
    assert!(get(address, "/404.html").starts_with("HTTP/1.1 200"));
    assert!(start.elapsed() < PATIENCE, "it waited for the slow ones");
    drop(slow);
}

#[test]
fn a_page_is_told_of_the_next_build_and_why_it_failed() {
    let (address, newsroom) = served();
    let waiting = thread::spawn(move || get(address, "/__news?seen=0"));
    newsroom.publish(Err(anyhow::anyhow!("a \"quote\"\n is wrong")));
    let said = waiting.join().unwrap();
    assert!(said.contains(r#"{"version":1,"broken":"a \"quote\"\n is wrong"}"#), "{said}");
    // The book before it is still there.
    assert!(get(address, "/a%20b.html").contains("page"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("new.html"), "new").unwrap();
    newsroom.publish(Site::load(folder.path(), newsroom.next()));
    assert!(get(address, "/__news?seen=1").contains(r#"{"version":2,"broken":null}"#));
    assert!(get(address, "/new.html").contains("new<script>"));
}

#[test]
fn two_servers_take_two_ports() {
    assert_ne!(served().0, served().0);
}
