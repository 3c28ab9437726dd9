//! What your functions in `fetch_urls` must do. Nothing here goes to the internet.

use std::io;
use std::process;
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::sys::signal::Signal;

use super::answers::fetch_urls::{Page, addresses, titles_by_pool, titles_one_by_one};

#[path = "fetch_urls/client.rs"]
mod client;
#[path = "edges.rs"]
mod edges;
#[path = "fetch_urls/server.rs"]
mod server;
#[path = "tools.rs"]
mod tools;
use edges::{
    NO_CHILD_TO_WAIT_FOR, assert_long, children_sleep, fail_every_wait, refuse_a_fork_amid_others,
    refuse_forks,
};
use server::Server;
use tools::{
    Gate, InProgress, LITTLE, Marks, Zombie, count, die, panic_on_purpose, refuse_what_connects,
    says_interrupted, slow_work,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "fetch_urls",
        [
            check!(addresses_come_from_a_list_or_a_sitemap).forks(0),
            check!(one_by_one_needs_no_process).forks(0).see("pool.md#map"),
            check!(a_slow_page_holds_up_no_other)
                .if_it_hangs(
                    "Page 0 waits until the nine other pages have been requested. Wait for the answer of any worker,\n\
                     and give that worker the next address.",
                )
                .forks(2).see("pool.md#handing-out-work"),
            check!(a_page_that_fails_is_a_value).forks(2).see("pool.md#errors-are-values"),
            check!(every_page_is_fetched_once).forks(2),
            check!(a_worker_that_dies_costs_one_page).see("pool.md#a-worker-that-dies"),
            check!(workers_may_end_in_any_way).see("pool.md#a-worker-that-dies"),
            check!(no_more_workers_than_pages).forks(3),
            check!(a_server_may_be_slow_or_strange).may_leave_a_daemon(),
            check!(five_workers_have_five_requests_open)
                .may_leave_a_daemon()
                .at_most(64)
                .within(Duration::from_secs(10))
                .see("pool.md#how-many-workers"),
            check!(a_worker_may_die_at_any_moment)
                .within(Duration::from_secs(8))
                .see("pool.md#a-worker-that-dies"),
            check!(a_title_may_be_cut_off)
                .within(Duration::from_secs(5))
                .see("marshalling.md#damaged-data"),
            check!(titles_may_be_of_any_kind).forks(2).see("marshalling.md#json"),
            check!(a_call_may_transfer_a_part)
                .plant(Call::Write.every().on_pipes().short(3))
                .plant(Call::Read.every().on_pipes().short(3))
                .forks(2)
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .plant(Call::Poll.two_of_three().in_parent().interrupted())
                .plant(Call::Read.two_of_three().on_pipes().interrupted())
                .plant(Call::Write.two_of_three().on_pipes().interrupted())
                .see("waitpid.md#eintr"),
            check!(limits_that_are_never_reached).forks(2 + 70).at_most(80),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_child_of_the_caller_is_left_alone)
                .forks(2)
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_left_alone)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_connection_that_cannot_be_made),
            check!(a_wait_that_fails).if_it_hangs(NO_CHILD_TO_WAIT_FOR).see("waitpid.md#eintr"),
            check!(a_fork_that_fails_is_an_error)
                .forks(2)
                .fork_fails(3)
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails).see("many-forks.md#a-fork-that-fails"),
            check!(a_fork_that_fails_amid_others).see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

type Titles = Vec<Result<String, String>>;

/// Calls your pool, and returns an error that can be compared.
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

/// A page for any address.
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
    assert_eq!(titles(list, 2), of(&["a", "b"]), "a limit of 2: the first two addresses of a list");
    assert_eq!(titles(list, 20), of(&["a", "b", "c"]), "all of a list");
    assert_eq!(titles(SITEMAP, 2), of(&["a?x=1&y=2", "b"]), "two of a sitemap");
    assert_eq!(titles(SITEMAP, 20), of(&["a?x=1&y=2", "b", "c"]), "all of a sitemap");
    assert_eq!(titles(&SITEMAP[..200], 20), None, "half a sitemap");
}

