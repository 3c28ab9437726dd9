//! An order as text: `0x3,1x2,0,1:handler` lets the first process take three steps, child 1 two,
//! the first process one, and child 1 one in which a handler runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::step::{Choice, How};

/// Which process continues at each step, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order(pub Vec<Choice>);

impl Order {
    /// How often the order switches to another process.
    pub fn switches(&self) -> usize {
        self.0.windows(2).filter(|pair| pair[0].process != pair[1].process).count()
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.0.chunk_by(|a, b| a == b).enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(&group[0].process.short())?;
            if group.len() > 1 {
                write!(f, "x{}", group.len())?;
            }
            if group[0].how != How::Call {
                write!(f, ":{}", group[0].how.word())?;
            }
        }
        Ok(())
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut choices = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (who, how) = part.split_once(':').unwrap_or((part, ""));
            let how = How::from_word(how);
            let how = how.ok_or_else(|| format!("'{part}' names no way to continue"))?;
            let (process, times) = who.split_once('x').unwrap_or((who, "1"));
            let process: Name = process.parse()?;
            let times: usize = times
                .parse()
                .ok()
                .filter(|times| (1..=10_000).contains(times))
                .ok_or_else(|| format!("'{part}' has no number of steps behind the x"))?;
            choices.extend(std::iter::repeat_n(Choice { process, how }, times));
        }
        Ok(Order(choices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for text in ["0", "0x3,1x2,0,1:handler", "2.1x4:eintr,0:killed"] {
            assert_eq!(text.parse::<Order>().unwrap().to_string(), text);
        }
        assert_eq!("0,0, 0".parse::<Order>().unwrap().to_string(), "0x3");
        for text in ["x", "0x", "0:nothing", "0x0", "1.0", "0x99999999"] {
            assert!(text.parse::<Order>().is_err(), "{text}");
        }
    }
}
