"""A handle on a result, in multiprocessing and in concurrent.futures."""

import concurrent.futures
import multiprocessing
import time


context = multiprocessing.get_context("fork")
limit_is_over, ended = context.Event(), context.Event()


def fails(item):
    raise ValueError(f"I do not like {item}")


def takes_long():
    limit_is_over.wait()
    time.sleep(0.5)
    ended.set()


if __name__ == "__main__":
    with context.Pool(2) as pool:
        handle = pool.apply_async(fails, (7,))
        handle.wait()
        print("the task has failed, and no error was reported")
        try:
            handle.get()
        except ValueError as error:
            print("get:", error)

    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        try:
            executor.submit(takes_long).result(timeout=0.1)
        except concurrent.futures.TimeoutError:
            print("result: none within 0.1 s")
        limit_is_over.set()
    print("the task was", "waited for" if ended.is_set() else "stopped", "at the end of the with block")
