"""A worker of multiprocessing.Pool that is killed at its item: the result never comes."""

import multiprocessing
import os
import signal


def square(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    os.write(done, b".")
    return item * item


if __name__ == "__main__":
    dots, done = os.pipe()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        # pool.map(…) is pool.map_async(…).get(). Here the two are apart, to set a limit.
        results = pool.map_async(square, range(6), chunksize=1)
        for count in range(5):
            os.read(dots, 1)
        try:
            outcome = results.get(timeout=0.7)
        except multiprocessing.TimeoutError:
            outcome = "after another 700 ms there is no result and no error, so I give up"

    # Printed here, because a replacement worker would get a copy of the text in the buffer.
    print("parent: 5 of 6 items are done")
    print("parent:", outcome)
