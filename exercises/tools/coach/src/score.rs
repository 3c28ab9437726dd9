//! How well the questions of one topic were answered.

use serde::{Deserialize, Serialize};
use toml::Table;

/// The answers so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Score {
    right: u32,
    wrong: u32,
    /// How many were right since the last wrong one.
    streak: u32,
    /// How many right answers make good for the wrong ones.
    owed: u32,
    #[serde(flatten)]
    other: Table,
}

/// How many right answers make good for a wrong one.
const PRICE: u32 = 2;

impl Score {
    /// Counts an answer.
    pub(crate) fn record(&mut self, is_right: bool) {
        if is_right {
            self.right = self.right.saturating_add(1);
            self.streak = self.streak.saturating_add(1);
            self.owed = self.owed.saturating_sub(1);
        } else {
            self.wrong = self.wrong.saturating_add(1);
            self.streak = 0;
            self.owed = self.owed.saturating_add(PRICE);
        }
    }

    /// How difficult the next question is to be: from 0.
    pub(crate) fn level(&self) -> usize {
        usize::try_from(self.streak).unwrap_or(usize::MAX)
    }

    /// Whether wrong answers have not been made good for.
    pub(crate) fn is_owed(&self) -> bool {
        self.owed > 0
    }

    /// How many right answers are owed.
    pub(crate) fn owed(&self) -> u32 {
        self.owed
    }

    /// Whether any answer was right.
    pub(crate) fn has_right(&self) -> bool {
        self.right > 0
    }

    /// How many questions were answered.
    pub(crate) fn asked(&self) -> u32 {
        self.right.saturating_add(self.wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_right_answers_make_good_for_a_wrong_one() {
        let mut score = Score::default();
        score.record(false);
        score.record(true);
        assert!(score.is_owed());
        score.record(true);
        assert!(!score.is_owed());
        assert_eq!((score.asked(), score.level()), (3, 2));
    }
}
