//! What your `run_queue` must do.

use std::io;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::signal::Signal;

use super::answers::shared_queue::{Outcome, Outcome::*, run_queue};

#[path = "shared_queue/refusals.rs"]
mod refusals;
#[path = "shared_queue/steps.rs"]
mod steps;
#[path = "tools.rs"]
mod tools;
use refusals::{
    a_wait_that_fails_has_an_end, memory_that_cannot_be_had_is_an_error,
    when_a_fork_fails_the_others_finish, whichever_fork_fails_is_an_error,
};
use tools::{
    Barrier, Gate, Inherited, LITTLE, Stop, Zombie, die, says_interrupted, slow_work,
    the_first_waits_are_interrupted, wait_for_what_is_left,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "shared_queue",
        [
            check!(each_item_is_done_once).forks(4).see("shared-memory.md#one-and-four"),
            check!(work_may_return_any_number).forks(2),
            check!(three_workers_at_once)
                .if_it_hangs(
                    "Three items wait for each other, so all three workers must be running. Do you wait for one\n\
                     before you fork the next, or hold a lock during the work? Or is the counter not shared\n\
                     (MAP_SHARED), so that every worker takes item 0?",
                )
                .forks(3)
                .at_once(3, 3),
            check!(a_slow_item_holds_up_only_its_worker)
                .if_it_hangs(
                    "One item waits until the other worker has finished all other items. Were the items divided\n\
                     among the workers before they began? Or is the counter not shared (MAP_SHARED), so that\n\
                     every worker takes item 0?",
                )
                .forks(2)
                .see("shared-memory.md#the-program"),
            check!(an_item_whose_worker_is_killed_is_begun_again)
                .within(Duration::from_secs(2))
                .see("shared-memory.md#locks"),
            check!(a_finished_item_is_not_begun_again).forks(1 + 1),
            check!(all_workers_may_be_killed).within(Duration::from_secs(2)),
            check!(an_item_that_kills_every_worker_is_lost).within(Duration::from_secs(2)),
            check!(a_worker_may_die_at_any_moment).see("shared-memory.md#locks"),
            check!(a_worker_may_die_before_it_takes_an_item).see("shared-memory.md#locks"),
            check!(a_worker_may_die_after_any_instruction)
                .within(Duration::from_secs(20)) // a hundred calls
                .see("shared-memory.md#locks"),
            check!(a_worker_that_dies_when_it_has_done_all)
                .plant(Call::Exit.every().in_children().killed_by(Signal::SIGKILL))
                .forks(2),
            check!(items_may_kill_all_workers_of_several_rounds).within(Duration::from_secs(2)),
            check!(a_worker_that_panics_has_died).see("fork-basics.md#panics"),
            check!(no_items_at_all).forks(0),
            check!(more_workers_than_items).forks(2),
            check!(any_number_of_workers).forks(2),
            check!(no_more_workers_than_items_that_are_left),
            check!(many_items).forks(2).within(Duration::from_secs(5)),
            check!(nine_workers_at_once)
                .if_it_hangs(
                    "Nine items wait for each other, so all nine workers must be running. Do you start as many\n\
                     as are asked for?",
                )
                .forks(9)
                .at_once(9, 9),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(work_finds_what_the_caller_had).forks(2).see("fork-basics.md#two-memories"),
            check!(a_second_call_is_like_the_first).forks(2 + 2),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_signal_interrupts_every_wait).forks(2)
                .see("waitpid.md#eintr"),
            check!(a_child_of_the_caller_is_not_a_worker)
                .forks(2)
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_not_a_worker)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_wait_that_fails_has_an_end)
                .if_it_hangs(
                    "Each wait fails with ECHILD: the child is no child of this process any more. A wait that is\n\
                     repeated after any error never ends. Repeat it after EINTR only.",
                )
                .see("waitpid.md#eintr"),
            check!(when_a_fork_fails_the_others_finish)
                .forks(1)
                .fork_fails(2)
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails_is_an_error)
                .see("many-forks.md#a-fork-that-fails"),
            check!(memory_that_cannot_be_had_is_an_error).see("shared-memory.md#one-and-four"),
        ],
    )
}

/// How often each item was begun, counted in memory that a fork does not copy.
struct Begun(NonNull<[AtomicU32; Begun::ITEMS]>);

