"""Lesson fork-load with multiprocessing."""

import multiprocessing
import os
import sys
import time

BLOCK = 100


def collatz_steps(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def share_of_steps(size, share, shares, results):
    blocks = range(1 + share * BLOCK, size + 1, shares * BLOCK)
    numbers = (n for first in blocks for n in range(first, min(first + BLOCK, size + 1)))
    results.put(sum(map(collatz_steps, numbers)))


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    size = int(sys.argv[1])
    for count in [1, 2, 4]:
        before, start = os.times(), time.perf_counter()
        results = fork.SimpleQueue()
        shares = [(size, share, count, results) for share in range(count)]
        children = [fork.Process(target=share_of_steps, args=share) for share in shares]
        for child in children:
            child.start()
        steps = sum(results.get() for _ in children)
        for child in children:
            child.join()  # only then are the child's times charged to us
        wall, after = time.perf_counter() - start, os.times()
        user = after.children_user - before.children_user
        print(f"children {count}: wall {wall:.3f}, user {user:.3f}, steps {steps:,}")
