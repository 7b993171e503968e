"""Open models: a skeleton without weights, and sources that read one tensor at a time."""

from __future__ import annotations

import copy
import functools
import hashlib
import logging
import math
import os
import re
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.contracts.errors import BadInput, RunFailed, is_exit
from engine.contracts.files import home, make_folder, restrict
from engine.models import consent, pretrained
from engine.models.checkpoint import COMPANIONS, CheckpointHeader, read_header
from engine.models.checksum import refuse_damaged
from engine.models.container import read_description
from engine.models.experts import SeparatedSource, separate_experts
from engine.models.headers import TensorInfo
from engine.models.headers.gguf import is_transposed
from engine.models.hub import is_local as is_local
from engine.models.hub import resolve as resolve
from engine.models.model import Model
from engine.models.recognition import find_anatomy
from engine.models.skeleton import build_skeleton
from engine.models.tokenizer_limits import limited

DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "U16": torch.uint16,
    "I16": torch.int16,
    "U32": torch.uint32,
    "I32": torch.int32,
    "U64": torch.uint64,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "C64": torch.complex64,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
"""Types of safetensors that can be worked on."""


class SafetensorsSource:
    """Tensors of safetensors files under the names that they have there.

    They are read, not mapped: mapped pages stay in memory after the tensor is gone, and a change in place would be
    seen by the next who loads it.
    """

    def __init__(self, header: CheckpointHeader) -> None:
        self._folder = header.folder
        self._has_checksums = header.format == "artifact"
        self._tensors = {tensor.name: tensor for tensor in header.tensors}

    def names(self) -> Iterable[str]:
        """All names."""
        return self._tensors

    def dtype(self, name: str) -> torch.dtype | None:
        """What `load` will give, as far as the headers tell."""
        return DTYPES.get(self._tensors[name].dtype) if name in self._tensors else None

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        info = self._tensors[name]
        if info.dtype not in DTYPES:
            raise BadInput(
                f"Tensors of the type {info.dtype} can't be worked on",
                where=f"{self._folder / info.file}: {name}",
                advice="use the model in 16 or 32 bits",
            )
        if self._has_checksums:
            refuse_damaged(self._folder / info.file)
        return read_bytes(self._folder / info.file, info).view(DTYPES[info.dtype]).reshape(info.shape)


def read_bytes(path: Path, info: TensorInfo) -> torch.Tensor:
    """The bytes of a tensor, uint8 (bytes,), on the CPU."""
    raw = torch.empty(info.nbytes, dtype=torch.uint8)
    try:
        with open(path, "rb", buffering=0) as file:
            file.seek(info.offset)
            left = raw.numpy().data
            while left and (count := file.readinto(left)):
                left = left[count:]
    except OSError as error:
        raise RunFailed(
            "A file of the model can't be read", where=str(path), why=error.strerror or str(error)
        ) from None
    if left:
        raise RunFailed("A file of the model was changed while it was in use", where=str(path), advice="run again")
    return raw


