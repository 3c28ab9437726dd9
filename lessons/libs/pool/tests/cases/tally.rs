//! A tally that all processes of a case share: which items were begun.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::rc::Rc;

/// A file to which each process appends eight bytes at a time, in one write.
#[derive(Clone)]
pub(crate) struct Tally(Rc<File>);

impl Tally {
    pub(crate) fn new() -> Self {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let append = File::options().append(true).read(true).open(file.path());
        Tally(Rc::new(append.expect("the temporary file")))
    }

    pub(crate) fn add(&self, item: u64) {
        let whole = (&*self.0).write(&item.to_le_bytes()).expect("room in the file");
        assert_eq!(whole, 8);
    }

    /// All that was added, sorted.
    pub(crate) fn sorted(&self) -> Vec<u64> {
        // Not by the file's position: all processes share that, and others may read as well.
        let mut bytes = vec![0; self.0.metadata().expect("a file").len() as usize];
        self.0.read_exact_at(&mut bytes, 0).expect("a file");
        let (items, _) = bytes.as_chunks();
        let mut items: Vec<u64> = items.iter().map(|&item| u64::from_le_bytes(item)).collect();
        items.sort_unstable();
        items
    }
}
