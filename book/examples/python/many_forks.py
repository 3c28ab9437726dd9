"""Lesson many-forks with multiprocessing."""

import multiprocessing
import os
import sys
import time


def work(number, count):
    print(f"child {number}: PID {os.getpid()}, my parent is {os.getppid()}", flush=True)
    time.sleep(0.3 * (count - number) / count)
    sys.exit(number)


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    count = 3
    children = [fork.Process(target=work, args=(n, count)) for n in range(1, count + 1)]
    for child in children:
        child.start()
    for child in children:  # in the order of the forks, whichever child ends first
        child.join()
        print(f"parent {os.getpid()}: PID {child.pid} ended with exit status {child.exitcode}")
