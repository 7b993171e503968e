"""The fresh process that loads an export, seen from the one that asks it: its request, its answer, and what its end
means. A reader that the system ended says something about the machine, never about the files."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.base import children
from engine.export.base import ExportFormat
from engine.export.verification.expectation import Expectation
from engine.export.verification.limits import Limits
from engine.export.verification.machine import machine_reason
from engine.export.written import tensor_files


def ask(
    folder: Path, kind: ExportFormat, expectation: Expectation, text: str | None, checkpoint: Callable[[], None]
) -> tuple[torch.Tensor | None, dict[str, Any]]:
    """Let a fresh process load the folder; its output, (rows, tokens, values), and its answer. No output if it
    failed: the answer's fault is then the last line that it wrote, or, in the place of a fault, ``unchecked`` says why
    this machine could not do it. It is killed if ``checkpoint`` raises, and when it goes beyond its `Limits`."""
    with tempfile.TemporaryDirectory(prefix="verify-") as name:
        work = Path(name)
        request = {
            "folder": str(folder.resolve()),
            "kind": expectation.kind,
            "tokens": expectation.tokens,
            "text": text,
        }
        (work / "request.json").write_text(json.dumps(request), "utf-8")
        with (work / "log.txt").open("wb") as log:
            child = children.start(
                kind.verifier,
                str(work),
                folder=work,
                stdout=log,
                stderr=log,
                OMP_NUM_THREADS=str(torch.get_num_threads()),
                GGML_NO_BACKTRACE="1",  # llama.cpp's last words are why it gave up, not where a debugger was
                CUDA_VISIBLE_DEVICES=children.NO_CARD,
                HIP_VISIBLE_DEVICES=children.NO_CARD,
                ROCR_VISIBLE_DEVICES=children.NO_CARD,
            )
            why = _wait(child, Limits(child.pid, tensor_files(folder, kind)), checkpoint)
        if why:
            return None, {"loaded_by": "", "faults": [], "unchecked": why}
        if child.returncode != 0:
            lines = (work / "log.txt").read_text("utf-8", "replace").strip().splitlines()
            if reason := machine_reason(child.returncode, lines):
                return None, {"loaded_by": "", "faults": [], "unchecked": reason}
            why = lines[-1] if lines else f"the process ended with status {child.returncode}"
            return None, {"loaded_by": "", "faults": [f"it can't be loaded: {why}"]}
        answer: dict[str, Any] = json.loads((work / "result.json").read_text("utf-8"))
        output_file = work / "output.safetensors"
        return load_file(output_file)["output"] if output_file.exists() else None, answer


def _wait(child: subprocess.Popen[bytes], limits: Limits, checkpoint: Callable[[], None]) -> str:
    """Wait for the reader; why it was ended, "" if it ended by itself."""
    why = ""
    try:
        while child.poll() is None and not why:
            checkpoint()
            time.sleep(0.05)
            why = limits.exceeded()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return why
