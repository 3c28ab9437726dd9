"""What multiprocessing is used for, part by part: from_python.py PART.

Its twin, with all parts that Rust has too, is book/examples/rust/src/bin/from_python.rs.
"""

import multiprocessing
import os
import pickle
import signal
import sys

context = multiprocessing.get_context("fork")


def square(number):
    return number * number


def process():
    child = context.Process(target=sys.exit, args=(3,))
    child.start()
    child.join()
    print("exit status:", child.exitcode)


def message():
    ours, theirs = context.Pipe()
    child = context.Process(target=theirs.send, args=(("apples", 2),))
    child.start()
    what, many = ours.recv()
    child.join()
    print("the child has", many, what)


def squares():
    with context.Pool(2) as pool:
        print("squares:", pool.map(square, range(5)))


def closure():
    factor = 10
    with context.Pool(2) as pool:
        try:
            print("times ten:", pool.map(lambda number: number * factor, range(5)))
        except Exception:
            print("a lambda cannot be sent to a worker")


factor = 1


def times(number):
    return number * factor


def start_methods():
    global factor
    factor = 10
    for method in ["fork", "spawn"]:
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(f"{method}: {pool.apply(times, (4,))}")


def fragile(number):
    if number == 2:
        raise ValueError("bad luck")
    return square(number)


def error():
    with context.Pool(2) as pool:
        try:
            print(pool.map(fragile, range(5)))
        except ValueError as reason:
            print("no results:", reason)


class Refused(Exception):
    def __init__(self, number, why):
        super().__init__(f"{number}: {why}")


def journey():
    sent = pickle.dumps(Refused(2, "bad luck"))
    try:
        print(pickle.loads(sent))
    except TypeError:
        print("sent, but cannot be received")


def deadly(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def death():
    pool = context.Pool(2)
    try:
        outcome = pool.map_async(deadly, range(5)).get(timeout=0.5)
    except multiprocessing.TimeoutError:
        outcome = "after 0.5 s: no results, no error"
    pool.terminate()
    print(outcome)


def wait_for_word(number):
    os.read(gate, 1)
    return square(number)


def later():
    global gate
    gate, word = os.pipe()
    with context.Pool(2) as pool:
        result = pool.apply_async(wait_for_word, (7,))
        print("ready:", str(result.ready()).lower())
        os.write(word, b".")
        print("result:", result.get())


def add(number):
    for _ in range(1000):
        with number.get_lock():
            number.value += 1


def counter():
    number = context.Value("i", 0)
    children = [context.Process(target=add, args=(number,)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("sum:", number.value)


if __name__ == "__main__":
    parts = [process, message, squares, closure, start_methods]
    parts += [error, journey, death, later, counter]
    {part.__name__: part for part in parts}[sys.argv[1]]()
