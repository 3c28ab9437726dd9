"""Files counted by a pool: a file that cannot be read is a value in the results."""

import multiprocessing


def count(path):
    try:
        with open(path, encoding="utf-8") as file:
            return len(file.read())
    except (OSError, ValueError) as error:
        return f"cannot be read: {type(error).__name__}"


if __name__ == "__main__":
    paths = ["LICENSE-MIT", "missing.txt", "LICENSE-APACHE"]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for path, result in zip(paths, pool.imap(count, paths)):
            print(path, result)
