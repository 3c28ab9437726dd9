"""Random points in a square: a generator for each task, and a pool that distributes the tasks."""

import multiprocessing
import random


def throw(task):
    rng = random.Random(f"1 {task}")  # the seed, and the number of the task
    return sum(rng.random() ** 2 + rng.random() ** 2 < 1 for _ in range(1000))


if __name__ == "__main__":
    for workers in 1, 2, 4:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            inside = sum(pool.map(throw, range(20), chunksize=1))
        print(f"workers {workers}: {inside} of 20000 points inside")
