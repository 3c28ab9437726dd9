"""Lesson fork-basics in Python: the same calls, and the same answers."""

import os

apples = 1
print(f"process {os.getpid()}: there is one of me", flush=True)

child = os.fork()
if child == 0:
    apples += 1
    print(f"child   {os.getpid()}: my parent is {os.getppid()}, I have {apples} apples", flush=True)
    os._exit(3)  # the child ends here, and never sees what stands below

print(f"parent  {os.getpid()}: fork told me that my child is {child}", flush=True)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
print(f"parent  {os.getpid()}: child {child} ended with exit status {code}", flush=True)
print(f"process {os.getpid()}: I have {apples} apple", flush=True)
