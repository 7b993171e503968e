"""The pieces that export formats are made of: new folders, whole or not at all; the tensors of a model as other
programs have them; folders of safetensors read back."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import torch
from safetensors import safe_open

from engine.architecture.experts import fused_tensors
from engine.base.errors import BadInput
from engine.base.files import disk_error, sync_folder
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.tensor_sources import DTYPES, SafetensorsSource
from engine.contracts.problem import Problem
from engine.export.options import DtypeOptions
from engine.models.model import Model, Part
from engine.models.part_words import part_words
from engine.modules import CompressedModule

IN_ONE_TENSOR = "transformers has the experts of a layer in one tensor"
Named = Iterable[tuple[str, torch.Tensor]]
Progress = Callable[[float, str], None]
"""Share that is done (0..1) and what is being done. It may raise `Cancelled`: nothing is left behind then."""


def loaded_parts(model: Model, progress: Progress) -> Iterator[Part]:
    """The parts, each loaded, and freed again unless it was in memory before."""
    for index, part in enumerate(model.parts):
        progress(index / len(model.parts), part_words("Writing", model, part))
        was_loaded = all(not tensor.is_meta for tensor in model.tensors(part).values())
        model.load(part)
        yield part
        if not was_loaded:
            model.free(part)


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder of the same name inside a temporary one beside ``folder``; it gets its place when the block
    ends without an error.

    Raises `BadInput` if there is something in ``folder`` already, or if it can't be written; `RunFailed` for a full
    disk. Nothing is left behind then.
    """
    with verified_folder(folder) as work_folder:
        try:
            work_folder.mkdir()
            yield work_folder
            for file in (path for path in work_folder.rglob("*") if path.is_file()):
                with open(file, "rb+") as opened:
                    os.fsync(opened.fileno())
        except OSError as error:
            raise disk_error(error, folder) from error


