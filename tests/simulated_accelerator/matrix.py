"""Every method on a simulated device, against the same on the CPU: a program, since the device is registered for the
whole process. ``python -m simulated_accelerator.matrix KIND FOLDER`` writes ``FOLDER/KIND.json``: a `Row` by method."""

from __future__ import annotations

import contextlib
import dataclasses
import filecmp
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import torch
from models import tiny_model
from recording_stage import Killed, compress, logits

from engine.export.registry import formats
from engine.measure.evaluate import evaluate
from engine.methods.registry import method
from engine.models.source import open_model
from simulated_accelerator import LEDGER, adapt, install
from tests.engine.methods.test_matrix import CASES, SETTINGS

DEVICE = "sim:1"
"""Not the first: what takes the first because nobody said which is found out."""
CHOSEN = {"mixed_precision": "float32", "compute_dtype": "float32", "clip": "absmax"}
"""An accelerator computes in what the CPU computes in; ranges are not searched for, which is many small kernels."""


@dataclasses.dataclass
class Row:
    """What one method came to on the device.

    error: the traceback if it failed. difference: largest distance of the logits of both artifacts, in standard
    deviations of the CPU's. resumed: whether a run that was killed and taken up ended in the same bytes. metrics: what
    was measured of the device's artifact, on the device and on the CPU. first_device: bytes that were ever alive on the
    device that was not chosen. The rest is of the uninterrupted run on the device.
    """

    method: str
    error: str = ""
    difference: float = 0.0
    resumed: bool = False
    metrics: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    exported: bool = False
    first_device: int = 0
    launches: int = 0
    syncs: int = 0
    sync_lines: dict[str, int] = dataclasses.field(default_factory=dict)
    peak: int = 0
    seconds: float = 0.0


def settings_of(method_id: str) -> dict[str, Any]:
    """Those of the matrix, in the CPU's precision."""
    fields = method(method_id).settings.model_fields
    return {**SETTINGS[method_id], **{name: value for name, value in CHOSEN.items() if name in fields}}


def row_of(method_id: str, source: Path, folder: Path) -> Row:
    """Run, kill and take up, measure and export one method."""
    row = Row(method_id)
    settings = settings_of(method_id)
    compress(source, method_id, settings, folder / "cpu")
    LEDGER.reset()
    started = time.monotonic()
    compress(source, method_id, settings, folder / "sim", device=DEVICE)
    row.seconds = time.monotonic() - started
    row.launches, row.syncs = LEDGER.totals["launch"], LEDGER.totals["sync"]
    row.sync_lines, row.peak = LEDGER.lines("sync"), LEDGER.devices[1].peak
    expected, found = logits(folder / "cpu" / "artifact"), logits(folder / "sim" / "artifact")
    row.difference = float((found - expected).abs().max() / expected.std())
    row.resumed = _resumed(method_id, source, settings, folder)
    row.metrics = _metrics(source, folder / "sim" / "artifact")
    row.exported = _exported(folder / "sim" / "artifact", folder / "export")
    row.first_device = LEDGER.devices[0].peak
    return row


def _resumed(method_id: str, source: Path, settings: dict[str, Any], folder: Path) -> bool:
    with contextlib.suppress(Killed):
        compress(source, method_id, settings, folder / "killed", kill_at=2, device=DEVICE)
    compress(source, method_id, settings, folder / "killed", device=DEVICE)
    whole, again = folder / "sim" / "artifact", folder / "killed" / "artifact"
    names = sorted(path.name for path in whole.iterdir())
    same, _, _ = filecmp.cmpfiles(whole, again, names, shallow=False)
    return sorted(same) == names


def _metrics(source: Path, artifact: Path) -> dict[str, tuple[float, float]]:
    found = []
    for device in (DEVICE, "cpu"):
        measured = evaluate(
            open_model(artifact),
            text="sample",
            window=64,
            windows=2,
            reference=open_model(source),
            speed=False,
            device=device,
            progress=lambda fraction, text: None,
            checkpoint=lambda: None,
        )
        found.append(measured.metrics)
    return {name: (found[0][name], found[1][name]) for name in found[1]}


def _exported(artifact: Path, folder: Path) -> bool:
    """Whether the first format that can express it writes it and reads finite tensors back."""
    model = open_model(artifact)
    for kind in formats().values():
        options = kind.options()
        if any(problem.severity == "error" for problem in kind.problems(model, options)):
            continue
        kind.write(model, folder, options, lambda fraction, text: None)
        return all(bool(torch.isfinite(tensor.float()).all()) for _, tensor in kind.read(folder))
    return False


def main(kind: str, folder: Path) -> None:
    """All methods for this kind of model."""
    install()
    adapt()
    torch.set_num_threads(1)
    source = tiny_model(kind, folder / kind / "model")
    rows = []
    for method_id in [method_id for method_id, its in CASES if its == kind]:
        try:
            rows.append(row_of(method_id, source, folder / kind / method_id))
        except Exception:
            rows.append(Row(method_id, error=traceback.format_exc()))
    (folder / f"{kind}.json").write_text(json.dumps([dataclasses.asdict(row) for row in rows]), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
