//! Processes by their place in the family, which is the same in every run; PIDs are not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A process: the first one is `0`, its second child `2`, and that one's first child `2.1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name(Vec<u16>);

impl Name {
    /// The process that the run begins with.
    pub fn first() -> Self {
        Name(Vec::new())
    }

    /// The child that this process forks as number `number`, counted from 1.
    #[must_use]
    pub fn child(&self, number: u16) -> Self {
        let mut path = self.0.clone();
        path.push(number);
        Name(path)
    }

    /// The process that forked this one; none for the first.
    pub fn parent(&self) -> Option<Name> {
        self.0.split_last().map(|(_, path)| Name(path.to_vec()))
    }

    /// Which child of its parent this one is, counted from 1; 0 for the first process.
    pub fn number(&self) -> u16 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The number alone, as [`FromStr`] reads it: `0`, `2`, `2.1`.
    pub fn short(&self) -> String {
        if self.0.is_empty() {
            return "0".to_owned();
        }
        let numbers: Vec<String> = self.0.iter().map(u16::to_string).collect();
        numbers.join(".")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => write!(f, "parent"),
            _ => write!(f, "child {}", self.short()),
        }
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Name::first());
        }
        let number = |part: &str| part.parse().ok().filter(|number| *number > 0);
        let path: Option<Vec<u16>> = text.split('.').map(number).collect();
        path.map(Name).ok_or_else(|| format!("'{text}' is no process: write 0, 2 or 2.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for text in ["0", "1", "2.1", "10.3.1"] {
            assert_eq!(text.parse::<Name>().unwrap().short(), text);
        }
        for text in ["", "0.1", "x", "1.", "-1"] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
        assert_eq!(Name::first().child(2).child(1).to_string(), "child 2.1");
    }
}
