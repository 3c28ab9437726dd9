//! Which lines of a command's output a block shows.
//!
//! A chapter may speak of a few lines of a long output. Then the block says which, instead of a
//! `sed` in the command, which the reader would have to take apart first.

/// A choice of lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The first and, if it is not the end, the last line, from 1.
    lines: Option<(usize, Option<usize>)>,
    until_blank: bool,
    without: Vec<String>,
}

impl Shown {
    /// Sets what the attribute `name` of a block says, and whether it is one of these.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match (name, value) {
            ("lines", range) => {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let last = (!last.is_empty()).then(|| super::number(name, last)).transpose()?;
                self.lines = Some((super::number(name, first)?, last));
            }
            ("until-blank", "") => self.until_blank = true,
            ("without", text) if !text.is_empty() => self.without.push(text.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether all lines are shown.
    pub(crate) fn is_all(&self) -> bool {
        *self == Shown::default()
    }

    /// The lines that are shown of what was printed, at the left margin.
    pub(crate) fn of(&self, printed: Vec<String>) -> Vec<String> {
        if self.is_all() {
            return printed;
        }
        let (first, last) = self.lines.unwrap_or((1, None));
        let count = last.map_or(usize::MAX, |last| (last + 1).saturating_sub(first));
        let lines = printed.iter().skip(first.saturating_sub(1)).take(count);
        let lines = lines.take_while(|line| !(self.until_blank && line.trim().is_empty()));
        let left_out = |line: &str| self.without.iter().any(|text| line.contains(text));
        let lines: Vec<&String> = lines.filter(|line| !left_out(line)).collect();
        let indent = |line: &&String| line.len() - line.trim_start_matches(' ').len();
        let full = lines.iter().copied().filter(|line| !line.trim().is_empty());
        let margin = full.map(|line| indent(&line)).min().unwrap_or(0);
        lines.into_iter().map(|line| line.get(margin..).unwrap_or_default().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attributes: &[(&str, &str)], printed: &str) -> String {
        let mut shown = Shown::default();
        for (name, value) in attributes {
            assert!(shown.set(name, value).unwrap(), "{name}");
        }
        shown.of(printed.lines().map(str::to_owned).collect()).join("|")
    }

    #[test]
    fn a_part_of_the_output_is_shown_at_the_left_margin() {
        let printed = "head\n  a\n    b\n  at x.rs\n\n  c";
        assert_eq!(shown(&[], printed), "head|  a|    b|  at x.rs||  c");
        assert_eq!(shown(&[("lines", "2-3")], printed), "a|  b");
        assert_eq!(shown(&[("lines", "6")], printed), "c");
        let verdict = [("lines", "2-"), ("until-blank", ""), ("without", "at x")];
        assert_eq!(shown(&verdict, printed), "a|  b");
        assert_eq!(shown(&[("lines", "9-")], printed), "");
    }

    #[test]
    fn another_attribute_is_none_of_these_and_a_wrong_one_is_refused() {
        assert_eq!(Shown::default().set("order", "any"), Ok(false));
        assert!(Shown::default().set("lines", "x").unwrap_err().contains("lines"));
    }
}
