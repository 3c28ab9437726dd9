//! A chunk: consecutive items of one call, encoded, handed out and taken back as one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::call::SharedCall;
use crate::message::{Head, LARGE};
use crate::panics;
use crate::payload::Payload;

/// The most items of a chunk, however small they are.
const MOST_ITEMS: usize = 4096;

/// The words of items. A single number needs no memory of its own.
#[derive(Clone)]
enum Words {
    One(u64),
    Many(Rc<[u64]>),
}

impl Words {
    fn new(words: &[u64]) -> Self {
        match words {
            &[word] => Words::One(word),
            words => Words::Many(Rc::from(words)),
        }
    }

    fn as_slice(&self) -> &[u64] {
        match self {
            Words::One(word) => std::slice::from_ref(word),
            Words::Many(words) => words,
        }
    }
}

/// Consecutive items of one call, in the form that a ring takes. Parts of it share their memory.
pub(crate) struct Chunk {
    /// Where the answers go.
    pub(crate) call: SharedCall,
    /// The index of the first item.
    pub(crate) first: usize,
    /// How many items there are.
    pub(crate) items: usize,
    /// Whether the words are numbers; or else messages, one for each item.
    numbers: bool,
    words: Words,
    /// Where the first item's words begin.
    start: usize,
    /// Where the last item's words end.
    end: usize,
    /// The last item, if it is large.
    large: Option<Rc<Vec<u8>>>,
}

impl Chunk {
    /// What a ring gets: all words, the mark of a large item excepted.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words.as_slice()[self.start..self.end]
    }

    /// The message that comes before the words.
    pub(crate) fn numbers_head(&self) -> Option<Head> {
        self.numbers.then_some(Head::Numbers(self.items))
    }

    /// How many words a ring needs for it.
    pub(crate) fn ring_words(&self) -> usize {
        1 + usize::from(self.numbers) + self.words().len()
    }

    /// The last item, if it is large.
    pub(crate) fn large(&self) -> Option<&Rc<Vec<u8>>> {
        self.large.as_ref()
    }

    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.words().len() + self.large.as_ref().map_or(0, |large| large.len())
    }

    /// Whether `next` has the items of the same call that come behind these.
    pub(crate) fn is_followed_by(&self, next: &Chunk) -> bool {
        Rc::ptr_eq(&self.call, &next.call) && self.first + self.items == next.first
    }

    /// Cuts off the items behind the first `count`, if there are any.
    pub(crate) fn split_off(&mut self, count: usize) -> Option<Chunk> {
        if count >= self.items {
            return None;
        }
        let cut = self.start_of(count);
        let rest = Chunk {
            call: Rc::clone(&self.call),
            first: self.first + count,
            items: self.items - count,
            numbers: self.numbers,
            words: self.words.clone(),
            start: cut,
            end: self.end,
            large: self.large.take(),
        };
        (self.items, self.end) = (count, cut);
        let mut call = self.call.borrow_mut();
        call.split(rest.first);
        call.split(rest.first + rest.items);
        drop(call);
        Some(rest)
    }

    /// Where the words of the item behind the first `count` begin.
    fn start_of(&self, count: usize) -> usize {
        if self.numbers {
            return self.start + count;
        }
        let (words, mut at) = (self.words.as_slice(), self.start);
        for _ in 0..count {
            at += 1 + Head::of(words[at]).map_or(0, Head::words_behind);
        }
        at
    }
}

/// A chunk that is being filled.
#[derive(Default)]
pub(crate) struct ChunkBuilder {
    items: usize,
    numbers: bool,
    words: Vec<u64>,
    large: Option<Vec<u8>>,
}

impl ChunkBuilder {
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Whether no more items fit.
    pub(crate) fn is_full(&self) -> bool {
        8 * self.words.len() >= LARGE || self.large.is_some() || self.items == MOST_ITEMS
    }

