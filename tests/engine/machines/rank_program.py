"""One of several processes of a run that knows the methods of the tests, and splits weights on CPUs, too: started by
`accelerate launch` in the place of ``-m engine.service.rank``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from probe import PROBE, TEACHER  # noqa: E402

from engine.methods.registry import methods  # noqa: E402
from engine.service.rank import main  # noqa: E402

if __name__ == "__main__":
    methods().update(probe=PROBE, learner=TEACHER)
    if os.environ.get("ACCELERATE_USE_FSDP") == "true":
        import split_weights  # noqa: F401 - it changes the loop
    main()
