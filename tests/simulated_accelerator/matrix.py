"""Every method on a simulated device, against the same on the CPU: a program, since the device is registered for the
whole process. ``python -m simulated_accelerator.matrix FOLDER [all | METHOD …]`` writes ``FOLDER/rows.json``: a `Row`
for each method and kind of model. With ``--table`` it prints them as the benchmarks' README has them."""

from __future__ import annotations

import contextlib
import dataclasses
import filecmp
import json
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine import devices
from engine.export.registry import formats
from engine.measure.evaluate import evaluate
from engine.methods.registry import method
from engine.models.source import open_model
from engine.testing.models import tiny_model
from engine.testing.stage import Killed, compress, logits, originals
from simulated_accelerator import LEDGER, Device, adapt, install
from simulated_accelerator.ledger import MPS_LACKS
from tests.engine.methods.test_matrix import BEHIND, CASES, SETTINGS
from tests.engine.shares import is_taken

KINDS = ("llama", "gpt2")
WHOLE = "llama"
"""Of this kind a third of the methods have a run that is not interrupted too: the one that was killed and taken up
leaves the same bytes. Of the others the one that was taken up is compared with the CPU's. Of this kind artifacts are
measured and exported too."""
POOR = "gpt2"
"""Of this kind methods work on a device without float64, bfloat16 and the operators that Apple's devices lack."""
DEVICE = "sim:1"
"""Not the first: what takes the first because nobody said which is found out."""
CHOSEN = {"mixed_precision": "float32", "compute_dtype": "float32", "clip": "absmax", "formats": ("Q4_0", "Q8_0")}
"""An accelerator computes in what the CPU computes in; ranges are not searched for, which is many small kernels, and
two formats are enough to choose from."""


@dataclasses.dataclass
class Row:
    """What one method came to on the device.

    error: the traceback if it failed. difference: largest distance of the logits of both artifacts, in standard
    deviations of the CPU's. resumed: whether a run that was killed and taken up ended; where one was not interrupted
    too, in the same bytes as that. metrics: what was measured of the device's artifact, on the device and on the CPU.
    exported: the format in which it was written and read back. first_device: bytes that were ever alive on the device
    that was not chosen. seconds: processor time of it all.
    """

    method: str
    kind: str
    error: str = ""
    difference: float = 0.0
    resumed: bool = False
    metrics: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    exported: str = ""
    first_device: int = 0
    launches: int = 0
    seconds: float = 0.0


def settings_of(method_id: str) -> dict[str, Any]:
    """Those of the matrix, in the CPU's precision."""
    fields = method(method_id).settings.model_fields
    return {**SETTINGS[method_id], **{name: value for name, value in CHOSEN.items() if name in fields}}


def incoming_of(method_id: str, source: Path, folder: Path) -> Path:
    """The model that a method gets: ``source``, or what the block before it leaves in ``folder``."""
    if method_id not in BEHIND:
        return source
    compress(source, *BEHIND[method_id], folder)
    return folder / "artifact"


def row_of(method_id: str, kind: str, source: Path, folder: Path, uninterrupted: bool) -> Row:
    """Run, kill and take up, measure and export one method. ``uninterrupted``: run it without a kill too."""
    row = Row(method_id, kind)
    settings = settings_of(method_id)
    incoming = incoming_of(method_id, source, folder / "before")

    def work(where: str, **options: Any) -> None:
        compress(incoming, method_id, settings, folder / where, inputs=originals(method_id, source), **options)

    work("cpu")
    LEDGER.reset()
    with contextlib.suppress(Killed):
        work("sim", kill_at=2, device=DEVICE)
    work("sim", device=DEVICE)
    row.launches = LEDGER.totals["launch"]
    row.resumed = True
    if uninterrupted:
        work("whole", device=DEVICE)
        row.resumed = _same(folder / "whole" / "artifact", folder / "sim" / "artifact")
    expected, found = logits(folder / "cpu" / "artifact"), logits(folder / "sim" / "artifact")
    row.difference = float((found - expected).abs().max() / expected.std())
    if kind == WHOLE:
        row.metrics = _metrics(source, folder / "sim" / "artifact", folder.parent)
        row.exported = _exported(folder / "sim" / "artifact", folder / "export")
    row.first_device = LEDGER.devices[0].peak
    return row


