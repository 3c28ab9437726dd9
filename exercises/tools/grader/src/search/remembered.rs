//! The order that broke a check when it was last searched: it is tried first the next time, because
//! a learner who has changed something wants to know at once whether that order passes now.

use std::fs;
use std::path::PathBuf;

use orders::Order;

/// The file for one check.
pub(super) struct Remembered(Option<PathBuf>);

impl Remembered {
    /// Of the check `name`. The file lies beside what cargo has built, as it is no more than that: it
    /// says nothing if it is not there, and an order that does not fit the program any more is
    /// searched past.
    pub(super) fn of(name: &str) -> Remembered {
        let program = std::env::current_exe().ok();
        let folder = program.as_deref().and_then(|program| program.parent());
        let file = name.replace("::", ".");
        Remembered(folder.map(|folder| folder.join("orders").join(file)))
    }

    pub(super) fn order(&self) -> Option<Order> {
        fs::read_to_string(self.0.as_ref()?).ok()?.trim().parse().ok()
    }

    /// As good as can be: where nothing can be written, the next search begins anew.
    pub(super) fn remember(&self, order: &str) {
        let Some(file) = &self.0 else { return };
        let _ = file.parent().map(fs::create_dir_all);
        let new = file.with_extension(format!("{}.new", std::process::id()));
        if fs::write(&new, order).is_ok() {
            let _ = fs::rename(&new, file);
        }
    }
}
