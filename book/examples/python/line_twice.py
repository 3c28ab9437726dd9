"""A whole line is printed before a fork. On a terminal it appears once, elsewhere twice."""

import os

print("one line")
child = os.fork()
if child != 0:
    os.waitpid(child, 0)
