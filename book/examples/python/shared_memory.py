"""Four processes count: in a global variable, and in shared memory with its lock."""

import multiprocessing

own = 0


def count(shared):
    """Adds 1 to a global variable and to a shared number."""
    global own
    own += 1
    with shared.get_lock():
        shared.value += 1
    print(f"child: global {own}")


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    number = context.Value("i", 0)
    children = [context.Process(target=count, args=(number,)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print(f"parent: global {own}, shared {number.value}")
