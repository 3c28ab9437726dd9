//! The chunks that one worker holds, oldest first, and how many of their items it has claimed.

use std::cell::Ref;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use crate::call::{Call, SharedCall};
use crate::chunk::Chunk;
use crate::fences::Fences;
use crate::page::Page;

/// A chunk that a worker holds.
struct Entry {
    /// Trimmed to what is the worker's: when the parent has closed it, to what was claimed.
    chunk: Chunk,
    /// Which claim is its.
    number: u64,
    /// How many of its items are answered.
    answered: usize,
}

impl Entry {
    fn claimed(&self, page: &Page) -> usize {
        page.claim(self.number).claimed(self.chunk.items)
    }
}

/// The chunks of one worker. All of them are in its ring.
pub(crate) struct Queue {
    entries: VecDeque<Entry>,
    fences: Fences,
    /// How many items are not answered, and how many bytes the chunks have.
    items: usize,
    bytes: usize,
}

/// Items of a call that a dead worker has claimed and not answered.
pub(crate) type Begun = (SharedCall, Range<usize>);

impl Queue {
    pub(crate) fn new(fences: Fences) -> Self {
        Queue { entries: VecDeque::new(), fences, items: 0, bytes: 0 }
    }

    /// How many items are not answered.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    pub(crate) fn chunks(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A chunk was given to the worker, with the claim `number`.
    pub(crate) fn push(&mut self, chunk: Chunk, number: u64) {
        self.items += chunk.items;
        self.bytes += chunk.bytes();
        if self.entries.back().is_some_and(|last| last.chunk.is_followed_by(&chunk)) {
            chunk.call.borrow_mut().join(chunk.first);
        }
        self.entries.push_back(Entry { chunk, number, answered: 0 });
    }

    /// Takes in answers to the next `count` items: `put` has the call and the index of the first.
    /// `None` if the worker has not claimed that many.
    #[inline]
    pub(crate) fn answer(
        &mut self,
        page: &Page,
        count: usize,
        put: impl FnOnce(&mut Call, usize),
    ) -> Option<()> {
        let entry = self.entries.front_mut()?;
        if entry.answered + count > entry.claimed(page) {
            return None;
        }
        put(&mut entry.chunk.call.borrow_mut(), entry.chunk.first + entry.answered);
        entry.answered += count;
        self.items -= count;
        if entry.answered == entry.chunk.items {
            self.bytes = self.bytes.saturating_sub(entry.chunk.bytes());
            self.entries.pop_front();
        }
        Some(())
    }

    /// The claim of the oldest chunk of which not all is answered.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.number)
    }

    /// How many items there are behind the first chunk.
    pub(crate) fn spare(&self) -> usize {
        let first = self.entries.front().map_or(0, |entry| entry.chunk.items - entry.answered);
        self.items - first
    }

    /// How many items of the first chunk are claimed.
    pub(crate) fn claimed(&self, page: &Page) -> usize {
        self.entries.front().map_or(0, |entry| entry.claimed(page))
    }

    /// How many items of the first chunk are not claimed. 0 if none is.
    pub(crate) fn rest(&self, page: &Page) -> usize {
        let Some(entry) = self.entries.front() else { return 0 };
        let claimed = entry.claimed(page);
        if claimed == 0 { 0 } else { entry.chunk.items - claimed }
    }

    /// The call of the item that is claimed and not answered.
    pub(crate) fn begun(&self, page: &Page) -> Option<&SharedCall> {
        let entry = self.entries.front()?;
        (entry.claimed(page) > entry.answered).then_some(&entry.chunk.call)
    }

    /// Whether there are items that are not claimed and that a call waits for.
    pub(crate) fn has_wanted(&self, page: &Page) -> bool {
        let wanted = |call: Ref<'_, Call>| call.forgotten().is_none();
        self.entries.iter().any(|entry| {
            entry.claimed(page) < entry.chunk.items && wanted(entry.chunk.call.borrow())
        })
    }

    /// Takes back about half of what there is behind the first chunk, from the end.
    pub(crate) fn take_half(&mut self, page: &Page) -> Vec<Chunk> {
        let mut missing = self.spare().div_ceil(2);
        let mut from = self.entries.len();
        while from > 1 && missing > 0 {
            from -= 1;
            missing = missing.saturating_sub(self.entries[from].chunk.items);
        }
        self.close(page, |index, _| index >= from)
    }

    /// Takes back what is not claimed of the first chunk.
    pub(crate) fn take_rest(&mut self, page: &Page) -> Option<Chunk> {
        self.close(page, |index, _| index == 0).pop()
    }

    /// Takes back what is not claimed of the chunks that `wanted` says.
    pub(crate) fn take_where(
        &mut self,
        page: &Page,
        wanted: impl Fn(&Chunk) -> bool,
    ) -> Vec<Chunk> {
        self.close(page, |_, chunk| wanted(chunk))
    }

    /// Closes chunks and takes back what the worker has not claimed of them, with one fence for all.
    fn close(&mut self, page: &Page, wanted: impl Fn(usize, &Chunk) -> bool) -> Vec<Chunk> {
        let closing: Vec<usize> = (0..self.entries.len())
            .filter(|&index| {
                let Entry { chunk, number, .. } = &self.entries[index];
                wanted(index, chunk) && page.claim(*number).begin_close()
            })
            .collect();
        if closing.is_empty() {
            return Vec::new();
        }
        if !self.fences.in_parent() {
            closing.iter().for_each(|&index| page.claim(self.entries[index].number).reopen());
            return Vec::new();
        }
        let rests = closing.into_iter().rev().filter_map(|index| self.close_one(index, page));
        let mut rests: Vec<Chunk> = rests.collect();
        rests.reverse();
        rests
    }

    /// Takes back what the worker has not claimed of a chunk that is closing.
    fn close_one(&mut self, index: usize, page: &Page) -> Option<Chunk> {
        let entry = self.entries.get_mut(index)?;
        let claimed = page.claim(entry.number).close(entry.chunk.items);
        let before = entry.chunk.bytes();
        let rest = entry.chunk.split_off(claimed)?;
        self.items -= rest.items;
        self.bytes = self.bytes.saturating_sub(before);
        if entry.answered == entry.chunk.items {
            self.entries.remove(index);
        } else {
            self.bytes += entry.chunk.bytes();
        }
        Some(rest)
    }

    /// After the worker's death: what it has begun, and what it has not.
    pub(crate) fn into_unfinished(self, page: &Page) -> (Vec<Begun>, Vec<Chunk>) {
        let (mut begun, mut unbegun) = (Vec::new(), Vec::new());
        for mut entry in self.entries {
            // One item at most, because it claims the next only when it has answered. More only if
            // its answers are not believed any more.
            let Entry { chunk, answered, .. } = &entry;
            let claimed = entry.claimed(page);
            if claimed > *answered {
                begun.push((Rc::clone(&chunk.call), chunk.first + answered..chunk.first + claimed));
            }
            unbegun.extend(entry.chunk.split_off(claimed.max(entry.answered)));
        }
        (begun, unbegun)
    }

    /// Whether the item that is begun belongs to this call.
    pub(crate) fn is_at(&self, page: &Page, call: &SharedCall) -> bool {
        self.begun(page).is_some_and(|begun| Rc::ptr_eq(begun, call))
    }
}

