//! A ring of words between two processes: one writes, the other reads.
//!
//! ```text
//!          tail (reader)            head (writer)
//!            │                        │
//!  ┌────┬────┼────┬────┬────┬────┬────┼────┬────┐
//!  │free│free│word│word│word│word│word│free│free│      all positions modulo the length
//!  └────┴────┴────┴────┴────┴────┴────┴────┴────┘
//! ```
//!
//! `head` and `tail` only grow. The words from `tail` to `head` belong to the reader, all others to
//! the writer. Every word is atomic, so even a reader that a damaged ring misleads reads numbers
//! and never races. The module knows nothing about processes, so loom and Miri can check it
//! (`lessons/libs/pool/loom`, and the tests below).

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter on cache lines of its own, so that the two sides do not slow each other down.
#[repr(C, align(128))]
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

/// The shared part of a ring. Zeroes are an empty ring.
#[repr(C)]
pub(crate) struct Ring<const N: usize> {
    /// How many words were published. Only the writer stores it.
    head: Counter,
    /// How many words were released. Only the reader stores it.
    tail: Counter,
    words: [AtomicU64; N],
}

impl<const N: usize> Ring<N> {
    /// A position can be reduced to an index by its lowest bits.
    const MASK: u64 = {
        assert!(N.is_power_of_two());
        N as u64 - 1
    };

    fn word(&self, position: u64) -> &AtomicU64 {
        &self.words[(position & Self::MASK) as usize]
    }

    /// How many words were published so far, as anybody may ask.
    pub(crate) fn published(&self) -> u64 {
        self.head.0.load(Ordering::Acquire)
    }

    /// How many words the reader has released so far, as anybody may ask.
    pub(crate) fn released(&self) -> u64 {
        self.tail.0.load(Ordering::Acquire)
    }
}

#[cfg(any(loom, test))]
impl<const N: usize> Ring<N> {
    /// An empty ring in ordinary memory.
    pub(crate) fn new() -> Self {
        #[cfg(loom)]
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        // For Miri, `from_fn` takes time that grows with the square of the length.
        #[cfg(not(loom))]
        let words = [const { AtomicU64::new(0) }; N];
        Ring { head: Counter::default(), tail: Counter::default(), words }
    }
}

/// The writer's private part.
pub(crate) struct Writer<const N: usize> {
    /// Where the next word goes: at or behind the published `head`.
    position: u64,
    /// The last known `tail`: not asked for again while there is room.
    tail: u64,
}

impl<const N: usize> Writer<N> {
    pub(crate) fn new() -> Self {
        Writer { position: 0, tail: 0 }
    }

    /// The position of the next word.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Whether `count` more words fit.
    #[inline]
    pub(crate) fn has_room(&mut self, ring: &Ring<N>, count: usize) -> bool {
        let end = self.position + count as u64;
        if end - self.tail > N as u64 {
            // Acquire: the reader's loads of the words before `tail` happen before they are
            // overwritten.
            self.tail = ring.tail.0.load(Ordering::Acquire);
        }
        end - self.tail <= N as u64
    }

    /// Writes the next word, for which there must be room. The reader does not see it before
    /// [`Writer::publish`].
    #[inline]
    pub(crate) fn put(&mut self, ring: &Ring<N>, word: u64) {
        // Relaxed: `publish` orders it.
        ring.word(self.position).store(word, Ordering::Relaxed);
        self.position += 1;
    }

    /// Changes a word that was written, and perhaps published, but not released.
    #[inline]
    pub(crate) fn amend(&mut self, ring: &Ring<N>, position: u64, word: u64) {
        // Relaxed: what is published after it carries it along.
        ring.word(position).store(word, Ordering::Relaxed);
    }

    /// Shows the reader everything that was put.
    #[inline]
    pub(crate) fn publish(&self, ring: &Ring<N>) {
        // Release: a reader that loads this `head` sees the words before it.
        ring.head.0.store(self.position, Ordering::Release);
    }

