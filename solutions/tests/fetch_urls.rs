//! Wrong answers to fetch_urls, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;

use answers::fetch_urls::{Fetched, Page, Titles};

#[path = "../../exercises/tests/checks/fetch_urls.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod fetch_urls {
        use std::io;

        pub(crate) struct Page {
            pub(crate) status: u16,
            pub(crate) charset: Option<String>,
            pub(crate) body: Vec<u8>,
        }

        pub(crate) type Fetched = Result<Page, String>;
        pub(crate) type Titles = Vec<Result<String, String>>;

        pub(crate) fn addresses(text: &str, limit: usize) -> Result<Vec<String>, String> {
            (crate::CHOSEN.get().addresses)(text, limit)
        }

        pub(crate) fn titles_one_by_one(
            addresses: &[String],
            fetch: impl Fn(&str) -> Fetched,
        ) -> Titles {
            (crate::CHOSEN.get().titles_one_by_one)(addresses, &fetch)
        }

        pub(crate) fn titles_by_pool(
            addresses: &[String],
            workers: usize,
            fetch: impl Fn(&str) -> Fetched,
        ) -> io::Result<Titles> {
            (crate::CHOSEN.get().titles_by_pool)(addresses, workers, &fetch)
        }
    }
}

/// How a suite fetches a page, whichever answer it checks.
type Fetch<'a> = &'a dyn Fn(&str) -> Fetched;

struct Functions {
    addresses: fn(&str, usize) -> Result<Vec<String>, String>,
    titles_one_by_one: fn(&[String], Fetch<'_>) -> Titles,
    titles_by_pool: fn(&[String], usize, Fetch<'_>) -> io::Result<Titles>,
}

macro_rules! functions {
    ($answer:ident) => {{
        fn page(fetched: Fetched) -> Result<$answer::Page, String> {
            let Page { status, charset, body } = fetched?;
            Ok($answer::Page { status, charset, body })
        }
        Functions {
            addresses: $answer::addresses,
            titles_one_by_one: |addresses, fetch| {
                $answer::titles_one_by_one(addresses, |address| page(fetch(address)))
            },
            titles_by_pool: |addresses, workers, fetch| {
                $answer::titles_by_pool(addresses, workers, |address| page(fetch(address)))
            },
        }
    }};
}

include!(concat!(env!("OUT_DIR"), "/fetch_urls.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
