//! What all open pages wait for: how the last build went.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::sync::watch;

use super::Site;

/// How a build went.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct News {
    /// How many builds there have been.
    version: u64,
    /// Why the last one failed, if it did.
    broken: Option<String>,
}

impl News {
    /// As a page reads it.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("BUG: a number and a string are JSON")
    }
}

/// The last book that was built, and how the last build went.
#[derive(Debug)]
pub(crate) struct Newsroom {
    site: Mutex<Arc<Site>>,
    news: watch::Sender<News>,
}

impl Newsroom {
    /// With a first book, of version 0.
    pub(crate) fn new(site: Site) -> Self {
        Newsroom { site: Mutex::new(Arc::new(site)), news: watch::Sender::default() }
    }

    /// The version that the next build will have.
    pub(crate) fn next(&self) -> u64 {
        self.now().version + 1
    }

    /// Notes how the next build went, and tells every page that waits for it.
    pub(crate) fn publish(&self, outcome: Result<Site>) {
        let broken = match outcome {
            Ok(site) => {
                *self.site.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
                None
            }
            Err(why) => Some(format!("{why:#}")),
        };
        self.news.send_modify(|news| *news = News { version: news.version + 1, broken });
    }

    /// The last book that was built.
    pub(crate) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How the last build went.
    pub(crate) fn now(&self) -> News {
        self.news.borrow().clone()
    }

    /// How the last build went, as soon as it is another than the build `seen`.
    pub(crate) async fn after(&self, seen: u64) -> News {
        let mut news = self.news.subscribe();
        let found = news.wait_for(|news| news.version != seen).await;
        found.map_or_else(|_| self.now(), |news| news.clone())
    }
}
