"""What os.waitpid gives in Python, and what multiprocessing makes of it."""

import multiprocessing
import os
import signal


def forked(end):
    child = os.fork()
    if child == 0:
        end()
        os._exit(1)  # not reached
    return child


def kill_myself():
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    for end in [lambda: os._exit(3), kill_myself]:
        _, status = os.waitpid(forked(end), 0)
        print(f"os.waitpid: {status}, decoded {os.waitstatus_to_exitcode(status)}")

    child = multiprocessing.get_context("fork").Process(target=kill_myself)
    child.start()
    child.join(timeout=10)
    print(f"multiprocessing: exitcode {child.exitcode}")
