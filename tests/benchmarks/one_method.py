"""Apply methods to a model in a fresh process, one after the other, and measure: what it cost, what came out.

Also a command, which prints its metrics as JSON:

    python tests/benchmarks/one_method.py MODEL STEPS_AS_JSON TEXT WINDOW WINDOWS [TEXT=WINDOWS ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Step = tuple[str, dict[str, Any]]
"""A method and its settings."""


def apply_apart(
    model: Path | str, steps: list[Step], text: str, window: int, windows: int, others: Sequence[str] = ()
) -> dict[str, Any]:
    """The metrics of `apply_here`, found in a fresh process."""
    command = [sys.executable, __file__, str(model), json.dumps(steps), text, str(window), str(windows), *others]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{steps}\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def apply_here(
    model: Path, steps: list[Step], text: str, window: int, windows: int, others: Sequence[str] = ()
) -> dict[str, Any]:
    """All metrics of the model that is left in the end (an encoder's against ``model``); the seconds of all methods,
    the largest resident memory while one worked, the live curves and ``told``, the methods' own metrics. Without
    methods: the metrics of the model as it is. ``others``: what further texts give, each as "TEXT=WINDOWS"."""
    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model

    found: dict[str, Any] = {"seconds": 0.0, "peak_bytes": 0, "curves": {}, "told": {}}
    with tempfile.TemporaryDirectory() as place:
        left = model
        for number, (method_id, settings) in enumerate(steps):
            left = _applied(model, left, method_id, settings, Path(place) / str(number), found)
        result = open_model(left)
        reference = None if result.anatomy.kind == "decoder" else open_model(model)
        measured = [
            evaluate(
                result,
                text=each,
                window=window,
                windows=int(count),
                reference=reference,
                speed=False,
                progress=lambda fraction, text: None,
                checkpoint=lambda: None,
            )
            for each, count in ((text, windows), *(other.rsplit("=", 1) for other in others))
        ]
        metrics = [each.metrics | {"collapsed": "collapsed" in each.protocol} for each in measured]
        found |= metrics[0] | {"others": metrics[1:]}
    return found


def _applied(
    original: Path, model: Path, method_id: str, settings: dict[str, Any], place: Path, found: dict[str, Any]
) -> Path:
    """Where a method left its model; adds what it cost and told to ``found``."""

    from engine.contracts.events import Metric
    from engine.measure.memory import MemoryMeter
    from engine.methods.registry import method
    from engine.models.source import open_model
    from engine.run.local import LocalStage

    def keep(event: object) -> None:
        if isinstance(event, Metric):
            found["curves"].setdefault(event.name, []).append((event.step, event.value))

    info = method(method_id)
    stage = LocalStage(place, inputs={port: open_model(original) for port in info.inputs[1:]}, emit=keep)
    opened = open_model(model)
    stage.know(opened)
    started = time.perf_counter()
    with MemoryMeter() as meter:
        left = stage.finish(info.load().apply(opened, info.settings.parse(settings), stage))
        found["peak_bytes"] = max(found["peak_bytes"], meter.now().process_peak)
    found["seconds"] += time.perf_counter() - started
    found["told"] |= stage.details
    return left


if __name__ == "__main__":
    _model, _steps, _text, _window, _windows, *_others = sys.argv[1:]
    print(json.dumps(apply_here(Path(_model), json.loads(_steps), _text, int(_window), int(_windows), _others)))