@contextlib.contextmanager
def verified_folder(folder: Path) -> Iterator[Path]:
    """Yield the path of a folder, yet to be made, of the same name inside a temporary one beside ``folder``; it gets
    its place when the block ends without an error. Raises as `whole_folder`; nothing is left behind then."""
    refuse_taken(folder)
    outer = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    work_folder = outer / folder.name
    try:
        try:
            shutil.rmtree(outer, ignore_errors=True)
            outer.mkdir(parents=True)
        except OSError as error:
            raise disk_error(error, folder) from error
        yield work_folder
        try:
            if folder.exists():
                folder.rmdir()  # it is empty; a rename onto a folder fails on Windows
            os.replace(work_folder, folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise disk_error(error, folder) from error
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def final_place(folder: Path) -> Path:
    """The path that a folder of `whole_folder` or `verified_folder` will have in the end; any other folder itself."""
    while folder.parent.name == f".{folder.name}.{os.getpid()}.part":
        folder = folder.parent.parent / folder.name
    return folder.resolve()


def refuse_taken(folder: Path) -> None:
    """`BadInput` if a file or a folder with something in it is there."""
    try:
        is_occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise disk_error(error, folder) from error
    if is_occupied:
        raise BadInput(
            "The folder is there already", where=str(folder), why="it is not empty", advice="choose another name"
        )


def refuse(problems: Iterable[Problem]) -> None:
    """`BadInput` with the first error, if there is one."""
    for problem in problems:
        if problem.severity == "error":
            raise BadInput(problem.message, where=problem.where, advice=problem.advice)


def read_tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors of all safetensors files of a folder."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a dict
                yield name, file.get_tensor(name)


def read_unpacked(folder: Path, method: str) -> Named:
    """All tensors of a folder in the layout of ``method`` (quant_method of config.json), unpacked."""
    header = read_header(folder)
    quantization = header.config.get("quantization_config")
    if not isinstance(quantization, dict) or quantization.get("quant_method") != method:
        raise BadInput(f"Not a folder in the layout of {method}", where=str(folder))
    source = SafetensorsSource(header)
    for name in source.names():
        yield name, source.load(name)


def experts_of(model: Model) -> frozenset[str]:
    """The names of the compressed experts: other programs have them in one tensor, which formats of single layers have
    no place for."""
    inside = tuple(f"{name}." for name, _ in fused_tensors(model.module, lambda _: True))
    return frozenset(name for name in model.compressed() if name.startswith(inside)) if inside else frozenset()


def cast_tensors(
    model: Model, part: Part, leave: Callable[[str, CompressedModule], bool], options: DtypeOptions
) -> Named:
    """`dense_tensors` as they are written. What came packed in a form that this format does not hold (see
    `unheld_problems`) is written in bfloat16, where no dtype is chosen: in float32 it would be larger than it came."""
    unheld = came_packed(model) if options.dtype == "stored" else frozenset()
    for name, tensor in dense_tensors(model, part, leave):
        is_unheld = name in unheld and tensor.dtype == torch.float32
        yield name, tensor.to(torch.bfloat16 if is_unheld else options.cast(tensor.dtype))


def keeps_values(
    model: Model, options: DtypeOptions, leave: Callable[[str, CompressedModule], bool] = lambda name, module: False
) -> bool:
    """True where `cast_tensors` gives every value to the bit."""
    if options.dtype == "stored" and came_packed(model):
        return False
    dense = options.cast(model.config_dtype)
    compressed = model.compressed()
    for name, module in compressed.items():
        if module.packed_tensors() and not leave(name, module) and not holds(dense, module.exact_dtype):
            return False
    inside = tuple(f"{name}." for name in compressed)
    others = (tensor.dtype for name, tensor in model.state().items() if not name.startswith(inside))
    return all(holds(options.cast(dtype), dtype) for dtype in others)


def holds(dtype: torch.dtype, values: torch.dtype) -> bool:
    """True where ``dtype`` has every value of the dtype ``values``."""
    return dtype == values or (dtype == torch.float32 and values in (torch.float16, torch.bfloat16))


def came_packed(model: Model) -> frozenset[str]:
    """Names of the tensors that lie packed by another program where the model is read from."""
    return frozenset(info.name for info in model.header.tensors if info.dtype not in DTYPES)


def unheld_problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """A warning for tensors that came packed and are written out."""
    names = came_packed(model)
    if not names or options.dtype != "stored":
        return []
    return [Problem("warning", unheld_words(model, names), where=min(names), advice=_KEEP)]


_KEEP = "Choose float32 to keep every bit, or export as GGUF or in the studio's container"


def unheld_words(model: Model, names: Collection[str]) -> str:
    """A sentence with both sizes of these tensors, which came packed, for a format that has no such blocks."""
    infos = [info for info in model.header.tensors if info.name in names]
    kinds = ", ".join(sorted({info.dtype for info in infos}))
    before, after = sum(info.nbytes for info in infos), sum(2 * math.prod(info.shape) for info in infos)
    tensors = "1 tensor" if len(infos) == 1 else f"{len(infos)} tensors"
    return (
        f"{tensors} came in {kinds}, which the format does not hold: written in bfloat16 that is {bytes_text(after)} "
        f"instead of {bytes_text(before)}"
    )


def dense_tensors(model: Model, part: Part, leave: Callable[[str, CompressedModule], bool]) -> Named:
    """The dense equals of a part's tensors, those of modules that ``leave`` says yes to left out; works on meta."""
    compressed = model.compressed(part)
    fused = [
        (name, experts)
        for name, experts in fused_tensors(model.module, part.owns)
        if not any(layer.startswith(f"{name}.") and leave(layer, module) for layer, module in compressed.items())
    ]
    inside = tuple(f"{name}." for name, _ in fused)
    for name, experts in fused:  # as the network that others load has them
        tensor = experts.dense()
        yield name, tensor.to(model.config_dtype) if any(n.startswith(f"{name}.") for n in compressed) else tensor
    compressed = {name: module for name, module in compressed.items() if not name.startswith(inside)}
    for name, module in compressed.items():
        packed = module.packed_tensors()
        if not packed or leave(name, module):  # a tied head has no tensors, and no dense copy either
            continue
        yield f"{name}.weight", module.dense_weight().to(model.config_dtype)
        if "bias" in packed:
            yield f"{name}.bias", packed["bias"]
    prefixes = (*inside, *(f"{name}." for name in compressed))
    for name, tensor in model.tensors(part).items():
        if not name.startswith(prefixes):
            yield name, tensor
