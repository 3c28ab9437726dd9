"""How much of its input imap consumes before it is asked for the first result."""

import multiprocessing
import time

taken = 0


def items():
    global taken
    while taken < 500:
        taken += 1
        yield taken


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        squares = pool.imap(square, items())
        while taken < 500:
            time.sleep(0.01)
        print("items taken from the input:", taken, "- results asked for: 0")
        print("first result:", next(squares))
