"""Python's two pools at the same work. Prints a line for each figure: name, peer, value."""

import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def square(x):
    return x * x


def same(item):
    return item


def median(rounds, run):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def say(name, peer, value):
    print(name, peer, value, flush=True)


def start_and_stop_mp():
    with context.Pool(2) as pool:
        assert pool.map(square, [3, 4], 1) == [9, 16]
        pool.close()
        pool.join()


def start_and_stop_ppe():
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(square, [3, 4])) == [9, 16]


def main():
    names = sys.argv[1:]
    big = list(range(1_000_000))
    small = big[:20_000]
    if "p2" in names:
        say("p2", "mp", median(15, start_and_stop_mp))
        say("p2", "ppe", median(15, start_and_stop_ppe))
    with context.Pool(2) as mp, ProcessPoolExecutor(2, mp_context=context) as ppe:
        mp.map(square, small)
        list(ppe.map(square, small, chunksize=100))
        if "p1a" in names:
            say("p1a", "mp", 1e6 / median(5, lambda: mp.map(square, big)))
            # Its default of 1 would take minutes.
            say("p1a", "ppe", 1e6 / median(5, lambda: list(ppe.map(square, big, chunksize=10_000))))
        if "p1b" in names:
            say("p1b", "mp", 2e4 / median(3, lambda: mp.map(square, small, 1)))
            say("p1b", "ppe", 2e4 / median(3, lambda: list(ppe.map(square, small))))
        if "p4" in names:
            items = [bytes([x]) * (4 << 20) for x in range(64)]
            megabytes = 2 * 64 * 4.194304
            say("p4", "mp", megabytes / median(3, lambda: mp.map(same, items, 1)))
            say("p4", "ppe", megabytes / median(3, lambda: list(ppe.map(same, items))))


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    main()
