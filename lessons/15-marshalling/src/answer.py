"""Reads a voyage as JSON, and answers with what it computed and the voyage as it arrived."""
import json, os, platform, sys

voyage = json.load(sys.stdin.buffer)
celsius = [stop["celsius"] for stop in voyage["stops"]]
answer = {
    "who": f"Python {platform.python_version()}, process {os.getpid()}",
    "mean_celsius": sum(celsius) / len(celsius),
    "cargo_kg": sum(voyage["cargo_kg"].values()),
    "voyage": voyage,
}
json.dump(answer, sys.stdout)