class GgufSource:
    """Tensors of a GGUF file under their Hugging Face names, unpacked one at a time.

    Undoes what llama.cpp's convert_hf_to_gguf.py does to values: the rows of q and k of Llama, the +1 in Gemma's norms,
    the transposed weights of GPT-2. 16-bit floats stay as they are, packed blocks become float32.
    """

    def __init__(self, header: CheckpointHeader) -> None:
        self._tensors = {tensor.name: tensor for tensor in header.tensors}
        self._config = header.config
        self._path = header.path

    def names(self) -> Iterable[str]:
        """All names."""
        return self._tensors

    def dtype(self, name: str) -> torch.dtype | None:
        """What `load` will give, as far as the headers tell."""
        if self._config["model_type"].startswith("gemma") and name.endswith("norm.weight"):
            return torch.float32
        return DTYPES.get(self._tensors[name].dtype, torch.float32) if name in self._tensors else None

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        info = self._tensors[name]
        model_type = self._config["model_type"]
        transposed = is_transposed(model_type, name)
        tensor = self._unpacked(info, info.shape[::-1] if transposed else info.shape)
        if transposed:
            tensor = tensor.t().contiguous()
        if model_type == "llama" and ".self_attn.q_proj." in name:
            tensor = _unpermuted(tensor, self._config["num_attention_heads"])
        if model_type == "llama" and ".self_attn.k_proj." in name:
            heads = self._config["num_attention_heads"]
            tensor = _unpermuted(tensor, self._config.get("num_key_value_heads", heads))
        if model_type.startswith("gemma") and name.endswith("norm.weight"):
            tensor = tensor.float() - 1
        return tensor

    def _unpacked(self, info: TensorInfo, shape: tuple[int, ...]) -> torch.Tensor:
        from gguf import GGMLQuantizationType
        from gguf.quants import dequantize

        raw = read_bytes(self._path, info)
        if info.dtype in DTYPES:
            return raw.view(DTYPES[info.dtype]).reshape(shape)
        rows = raw.reshape(math.prod(shape[:-1]), -1).numpy()
        return torch.from_numpy(dequantize(rows, GGMLQuantizationType[info.dtype])).reshape(shape)


