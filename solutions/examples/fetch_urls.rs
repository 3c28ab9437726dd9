//! Fetches the titles of real pages, first one by one, then with a pool, and shows both times:
//!
//! ```text
//! cargo run -p solutions --example fetch_urls -- urls.txt 20 5
//! ```
//!
//! fetches the first 20 addresses, http or https, in `urls.txt` (one on each line, or a sitemap),
//! with 5 workers, which is also the default.

use std::io::{self, BufReader, IsTerminal, PipeReader, Read, Write, pipe};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};

use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use solutions::fetch_urls::{Page, addresses, titles_by_pool, titles_one_by_one};

const USAGE: &str = "usage: fetch_urls FILE LIMIT [WORKERS]
  FILE     a file with an address on each line, or a sitemap.xml
  LIMIT    the maximum number of pages
  WORKERS  the number of worker processes (default: 5)";

/// A page that takes longer counts as failed.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Only this many bytes of a larger page are read.
const SIZE_LIMIT: u64 = 4 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let wanted = match &arguments[..] {
        [help] if help == "--help" || help == "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [file, limit] => Ok((file, limit.as_str(), "5")),
        [file, limit, workers] => Ok((file, limit.as_str(), workers.as_str())),
        other => Err(format!("expected 2 or 3 arguments, found {}", other.len())),
    };
    let outcome = wanted.and_then(|(file, limit, workers)| {
        let pages = addresses_in(file, number("LIMIT", limit)?)?;
        Ok((pages, number("WORKERS", workers)?))
    });
    match outcome {
        Err(reason) => {
            eprintln!("fetch_urls: {reason}\n{USAGE}");
            ExitCode::from(2)
        }
        Ok((pages, workers)) => match compare(&pages, workers) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("fetch_urls: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn number(name: &str, text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| format!("{name} must be a number of at least 1, not {text}"))
}

fn addresses_in(file: &str, limit: usize) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    addresses(&text, limit).map_err(|error| format!("{file}: {error}"))
}

/// Fetches all pages both ways.
fn compare(pages: &[String], workers: usize) -> io::Result<()> {
    let start = Instant::now();
    with_progress("one by one", pages.len(), |fetch| Ok(titles_one_by_one(pages, fetch)))?;
    let one_by_one = start.elapsed();

    let start = Instant::now();
    let what = format!("{workers} workers");
    let titles = with_progress(&what, pages.len(), |fetch| titles_by_pool(pages, workers, fetch))?;
    let by_pool = start.elapsed();

    let mut out = io::stdout().lock();
    for (page, title) in pages.iter().zip(&titles) {
        match title {
            Ok(title) => writeln!(out, "{page}  {title}")?,
            Err(reason) => writeln!(out, "{page}  failed: {reason}")?,
        }
    }
    let failed = titles.iter().filter(|title| title.is_err()).count();
    writeln!(out, "{} pages, {failed} of them failed", pages.len())?;
    let (one_by_one, by_pool) = (one_by_one.as_secs_f64(), by_pool.as_secs_f64());
    writeln!(out, "one by one {one_by_one:.1} s, {what} {by_pool:.1} s")
}

/// Calls `work` with a client that reports each page that it has fetched. A separate process draws
/// the bar: it counts bytes from a pipe, into which every process that has fetched a page writes a
/// byte, and ends at end-of-file. A thread could not do that, because `work` forks.
fn with_progress<T>(
    what: &str,
    pages: usize,
    work: impl FnOnce(&dyn Fn(&str) -> Result<Page, String>) -> io::Result<T>,
) -> io::Result<T> {
    let (reader, writer) = pipe()?;
    // SAFETY: this program has one thread, so the child has all threads that its memory knows of.
    let artist = match unsafe { fork()? } {
        ForkResult::Child => {
            drop(writer);
            draw(what, pages, reader);
            std::process::exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop(reader);
    let result = work(&|address| {
        let page = fetch(address);
        let _ = (&writer).write_all(b"."); // an error only means that there is no bar
        page
    });
    drop(writer);
    waitpid(artist, None)?;
    result
}

fn draw(what: &str, pages: usize, reader: PipeReader) {
    if !io::stderr().is_terminal() {
        let _ = io::copy(&mut &reader, &mut io::sink());
        return;
    }
    let style = ProgressStyle::with_template("{prefix:12} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(pages as u64).with_prefix(what.to_owned());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.tick();
    BufReader::new(reader).bytes().map_while(Result::ok).for_each(|_| bar.inc(1));
    bar.finish();
}

/// Fetches a page through a new connection. An agent keeps connections open for the next request; one
/// that was opened before the fork would be used by all workers at the same time.
fn fetch(address: &str) -> Result<Page, String> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .http_status_as_error(false) // a status is a value here
        .build();
    let asked = config.new_agent().get(address).call();
    let mut answer = asked.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let charset = answer.body().charset().map(String::from);
    let mut body = Vec::new();
    let read = answer.body_mut().as_reader().take(SIZE_LIMIT).read_to_end(&mut body);
    read.map_err(|error| error.to_string())?;
    Ok(Page { status, charset, body })
}
