"""Numbers of cores: the machine's, this process's, and what a pool uses by default."""

import multiprocessing
import os

if __name__ == "__main__":
    print("cores of the machine:", os.cpu_count())
    print("cores for me:        ", len(os.sched_getaffinity(0)))
    with multiprocessing.get_context("fork").Pool() as pool:
        print("workers by default:  ", pool._processes)
