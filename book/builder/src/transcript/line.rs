//! A printed line, taken apart into what must be equal and what may differ.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Anything that is no number.
    Text(&'a str),
    /// White space: its width may change with the number beside it.
    Space(&'a str),
    /// A whole number, or one in hexadecimal with its `0x`: perhaps the name of a process.
    Number(&'a str),
    /// A number with a decimal point.
    Decimal(&'a str),
    /// A number that a unit of time follows.
    Time(&'a str),
}

impl<'a> Part<'a> {
    /// As it stands in the line.
    pub(crate) fn text(&self) -> &'a str {
        match self {
            Part::Text(t) | Part::Space(t) | Part::Number(t) | Part::Decimal(t) | Part::Time(t) => {
                t
            }
        }
    }
}

/// Units of time. A unit belongs to what may differ: 900 µs may well be 1.1 ms the next time.
const UNITS: [&str; 7] = ["ns", "us", "µs", "μs", "ms", "s", "min"];

/// Takes a line apart. All pieces together are the line again.
pub(crate) fn parts(line: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let part = next(line, at);
        at += part.text().len();
        parts.push(part);
    }
    parts
}

fn next(line: &str, at: usize) -> Part<'_> {
    let rest = &line[at..];
    let attached = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let length_while = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    if rest.starts_with(char::is_whitespace) {
        return Part::Space(&rest[..length_while(char::is_whitespace)]);
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) && !attached {
        return number(rest);
    }
    // To the next place where a number or a space may begin.
    let start = |(i, c): (usize, char)| {
        let starts_number =
            c.is_ascii_digit() && !rest[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        (i > 0 && (c.is_whitespace() || starts_number)).then_some(i)
    };
    Part::Text(&rest[..rest.char_indices().find_map(start).unwrap_or(rest.len())])
}

/// The number that `rest` starts with, which may turn out to be none, as in `3rd`.
fn number(rest: &str) -> Part<'_> {
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let number = rest[..digits].trim_end_matches('.');
    let after = &rest[number.len()..];
    let word =
        &after[..after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())];
    if let Some(unit) = unit(after) {
        return Part::Time(&rest[..number.len() + unit]);
    }
    if number == "0" && word.starts_with('x') {
        return Part::Number(&rest[..number.len() + word.len()]);
    }
    match (word.is_empty() || word == "x", number.matches('.').count()) {
        (true, 0) => Part::Number(number),
        (true, 1) => Part::Decimal(number),
        _ => Part::Text(&rest[..number.len() + word.len()]), // 3rd, 127.0.0.1
    }
}

/// How many bytes after a number are a unit of time, with the space before it.
fn unit(after: &str) -> Option<usize> {
    let spaces = usize::from(after.starts_with(' '));
    let word = &after[spaces..];
    let word = &word[..word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len())];
    UNITS.contains(&word).then_some(spaces + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_apart_into_words_numbers_and_times() {
        use Part::{Decimal, Number, Space, Text, Time};
        let line = "child   812: took 1.5 ms, 2.0x, u64 3rd";
        let expected = [
            Text("child"),
            Space("   "),
            Number("812"),
            Text(":"),
            Space(" "),
            Text("took"),
            Space(" "),
            Time("1.5 ms"),
            Text(","),
            Space(" "),
            Decimal("2.0"),
            Text("x,"),
            Space(" "),
            Text("u64"),
            Space(" "),
            Text("3rd"),
        ];
        assert_eq!(parts(line), expected);
    }

    #[test]
    fn nothing_gets_lost() {
        for line in ["", " ", "a", "127.0.0.1:80", "0x7ffe12 µs 3µs", "7.", "1e5 (pid=12)", "é9ü"]
        {
            assert_eq!(parts(line).iter().map(Part::text).collect::<String>(), line);
        }
    }

    #[test]
    fn an_address_is_one_number() {
        assert_eq!(parts("0x7ffe12"), [Part::Number("0x7ffe12")]);
        assert_eq!(parts("(pid=12)")[1], Part::Number("12"));
    }
}
