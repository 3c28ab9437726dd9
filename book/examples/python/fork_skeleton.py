"""Lesson fork-skeleton with multiprocessing."""

import multiprocessing
import pathlib
import sys


def divide(items, parts):
    parts = min(parts, len(items))
    bounds = [len(items) * i // parts for i in range(parts + 1)] if parts else [0]
    return [items[begin:end] for begin, end in zip(bounds, bounds[1:])]


def work(number, batch):
    names = "".join(f"\n    {file}" for file in batch)
    print(f"child {number}, files {len(batch)}:{names}", flush=True)


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    batches = divide(files, count)
    children = [fork.Process(target=work, args=pair) for pair in enumerate(batches, 1)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    bad = [child.exitcode for child in children if child.exitcode != 0]
    print(f"parent: no child is left; failed batches: {len(bad)}")