/// The pages are fetched in order, all in this process.
fn one_by_one_needs_no_process() {
    assert_eq!(titles_one_by_one(&numbers(4), page), titles(4));
}

/// There are two workers, and page 0 is not delivered before the nine others have been requested. The
/// titles are in the order of the addresses nevertheless.
fn a_slow_page_holds_up_no_other() {
    let fetched = Gate::new();
    let got = by_pool(&numbers(10), 2, |address| {
        match address {
            "0" => (1..10).for_each(|_| fetched.wait()),
            _ => fetched.open(),
        }
        page(address)
    });
    assert_eq!(got, Ok(titles(10)), "the titles, in the order of the addresses");
}

/// The status matters more than the page, and an error is no reason to stop.
fn a_page_that_fails_is_a_value() {
    let addresses = ["fine", "gone", "down", "untitled", "é", "empty", "nothing", "lost"];
    let addresses = addresses.map(String::from);
    let fetch = |address: &str| match address {
        "gone" => Ok(Page { status: 410, ..page("Gone")? }),
        "lost" => Ok(Page { status: 404, body: b"<h1>Not found</h1>".to_vec(), ..page("Lost")? }),
        "nothing" => Ok(Page { status: 204, ..page("Nothing")? }),
        "down" => Err("connection refused".to_owned()),
        "untitled" => Ok(Page { body: b"<h1>Hello</h1>".to_vec(), ..page(address)? }),
        "empty" => Ok(Page { body: b"<title> </title>".to_vec(), ..page(address)? }),
        "é" => {
            let body = b"<title>Caf\xe9</title>".to_vec();
            Ok(Page { charset: Some("ISO-8859-1".into()), body, ..page(address)? })
        }
        _ => page(address),
    };
    let fine = Ok("Page fine".to_owned());
    let failed = ["status 410", "connection refused", "no title", "status 204", "status 404"]
        .map(|text| Err(text.to_owned()));
    let [gone, down, untitled, nothing, lost] = failed;
    let cafe = Ok("Café".into());
    let wanted = vec![fine, gone, down, untitled, cafe, Ok(String::new()), nothing, lost];
    assert_eq!(titles_one_by_one(&addresses, fetch), wanted, "one by one");
    assert_eq!(by_pool(&addresses, 2, fetch), Ok(wanted), "by two workers");
    let statuses = [0, 100, 199, 201, 226, 300, 301, 304, 308, 399, 400, 418, 503, 999]
        .map(|n: u16| n.to_string());
    let fetch = |status: &str| Ok(Page { status: status.parse().unwrap_or(200), ..page("Any")? });
    let wanted: Titles = statuses.iter().map(|status| Err(format!("status {status}"))).collect();
    assert_eq!(titles_one_by_one(&statuses, fetch), wanted, "the addresses are the statuses");
}

/// A page that fails is fetched once too, and an address that is in the list twice is fetched twice.
fn every_page_is_fetched_once() {
    let addresses = ["a", "fails", "b", "a", "fails", "B"].map(String::from);
    let marks = Marks::new();
    let fetch = |address: &str| {
        marks.leave();
        if address == "fails" { Err("connection refused".to_owned()) } else { page(address) }
    };
    let title = |name: &str| Ok(format!("Page {name}"));
    let failed = || Err("connection refused".to_owned());
    let wanted = vec![title("a"), failed(), title("b"), title("a"), failed(), title("B")];
    assert_eq!(titles_one_by_one(&addresses, fetch), wanted, "one by one");
    assert_eq!(marks.count(), 6, "how often `fetch` was called for 6 addresses, one by one");
    assert_eq!(by_pool(&addresses, 2, fetch), Ok(wanted), "by two workers");
    assert_eq!(marks.count(), 6, "how often `fetch` was called for 6 addresses, by two workers");
}