    /// Writes bytes, the last word filled up with zeroes.
    pub(crate) fn put_bytes(&mut self, ring: &Ring<N>, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for &word in words {
            self.put(ring, u64::from_le_bytes(word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.put(ring, u64::from_le_bytes(word));
        }
    }
}

/// The reader's private part.
pub(crate) struct Reader<const N: usize> {
    position: u64,
    /// The last known `head`.
    head: u64,
}

impl<const N: usize> Reader<N> {
    pub(crate) fn new() -> Self {
        Reader { position: 0, head: 0 }
    }

    /// The position of the next word.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Asks how many words there are to read now. `None` if the ring is damaged.
    #[inline]
    pub(crate) fn refresh(&mut self, ring: &Ring<N>) -> Option<usize> {
        // Acquire: the words before `head` were stored before it.
        self.head = ring.head.0.load(Ordering::Acquire);
        let count = self.head.checked_sub(self.position)?;
        (count <= N as u64).then_some(count as usize)
    }

    /// How many words there are to read, as of the last [`Reader::refresh`].
    #[inline]
    pub(crate) fn available(&self) -> usize {
        self.head.saturating_sub(self.position).min(N as u64) as usize
    }

    /// The word at a position, which should lie between the reader's and the writer's.
    #[inline]
    pub(crate) fn get(&self, ring: &Ring<N>, position: u64) -> u64 {
        // Relaxed: `refresh` has ordered it.
        ring.word(position).load(Ordering::Relaxed)
    }

    /// Takes the next word.
    #[inline]
    pub(crate) fn next(&mut self, ring: &Ring<N>) -> u64 {
        let word = self.get(ring, self.position);
        self.position += 1;
        word
    }

    /// Moves behind `count` words.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) {
        self.position += count as u64;
    }

    /// Takes `length` bytes, which [`Writer::put_bytes`] has written, and adds them to `bytes`.
    pub(crate) fn read_bytes(&mut self, ring: &Ring<N>, length: usize, bytes: &mut Vec<u8>) {
        bytes.reserve(length.next_multiple_of(8));
        let end = bytes.len() + length;
        for _ in 0..length.div_ceil(8) {
            bytes.extend_from_slice(&self.next(ring).to_le_bytes());
        }
        bytes.truncate(end);
    }

    /// Gives the words that were taken back to the writer.
    #[inline]
    pub(crate) fn release(&self, ring: &Ring<N>) {
        self.release_to(ring, self.position);
    }

    /// Gives the words before `position` back to the writer.
    #[inline]
    pub(crate) fn release_to(&self, ring: &Ring<N>, position: u64) {
        // Release: the loads of these words come before it, and before the writer's next stores.
        ring.tail.0.store(position, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::{Reader, Ring, Writer};

    #[test]
    fn bytes_of_every_length_come_back() {
        let ring = Ring::<8>::new();
        let (mut writer, mut reader) = (Writer::new(), Reader::new());
        for length in 0..=64 {
            let sent: Vec<u8> = (0..length).map(|x| x as u8).collect();
            assert!(writer.has_room(&ring, sent.len().div_ceil(8)));
            writer.put_bytes(&ring, &sent);
            writer.publish(&ring);
            assert_eq!(reader.refresh(&ring), Some(sent.len().div_ceil(8)));
            let mut received = Vec::new();
            reader.read_bytes(&ring, sent.len(), &mut received);
            reader.release(&ring);
            assert_eq!(received, sent);
        }
    }

    #[test]
    fn a_full_ring_has_no_room() {
        let ring = Ring::<4>::new();
        let (mut writer, mut reader) = (Writer::new(), Reader::new());
        (0..4).for_each(|word| writer.put(&ring, word));
        writer.publish(&ring);
        assert!(!writer.has_room(&ring, 1));
        assert_eq!((reader.refresh(&ring), reader.next(&ring)), (Some(4), 0));
        assert!(!writer.has_room(&ring, 1), "not released");
        reader.release(&ring);
        assert!(writer.has_room(&ring, 1) && !writer.has_room(&ring, 2));
    }

    #[test]
    fn a_damaged_head_is_noticed() {
        let ring = Ring::<4>::new();
        let (mut writer, mut reader) = (Writer::<4>::new(), Reader::<4>::new());
        (0..5).for_each(|word| writer.put(&ring, word));
        writer.publish(&ring);
        assert_eq!(reader.refresh(&ring), None);
    }

    /// Two threads represent the two processes. Miri runs the same test.
    #[test]
    fn words_pass_in_order() {
        let count = if cfg!(miri) { 50 } else { 100_000 };
        let ring = Arc::new(Ring::<16>::new());
        let shared = Arc::clone(&ring);
        let thread = thread::spawn(move || {
            let mut writer = Writer::new();
            for word in 0..count {
                while !writer.has_room(&shared, 1) {
                    thread::yield_now();
                }
                writer.put(&shared, word);
                writer.publish(&shared);
            }
        });
        let mut reader = Reader::new();
        for word in 0..count {
            while reader.refresh(&ring) == Some(0) {
                thread::yield_now();
            }
            assert_eq!(reader.next(&ring), word);
            reader.release(&ring);
        }
        thread.join().unwrap();
    }
}