def _same(whole: Path, again: Path) -> bool:
    names = sorted(path.name for path in whole.iterdir())
    same, _, _ = filecmp.cmpfiles(whole, again, names, shallow=False)
    return sorted(same) == names


def _metrics(source: Path, artifact: Path, kept: Path) -> dict[str, tuple[float, float]]:
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
            states=kept / f"{device.partition(':')[0]}.safetensors",
            progress=lambda fraction, text: None,
            checkpoint=lambda: None,
        )
        found.append(measured.metrics)
    return {name: (found[0][name], found[1][name]) for name in found[1]}


def _exported(artifact: Path, folder: Path) -> str:
    """The first format that can express it, if that writes it and reads finite tensors back."""
    model = open_model(artifact)
    for name, kind in formats().items():
        options = kind.options()
        if any(problem.severity == "error" for problem in kind.check(model, options)):
            continue
        kind.write(model, folder, options, lambda fraction, text: None)
        return name if all(bool(torch.isfinite(tensor.float()).all()) for _, tensor in kind.read(folder)) else ""
    return ""


def table(rows: list[Row]) -> Iterator[str]:
    """A line for each method, a column for each kind."""
    yield "| method | " + " | ".join(KINDS) + " | exported as |\n|---|" + "---|" * (len(KINDS) + 1)
    for method_id in dict.fromkeys(row.method for row in rows):
        by_kind = {row.kind: row for row in rows if row.method == method_id}
        cells = [
            "" if row is None else "failed" if row.error or not row.resumed else f"{row.difference:.0e}"
            for row in (by_kind.get(kind) for kind in KINDS)
        ]
        yield (
            f"| {method_id} | "
            + " | ".join(cells)
            + f" | {', '.join(sorted({r.exported for r in by_kind.values()}))} |"
        )


def _is_wanted(method_id: str, kind: str, wanted: list[str]) -> bool:
    """``wanted``: ids of methods, "all" for all pairs; without any, the pairs that `tests.engine.shares` takes."""
    if "all" in wanted or method_id in wanted:
        return True
    return not wanted and is_taken(method_id, kind, "the_device_gives")


def main(folder: Path, wanted: list[str], tell: bool) -> None:
    """All methods, or those that are wanted, for all kinds of models."""
    install()
    adapt()
    torch.set_num_threads(1)
    rows = []
    for kind in KINDS:
        source = tiny_model(kind, folder / kind / "model")
        LEDGER.devices[:] = [Device(), Device(lacks=MPS_LACKS, has_bf16=False) if kind == POOR else Device()]
        devices.has_float64.cache_clear()
        for method_id in [method_id for method_id, its in CASES if its == kind and _is_wanted(method_id, kind, wanted)]:
            started = time.process_time()
            try:
                with devices.computing_on(torch.device(DEVICE)):
                    uninterrupted = kind == WHOLE and (bool(wanted) or is_taken(method_id, "not interrupted"))
                    rows.append(row_of(method_id, kind, source, folder / kind / method_id, uninterrupted))
            except Exception:
                rows.append(Row(method_id, kind, error=traceback.format_exc()))
            rows[-1].seconds = time.process_time() - started
            if tell:
                print(kind, method_id, f"{rows[-1].seconds:.1f} s", rows[-1].error, file=sys.stderr, flush=True)
    if tell:
        print("\n".join(table(rows)))
    (folder / "rows.json").write_text(json.dumps([dataclasses.asdict(row) for row in rows]), "utf-8")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--table"]
    main(Path(words[0]), words[1:], "--table" in sys.argv)
