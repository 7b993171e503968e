"""This version against an earlier one of its own, by turns, in fresh processes on the same work.

    git worktree add --detach EARLIER COMMIT
    OMP_NUM_THREADS=1 python tests/benchmarks/against_earlier.py EARLIER MODEL CALIBRATION_TEXT [--repetitions 3]

Rounding to nearest and GPTQ as ``round_to_nearest.py`` and ``gptq.py`` of each version make them (processor seconds of
the whole process, the smallest of the repetitions), and ``training_loop.py`` of each version, whose ratio is that to a
bare PyTorch loop. MODEL is a dense Hugging Face folder.
"""

from __future__ import annotations

import argparse
import re
import runpy
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))

from against_peer import ROOT, measure


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earlier", type=Path)
    parser.add_argument("model")
    parser.add_argument("calibration")
    parser.add_argument("--repetitions", type=int, default=3)
    words = parser.parse_args()
    trees = {"earlier": words.earlier.resolve(), "now": ROOT}
    print("| | earlier | now | now / earlier |\n|---|---|---|---|", flush=True)
    for script, given in (("round_to_nearest", [words.model]), ("gptq", [words.model, words.calibration])):
        spent: dict[str, list[float]] = {name: [] for name in trees}
        peaks: dict[str, list[float]] = {name: [] for name in trees}
        for _ in range(words.repetitions):
            for name, tree in trees.items():
                found = measure(sys.executable, in_tree(tree, script), given)
                spent[name].append(found["cpu"])
                peaks[name].append(found["peak"] / 1e6)
        for title, values in (("processor s", spent), ("peak memory, MB", peaks)):
            before, now = (min(values[name]) for name in trees)
            print(f"| {script}, {title} | {before:.2f} | {now:.2f} | {now / before:.3f} |", flush=True)
    ratios = {name: max(loop(tree) for _ in range(words.repetitions)) for name, tree in trees.items()}
    before, now = ratios.values()
    print(f"| training loop, tokens/s of a bare one | {before:.3f} | {now:.3f} | {now / before:.3f} |")


def in_tree(tree: Path, script: str) -> str:
    """What a version's script runs of it, there."""
    (file,) = (tree / "tests" / "benchmarks").rglob(f"{script}.py")
    folder = str(file.parent)
    sys.path.insert(0, folder)
    try:
        code: str = runpy.run_path(str(file), run_name=script)["OURS"]
    finally:
        sys.path.remove(folder)
    return f"import sys\nsys.path.insert(0, {str(tree)!r})\n{code}"


def loop(tree: Path) -> float:
    """Tokens per second of a version's training loop for those of the bare one beside it, median of the pairs."""
    command = [sys.executable, str(tree / "tests" / "benchmarks" / "training_loop.py"), "--steps", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tree)
    found = re.search(r"^\| ratio \| ([0-9.]+)", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return float(found[1])


if __name__ == "__main__":
    main()
