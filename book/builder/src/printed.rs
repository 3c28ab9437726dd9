//! The page that holds all chapters, as it is printed: contents first; answers, hints and discussed
//! references at the end, where nobody reads them by accident, with links there and back.

use std::fmt::Write;
use std::ops::Range;

/// What stands at the end of the printed book, in this order.
const ENDINGS: [Ending; 3] = [
    Ending { title: "Answers", id: "all-answers", link: "The answer is at the end of the book" },
    Ending { title: "Hints", id: "all-hints", link: "Hints are at the end of the book" },
    Ending {
        title: "References, discussed",
        id: "all-references",
        link: "A reference is discussed at the end of the book",
    },
];

struct Ending {
    title: &'static str,
    id: &'static str,
    /// What stands in the chapter instead.
    link: &'static str,
}

/// Where each piece begins that goes to the end, by kind.
const STARTS: [&str; 3] = [
    "<p class=\"choose-first\">",
    "<div class=\"hints\">",
    "<details>\n<summary>The reference, discussed</summary>",
];

/// The page with its parts in the order in which they are printed.
pub(crate) fn arrange(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<main>") else { return page.to_owned() };
    let Some((main, after)) = rest.rsplit_once("</main>") else { return page.to_owned() };
    let (chapters, endings) = take_out(main);
    let body = format!("{chapters}{endings}").replace("<details", "<details open");
    format!("{before}<main>{}{}{body}</main>{after}", title_page(before), contents(&body))
}

/// The book's title and description, as the page's head has them.
fn title_page(head: &str) -> String {
    let between =
        |start: &str, end: &str| head.split_once(start)?.1.split_once(end).map(|(t, _)| t);
    let title = between("<title>", "</title>").unwrap_or_default();
    let about = between("<meta name=\"description\" content=\"", "\"").unwrap_or_default();
    format!("<div class=\"title-page\"><p>{title}</p><p>{about}</p></div>")
}

/// The chapters with links in place of what goes to the end, and the end.
fn take_out(main: &str) -> (String, String) {
    let mut chapters = String::with_capacity(main.len());
    let mut endings = ["", "", ""].map(str::to_owned);
    let mut last_title = ["", "", ""];
    let (mut at, mut count) = (0, 0);
    while let Some((kind, piece)) = next_piece(main, at) {
        chapters.push_str(&main[at..piece.start]);
        let title = headings(&main[..piece.start], 1).last().map_or("", |heading| heading.text);
        if last_title[kind] != title {
            last_title[kind] = title;
            let _ = write!(endings[kind], "<h2>{title}</h2>");
        }
        count += 1;
        let (link, html) = (ENDINGS[kind].link, main[piece.clone()].trim());
        let question = number_of_question(&main[..piece.start]).filter(|_| kind == 0);
        let name = question.map_or(String::new(), |number| format!("Question {number}"));
        let _ = write!(
            chapters,
            "<p class=\"to-the-end\" id=\"from-{count}\"><a href=\"#end-{count}\">{link}</a></p>"
        );
        let _ = write!(
            endings[kind],
            "<div class=\"ending\" id=\"end-{count}\"><p class=\"back\">{name} \
             <a href=\"#from-{count}\">Back to the page</a></p>{html}</div>"
        );
        at = piece.end;
    }
    chapters.push_str(&main[at..]);
    let parts = ENDINGS.iter().zip(endings).filter(|(_, html)| !html.is_empty());
    let parts = parts.map(|(Ending { title, id, .. }, html)| {
        format!("<section class=\"endings\"><h1 id=\"{id}\">{title}</h1>{html}</section>")
    });
    (chapters, parts.collect())
}

/// The next piece after `from` that goes to the end: its kind, and where it lies.
fn next_piece(main: &str, from: usize) -> Option<(usize, Range<usize>)> {
    let starts = STARTS.iter().enumerate();
    let found = starts.filter_map(|(kind, start)| Some((main[from..].find(start)? + from, kind)));
    let (start, kind) = found.min()?;
    let tag = if kind == 1 { "div" } else { "details" };
    let end = end_of(main, start, tag)?;
    Some((kind, start..end))
}