def _unpermuted(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of each head from pairs (0, 1), (2, 3) … as llama.cpp rotates them to two halves as Hugging Face does."""
    rows = tensor.shape[0] // heads // 2
    return tensor.reshape(heads, rows, 2, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape)


class RenamedSource:
    """A checkpoint under the names of the network's state dict, through transformers' own conversions.

    Older checkpoints lack the prefix of the base model, keep experts apart, or spell names in another way.
    """

    def __init__(self, source: SafetensorsSource, module: nn.Module) -> None:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

        self._source = source
        self._module: Any = module
        mapping = get_model_conversion_mapping(self._module)
        renamings = [entry for entry in mapping if isinstance(entry, WeightRenaming)]
        converters = [entry for entry in mapping if isinstance(entry, WeightConverter)]
        by_pattern = {pattern: entry for entry in converters for pattern in entry.source_patterns}
        state = module.state_dict(keep_vars=True)
        prefix = self._module.base_model_prefix
        self._plain: dict[str, str] = {}
        self._converted: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._converters: dict[str, Any] = {}
        for original in sorted(source.names(), key=_natural):  # experts are stacked in this order
            name, pattern = rename_source_key(original, renamings, converters, prefix, state)
            if name not in state and original in state:
                name, pattern = rename_source_key(original, [], [], prefix, state)
            if pattern is None:
                self._plain[name] = original
            else:
                self._converted[name].append((pattern, original))
                self._converters[name] = by_pattern[pattern]
        self._targets = {target: first for first in self._converted for target in self._siblings(first, state)}

    def names(self) -> Iterable[str]:
        """All names."""
        return (*self._plain, *self._targets)

    def alias(self, name: str, other: str) -> None:
        """Let ``name`` be read where ``other`` is."""
        self._plain[name] = self._plain[other]

    def dtype(self, name: str) -> torch.dtype | None:
        """What `load` will give, as far as the headers tell."""
        first = self._targets.get(name)
        stored = self._plain.get(name) if first is None else self._converted[first][0][1]
        return None if stored is None else self._source.dtype(stored)

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        if name in self._plain:
            return self._source.load(self._plain[name])
        return self._convert(self._targets[name])[name]

    def _siblings(self, first: str, state: dict[str, Any]) -> list[str]:
        """The names that a conversion gives: ``first`` is one of them."""
        targets = self._converters[first].target_patterns
        named = [first.replace(targets[0], target) for target in targets]
        return [name for name in named if name in state] or [first]

    def _convert(self, first: str) -> dict[str, torch.Tensor]:
        converter = copy.deepcopy(self._converters[first])
        for pattern, original in self._converted[first]:
            converter.add_tensor(first, original, pattern, functools.partial(self._source.load, original))
        found = converter.convert(first, model=self._module, config=self._module.config)
        return {name: value[0] if isinstance(value, list) else value for name, value in found.items()}


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts expert 2 before expert 10, as transformers does."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def open_model(model: Path | str, *, revision: str = "", trust_remote_code: bool | None = None) -> Model:
    """Open a model without reading its weights: a Hugging Face folder, an artifact or a GGUF file, or by a name that
    `resolve` knows.

    Raises `BadInput` for everything that `read_header` refuses, for architectures that transformers does not know,
    and for models that another program quantized; `ConsentNeeded` where code that the model brings may not run.
    ``trust_remote_code``: None: it runs if the person said yes to it (see `engine.models.consent`); True: it runs;
    False: it never does, as where a model is only looked at.
    """
    header = read_header(resolve(model, revision))
    refuse_quantized(header)
    if trust_remote_code is not False:
        consent.keep_promised(str(model), header.path)
    module, config = build_skeleton(header, trust_remote_code)
    source: GgufSource | SafetensorsSource | RenamedSource | SeparatedSource
    source = GgufSource(header) if header.format == "gguf" else SafetensorsSource(header)
    if header.format == "safetensors" and isinstance(source, SafetensorsSource):
        source = RenamedSource(source, module)
        _alias_shared(module, source)
    if fused := separate_experts(module):
        source = SeparatedSource(source, fused)
    anatomy = find_anatomy(module, config)
    opened = Model(
        header=header,
        module=module,
        source=source,
        anatomy=anatomy,
        config={"architectures": [type(module).__name__], **header.config},
        companions=_companions(header),
    )
    if header.format == "artifact":
        description = read_description(header.path)
        opened.history = tuple(description.get("history", ()))
        for part in opened.parts:
            opened.load_stored_part(part, source, {k: v for k, v in description["modules"].items() if part.owns(k)})
    _settle_tie(opened)
    _forget_stored_buffers(opened)
    opened.set_expected_dtypes(source.dtype)
    return opened


class NoTokenizer(BadInput):
    """The model has none."""


def load_tokenizer(model: Model | Path | str) -> Any:
    """The tokenizer of a model (transformers' PreTrainedTokenizerFast). Raises `BadInput` if it has none."""
    if isinstance(model, Model):
        files, where = model.companions, model.path
    else:
        header = read_header(resolve(model))
        where = header.path
        files = _companions(header)
    folder = next((file.parent for file in files if file.name.startswith(("tokenizer", "vocab", "spiece"))), None)
    if folder is None:
        raise NoTokenizer(
            "The model has no tokenizer",
            where=str(where),
            why=_links_out(where),
            advice="copy tokenizer.json and tokenizer_config.json from where the model came from",
        )
    known: dict[str, Any] = _tokenizers.__dict__
    content = _content(files)
    if content in known:
        return known[content]
    try:
        with pretrained.quiet():
            tokenizer = limited(pretrained.tokenizer(folder), str(folder))
            tokenizer("a")
    except BadInput:
        raise
    except BaseException as error:
        if is_exit(error):
            raise
        why = " ".join(str(error).split())[:300]
        raise BadInput(
            "The tokenizer can't be loaded",
            where=str(folder),
            why=why,
            advice="copy the tokenizer's files again from where the model came from",
        ) from error
    known.clear()
    known[content] = tokenizer
    return tokenizer


_tokenizers = threading.local()
"""The last tokenizer of each thread by the content of its files: an artifact has that of its source. Making one holds
the interpreter for tens of milliseconds, and one tokenizer can't serve two threads at once."""


def _content(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.name):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _links_out(path: Path) -> str:
    """Why a tokenizer that seems to be there is not taken."""
    found = [name for name in COMPANIONS if path.is_dir() and (path / name).exists() and name.startswith("token")]
    return f"{found[0]} is a link to a file outside the model's folder" if found else ""


def check_finite(name: str, tensor: torch.Tensor) -> None:
    """Raise `RunFailed` naming the layer if a floating tensor holds NaN or infinity. One pass over it, without a copy:
    the extremes are NaN where a value is."""
    if not tensor.is_floating_point() or tensor.is_meta or not tensor.numel():
        return
    values = tensor if tensor.element_size() > 1 else tensor.float()
    if torch.isfinite(torch.stack(torch.aminmax(values))).all():
        return
    broken = int((~torch.isfinite(values)).sum())
    raise RunFailed(
        "A weight is not a number",
        where=name,
        why=f"{broken} of {tensor.numel()} values are NaN or infinite",
        advice="the file is damaged or the step before failed: get the model again",
    )


def refuse_quantized(header: CheckpointHeader) -> None:
    """Raise `BadInput` for a model that another program quantized."""
    other = header.config.get("quantization_config")
    if other is not None and header.format != "artifact":
        method = other.get("quant_method", "another program") if isinstance(other, dict) else "another program"
        raise BadInput(
            f"The model was already quantized ({method})",
            where=str(header.path),
            why="what was rounded away can't be brought back, and compressing it again would hide that",
            advice="use the original model in 16 or 32 bits",
        )


def _alias_shared(module: nn.Module, source: RenamedSource) -> None:
    """Tensors that the network shares may be stored under one of their names only."""
    known = set(source.names())
    groups: dict[int, list[str]] = defaultdict(list)
    for name, tensor in module.state_dict(keep_vars=True).items():
        groups[id(tensor)].append(name)
    for names in groups.values():
        stored = next((name for name in names if name in known), None)
        if stored is not None:
            for name in names:
                if name not in known:
                    source.alias(name, stored)


def _settle_tie(model: Model) -> None:
    """A config may promise a tied head while the file holds another one: the file is right, as in transformers."""
    anatomy = model.anatomy
    if not anatomy.tied or anatomy.head is None:
        return
    own, shared = f"{anatomy.head}.weight", f"{anatomy.embeddings[0]}.weight"
    stored = {tensor.name for tensor in model.header.tensors}
    if {own, shared} <= stored and not torch.equal(model.source.load(own), model.source.load(shared)):
        head = model.get(anatomy.head)
        assert isinstance(head, nn.Linear)
        head.weight = nn.Parameter(head.weight.detach().clone(), requires_grad=False)
        model.anatomy = anatomy.untied()
        model.config["tie_word_embeddings"] = False


def _forget_stored_buffers(model: Model) -> None:
    """Buffers were computed when the skeleton was built; those that the file holds are read from there."""
    names = set(model.source.names())
    for prefix, owner in model.module.named_modules():
        for leaf in owner._buffers.keys() - owner._non_persistent_buffers_set:
            buffer = owner._buffers[leaf]
            if buffer is not None and f"{prefix}.{leaf}" in names:
                owner._buffers[leaf] = buffer.to("meta")


def _companions(header: CheckpointHeader) -> tuple[Path, ...]:
    """What travels with the model; the code that makes its network or its tokenizer too."""
    if header.format == "gguf":
        return _gguf_companions(header.path)
    brings = pretrained.needs_code(header) or pretrained.tokenizer_needs_code(header.folder)
    return (*header.companions, *(consent.code_in(header.folder).paths if brings else ()))


def _gguf_companions(path: Path) -> tuple[Path, ...]:
    """Tokenizer files made from those inside the GGUF file, kept in the cache; none if that fails."""
    status = path.stat()
    key = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    folder = home() / "cache" / "tokenizers" / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not folder.is_dir():
        _whole_folder(folder, lambda work: _convert_tokenizer(path, work))
    return tuple(folder / name for name in COMPANIONS if (folder / name).is_file())


def _convert_tokenizer(path: Path, folder: Path) -> None:
    try:
        with pretrained.quiet(), tempfile.TemporaryDirectory(prefix="tokenizer-") as work:
            pretrained.convert_gguf_tokenizer(path, Path(work), folder)
    except Exception as error:  # whatever the converter trips over: the weights are still usable
        logging.getLogger(__name__).warning("The tokenizer of %s can't be converted: %s", path, error)


def _whole_folder(folder: Path, write: Callable[[Path], None]) -> None:
    work = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    make_folder(work)
    write(work)
    restrict(work)
    try:
        os.replace(work, folder)
    except OSError:
        if not folder.is_dir():  # another process was faster: its folder holds the same
            raise
