"""GGUF: what llama.cpp and the programs built on it run. Integers leave as they were chosen, where GGUF has blocks that
hold them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch

from engine.checkpoints.headers.gguf_fields import fill_text, listing
from engine.contracts.problem import Problem
from engine.contracts.recipe import KEY, Recipe
from engine.contracts.settings import setting
from engine.export.base import ExportFormat, Progress
from engine.export.folder import loaded_parts
from engine.export.gguf.as_llama_cpp import computing, untruncated
from engine.export.gguf.entries import Entry, Type
from engine.export.gguf.keys import add_keys, form_of, full_config, why_not
from engine.export.gguf.metadata import add_general, file_name
from engine.export.gguf.modelfile import write_modelfile
from engine.export.gguf.tensors import (
    entries,
    is_left_out,
    kind_of,
    recomputed,
    rope_factors,
    stored_dtype,
    untouched,
)
from engine.export.gguf.tokenizer import add_tokenizer, origin, why_doubtful
from engine.export.gguf.writer import Writer
from engine.export.options import ExportOptions
from engine.export.recipe import fitted, recipe_bytes
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules import CompressedModule
from engine.modules.quantized import QuantizedWeight, RoundedLinear
from engine.modules.tied import TiedLinear


class GgufOptions(ExportOptions):
    """The type of dense matrices."""

    dtype: Literal["stored", "float32", "bfloat16", "float16"] = setting(
        "stored",
        title="Dense tensors as",
        help="What matrices that are not packed are stored in. 'As it is' keeps them to the bit, in float32 where what "
        "they were made of needs it; vectors are float32.",
        choices={"stored": "As it is", "float32": "F32", "bfloat16": "BF16", "float16": "F16"},
    )

    @property
    def chosen_dtype(self) -> torch.dtype | None:
        """The dtype, None for as it is."""
        return getattr(torch, self.dtype, None)


class Gguf(ExportFormat):
    """One file."""

    id = "gguf"
    title = "GGUF"
    summary = "One file for llama.cpp and what is built on it. int4 and int8 in groups of 32 stay as they are."
    options = GgufOptions
    rounds_inputs = False
    verifier = "engine.export.verification.llama_cpp"

    def problems(self, model: Model, options: GgufOptions) -> list[Problem]:
        """Architectures and layers without a form in GGUF; what is written out in full, what is lost."""
        if reason := why_not(model):
            return [Problem("error", f"The model can't be written as GGUF: {reason}", advice="Export as dense instead")]
        modules = {n: m for n, m in model.compressed().items() if not is_left_out(model, f"{n}.weight")}
        problems = _left_out_problems(model) + _layer_problems(model, modules, options)
        if untruncated(model):
            message = (
                "llama.cpp rounds the bounds of YaRN to whole dimensions, which the positions of this model do not have"
            )
            problems.append(Problem("warning", message, advice="Its logits differ somewhat for that reason alone"))
        if doubt := why_doubtful(model):
            problems.append(Problem("warning", f"The tokenizer: {doubt}"))
        return problems

    def keeps_values(self, model: Model, options: GgufOptions) -> bool:
        """Of the file; llama.cpp rounds what it multiplies packed matrices by, whatever the file holds."""
        if options.chosen_dtype not in (None, torch.float32):
            return False
        compressed = model.compressed()
        for name, module in compressed.items():
            kind, _ = kind_of(model, name, module)
            if kind is None or not isinstance(module, QuantizedWeight):
                continue
            if module.scheme.scale_dtype != "float16" or (module.zero_points is not None and _rounds_offsets(module)):
                return False
        same = untouched(model)
        inside = tuple(f"{name}." for name in compressed)
        changed = (name for name in model.state() if name not in same and not name.startswith(inside))
        return not any(is_left_out(model, name) or recomputed(model, name) for name in changed)

    def expected_bytes(self, model: Model, options: GgufOptions) -> int:
        """Bytes of a file with this header, and of the tensors that will follow."""
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / file_name(model, "model")
            plan = _plan(model, options)
            _file_without_data(file, model, plan, self._recipe_bytes(model, options, plan)).close()
            sizes = [file.stat().st_size, *(entry.nbytes for entry in plan)]
        return sum(-(-size // gguf.GGUF_DEFAULT_ALIGNMENT) * gguf.GGUF_DEFAULT_ALIGNMENT for size in sizes)

    def stored(self, model: Model, options: GgufOptions) -> Iterator[tuple[str, int]]:
        """Type and bytes of each tensor."""
        return ((entry.kind.name, entry.nbytes) for entry in _plan(model, options))

    def write_files(self, model: Model, folder: Path, options: GgufOptions, progress: Progress) -> None:
        """Write the file, the license and the Modelfile beside it."""
        plan = _plan(model, options)
        file = folder / file_name(model, folder.name)
        writer = _file_without_data(file, model, plan, self._recipe_bytes(model, options, plan))
        try:
            for entry in rope_factors(model, full_config(model)) if _has_rotary_positions(model) else ():
                writer.write_tensor_data(entry.data().numpy())
            for part in loaded_parts(model, progress):
                for entry in entries(model, part, options.chosen_dtype):
                    writer.write_tensor_data(entry.data().cpu().numpy())
        finally:
            writer.close()
        for companion in model.companions:
            if companion.name.startswith(("LICENSE", "NOTICE")):
                (folder / companion.name).write_bytes(companion.read_bytes())
        write_modelfile(model, folder)

    def embed(self, folder: Path, recipe: Recipe) -> None:
        """Put the recipe into the place that the file has for it. What is in it are hashes of tensors: the file that it
        is in has none."""
        (file,) = folder.glob("*.gguf")
        if (field := listing(file).fields.get(KEY)) is not None:
            fill_text(file, KEY, fitted(recipe, field.text_bytes or 0))

    def _recipe_bytes(self, model: Model, options: GgufOptions, plan: list[Entry]) -> int:
        return recipe_bytes(model, self, options, (entry.name for entry in plan))

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of the model that opens from the file."""
        model = open_model(next(folder.glob("*.gguf")))
        for name in model.source.names():
            yield name, model.source.load(name)

    def computing(self, model: Model) -> AbstractContextManager[str]:
        """The model computes what llama.cpp does in ways of its own."""
        return computing(model)

    def tolerance(self, model: Model, options: GgufOptions) -> float:
        """llama.cpp rounds what it multiplies a matrix by as the matrix is stored, packed ones to 8 bits. GELU comes
        from a table of float16."""
        has_gelu = str(model.config["model_type"]).startswith(("gemma", "gpt2", "bert"))
        allowed = {Type.F32: 0.02 if has_gelu else 0.002, Type.F16: 0.04, Type.BF16: 0.3}
        return max(allowed.get(entry.kind, 0.5) for entry in _plan(model, options))

    def keeps_tokenizer(self, model: Model) -> bool:
        """False where the tokenizer is that of the GGUF file that the model came from."""
        return origin(model) is None


