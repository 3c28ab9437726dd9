"""A loop that finishes its item on SIGTERM, and what Ctrl-C does to a pool."""

import os
import signal

stop = False


def set_flag(_signal, _frame):
    global stop
    stop = True


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, set_flag)
    done = 0
    for item in range(1, 4):
        if stop:
            break
        if item == 2:
            os.kill(os.getpid(), signal.SIGTERM)  # in the middle of item 2
        done += 1
    print(f"{done} of 3 items done")

    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("SIGINT is an exception, raised between two instructions")