/// Where the element ends that is the first `tag` at or after `start`.
fn end_of(html: &str, start: usize, tag: &str) -> Option<usize> {
    let (opening, closing) = (format!("<{tag}"), format!("</{tag}>"));
    let (mut at, mut depth) = (start + html[start..].find(&opening)?, 0);
    loop {
        let close = at + html[at..].find(&closing)?;
        match html[at..close].find(&opening) {
            Some(open) => {
                depth += 1;
                at += open + opening.len();
            }
            None => {
                depth -= 1;
                at = close + closing.len();
                if depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

/// The number of the question in which `before` ends.
fn number_of_question(before: &str) -> Option<&str> {
    before.rsplit_once("<p class=\"number\">Question ")?.1.split('<').next()
}

struct Heading<'a> {
    id: &'a str,
    /// Without the link around it.
    text: &'a str,
    at: usize,
}

/// The headings of a level that have an id.
fn headings(html: &str, level: u8) -> impl Iterator<Item = Heading<'_>> {
    let (opening, closing) = (format!("<h{level} id=\""), format!("</h{level}>"));
    let starts: Vec<usize> =
        html.match_indices(&opening).map(|(at, found)| at + found.len()).collect();
    starts.into_iter().filter_map(move |at| {
        let (id, rest) = html[at..].split_once('"')?;
        let inner = rest.split_once('>')?.1.split(&closing).next()?;
        let inner = inner.strip_prefix("<a class=\"header\"").map_or(inner, |link| {
            link.split_once('>').map_or(link, |(_, text)| text.trim_end_matches("</a>"))
        });
        Some(Heading { id, text: inner, at })
    })
}

/// The list of all chapters and their sections. The empty elements of class `page` get the numbers
/// of pages when there are pages.
fn contents(body: &str) -> String {
    let first = headings(body, 1).map(|heading| (1, heading));
    let mut all: Vec<_> = first.chain(headings(body, 2).map(|heading| (2, heading))).collect();
    all.sort_by_key(|(_, heading)| heading.at);
    let entries = all.iter().map(|(level, Heading { id, text, .. })| {
        format!(
            "<li class=\"level-{level}\"><a href=\"#{id}\"><span>{text}</span>\
             <span class=\"page\" data-for=\"{id}\"></span></a></li>"
        )
    });
    let entries: String = entries.collect();
    format!("<nav class=\"contents\"><h2>Contents</h2><ol>{entries}</ol></nav>")
}

/// The page with the numbers of pages in its contents; `page_of` gives that of an id.
pub(crate) fn with_numbers(page: &str, page_of: impl Fn(&str) -> Option<usize>) -> String {
    let mark = "<span class=\"page\" data-for=\"";
    let mut pieces = page.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let id = piece.split('"').next().unwrap_or_default();
        let number = page_of(id).map_or(String::new(), |number| number.to_string());
        let filled = piece.replacen("\"></span>", &format!("\">{number}</span>"), 1);
        let _ = write!(out, "{mark}{filled}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<main><h1 id=\"one\"><a class=\"header\" href=\"#one\">One <code>x</code></a></h1>\
        <h2 id=\"part\"><a class=\"header\" href=\"#part\">Part</a></h2>\
        <div class=\"quiz\"><p class=\"number\">Question 1</p>\
        <p class=\"choose-first\">Choose</p><details class=\"check\"><details class=\"answers\">A\
        </details></details></div><p>between</p>\
        <div class=\"hints\"><details>H<div>i</div></details></div>\
        <details>\n<summary>The reference, discussed</summary>R</details>\
        <details>\n<summary>Other</summary>O</details></main>";

    #[test]
    fn what_is_not_to_be_read_yet_stands_at_the_end() {
        let page = arrange(PAGE);
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
        assert!(at("between") < at("O</details>"));
        assert!(at("O</details>") < at("id=\"all-answers\""));
        assert!(at("id=\"all-answers\"") < at("A</details>"));
        assert!(at("A</details>") < at("H<div>i"));
        assert!(at("H<div>i") < at("R</details>"));
        assert!(page.contains("Question 1 <a href=\"#from-1\">"));
        assert_eq!(page.matches("<details>").count(), 0, "all are open on paper");
        assert!(page.ends_with("</main>"));
    }

    #[test]
    fn the_contents_name_chapters_sections_and_the_end_and_get_their_pages() {
        let page = arrange(PAGE);
        let contents = page.split("</nav>").next().unwrap();
        for text in ["One <code>x</code>", "Part", "Answers", "Hints", "References, discussed"] {
            assert!(contents.contains(&format!("<span>{text}</span>")), "{text}: {contents}");
        }
        let numbered = with_numbers(&page, |id| (id == "part").then_some(12));
        assert!(numbered.contains("data-for=\"part\">12</span>"), "{numbered}");
        assert!(numbered.contains("data-for=\"one\"></span>"));
    }

    #[test]
    fn a_page_of_another_kind_stays_as_it_is() {
        assert_eq!(arrange("<p>no main"), "<p>no main");
    }
}
