"""Processor seconds of a whole command: load, quantize, store, export, verify. ``python verifying.py MODEL.gguf``.

The method's own seconds are those of its block; the rest is what the program costs beside it. All processes count, in a
fresh home and then again in the same one.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BLOCK = "gguf_quants type=Q4_0 method=nearest importance=none"


def measured(model: Path, home: Path, out: Path) -> tuple[float, float, int]:
    """Processor seconds, seconds on the wall, and bytes of the largest process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [
        sys.executable,
        "-P",
        "-m",
        "engine",
        "compress",
        str(model),
        BLOCK,
        "--export",
        "gguf",
        "--out",
        str(out),
    ]
    environment = {**os.environ, "COMPRESSION_STUDIO_HOME": str(home)}
    subprocess.run([*command, "--quiet"], check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - started, after.ru_maxrss * 1024


def main(model: Path) -> None:
    """Print the table."""
    print("| home | processor seconds | seconds | largest process |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fresh", "warm"):
            used, wall, peak = measured(model, Path(folder) / "home", Path(folder) / name)
            print(f"| {name} | {used:.1f} | {wall:.1f} | {peak / 1e6:.0f} MB |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