/// A title may be larger than a pipe holds, and a reason may have several lines.
fn titles_may_be_of_any_kind() {
    let (large, strange) = ("x".repeat(300_000), "\u{7}\"\\n");
    let lines = || Err::<Page, String>("of two\nlines\r\n, \0 and \"é\"\n".to_owned());
    let fetch = |address: &str| match address {
        "0" => page(&large),
        "1" => lines(),
        "2" => Err(String::new()),
        _ => page(strange),
    };
    let title = |name: &str| Ok(format!("Page {name}"));
    let wanted =
        [title(&large), lines().map(|_| String::new()), Err(String::new()), title(strange)];
    let got = by_pool(&numbers(4), 2, fetch);
    let Ok(got) = got else { panic!("The pool failed: {got:?}") };
    assert_eq!(got.len(), 4, "the number of entries, of four addresses");
    let length = |title: &Result<String, String>| title.as_ref().map(String::len).ok();
    assert_eq!(length(&got[0]), length(&wanted[0]), "the length of the title of page 0");
    assert_eq!(got[1..], wanted[1..], "pages 1 to 3");
}

/// `fetch` panics, exits with status 0, or is killed. Each costs one page, also the first or the last.
fn workers_may_end_in_any_way() {
    let got = by_pool(&numbers(5), 2, |address| match address {
        "0" => panic_on_purpose(),
        "2" => process::exit(0),
        "4" => die(),
        _ => page(address),
    });
    let Ok(got) = got else { panic!("The pool failed: {got:?}") };
    let right = |(number, title): (usize, &Result<String, String>)| match number {
        0 | 2 | 4 => title.is_err(),
        _ => *title == Ok(format!("Page {number}")),
    };
    assert!(
        got.len() == 5 && got.iter().enumerate().all(right),
        "`fetch` panicked for page 0, called exit(0) for page 2, and was killed for page 4.\n\
         got:    {got:?}"
    );
}

/// Without a pool, this page would end the whole program.
fn a_worker_that_dies_costs_one_page() {
    let got = by_pool(&numbers(5), 1, |address| if address == "2" { die() } else { page(address) });
    let Ok(got) = got else { panic!("The pool failed: {got:?}") };
    assert!(got.get(2).is_some_and(Result::is_err), "page 2 kills its worker: {got:?}");
    let others: Titles = got.into_iter().filter(Result::is_ok).collect();
    let wanted: Titles =
        titles(5).into_iter().filter(|title| title != &Ok("Page 2".into())).collect();
    assert_eq!(others, wanted, "the other pages");
}

/// A worker without a page would be useless, and one for each page would be too many.
fn no_more_workers_than_pages() {
    assert_eq!(by_pool(&numbers(2), 8, page), Ok(titles(2)), "2 pages, 8 workers");
    assert_eq!(by_pool(&numbers(40), 1, page), Ok(titles(40)), "40 pages, 1 worker");
    assert_eq!(by_pool(&[], 8, page), Ok(vec![]), "no pages, 8 workers");
}

/// Fetches from the check's server. It does not wait long for a page that is never delivered.
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

/// Real answers to real requests, one by one and with the pool.
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

/// The server needs 50 ms for each page, however many requests are open. One by one, twenty pages take
/// a second. With five open requests at any time, they take a fifth of that.
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
    assert_eq!(most(), Ok("1".into()), "the number of requests open at the same time, one by one");
    let together: Vec<String> = addresses("together");
    assert_eq!(by_pool(&together, 5, fetch), Ok(titles(20)), "by five workers");
    assert_eq!(
        most(),
        Ok("5".into()),
        "the number of requests open at the same time, with five workers"
    );
}

/// The first of two workers is killed at its first system call, then at its second, and so on. This
/// costs at most one page.
fn a_worker_may_die_at_any_moment() {
    for call in 1..100 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let got = by_pool(&numbers(4), 2, page);
        let happened = killed.happened();
        drop(killed);
        let Ok(got) = got else { panic!("a worker was killed at its call {call}: {got:?}") };
        let lost = got.iter().zip(titles(4)).filter(|(got, title)| **got != *title);
        let lost: Vec<_> = lost.collect();
        let right = got.len() == 4 && lost.len() <= 1 && lost.iter().all(|(got, _)| got.is_err());
        assert!(right, "A worker was killed at its call {call}.\ngot:    {got:?}");
        if !happened {
            break; // it makes fewer calls
        }
    }
}

