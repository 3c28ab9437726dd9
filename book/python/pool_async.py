"""A handle on a result, in multiprocessing and in concurrent.futures."""

import concurrent.futures
import multiprocessing
import time


def fails(item):
    raise ValueError(f"I do not like {item}")


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        handle = pool.apply_async(fails, (7,))
        handle.wait()
        print("the task has failed, and nobody has said so")
        try:
            handle.get()
        except ValueError as error:
            print("get:", error)

    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        try:
            executor.submit(time.sleep, 0.5).result(timeout=0.1)
        except concurrent.futures.TimeoutError:
            print("result: not there within 0.1 s")
    over = time.monotonic() - begin > 0.5
    print("the task was", "waited for" if over else "stopped", "at the end of the with block")
