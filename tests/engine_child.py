"""An engine process that knows the methods of the tests: what `EngineProcess` starts in them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from probe import PROBE, TEACHER  # noqa: E402

from engine.methods.registry import methods  # noqa: E402
from engine.service import launched  # noqa: E402
from engine.service.child import main  # noqa: E402

if __name__ == "__main__":
    methods().update(probe=PROBE, learner=TEACHER)
    launched.PROGRAM = (str(Path(__file__).resolve().parent / "engine" / "machines" / "rank_program.py"),)
    main()
