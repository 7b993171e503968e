"""The fresh process that loads an export, seen from the one that asks it: its request, its answer, its progress, and
the meaning of its end. A reader that the system ended for want of memory is a fact about the machine; one that gives up
on the files, or crashes on them twice, is a fact about the files."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.base import children
from engine.export.base import ExportFormat
from engine.export.record import tensor_files
from engine.export.verification.expectation import Expectation
from engine.export.verification.layer_progress import Progress, reported
from engine.export.verification.limits import Limits
from engine.export.verification.machine import End, end_of


def ask(
    folder: Path,
    kind: ExportFormat,
    expectation: Expectation,
    text: str | None,
    checkpoint: Callable[[], None],
    progress: Progress = lambda *_: None,
) -> tuple[torch.Tensor | None, dict[str, Any]]:
    """Let a fresh process load the folder; its output, (rows, tokens, values), and its answer. No output if it
    failed: the answer's fault is then the last line that it wrote, or, in the place of a fault, ``unchecked`` says why
    this machine could not do it. It is killed if ``checkpoint`` raises, and when it goes beyond its `Limits`."""
    request = {"folder": str(folder.resolve()), "kind": expectation.kind, "tokens": expectation.tokens, "text": text}
    files = tensor_files(folder, kind)
    end, output, answer = _read(kind.verifier, request, files, checkpoint, progress)
    if end.recurs:
        again, output, answer = _read(kind.verifier, request, files, checkpoint, progress)
        twice = again == end
        end = End(file=f"{end.machine}, and so did a second one") if twice else again
    if end.machine:
        return None, {"loaded_by": "", "faults": [], "unchecked": end.machine}
    if end.file:
        return None, {"loaded_by": "", "faults": [f"it can't be loaded: {end.file}"]}
    return output, answer


def _read(
    verifier: str, request: dict[str, Any], files: Sequence[Path], checkpoint: Callable[[], None], progress: Progress
) -> tuple[End, torch.Tensor | None, dict[str, Any]]:
    """One process of the module ``verifier``: its end, its output and its answer."""
    with tempfile.TemporaryDirectory(prefix="verify-") as name:
        work_folder = Path(name)
        (work_folder / "request.json").write_text(json.dumps(request), "utf-8")
        with (work_folder / "log.txt").open("wb") as log:
            child = children.start(
                verifier,
                str(work_folder),
                folder=work_folder,
                stdout=log,
                stderr=log,
                OMP_NUM_THREADS=str(torch.get_num_threads()),
                GGML_NO_BACKTRACE="1",  # llama.cpp's last words are why it gave up, not where a debugger was
                CUDA_VISIBLE_DEVICES=children.NO_CARD,
                HIP_VISIBLE_DEVICES=children.NO_CARD,
                ROCR_VISIBLE_DEVICES=children.NO_CARD,
            )
            end = _wait(child, Limits(child.pid, files), checkpoint, lambda: reported(work_folder), progress)
        if end != End():
            return end, None, {}
        if child.returncode != 0:
            lines = (work_folder / "log.txt").read_text("utf-8", "replace").strip().splitlines()
            last = lines[-1] if lines else f"the process ended with status {child.returncode}"
            end = end_of(child.returncode, lines)
            return end if end != End() else End(file=last), None, {}
        answer: dict[str, Any] = json.loads((work_folder / "result.json").read_text("utf-8"))
        output_file = work_folder / "output.safetensors"
        return End(), load_file(output_file)["output"] if output_file.exists() else None, answer


def _wait(
    child: subprocess.Popen[bytes],
    limits: Limits,
    checkpoint: Callable[[], None],
    report: Callable[[], tuple[float, str] | None],
    progress: Progress,
) -> End:
    """Wait for the reader and hand its reports on; why it was ended, nothing if it ended by itself."""
    end, last = End(), None
    try:
        while child.poll() is None and end == End():
            checkpoint()
            time.sleep(0.05)
            end = limits.exceeded()
            if (now := report()) is not None and now != last:
                last = now
                progress(*now)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return end
