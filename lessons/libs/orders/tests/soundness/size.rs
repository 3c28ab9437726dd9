//! About how many orders a little program has, without running it.
//!
//! The count knows forks and waits for an end, and takes everything else for steps that are always
//! possible. Handlers add orders, and blocking calls take some away.

use crate::little::Do;

/// One process: what is still to do, and its children.
#[derive(Clone)]
struct Process<'a> {
    parent: usize,
    rest: &'a [Do],
    /// How many steps of the first instruction of `rest` have been taken.
    taken: usize,
    /// Whether the step with which it ends has been taken, and whether its parent has waited.
    ended: bool,
    reaped: bool,
}

/// The number of orders of `program`, or `most` if there are more.
pub(crate) fn orders(program: &[Do], most: usize) -> usize {
    let first =
        Process { parent: usize::MAX, rest: program, taken: 0, ended: false, reaped: false };
    let mut found = 0;
    count(&[first], most, &mut found);
    found
}

fn count(processes: &[Process], most: usize, found: &mut usize) {
    let mut moved = false;
    for at in 0..processes.len() {
        if *found >= most {
            return;
        }
        if let Some(next) = step(processes, at) {
            moved = true;
            count(&next, most, found);
        }
    }
    *found += usize::from(!moved);
}

/// The state after a step of process `at`, if it can take one.
fn step<'a>(processes: &[Process<'a>], at: usize) -> Option<Vec<Process<'a>>> {
    let mut next = processes.to_vec();
    let process = &mut next[at];
    let Some((instruction, rest)) = process.rest.split_first() else {
        return (!std::mem::replace(&mut process.ended, true)).then_some(next);
    };
    process.taken += 1;
    let first = process.taken == 1;
    if process.taken == steps(instruction) {
        (process.rest, process.taken) = (rest, 0);
    }
    match instruction {
        Do::Exit(_) => (process.rest, process.ended, process.taken) = (&[], true, 0),
        Do::Fork(program) => {
            next.push(Process { parent: at, rest: program, taken: 0, ended: false, reaped: false });
        }
        Do::WaitAny | Do::WaitFirst if first => {
            let mut children = next.iter_mut().filter(|child| child.parent == at && !child.reaped);
            match children.by_ref().find(|child| child.ended) {
                Some(child) => child.reaped = true,
                None => return next.iter().all(|child| child.parent != at).then_some(next),
            }
        }
        _ => {}
    }
    Some(next)
}

/// How many system calls an instruction makes, a line of output included.
fn steps(instruction: &Do) -> usize {
    match instruction {
        Do::List => 5,
        Do::Lock => 3,
        Do::WaitAny
        | Do::WaitFirst
        | Do::Ask
        | Do::Receive
        | Do::Hear
        | Do::Ready
        | Do::Get
        | Do::GetNext
        | Do::Create
        | Do::Look
        | Do::Catch
        | Do::Leader
        | Do::Watch
        | Do::WaitGroup
        | Do::Parent => 2,
        _ => 1,
    }
}
