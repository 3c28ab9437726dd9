//! What your functions in `fetch_urls` must do. Nothing here goes to the internet.

use std::io;
use std::time::Duration;

use grader::{Suite, check};

use super::answers::fetch_urls::{Page, addresses, titles_by_pool, titles_one_by_one};

#[path = "fetch_urls/client.rs"]
mod client;
#[path = "fetch_urls/server.rs"]
mod server;
#[path = "tools.rs"]
mod tools;
use server::Server;
use tools::{Gate, die};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "fetch_urls",
        [
            check!(addresses_come_from_a_list_or_a_sitemap).forks(0),
            check!(one_by_one_needs_no_process).forks(0).see("pool.md#map"),
            check!(a_slow_page_holds_up_nobody).forks(2).see("pool.md#handing-out-work"),
            check!(a_page_that_fails_is_a_value).forks(2).see("pool.md#errors-are-values"),
            check!(a_worker_that_dies_costs_one_page).see("pool.md#a-worker-that-dies"),
            check!(no_more_workers_than_pages).forks(3),
            check!(a_server_may_be_slow_or_strange).may_leave_a_daemon(),
            check!(five_workers_have_five_requests_open)
                .may_leave_a_daemon()
                .at_most(64)
                .within(Duration::from_secs(10))
                .see("pool.md#how-many-workers"),
            check!(a_fork_that_fails_is_an_error).forks(0).fork_fails_after(0),
        ],
    )
}

type Titles = Vec<Result<String, String>>;