impl Begun {
    const ITEMS: usize = 128;

    fn new() -> Self {
        let length = NonZeroUsize::new(size_of::<[AtomicU32; Begun::ITEMS]>()).expect("not 0");
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) };
        Begun(memory.expect("memory for the check").cast())
    }

    fn numbers(&self) -> &[AtomicU32; Begun::ITEMS] {
        // SAFETY: zeros are valid numbers, the page is aligned, and it is mapped until the drop.
        unsafe { self.0.as_ref() }
    }

    /// Counts, and returns how often the item was begun, including this time.
    fn count(&self, item: usize) -> u32 {
        self.numbers()[item].fetch_add(1, Ordering::Relaxed) + 1
    }

    #[track_caller]
    fn assert_is(&self, wanted: &[u32]) {
        let got: Vec<u32> = self.numbers()[..wanted.len()]
            .iter()
            .map(|begun| begun.load(Ordering::Relaxed))
            .collect();
        assert_eq!(got, wanted, "how often each item was begun");
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // SAFETY: the range is this value's own mapping, and `numbers` lends it for no longer.
        let _ = unsafe { munmap(self.0.cast(), size_of::<[AtomicU32; Begun::ITEMS]>()) };
    }
}

/// The outcomes of items that return their number plus 1.
fn numbers(items: usize) -> Vec<Outcome> {
    (1..=items as u64).map(Done).collect()
}

/// Calls your function for items that return their number plus 1. `end` may do something else when
/// the item is begun for the first time, the second time, and so on.
fn run(items: usize, workers: usize, begun: &Begun, end: impl Fn(usize, u32)) -> Vec<Outcome> {
    let outcomes = run_queue(items, workers, |item| {
        end(item, begun.count(item));
        item as u64 + 1
    });
    match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) => panic!("run_queue fails: {error}"),
    }
}

fn each_item_is_done_once() {
    let begun = Begun::new();
    assert_eq!(run(12, 4, &begun, |_, _| {}), numbers(12), "item n returned n + 1");
    begun.assert_is(&[1; 12]);
    let statuses = grader::exit_statuses();
    assert!(
        statuses.iter().all(|&status| status == 0),
        "a worker ends with exit status 0 when no item is left\ngot:    {statuses:?}"
    );
}

/// No number can be reserved for an item without a value.
fn work_may_return_any_number() {
    let numbers = [0, u64::MAX, 1, 1 << 63, u64::from(u32::MAX), u64::MAX - 1];
    let outcomes = run_queue(numbers.len(), 2, |item| numbers[item]);
    let wanted: Vec<Outcome> = numbers.map(Done).to_vec();
    assert_eq!(outcomes.ok(), Some(wanted), "what `work` returned");
}

/// Each worker waits until all three are running.
fn three_workers_at_once() {
    let (barrier, begun) = (Barrier::<3>::new(), Begun::new());
    assert_eq!(
        run(3, 3, &begun, |item, _| barrier.pass(item)),
        numbers(3),
        "item n returned n + 1"
    );
}

/// The first item is not done before the other seven are done.
fn a_slow_item_holds_up_only_its_worker() {
    let (others, begun) = (Gate::new(), Begun::new());
    let outcomes = run(8, 2, &begun, |item, _| match item {
        0 => (1..8).for_each(|_| others.wait()),
        _ => others.open(),
    });
    assert_eq!(outcomes, numbers(8), "item n returned n + 1");
}

/// When item 3 is begun for the first time, it kills its worker.
fn an_item_whose_worker_is_killed_is_begun_again() {
    let begun = Begun::new();
    let outcomes = run(8, 3, &begun, |item, time| {
        if item == 3 && time == 1 {
            die();
        }
    });
    assert_eq!(outcomes, numbers(8), "item 3 killed its first worker, but not the second");
    begun.assert_is(&[1, 1, 1, 2, 1, 1, 1, 1]);
}

/// The only worker has done three items when it is killed.
fn a_finished_item_is_not_begun_again() {
    let begun = Begun::new();
    let outcomes = run(5, 1, &begun, |item, time| {
        if item == 3 && time == 1 {
            die();
        }
    });
    assert_eq!(outcomes, numbers(5), "item 3 killed its first worker, but not the second");
    begun.assert_is(&[1, 1, 1, 2, 1]);
}

