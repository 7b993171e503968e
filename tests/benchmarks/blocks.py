"""Apply blocks one after the other in this process, as a run would, and keep what they tell."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def apply_block(
    source: Path | str,
    method_id: str,
    settings: Mapping[str, Any],
    folder: Path,
    inputs: Mapping[str, Path | str] = {},
    device: str | None = None,
    seed: int = 0,
) -> tuple[Path, dict[str, Any]]:
    """The folder of the artifact, and the metrics that the method told with its seconds ("seconds"). ``inputs``: models
    at the further ports; the source itself where none is named. ``device``: by default what the engine would choose.
    ``seed``: another one draws other samples and numbers."""
    import hashlib
    import json
    import time

    from engine import devices
    from engine.methods.registry import method
    from engine.models.source import open_model
    from engine.run.local import LocalStage

    info = method(method_id)
    model = open_model(source)
    # what is random in a block depends on what came before it, as in a run: it does not see the same samples again
    place = json.dumps([method_id, dict(settings), list(model.history), seed], sort_keys=True, default=str)
    stage = LocalStage(
        folder,
        device=device or devices.default(),
        signature=hashlib.sha256(place.encode()).hexdigest()[:32],
        inputs={port: open_model(inputs.get(port, source)) for port in info.inputs[1:]},
        emit=_tell,
    )
    stage.describe_output(model)
    started = time.perf_counter()
    made = stage.finish(info.load().apply(model, info.settings.parse(dict(settings)), stage))
    return made, {**stage.details, "seconds": time.perf_counter() - started}


def measure(model: Path | str, text: str, window: int, windows: int) -> dict[str, float]:
    """Perplexity, size and the like; no speed."""
    from engine import devices
    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model

    measured = evaluate(
        open_model(model),
        text=text,
        window=window,
        windows=windows,
        reference=None,
        speed=False,
        device=devices.default(),
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    )
    return measured.metrics


def _tell(event: object) -> None:
    if type(event).__name__ == "Log":
        print(f"  {event.text}", file=sys.stderr, flush=True)  # type: ignore[attr-defined]
