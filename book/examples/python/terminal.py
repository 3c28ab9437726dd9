"""terminal.py COMMAND…: runs a command whose output is a terminal, and forwards what it prints."""

import os
import pty
import sys

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

printed = b""
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:  # on Linux: no process has the terminal open any more
        break
    if not piece:
        break
    printed += piece
os.waitpid(child, 0)
os.write(1, printed.replace(b"\r\n", b"\n"))