/// Both workers die at the same time, before most of the items have been taken.
fn all_workers_may_be_killed() {
    let (barrier, begun) = (Barrier::<2>::new(), Begun::new());
    let outcomes = run(6, 2, &begun, |item, time| {
        if item < 2 && time == 1 {
            barrier.pass(item);
            die();
        }
    });
    assert_eq!(outcomes, numbers(6), "the first two items killed their first workers");
    begun.assert_is(&[2, 2, 1, 1, 1, 1]);
}

/// The item is begun twice, but not a third time. All other items are done.
fn an_item_that_kills_every_worker_is_lost() {
    let begun = Begun::new();
    let outcomes = run(5, 2, &begun, |item, _| {
        if item == 2 {
            die();
        }
    });
    let wanted = [Done(1), Done(2), Lost, Done(4), Done(5)];
    assert_eq!(outcomes, wanted, "item 2 killed each of its workers");
    begun.assert_is(&[1, 1, 2, 1, 1]);
}

/// The first worker is killed at its first system call, then at its second, and so on, whether it is the
/// only one or not. Each item has another attempt, so no item is lost.
fn a_worker_may_die_at_any_moment() {
    (1..=2).for_each(|workers| {
        (1..100).take_while(|call| first_worker_dies(workers, *call)).for_each(drop);
    });
}

/// Whether it makes so many calls.
#[track_caller]
fn first_worker_dies(workers: usize, call: u32) -> bool {
    let begun = Begun::new();
    let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
    let outcomes = run(4, workers, &begun, |_, _| {});
    let what = format!("the first worker (of {workers}) was killed at its call {call}");
    assert_eq!(outcomes, numbers(4), "{what}");
    killed.happened()
}

/// There is one worker at a time, and the first two are killed when they are born. No item has been begun by then.
fn a_worker_may_die_before_it_takes_an_item() {
    let begun = Begun::new();
    steps::the_first_two_children_die();
    let outcomes = run(3, 1, &begun, |_, _| {});
    assert_eq!(outcomes, numbers(3), "the first two workers were killed before they took an item");
    begun.assert_is(&[1; 3]);
}

/// The worker is killed somewhere between the end of item 0 and the beginning of item 1. Both have
/// another attempt, so neither is lost, and what is marked as done has its value.
fn a_worker_may_die_after_any_instruction() {
    let instructions = between_two_items(u32::MAX);
    for place in (1..instructions).step_by((instructions as usize).div_ceil(100).max(1)) {
        between_two_items(place);
    }
}

/// Kills the worker after `last` instructions between its two items. Returns how many there were.
#[track_caller]
fn between_two_items(last: u32) -> u32 {
    const COUNT: usize = Begun::ITEMS - 1; // beside the items
    let begun = Begun::new();
    let outcomes = run(2, 1, &begun, |item, time| match (item, time) {
        (0, 1) => steps::die_after(last),
        (1, 1) => begun.numbers()[COUNT].store(steps::end(), Ordering::Relaxed),
        _ => {}
    });
    let wanted = numbers(2);
    assert_eq!(outcomes, wanted, "after item 0, the worker executed {last} instructions and died");
    begun.numbers()[COUNT].load(Ordering::Relaxed)
}

/// Both workers are killed when they end, with no item in progress.
fn a_worker_that_dies_when_it_has_done_all() {
    let begun = Begun::new();
    let wanted = numbers(4);
    assert_eq!(run(4, 2, &begun, |_, _| {}), wanted, "both workers were killed at their end");
    begun.assert_is(&[1; 4]);
}

/// The last of eight items kills its first worker. So one item is left, and it needs one worker.
fn no_more_workers_than_items_that_are_left() {
    let (others, begun) = (Gate::new(), Begun::new());
    let outcomes = run(8, 4, &begun, |item, time| match (item, time) {
        (7, 1) => {
            (0..7).for_each(|_| others.wait());
            die();
        }
        _ => others.open(),
    });
    assert_eq!(outcomes, numbers(8), "item 7 killed its first worker");
    let ended = grader::exit_statuses().len();
    assert!(
        ended <= 4,
        "One of four workers was killed when one item was left. Then there was work for one more\n\
         worker, but {ended} workers ended with an exit status."
    );
}

