"""An engine process that knows the methods of the tests: what `EngineProcess` starts in them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from probe import PROBE, TEACHER  # noqa: E402

from engine.methods.registry import methods  # noqa: E402
from engine.service import launched  # noqa: E402
from engine.service.child import main  # noqa: E402


def engines_of(home: Path) -> Path:
    """The folder in which engines of a home leave a file with their number each: one that was forked has the command
    line of the process that it was forked from."""
    return home.parent / f"engines of {home.name}"


if __name__ == "__main__":
    folder = engines_of(Path(sys.argv[sys.argv.index("--home") + 1]))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(os.getpid())).touch()
    methods().update(probe=PROBE, learner=TEACHER)
    launched.PROGRAM = (str(Path(__file__).resolve().parent / "engine" / "machines" / "rank_program.py"),)
    main()
