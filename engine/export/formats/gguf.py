"""GGUF: what llama.cpp and the programs built on it run. Integers leave as they were chosen, where GGUF has blocks that
hold them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch

from engine.contracts.problem import Problem
from engine.contracts.settings import setting
from engine.export import folder as folders
from engine.export.base import ExportFormat, ExportOptions, Progress
from engine.export.gguf.as_llama_cpp import computing, untruncated
from engine.export.gguf.entries import Entry, Type
from engine.export.gguf.keys import add_keys, form_of, full_config, why_not
from engine.export.gguf.metadata import add_general, file_name
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
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.quantized import QuantizedWeight, RoundedLinear
from engine.modules.tied import TiedLinear


class GgufOptions(ExportOptions):
    """What dense matrices become."""

    dtype: Literal["stored", "float32", "bfloat16", "float16"] = setting(
        "stored",
        title="Dense tensors as",
        help="What matrices that are not packed are stored in. 'As it is' keeps them to the bit, in float32 where what "
        "they were made of needs it; vectors are float32.",
        choices={"stored": "As it is", "float32": "F32", "bfloat16": "BF16", "float16": "F16"},
    )

    @property
    def wanted(self) -> torch.dtype | None:
        """The dtype, None for as it is."""
        return getattr(torch, self.dtype, None)


def problems(model: Model, options: GgufOptions) -> list[Problem]:
    """Architectures and layers without a form in GGUF; what is written out in full, what is lost."""
    reason = why_not(model)
    if reason:
        return [Problem("error", f"The model can't be written as GGUF: {reason}", advice="Export as dense instead")]
    found: list[Problem] = []
    wide: dict[tuple[str, str], list[str]] = {}
    offsets, rounding = [], []
    for name, module in model.compressed().items():
        if is_left_out(model, f"{name}.weight"):
            continue
        if module.online:
            message = f"{name} {module.online}, which llama.cpp does not do"
            return [Problem("error", message, where=name, advice="Export in the studio's container")]
        kind, why = kind_of(model, name, module)
        if kind is None and not isinstance(module, TiedLinear):
            written = options.dtype if options.wanted else str(module.exact_dtype).removeprefix("torch.")
            wide.setdefault((why, written), []).append(name)
        elif isinstance(module, QuantizedWeight) and module.zero_points is not None and _rounds_offsets(module):
            offsets.append(name)
        if isinstance(module, RoundedLinear) and module.activations is not None:
            rounding.append(name)
    if left := sorted(name for name in model.state() if is_left_out(model, name)):
        message = (
            f"{len(left)} tensors are left out: llama.cpp's {form_of(model).gguf} has no head, it gives hidden states"
        )
        found.append(Problem("warning", message, where=left[0]))
    for (why, written), names in wide.items():
        message = f"{len(names)} layers are written out in full, as {written}: {why}"
        smaller = "Choose bfloat16 or float16 for half the bytes; the integers" if written == "float32" else "Integers"
        found.append(Problem("warning", message, where=names[0], advice=f"{smaller} of int4 in groups of 32 fit"))
    if offsets:
        message = "The integers of asymmetric groups are carried over, their offsets are rounded to float16"
        found.append(Problem("warning", message, where=offsets[0], advice="By a hundredth of a step at most"))
    if rounding:
        message = f"{len(rounding)} layers round their inputs; llama.cpp rounds them in its own way"
        found.append(Problem("warning", message, where=rounding[0]))
    if untruncated(model):
        message = (
            "llama.cpp rounds the bounds of YaRN to whole dimensions, which the positions of this model do not have"
        )
        found.append(Problem("warning", message, advice="Its logits differ somewhat for that reason alone"))
    doubt = why_doubtful(model)
    if doubt:
        found.append(Problem("warning", f"The tokenizer: {doubt}"))
    return found


def _rounds_offsets(module: QuantizedWeight) -> bool:
    """Whether its zero points are written as offsets in float16 that they were not before."""
    return module.scheme.zero_point == "integer" or module.scheme.scale_dtype != "float16"


def _keeps_values(model: Model, options: GgufOptions) -> bool:
    """Of the file; llama.cpp rounds what it multiplies packed matrices by, whatever the file holds."""
    if options.wanted not in (None, torch.float32):
        return False
    compressed = model.compressed()
    for name, module in compressed.items():
        kind, _ = kind_of(model, name, module)
        if kind is None or not isinstance(module, QuantizedWeight):
            continue
        if module.scheme.scale_dtype != "float16" or (module.zero_points is not None and _rounds_offsets(module)):
            return False
    there = untouched(model)
    inside = tuple(f"{name}." for name in compressed)
    changed = (name for name in model.state() if name not in there and not name.startswith(inside))
    return not any(is_left_out(model, name) or recomputed(model, name) for name in changed)


def expected_bytes(model: Model, options: GgufOptions) -> int:
    """Exact."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / file_name(model, "model")
        plan = _plan(model, options)
        _begun(file, model, plan).close()
        sizes = [file.stat().st_size, *(_nbytes(entry) for entry in plan)]
    return sum(-(-size // gguf.GGUF_DEFAULT_ALIGNMENT) * gguf.GGUF_DEFAULT_ALIGNMENT for size in sizes)


def write(model: Model, folder: Path, options: GgufOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse(problems(model, options))
    with folders.whole_folder(folder) as work:
        writer = _begun(work / file_name(model, folder.name), model, _plan(model, options))
        try:
            for entry in rope_factors(model, full_config(model)) if _turns(model) else ():
                writer.write_tensor_data(entry.data().numpy())
            for part in folders.loaded_parts(model, progress):
                for entry in entries(model, part, options.wanted):
                    writer.write_tensor_data(entry.data().cpu().numpy())
        finally:
            writer.close()
        for companion in model.companions:
            if companion.name.startswith(("LICENSE", "NOTICE")):
                (work / companion.name).write_bytes(companion.read_bytes())
    progress(1.0, "Written")


def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`."""
    model = open_model(next(folder.glob("*.gguf")))
    for name in model.source.names():
        yield name, model.source.load(name)


def _plan(model: Model, options: GgufOptions) -> list[Entry]:
    plan = list(rope_factors(model, full_config(model))) if _turns(model) else []
    for part in model.parts:
        plan += entries(model, part, options.wanted)
    return plan


def _turns(model: Model) -> bool:
    """Whether it has rotary positions."""
    return model.config["model_type"] not in ("gpt2", "bert")


def _begun(file: Path, model: Model, plan: list[Entry]) -> Writer:
    """The file with everything but the data of its tensors."""
    writer = Writer(file, form_of(model).gguf)
    add_general(writer, model, file.stem)
    add_keys(writer, model)
    writer.add_file_type(stored_dtype(model, plan))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    add_tokenizer(writer, model)
    for entry in plan:
        shape: Any = entry.byte_shape
        writer.add_tensor_info(entry.name, shape, np.dtype(np.uint8), _nbytes(entry), entry.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    return writer


def _nbytes(entry: Entry) -> int:
    count = 1
    for size in entry.byte_shape:
        count *= size
    return count


def own_tokenizer(model: Model) -> bool:
    """Whether the tokenizer is the one that the artifact has: otherwise it is that of the GGUF file it came from."""
    return origin(model) is None


def _tolerance(model: Model, options: GgufOptions) -> float:
    """llama.cpp rounds what it multiplies a matrix by as the matrix is stored, packed ones to 8 bits. GELU comes
    from a table of float16."""
    has_gelu = str(model.config["model_type"]).startswith(("gemma", "gpt2", "bert"))
    allowed = {Type.F32: 0.02 if has_gelu else 0.002, Type.F16: 0.04, Type.BF16: 0.3}
    return max(allowed.get(entry.kind, 0.5) for entry in _plan(model, options))


def _snippet(model: Model, name: str) -> str:
    return (
        "from xllamacpp import CommonParams, Server  # pip install xllamacpp; or: llama-cli -m ...\n\n"
        f'parameters = CommonParams()\nparameters.model.path = "{name}/{file_name(model, name)}"\n'
        'print(Server(parameters).handle_completions({"prompt": "Once", "max_tokens": 32}))'
    )


FORMAT = ExportFormat(
    id="gguf",
    title="GGUF",
    summary="One file for llama.cpp and what is built on it. int4 and int8 in groups of 32 stay as they are.",
    options=GgufOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    stored=lambda model, options: ((each.kind.name, _nbytes(each)) for each in _plan(model, options)),
    keeps_values=_keeps_values,
    write=write,
    read=read,
    rounds_inputs=False,
    verifier="engine.export.verification.llama_cpp",
    computing=computing,
    tolerance=_tolerance,
    keeps_tokenizer=own_tokenizer,
    snippet=_snippet,
)
