"""Random numbers after a fork: the module's generator, and one of your own."""

import os
import random

own = random.Random()


def draw_in_a_child():
    """Prints what a child draws, and waits for the child."""
    if os.fork() == 0:
        print(f"child : module {random.getrandbits(32)}, own {own.getrandbits(32)}", flush=True)
        os._exit(0)
    os.wait()


for _ in range(3):
    draw_in_a_child()
print(f"parent: module {random.getrandbits(32)}, own {own.getrandbits(32)}")
