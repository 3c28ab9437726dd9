"""A forked child only reads, but still copies pages: reading writes reference counts."""

import os


def private_mib():
    """Memory in MiB that this process shares with no other process."""
    with open("/proc/self/smaps_rollup") as rollup:
        lines = [line.split() for line in rollup if line.startswith("Private_Dirty:")]
    return int(lines[0][1]) / 1024


def growth_in_child(read):
    """Forks a child that reads, and prints by how much its private memory grows."""
    print(end="", flush=True)
    child = os.fork()
    if child == 0:
        before = private_mib()
        read()
        print(f"{private_mib() - before:.0f} MiB copied", flush=True)
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    as_objects = [str(number) for number in range(500_000)]
    as_bytes = bytes(32 * 2**20)
    print("32 MiB of bytes:   ", end="")
    growth_in_child(lambda: as_bytes.count(7))
    print("500,000 strings:   ", end="")
    growth_in_child(lambda: sum(len(text) for text in as_objects))