/// Twice as many items as workers kill each worker that begins them, so that all workers may be dead
/// several times before the others are begun.
fn items_may_kill_all_workers_of_several_rounds() {
    let begun = Begun::new();
    let outcomes = run(8, 2, &begun, |item, _| {
        if item < 4 {
            die();
        }
    });
    let wanted = [Lost, Lost, Lost, Lost, Done(5), Done(6), Done(7), Done(8)];
    assert_eq!(outcomes, wanted, "items 0 to 3 killed each of their workers");
    begun.assert_is(&[2, 2, 2, 2, 1, 1, 1, 1]);
}

/// Item 1 panics when it is begun for the first time, and item 2 panics every time.
fn a_worker_that_panics_has_died() {
    let begun = Begun::new();
    let outcomes = run(4, 2, &begun, |item, time| {
        if item == 2 || (item == 1 && time == 1) {
            panic_on_purpose("in a worker");
        }
    });
    assert_eq!(outcomes, [Done(1), Done(2), Lost, Done(4)], "items 1 and 2 panicked");
    begun.assert_is(&[1, 2, 2, 1]);
    let mut statuses = grader::exit_statuses();
    statuses.retain(|&status| status != 0);
    assert_eq!(statuses, [101; 3], "the exit statuses, without 0; a panic ended three workers");
}

fn no_items_at_all() {
    assert_eq!(run(0, 4, &Begun::new(), |_, _| {}), [], "there were no items");
}

/// Of eight workers, six would have nothing to do.
fn more_workers_than_items() {
    assert_eq!(run(2, 8, &Begun::new(), |_, _| {}), numbers(2), "item n returned n + 1");
}

/// There is no largest number of workers, but there are no more of them than items.
fn any_number_of_workers() {
    assert_eq!(run(2, usize::MAX, &Begun::new(), |_, _| {}), numbers(2), "item n returned n + 1");
}

/// Taking an item costs very little.
fn many_items() {
    let outcomes = run_queue(70_000, 2, |item| item as u64 + 1);
    assert!(matches!(outcomes, Ok(all) if all == numbers(70_000)), "item n returned n + 1");
}

fn nine_workers_at_once() {
    let (barrier, begun) = (Barrier::<9>::new(), Begun::new());
    let outcomes = run(9, 9, &begun, |item, _| barrier.pass(item));
    assert_eq!(outcomes, numbers(9), "item n returned n + 1");
}

/// The worker of item 0 stops, and continues a moment later.
fn a_stop_is_not_an_end() {
    let (stop, begun) = (Stop::new(), Begun::new());
    let outcomes = run(3, 2, &begun, |item, time| {
        if (item, time) == (0, 1) {
            stop.here();
        }
    });
    wait_for_what_is_left();
    assert_eq!(outcomes, numbers(3), "the worker of item 0 stopped and continued");
    begun.assert_is(&[1; 3]);
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    for items in [6, 3] {
        let begun = Begun::new();
        assert_eq!(run(items, 2, &begun, |_, _| {}), numbers(items), "item n returned n + 1");
        begun.assert_is(&vec![1; items]);
    }
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let outcomes = run(2, 2, &Begun::new(), |_, _| slow_work(200));
    assert_eq!(outcomes, numbers(2), "each item took 0.2 s");
}

/// A worker is a copy of the caller.
fn work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let outcomes = run(2, 2, &Begun::new(), |_, _| inherited.look());
    inherited.assert_all();
    assert_eq!(outcomes, numbers(2), "item n returned n + 1");
}

/// Signal handlers ran, and waits fail with EINTR. No child has ended, so wait again.
fn a_signal_interrupts_every_wait() {
    let _interrupted = the_first_waits_are_interrupted();
    let outcomes = run_queue(4, 2, |item| item as u64 + 1);
    if !says_interrupted(outcomes.as_ref().err().and_then(io::Error::raw_os_error)) {
        assert!(
            matches!(&outcomes, Ok(all) if *all == numbers(4)),
            "run_queue returned {outcomes:?}"
        );
    }
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_worker() {
    let _stranger = Stranger::alive();
    assert_eq!(run(4, 2, &Begun::new(), |_, _| {}), numbers(4), "item n returned n + 1");
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_not_a_worker() {
    let _zombie = Zombie::new();
    assert_eq!(run(4, 2, &Begun::new(), |_, _| {}), numbers(4), "item n returned n + 1");
}
