//! What came of a check that is to hold in every order.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text;

/// Whether a check was run in every order, and how far that came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Searched {
    /// The check is about one run, or it failed in the first one.
    #[default]
    NotAskedFor,
    /// It was run once only.
    Not {
        /// Why there was no search.
        why: String,
    },
    /// As many orders were tried as the check gives time for, and there are more.
    Partly {
        /// How many were tried.
        orders: usize,
    },
    /// Every order was tried, or one that differs from it in independent steps only.
    All {
        /// How many were tried.
        orders: usize,
    },
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Searched::NotAskedFor => Ok(()),
            Searched::Not { why } => write!(f, "run once, not in every order: {why}"),
            Searched::Partly { orders } => {
                write!(f, "{} tried; there are more", text::count(*orders, "order", "orders"))
            }
            Searched::All { orders } => write!(f, "all possible orders tried: {orders}"),
        }
    }
}