#[cfg(test)]
#[cfg_attr(
    miri,
    allow(clippy::allow_attributes, dead_code, reason = "Miri has no shared mappings")
)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::Queue;
    use crate::call::{Call, Order};
    use crate::chunk::{Chunk, ChunkBuilder};
    use crate::fences::Fences;
    use crate::page::{Page, SharedPage};

    /// What a worker does.
    fn claim(page: &Page, chunk: u64, items: std::ops::Range<u32>) -> bool {
        let fence = || Fences::Both.in_worker();
        items.into_iter().all(|index| page.claim(chunk).claim(index, fence))
    }

    fn chunk(items: u64) -> Chunk {
        let mut builder = ChunkBuilder::default();
        (0..items).for_each(|item| builder.push(item, &mut Vec::new()).unwrap());
        let call = Rc::new(RefCell::new(Call::new(Order::Input)));
        call.borrow_mut().give(items as usize);
        builder.finish(&call, 0).unwrap()
    }

    /// With a chunk's last answer the next one is the first.
    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn the_first_chunk_is_not_spare() {
        let page = SharedPage::new().unwrap();
        let mut queue = Queue::new(Fences::Both);
        queue.push(chunk(2), 0);
        queue.push(chunk(3), 1);
        assert_eq!((queue.items(), queue.spare(), queue.chunks()), (5, 3, 2));
        assert!(claim(&page, 0, 0..2));
        assert!(queue.answer(&page, 2, |_, index| assert_eq!(index, 0)).is_some());
        assert_eq!((queue.items(), queue.spare(), queue.chunks()), (3, 0, 1));
        assert!(queue.take_half(&page).is_empty(), "it would be passed round for ever");
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn what_is_not_claimed_is_not_answered() {
        let page = SharedPage::new().unwrap();
        let mut queue = Queue::new(Fences::Both);
        queue.push(chunk(2), 0);
        assert!(queue.answer(&page, 1, |_, _| panic!("nothing is claimed")).is_none());
        assert!(claim(&page, 0, 0..1));
        assert!(queue.answer(&page, 2, |_, _| panic!("one is claimed")).is_none());
        assert_eq!(queue.items(), 2);
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn the_rest_of_a_chunk_is_taken_back_at_any_moment() {
        let page = SharedPage::new().unwrap();
        let mut queue = Queue::new(Fences::Both);
        queue.push(chunk(5), 0);
        assert!(claim(&page, 0, 0..2));
        assert_eq!(queue.rest(&page), 3);
        let rest = queue.take_rest(&page).unwrap();
        assert_eq!((rest.first, rest.items, queue.items()), (2, 3, 2));
        assert!(!claim(&page, 0, 2..3) && queue.take_rest(&page).is_none());
        assert!(queue.answer(&page, 2, |_, _| ()).is_some());
        assert_eq!((queue.items(), queue.chunks(), queue.bytes()), (0, 0, 0));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn a_dead_worker_was_at_one_item() {
        let page = SharedPage::new().unwrap();
        let mut queue = Queue::new(Fences::Both);
        queue.push(chunk(4), 0);
        queue.push(chunk(1), 1);
        assert!(claim(&page, 0, 0..2));
        assert!(queue.answer(&page, 1, |_, _| ()).is_some());
        let (begun, unbegun) = queue.into_unfinished(&page);
        assert!(matches!(&begun[..], [(_, items)] if *items == (1..2)));
        let rest: Vec<(usize, usize)> = unbegun.iter().map(|c| (c.first, c.items)).collect();
        assert_eq!(rest, [(2, 2), (0, 1)]);
    }
}
