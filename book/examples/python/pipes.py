"""A reader that itself holds the write end: with os.pipe, and with multiprocessing's Pipe."""

import multiprocessing
import os
import select


def child_of(work):
    """Forks a child that calls work and ends; returns when it has ended."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    os.waitpid(child, 0)


def next_of(read_end):
    """What a read would return, found out without reading, because a read might block."""
    ready, _, _ = select.select([read_end], [], [], 0)
    return "end-of-file" if ready else "nothing, so a read would block"


if __name__ == "__main__":
    read_end, write_end = os.pipe()
    child_of(lambda: os.write(write_end, b"hello"))
    print(f"os.pipe: {os.read(read_end, 100)}, then {next_of(read_end)}")
    os.close(write_end)
    print(f"os.pipe, write end closed: {next_of(read_end)}")

    receiver, sender = multiprocessing.Pipe(duplex=False)
    child_of(lambda: sender.send({"apples": 2}))
    print(f"Pipe: {receiver.recv()}, then {next_of(receiver)}")
    sender.close()
    try:
        receiver.recv()
    except EOFError:
        print("Pipe, sender closed: EOFError")
