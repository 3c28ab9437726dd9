"""subprocess with a time limit: the shell is killed, but its command survives."""

import os
import signal
import subprocess

SCRIPT = "sleep 100 & echo $!; wait"


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    shell = subprocess.Popen(["sh", "-c", SCRIPT], stdout=subprocess.PIPE, process_group=0)
    sleep = int(shell.stdout.readline())
    shell.kill()
    shell.wait()
    print("the shell was killed; sleep is alive:", is_alive(sleep))
    os.killpg(shell.pid, signal.SIGKILL)
    print("end of the pipe:", shell.stdout.read() == b"")
