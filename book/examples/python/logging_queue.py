"""One log from many processes: the workers put their records into a queue, the parent writes."""

import logging
import logging.handlers
import multiprocessing
import sys


def log_into(queue):
    root = logging.getLogger()
    root.addHandler(logging.handlers.QueueHandler(queue))
    root.setLevel(logging.INFO)


def work(item):
    logging.info("item %d is done", item)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    pool = context.Pool(2, initializer=log_into, initargs=(queue,))
    # The listener is a thread, so it comes after the fork.
    listener = logging.handlers.QueueListener(queue, logging.StreamHandler(sys.stdout))
    listener.start()
    pool.map(work, range(4))
    pool.close()
    pool.join()
    listener.stop()