def _left_out_problems(model: Model) -> list[Problem]:
    """A warning for the head of a model whose architecture has none in llama.cpp."""
    names = sorted(name for name in model.state() if is_left_out(model, name))
    if not names:
        return []
    architecture = form_of(model).gguf
    message = f"{len(names)} tensors are left out: llama.cpp's {architecture} has no head, it gives hidden states"
    return [Problem("warning", message, where=names[0])]


def _layer_problems(model: Model, modules: Mapping[str, CompressedModule], options: GgufOptions) -> list[Problem]:
    """Warnings for layers that are written out in full, whose offsets are rounded, or that round their inputs."""
    problems: list[Problem] = []
    wide: dict[tuple[str, str], list[str]] = {}
    offsets: list[str] = []
    for name, module in modules.items():
        kind, why = kind_of(model, name, module)
        if kind is None and not isinstance(module, TiedLinear):
            dtype = options.dtype if options.chosen_dtype else str(module.exact_dtype).removeprefix("torch.")
            wide.setdefault((why, dtype), []).append(name)
        elif isinstance(module, QuantizedWeight) and module.zero_points is not None and _rounds_offsets(module):
            offsets.append(name)
    for (why, dtype), names in wide.items():
        message = f"{len(names)} layers are written out in full, as {dtype}: {why}"
        smaller = "Choose bfloat16 or float16 for half the bytes; the integers" if dtype == "float32" else "Integers"
        problems.append(Problem("warning", message, where=names[0], advice=f"{smaller} of int4 in groups of 32 fit"))
    if offsets:
        message = "The integers of asymmetric groups are carried over, their offsets are rounded to float16"
        problems.append(Problem("warning", message, where=offsets[0], advice="By a hundredth of a step at most"))
    rounding = [n for n, m in modules.items() if isinstance(m, RoundedLinear) and m.activations is not None]
    if rounding:
        message = f"{len(rounding)} layers round their inputs; llama.cpp rounds them in its own way"
        problems.append(Problem("warning", message, where=rounding[0]))
    return problems


def _rounds_offsets(module: QuantizedWeight) -> bool:
    """True where zero points are written as offsets in float16 that they were not before."""
    return module.scheme.zero_point == "integer" or module.scheme.scale_dtype != "float16"


def _plan(model: Model, options: GgufOptions) -> list[Entry]:
    plan = list(rope_factors(model, full_config(model))) if _has_rotary_positions(model) else []
    for part in model.parts:
        plan += entries(model, part, options.chosen_dtype)
    return plan


def _has_rotary_positions(model: Model) -> bool:
    """True for all architectures but those with learned positions."""
    return model.config["model_type"] not in ("gpt2", "bert")


def _file_without_data(file: Path, model: Model, plan: list[Entry], recipe_bytes: int) -> Writer:
    """The file with everything but the data of its tensors, and spaces in the place of its recipe."""
    writer = Writer(file, form_of(model).gguf)
    add_general(writer, model, file.stem)
    add_keys(writer, model)
    writer.add_file_type(stored_dtype(model, plan))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    add_tokenizer(writer, model)
    if recipe_bytes:
        writer.add_string(KEY, " " * recipe_bytes)
    for entry in plan:
        shape: Any = entry.byte_shape
        writer.add_tensor_info(entry.name, shape, np.dtype(np.uint8), entry.nbytes, entry.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    return writer


FORMAT = Gguf()