/// Your pool, with an error that can be compared.
fn by_pool(
    addresses: &[String],
    workers: usize,
    fetch: impl Fn(&str) -> Result<Page, String>,
) -> Result<Titles, String> {
    titles_by_pool(addresses, workers, fetch).map_err(|error| error.to_string())
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

/// A page that any address has.
fn page(address: &str) -> Result<Page, String> {
    let body = format!("<title>Page {address}</title>").into_bytes();
    Ok(Page { status: 200, charset: None, body })
}

fn titles(count: usize) -> Titles {
    (0..count).map(|number| Ok(format!("Page {number}"))).collect()
}

const SITEMAP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <!-- <url><loc>http://localhost/old</loc></url> -->
  <url><loc>http://localhost/a?x=1&amp;y=2</loc><lastmod>2024-10-03</lastmod></url>
  <url><loc> http://localhost/b </loc></url>
  <url><loc>http://localhost/c</loc></url>
</urlset>
"#;

/// The limit counts addresses, and not lines. The pages are then fetched one by one.
fn addresses_come_from_a_list_or_a_sitemap() {
    let list = "# pages\n\nhttp://localhost/a\n  http://localhost/b\nhttp://localhost/c\n";
    let titles = |text: &str, limit| Some(titles_one_by_one(&addresses(text, limit).ok()?, page));
    let of = |names: &[&str]| -> Option<Titles> {
        Some(names.iter().map(|name| Ok(format!("Page http://localhost/{name}"))).collect())
    };
    assert_eq!(titles(list, 2), of(&["a", "b"]), "two of a list");
    assert_eq!(titles(list, 20), of(&["a", "b", "c"]), "all of a list");
    assert_eq!(titles(SITEMAP, 2), of(&["a?x=1&y=2", "b"]), "two of a sitemap");
    assert_eq!(titles(SITEMAP, 20), of(&["a?x=1&y=2", "b", "c"]), "all of a sitemap");
    assert_eq!(titles(&SITEMAP[..200], 20), None, "half a sitemap");
}

/// In order, all in this process.
fn one_by_one_needs_no_process() {
    assert_eq!(titles_one_by_one(&numbers(4), page), titles(4));
}

/// Two workers; page 0 does not come before the nine others have been asked for. The titles are
/// in the order of the addresses nevertheless.
fn a_slow_page_holds_up_nobody() {
    let fetched = Gate::new();
    let got = by_pool(&numbers(10), 2, |address| {
        match address {
            "0" => (1..10).for_each(|_| fetched.wait()),
            _ => fetched.open(),
        }
        page(address)
    });
    assert_eq!(got, Ok(titles(10)));
}

/// The server's status counts more than its page, and an error is no reason to stop.
fn a_page_that_fails_is_a_value() {
    let addresses = ["fine", "gone", "down", "untitled", "é", "fine"].map(String::from);
    let fetch = |address: &str| match address {
        "gone" => Ok(Page { status: 410, ..page("Gone")? }),
        "down" => Err("connection refused".to_owned()),
        "untitled" => Ok(Page { body: b"<h1>Hello</h1>".to_vec(), ..page(address)? }),
        "é" => {
            let body = b"<title>Caf\xe9</title>".to_vec();
            Ok(Page { charset: Some("ISO-8859-1".into()), body, ..page(address)? })
        }
        _ => page(address),
    };
    let fine = Ok("Page fine".to_owned());
    let failed = ["status 410", "connection refused", "no title"].map(|text| Err(text.to_owned()));
    let [gone, down, untitled] = failed;
    let wanted = vec![fine.clone(), gone, down, untitled, Ok("Café".into()), fine];
    assert_eq!(titles_one_by_one(&addresses, fetch), wanted, "one by one");
    assert_eq!(by_pool(&addresses, 2, fetch), Ok(wanted), "by two workers");
}

/// One by one, this page would end the whole program.
fn a_worker_that_dies_costs_one_page() {
    let got = by_pool(&numbers(5), 1, |address| if address == "2" { die() } else { page(address) });
    let Ok(got) = got else { panic!("The pool failed: {got:?}") };
    assert!(got.get(2).is_some_and(Result::is_err), "page 2 kills its worker: {got:?}");
    let others: Titles = got.into_iter().filter(Result::is_ok).collect();
    let wanted: Titles =
        titles(5).into_iter().filter(|title| title != &Ok("Page 2".into())).collect();
    assert_eq!(others, wanted, "the other pages");
}

/// A worker without a page would be forked for nothing, and one for each page would be many.
fn no_more_workers_than_pages() {
    assert_eq!(by_pool(&numbers(2), 8, page), Ok(titles(2)), "2 pages, 8 workers");
    assert_eq!(by_pool(&numbers(40), 1, page), Ok(titles(40)), "40 pages, 1 worker");
    assert_eq!(by_pool(&[], 8, page), Ok(vec![]), "no pages, 8 workers");
}

/// Fetches from the server of the check. For a page that never comes it does not wait for long.
fn fetch(address: &str) -> Result<Page, String> {
    let time = if address.ends_with("/never") { 100 } else { 10_000 };
    client::fetch(address, Duration::from_millis(time))
}

fn server() -> Server {
    match Server::start() {
        Ok(server) => server,
        Err(error) => panic!("no server for the check: {error}"),
    }
}

/// Real answers to real requests, both ways.
fn a_server_may_be_slow_or_strange() {
    let server = server();
    let paths = ["/page/0/x", "/missing", "/broken", "/never", "/untitled", "/latin1", "/japanese"];
    let addresses = paths.map(|path| server.address_of(path));
    let failed = ["status 404", "status 500", "timed out", "no title"].map(|text| Err(text.into()));
    let fine = ["Page x", "Café", "日本"].map(|title| Ok(title.into()));
    let [page, rest @ ..] = fine;
    let wanted: Titles = [page].into_iter().chain(failed).chain(rest).collect();
    assert_eq!(titles_one_by_one(&addresses, fetch), wanted, "one by one");
    assert_eq!(by_pool(&addresses, 3, fetch), Ok(wanted), "by three workers");
}

/// Each page takes the server 50 ms, whoever else it has to serve. Twenty of them, one by one,
/// take a second. With five open at any time they take a fifth of that.
fn five_workers_have_five_requests_open() {
    let server = server();
    let most = || {
        let page = fetch(&server.address_of("/most"));
        page.map(|page| String::from_utf8_lossy(&page.body).into_owned())
    };
    let addresses = |kind: &str| {
        numbers(20).iter().map(|n| server.address_of(&format!("/{kind}/5/{n}"))).collect()
    };
    let alone: Vec<String> = addresses("alone");
    assert_eq!(titles_one_by_one(&alone, fetch), titles(20), "one by one");
    assert_eq!(most(), Ok("1".into()), "requests open at the same time, one by one");
    let together: Vec<String> = addresses("together");
    assert_eq!(by_pool(&together, 5, fetch), Ok(titles(20)), "by five workers");
    assert_eq!(most(), Ok("5".into()), "requests open at the same time, with five workers");
}

/// No worker can be had.
fn a_fork_that_fails_is_an_error() {
    let got = titles_by_pool(&numbers(3), 2, page).map_err(|error| error.kind());
    assert_eq!(got, Err(io::ErrorKind::WouldBlock), "fork gave EAGAIN");
}