/// The only worker is killed in one of its first writes, after each number of bytes. Part of a title is
/// not a title.
fn a_title_may_be_cut_off() {
    for (write, bytes) in (1..=2).flat_map(|write| (0..24).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let got = by_pool(&["12345".to_owned()], 1, page);
        if torn.happened() {
            // The last bytes may have no meaning, such as a newline; then the title is complete.
            let whole = Ok("Page 12345".to_owned());
            let right = matches!(got.as_deref(), Ok([title]) if title.is_err() || *title == whole);
            let bytes = count(bytes, "byte", "bytes");
            let what = format!("the worker was killed in its write {write}, after {bytes}");
            assert!(right, "{what}\ngot:    {got:?}");
        }
    }
}

/// A read or write transfers at most 3 bytes; it returns how many.
fn a_call_may_transfer_a_part() {
    assert_eq!(
        by_pool(&numbers(5), 2, page),
        Ok(titles(5)),
        "each call transferred at most 3 bytes"
    );
}

/// A signal handler ran, and the call fails with EINTR. No worker is dead, so repeat the call.
fn a_signal_interrupts_every_call() {
    let got = titles_by_pool(&numbers(3), 2, page);
    if !says_interrupted(got.as_ref().err().and_then(io::Error::raw_os_error)) {
        let got = got.map_err(|error| error.to_string());
        assert_eq!(got, Ok(titles(3)), "two of three calls failed with EINTR");
    }
}

/// Any number of workers is allowed, but no more are forked than there are pages. Then there are seventy.
fn limits_that_are_never_reached() {
    assert_eq!(by_pool(&numbers(2), usize::MAX, page), Ok(titles(2)), "2 pages");
    assert_long(by_pool(&numbers(1100), 70, page), &titles(1100), "1100 pages, 70 workers");
}

/// The parent has nothing to do except wait, and after page 1 neither has its worker.
fn the_parent_sleeps_while_it_waits() {
    let got = children_sleep(|| {
        by_pool(&numbers(2), 2, |address| {
            slow_work(if address == "0" { 200 } else { 0 });
            page(address)
        })
    });
    assert_eq!(got, Ok(titles(2)), "page 0 took 0.2 s");
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_left_alone() {
    let _zombie = Zombie::new();
    assert_eq!(by_pool(&numbers(3), 2, page), Ok(titles(3)));
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_left_alone() {
    let _stranger = Stranger::alive();
    assert_eq!(by_pool(&numbers(3), 2, page), Ok(titles(3)));
}

/// The first or any other pipe or socket pair cannot be created: too many descriptors are open.
fn a_connection_that_cannot_be_made() {
    refuse_what_connects(|| titles_by_pool(&numbers(3), 3, page));
}

/// Every wait fails. The function returns nevertheless, and no title is wrong.
fn a_wait_that_fails() {
    let is_right = |got: Titles| {
        let mut both = got.iter().zip(titles(3));
        got.len() == 3 && both.all(|(got, title)| got.is_err() || *got == title)
    };
    fail_every_wait(|| by_pool(&numbers(3), 2, page).map(is_right), &true);
}

/// Page 0 kills its worker. The fork of any worker may fail, for want of processes or of memory.
fn whichever_fork_fails() {
    refuse_forks(|| {
        let fetch = |address: &str| if address == "0" { die() } else { page(address) };
        titles_by_pool(&numbers(4), 2, fetch).map_err(|error| error.raw_os_error())
    });
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = titles_by_pool(&numbers(4), 4, page);
        result.map_err(|error| error.raw_os_error())
    });
}

/// Two workers exist, and a third cannot be forked. The pages that the two have are finished; no other
/// page is begun.
fn a_fork_that_fails_is_an_error() {
    let items = InProgress::new();
    let got = titles_by_pool(&numbers(7), 4, |address| {
        items.work();
        page(address)
    });
    let got = got.map_err(|error| error.kind());
    assert_eq!(got, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    items.assert_finished(2);
}
