"""Apply one method to a model in a fresh process, and measure: what it cost, what came out.

Also a command, which prints its figures as JSON:

    python tests/benchmarks/one_method.py MODEL METHOD SETTINGS_AS_JSON TEXT WINDOW WINDOWS
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def apply_apart(
    model: Path | str, method: str, settings: dict[str, Any], text: str, window: int, windows: int
) -> dict[str, Any]:
    """The figures of `apply_here`, found in a fresh process."""
    command = [sys.executable, __file__, str(model), method, json.dumps(settings), text, str(window), str(windows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{method} {settings}\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def apply_here(
    model: Path, method_id: str, settings: dict[str, Any], text: str, window: int, windows: int
) -> dict[str, Any]:
    """Perplexity, seconds, the largest resident memory while the method worked, bytes of the tensor files; the curves
    and figures that the method told of. Without a method (""): of the model as it is."""
    import torch

    from engine.contracts.events import Metric
    from engine.measure.evaluate import evaluate
    from engine.measure.memory import MemoryMeter
    from engine.measure.size import size_figures
    from engine.methods.registry import method
    from engine.models.source import open_model
    from engine.run.control import Control
    from engine.run.stage import RunStage

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        result = model
        if method_id:
            curves: dict[str, list[tuple[int, float]]] = {}

            def keep(event: object) -> None:
                if isinstance(event, Metric):
                    curves.setdefault(event.name, []).append((event.step, event.value))

            stage = RunStage(
                run="benchmark",
                block="block",
                signature="0" * 32,
                target=Path(place) / "artifact",
                scratch=Path(place) / "scratch",
                device=torch.device("cpu"),
                inputs={},
                control=Control(),
                emit=keep,
                progress=lambda fraction, text: None,
            )
            info = method(method_id)
            opened = open_model(model)
            stage.know(opened)
            started = time.perf_counter()
            with MemoryMeter() as meter:
                result = stage.finish(info.load().apply(opened, info.settings.parse(settings), stage))
                peak = meter.now().process_peak
            found = {"seconds": time.perf_counter() - started, "peak_bytes": peak, "curves": curves}
            found["figures"] = stage.figures
        compressed = open_model(result)
        found["size"] = size_figures(compressed)
        layers = compressed.compressed().values()
        found["layer_bits"] = sum(module.bits() for module in layers)
        measured = evaluate(
            compressed,
            text=text,
            window=window,
            windows=windows,
            reference=None,
            speed=False,
            progress=lambda fraction, text: None,
            checkpoint=lambda: None,
        )
        found["perplexity"] = measured.figures["perplexity"]
    return found


if __name__ == "__main__":
    _model, _method, _settings, _text, _window, _windows = sys.argv[1:]
    print(json.dumps(apply_here(Path(_model), _method, json.loads(_settings), _text, int(_window), int(_windows))))
