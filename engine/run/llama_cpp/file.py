"""The GGUF file by which llama.cpp runs a model: the source itself, or one that is written once for a result, into the
cache of the workspace. Its hash stands beside it: a file that was edited is written again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from engine import devices
from engine.architecture.two_texts import reads_two
from engine.base.files import make_folder
from engine.base.llama_cpp import program_name
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.container import read_description
from engine.export.registry import export_format
from engine.measure.evaluate import predicts
from engine.models.model import Model
from engine.models.source import is_whole_folder, write_whole_folder
from engine.modules.ggml import GgmlEmbedding, GgmlLinear
from engine.modules.tied import TiedLinear
from engine.record.home import Home

FILES = 3
"""So many files of results stay in the cache, the last ones that were used."""
_BLOCKS = {GgmlLinear.KIND, GgmlEmbedding.KIND}


def has_block_types(header: CheckpointHeader) -> bool:
    """True for a GGUF file, and for a result all of whose compressed layers are blocks of GGUF types. Raises
    `BadInput` for a damaged result."""
    if header.format != "artifact":
        return header.format == "gguf"
    kinds = {spec.get("kind") for spec in read_description(header.path)["modules"].values()} - {TiedLinear.KIND}
    return bool(kinds) and kinds <= _BLOCKS


def program_for(header: CheckpointHeader, device: torch.device) -> str:
    """The program that is asked to run a model before torch is: `program_name`, or "" for none."""
    name = "" if devices.is_accelerator(device) else program_name()
    return name if name and has_block_types(header) else ""


def file_for(
    model: Model, home: Home, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
) -> Path | None:
    """The GGUF file by which llama.cpp runs a decoder; None where llama.cpp is not installed, where other layers than
    blocks of GGUF types are compressed, or where GGUF can't express the model. Raises `RunFailed` for a full disk."""
    if not program_for(model.header, torch.device("cpu")) or not predicts(model) or reads_two(model.module):
        return None
    if model.header.format == "gguf":
        return model.path
    kind = export_format("gguf")
    options = kind.options()
    if any(problem.severity == "error" for problem in kind.check(model, options)):
        return None
    folder = home.cache / "llama.cpp" / model.header.fingerprint[:32]
    if not is_whole_folder(folder, model.header.pins):
        shutil.rmtree(folder, ignore_errors=True)
        model.header.pins.forget(folder)
        make_folder(folder.parent)
        _drop_oldest(folder.parent)

        def report(fraction: float, text: str) -> None:
            checkpoint()
            progress(fraction, "Writing a GGUF file for llama.cpp, once")

        write_whole_folder(folder, lambda partial: kind.write_files(model, partial, options, report))
    folder.touch()
    return next(folder.glob("*.gguf"), None)


def _drop_oldest(folder: Path) -> None:
    """Leave room for one more file."""
    present = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in present[: max(0, len(present) - FILES + 1)]:
        shutil.rmtree(path, ignore_errors=True)
