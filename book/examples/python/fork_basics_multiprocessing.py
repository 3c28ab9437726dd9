"""Lesson fork-basics with multiprocessing, which forks, exits and waits for you."""

import multiprocessing
import os
import sys

apples = 1


def pick():
    global apples
    apples += 1
    print(f"child   {os.getpid()}: my parent is {os.getppid()}, I have {apples} apples", flush=True)
    sys.exit(3)


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=pick)
    child.start()
    child.join()
    print(f"parent  {os.getpid()}: child {child.pid} ended with exit status {child.exitcode}")
    print(f"parent  {os.getpid()}: I have {apples} apple")
