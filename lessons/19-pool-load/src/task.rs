//! One task: some random points, and how many of them lie in the circle.

use std::process;
use std::time::Instant;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// How many points a task throws. In a debug build that takes some milliseconds: long, compared
/// with the microseconds that it takes to send a number and its result.
pub(crate) const POINTS: u64 = 10_000;

/// What a worker sends back: the points inside, its PID, the task's time in nanoseconds.
pub(crate) type Done = (u64, u32, u64);

/// Throws the points of task `number`, which are the same in every process.
///
/// The seed picks the generator, and the task's number one of its 2^64 streams. These never
/// overlap, so no two tasks get the same points, and the tasks of another seed get others.
pub(crate) fn throw(seed: u64, number: u64) -> Done {
    let start = Instant::now();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let inside = (0..POINTS).filter(|_| is_inside(rng.random(), rng.random())).count();
    (inside as u64, process::id(), start.elapsed().as_nanos() as u64)
}

/// Whether a point of the square from 0 to 1 is inside the quarter of a circle around (0, 0).
fn is_inside(x: f64, y: f64) -> bool {
    x * x + y * y < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_the_same_each_time_and_no_two_are_alike() {
        let inside = |seed, number| throw(seed, number).0;
        assert_eq!(inside(1, 7), inside(1, 7));
        // These may agree by chance for one seed in thousands, but the seed does not change.
        assert_ne!([inside(1, 0), inside(1, 1)], [inside(1, 2), inside(1, 3)]);
        assert_ne!([inside(1, 0), inside(1, 1)], [inside(2, 0), inside(2, 1)]);
    }

    #[test]
    fn the_circle_has_its_corners_where_it_should() {
        let corners = [(0.0, 0.0), (0.999, 0.0), (0.7, 0.7), (0.71, 0.71), (1.0, 0.0)];
        let inside = corners.map(|(x, y)| is_inside(x, y));
        assert_eq!(inside, [true, true, true, false, false]);
    }
}