    /// Adds an item. If it cannot be encoded, the chunk is as it was.
    ///
    /// The program's own `Serialize` and `Drop` run here, and may panic, which is an error too.
    #[inline]
    pub(crate) fn push<A: Payload>(
        &mut self,
        item: A,
        scratch: &mut Vec<u8>,
    ) -> Result<(), String> {
        if let Some(number) = item.to_number() {
            self.numbers = true;
            self.words.push(number);
            self.items += 1;
            return Ok(());
        }
        let push = AssertUnwindSafe(|| self.push_encoded(item, scratch));
        catch_unwind(push)
            .unwrap_or_else(|payload| Err(format!("panicked: {}", panics::message(payload))))
    }

    fn push_encoded<A: Payload>(&mut self, item: A, scratch: &mut Vec<u8>) -> Result<(), String> {
        scratch.clear();
        let large = match item.into_bytes() {
            Ok(bytes) => Some(bytes),
            Err(item) => {
                item.encode(scratch)?;
                // Now, while a panic still does no harm.
                drop(item);
                (scratch.len() >= LARGE).then(|| std::mem::take(scratch))
            }
        };
        match large {
            Some(bytes) => {
                self.words.extend([Head::Large(bytes.len()).to_word(), 0]);
                self.large = Some(bytes);
            }
            None => {
                self.words.push(Head::Value(scratch.len()).to_word());
                scratch.resize(scratch.len().next_multiple_of(8), 0);
                let (words, _) = scratch.as_chunks();
                self.words.extend(words.iter().map(|&word| u64::from_le_bytes(word)));
            }
        }
        self.items += 1;
        Ok(())
    }

    /// The chunk, with `first` as the index of its first item. `None` if nothing is in it.
    pub(crate) fn finish(&mut self, call: &SharedCall, first: usize) -> Option<Chunk> {
        if self.items == 0 {
            return None;
        }
        let (words, end) = (Words::new(&self.words), self.words.len());
        // The memory is used again for the next chunk.
        self.words.clear();
        Some(Chunk {
            call: Rc::clone(call),
            first,
            items: std::mem::take(&mut self.items),
            numbers: std::mem::take(&mut self.numbers),
            start: 0,
            end,
            words,
            large: self.large.take().map(Rc::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Chunk, ChunkBuilder};
    use crate::call::{Call, Order};
    use crate::payload::{Bytes, Payload};

    fn chunk<A: Payload>(items: impl IntoIterator<Item = A>) -> Chunk {
        let mut builder = ChunkBuilder::default();
        for item in items {
            builder.push(item, &mut Vec::new()).unwrap();
        }
        let call = Rc::new(RefCell::new(Call::new(Order::Input)));
        call.borrow_mut().give(builder.items());
        builder.finish(&call, 0).unwrap()
    }

    #[test]
    fn numbers_are_words() {
        let mut all = chunk(0..5_u64);
        let rest = all.split_off(2).unwrap();
        assert_eq!((all.words(), rest.words()), ([0, 1].as_slice(), [2, 3, 4].as_slice()));
        assert_eq!((rest.first, rest.items), (2, 3));
        assert!(all.split_off(2).is_none());
    }

    #[test]
    fn a_large_item_goes_with_the_last_part() {
        let items = [3, 0, 9, 100_000].map(|size| Bytes(vec![7; size]));
        let mut all = chunk(items);
        let mut rest = all.split_off(1).unwrap();
        assert!(all.large().is_none() && rest.large().is_some());
        let last = rest.split_off(2).unwrap();
        assert_eq!((all.words().len(), rest.words().len(), last.words().len()), (2, 1 + 3, 2));
        assert_eq!(last.large().map(|bytes| bytes.len()), Some(100_000));
    }

    #[test]
    fn half_an_item_leaves_no_trace() {
        struct Half;
        impl serde::Serialize for Half {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                ("half", 1_u8).serialize(to)?;
                Err(serde::ser::Error::custom("no"))
            }
        }
        impl<'de> serde::Deserialize<'de> for Half {
            fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Ok(Half)
            }
        }
        let mut builder = ChunkBuilder::default();
        assert!(builder.push(Half, &mut Vec::new()).is_err());
        assert_eq!((builder.items(), builder.words.len()), (0, 0));
    }
}
