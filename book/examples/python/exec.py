"""The same with os.fork and os.execvp, and with subprocess."""

import os
import signal
import subprocess
import sys

SHELL = ["sh", "-c", "kill -s PIPE $$; echo SIGPIPE is ignored here"]


def fork_and_exec(prepare):
    child = os.fork()
    if child == 0:
        prepare()
        os.execvp(SHELL[0], SHELL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    print("fork, exec:     ", fork_and_exec(lambda: None))
    default = lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print("and the default:", fork_and_exec(default))
    print("subprocess:     ", subprocess.run(SHELL).returncode)
