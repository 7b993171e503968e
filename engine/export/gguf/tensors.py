"""The tensors of a GGUF file: type, name and bytes of each tensor of a model."""

from __future__ import annotations

import functools
import math
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gguf
import torch
from torch import nn

from engine.architecture.experts import fused_tensors
from engine.base import pinned
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.headers import TensorInfo, gguf_delta, gguf_gemma
from engine.checkpoints.headers.gguf import is_transposed
from engine.checkpoints.headers.gguf_architectures import BARE, LEAFLESS, ONE_CHANNEL, spelled
from engine.checkpoints.headers.gguf_fields import listing
from engine.checkpoints.tensor_sources import GgufSource, moved_heads, read_bytes
from engine.export.gguf.entries import DENSE, DTYPES, Entry, Type, packed_kind, packed_rows
from engine.export.gguf.experts import bias_entries, expert_entries
from engine.export.gguf.keys import form_of
from engine.export.gguf.metadata import mix
from engine.export.gguf.tokenizer import origin
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlWeight
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear


def entries(model: Model, part: Part, dtype: torch.dtype | None) -> Iterator[Entry]:
    """The tensors of a part; works on the meta device as long as no data is asked for.

    ``dtype``: of matrices that are not packed; None: as they are stored, and where they were compressed what holds them
    to the bit.
    """
    names = _Names(model)
    unchanged = untouched(model)
    left_out = {name for name in (*model.compressed(part), *model.tensors(part)) if is_left_out(model, name)}
    fused = dict(fused_tensors(model.module, part.owns))
    experts = tuple(f"{name}." for name in fused)
    for name, linears in fused.items():
        yield from expert_entries(model, name, linears, names, dtype)
    compressed = {
        n: module for n, module in model.compressed(part).items() if not n.startswith(experts) and n not in left_out
    }
    for name, module in compressed.items():
        if isinstance(module, TiedLinear):
            continue
        yield _weight_entry(model, names(f"{name}.weight"), name, module, dtype)
        bias = module.packed_tensors().get("bias")
        if bias is not None:
            yield _dense_entry(
                model, names(f"{name}.bias"), f"{name}.bias", bias.shape, Type.F32, _later(module, "bias")
            )
    inside = tuple(f"{name}." for name in compressed)
    for name, tensor in model.tensors(part).items():
        if name.startswith(experts) or name in left_out:
            continue
        if name.endswith("_proj_bias"):
            yield from bias_entries(model, name, names)
        elif name in unchanged and (dtype is None or Type[unchanged[name].dtype] not in DTYPES):
            yield _as_it_came(model, names(name), unchanged[name])
        elif (stored := _packed_as(model, name)) is not None:
            yield _packed_entry(model, names(name), name, stored)
        elif not name.startswith(inside):
            kind = Type.F32 if tensor.ndim != 2 or name.endswith(REAL) else DENSE.get(dtype or tensor.dtype, Type.F32)
            owner, _, leaf = name.rpartition(".")
            shape = _file_shape(model, name, tensor.shape)
            yield _dense_entry(model, names(name), name, shape, kind, _later(model.get(owner), leaf))


REAL = ("_bias", "position_embeddings.weight", "token_type_embeddings.weight")
"""Ends of the names of matrices that llama.cpp needs in float32."""


def is_left_out(model: Model, name: str) -> bool:
    """True for a tensor or module of the head of an encoder: llama.cpp has the encoder alone."""
    if form_of(model).kind != "encoder" or model.module.base_model is model.module:
        return False
    return not name.startswith(f"{model.module.base_model_prefix}.")


class _Names:
    """The name that the gguf library's tables have for a tensor."""

    def __init__(self, model: Model) -> None:
        self.path = str(model.path)
        self.architecture = form_of(model).gguf
        self.prefix = f"{model.module.base_model_prefix}." if form_of(model).kind == "encoder" else "\0"
        self.table = _table(self.architecture, len(model.anatomy.layers))

    def __call__(self, name: str) -> str:
        stem, _, leaf = spelled(name.removeprefix(self.prefix)).rpartition(".")
        if name.endswith(BARE):
            stem, leaf = name, "weight"
        gguf_stem = self.table.get_name(stem)
        if gguf_stem is None:
            raise BadInput(
                f"llama.cpp's {self.architecture} has no place for a tensor",
                where=f"{self.path}: {name}",
                advice="export in Hugging Face form",
            )
        return gguf_stem if gguf_stem.endswith(LEAFLESS) else f"{gguf_stem}.{leaf}"


@functools.lru_cache(maxsize=4)
def _table(architecture: str, layers: int) -> gguf.TensorNameMap:
    """The gguf library's names for the tensors of so many layers, which take it a while to list."""
    kinds = {word: key for key, word in gguf.MODEL_ARCH_NAMES.items()}
    return gguf.get_tensor_name_map(kinds[architecture], layers)


def _weight_entry(
    model: Model, name: str, gguf_name: str, module: CompressedModule, dtype: torch.dtype | None
) -> Entry:
    kind, _ = kind_of(model, gguf_name, module)
    if kind is None:
        weight = module.dense_weight()
        shape = weight.shape[::-1] if _turned(model, f"{gguf_name}.weight") else weight.shape
        dense = DENSE[dtype or module.exact_dtype]
        return _dense_entry(model, name, f"{gguf_name}.weight", shape, dense, module.dense_weight)
    assert isinstance(module, QuantizedLinear | QuantizedEmbedding | GgmlWeight)

    def data() -> torch.Tensor:
        try:
            return _arranged(model, f"{gguf_name}.weight", packed_rows(module)).contiguous()
        except ValueError as error:
            raise BadInput(
                "The integers of a layer can't be carried over",
                where=gguf_name,
                why=str(error),
                advice="quantize with float16 scales",
            ) from None

    return Entry(name, kind, (module.out_features, module.in_features), data)


def untouched(model: Model) -> dict[str, TensorInfo]:
    """Tensors that are to the bit what they were in the GGUF file that the model came from, if that is still there:
    name -> where they lie in it. What no method changed leaves as it came, whatever type it has."""
    if model.module in _UNTOUCHED:
        return _UNTOUCHED[model.module]
    is_on_disk = all(tensor.is_meta for tensor in model.state().values())
    unchanged = dict(_unchanged(model))
    if is_on_disk:
        _UNTOUCHED[model.module] = unchanged
    return unchanged


_UNTOUCHED: weakref.WeakKeyDictionary[nn.Module, dict[str, TensorInfo]] = weakref.WeakKeyDictionary()
"""Of models that lie on disk, by their network: what is there does not change."""


def _unchanged(model: Model) -> Iterator[tuple[str, TensorInfo]]:
    source = origin(model)
    if source is None:
        return
    if model.header.format == "gguf" and not model.history:
        yield from ((info.name, info) for info in model.header.tensors if not _is_joined(model.header, info.name))
        return
    try:
        header = read_header(source)
    except BadInput:  # it was replaced by something else meanwhile
        return
    before, infos = GgufSource(header), {info.name: info for info in header.tensors}
    compressed = tuple(f"{name}." for name in model.compressed())
    for name, tensor in model.state().items():
        info = infos.get(name)
        if info is None or _is_joined(header, name) or name.startswith(compressed) or tensor.shape != info.shape:
            continue
        if torch.equal(model.tensor(name).float().cpu(), before.load(name).float()):
            yield name, info


def _is_joined(header: CheckpointHeader, name: str) -> bool:
    """True for a tensor that was joined from tensors of the file that can't be told apart again."""
    return name in header.packed and header.packed[name].options.get("latent") is True


def _as_it_came(model: Model, name: str, info: TensorInfo) -> Entry:
    """The bytes of the file that the model came from."""
    shape = _file_shape(model, info.name, info.shape)
    path = origin(model)
    assert path is not None
    file = pinned.pins().pin(path)

    def data() -> torch.Tensor:
        return read_bytes(file, info).view(*shape[:-1], -1)

    return Entry(name, Type[info.dtype], tuple(shape), data)


def _packed_as(model: Model, name: str) -> Any:
    """The type of the blocks that an artifact keeps a tensor in, None for any other."""
    packed = model.header.packed.get(name)
    return (
        None
        if packed is None or packed.layout != "ggml" or "type" not in packed.options
        else Type[packed.options["type"]]
    )


def _packed_entry(model: Model, name: str, tensor_name: str, kind: Any) -> Entry:
    """The blocks that an artifact keeps, in llama.cpp's order of the rows."""
    source = model.header.packed[tensor_name]

    def data() -> torch.Tensor:
        packed = model.packed(tensor_name)
        assert packed is not None
        return _arranged(model, tensor_name, packed.tensors["blocks"]).contiguous()

    return Entry(name, kind, _file_shape(model, tensor_name, source.shape), data)


def _dense_entry(
    model: Model,
    name: str,
    tensor_name: str,
    shape: torch.Size | tuple[int, ...],
    kind: Any,
    tensor: Callable[[], torch.Tensor],
) -> Entry:
    def data() -> torch.Tensor:
        values = tensor().detach()
        values = values.t() if _turned(model, tensor_name) else values
        values = _arranged(model, tensor_name, values)
        if form_of(model).adds_one(tensor_name):
            values = values.float() + 1  # llama.cpp multiplies by what the file holds
        if tensor_name.endswith(".A_log"):
            values = -values.float().exp()
        cast = values.to(DTYPES[kind]).contiguous()
        return cast.view(torch.uint8).view(*cast.shape[:-1], -1)

    return Entry(name, kind, tuple(shape), data)


def recomputed(model: Model, name: str) -> bool:
    """True for a tensor whose values the file holds in another form, such as their logarithms."""
    return bool(form_of(model).adds_one(name)) or name.endswith(".A_log")


def _later(owner: Any, leaf: str) -> Callable[[], torch.Tensor]:
    """The tensor that is there when it is asked for: parts are loaded one by one."""
    return lambda: getattr(owner, leaf)


def _file_shape(model: Model, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that a tensor has in the file."""
    if name.endswith(ONE_CHANNEL):
        return shape[0], shape[-1]  # its one channel is left out
    return tuple(shape[::-1]) if _turned(model, name) else tuple(shape)


def _turned(model: Model, tensor_name: str) -> bool:
    return is_transposed(model.config["model_type"], tensor_name)


def kind_of(model: Model, layer: str, module: CompressedModule) -> tuple[Any, str]:
    """`packed_kind` of a layer in the file's order of its values."""
    kind, why = packed_kind(module)
    return (kind, why) if kind is None or _is_whole(model, f"{layer}.weight", kind) else (None, _ACROSS)


_ACROSS = "llama.cpp has its heads in another order, and blocks hold values of several"


def _is_whole(model: Model, name: str, kind: Any) -> bool:
    """True where no block has values that go to separate rows."""
    order = gguf_delta.head_order(model.config, name)
    return order is None or order.axis == 0 or order.width % gguf.GGML_QUANT_SIZES[kind][0] == 0


def _arranged(model: Model, tensor_name: str, values: torch.Tensor) -> torch.Tensor:
    """The values of a tensor, or its blocks, in the file's order."""
    order = gguf_delta.head_order(model.config, tensor_name)
    return values[_row_order(model, tensor_name, len(values))] if order is None else moved_heads(values, order)


def _row_order(model: Model, tensor_name: str, count: int) -> torch.Tensor:
    """llama.cpp rotates the pairs (0, 1), (2, 3) … of a head in Llama's attention, Hugging Face its two halves."""
    order = torch.arange(count)
    is_key = ".self_attn.k_proj." in tensor_name
    if not form_of(model).permuted or not (is_key or ".self_attn.q_proj." in tensor_name):
        return order
    heads = model.anatomy.kv_heads if is_key else model.anatomy.heads
    return order.view(heads, 2, count // heads // 2).swapaxes(1, 2).reshape(-1)


def rope_factors(model: Model, config: Any) -> Iterator[Entry]:
    """Llama 3's divisors of the rotary frequencies (transformers' modeling_rope_utils, "llama3")."""
    rope = config.rope_parameters
    if config.model_type == gguf_gemma.TYPE:
        yield _still_frequencies(config)
        return
    if rope.get("rope_type") != "llama3":
        return
    size = model.anatomy.head_dim
    wavelengths = 2 * torch.pi * rope["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    context, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = ((context / wavelengths - low) / (high - low)).clamp(0, 1)
    factors = (1 / ((1 - smooth) / rope["factor"] + smooth)).float()
    stored = _stored_factors(model)
    if stored is not None and stored.shape == factors.shape and torch.allclose(stored, factors, rtol=1e-3):
        factors = stored
    yield Entry("rope_freqs.weight", Type.F32, tuple(factors.shape), lambda: factors.view(torch.uint8))


def _still_frequencies(config: Any) -> Entry:
    """Gemma 4's layers without a window turn a part of their features: the frequencies of the others are divided by
    so much that they stand still."""
    size = config.per_layer_config[list(config.layer_types).index("full_attention")].head_dim
    turning = int(size * config.rope_parameters["full_attention"].get("partial_rotary_factor", 1.0) / 2)
    factors = torch.full((size // 2,), gguf_gemma.STILL)
    factors[:turning] = 1
    return Entry("rope_freqs.weight", Type.F32, (size // 2,), lambda: factors.view(torch.uint8))


def _stored_factors(model: Model) -> torch.Tensor | None:
    """Those of the GGUF file that the model came from."""
    source = origin(model)
    factors = listing(source).tensor("rope_freqs.weight") if source is not None else None
    if source is None or factors is None or factors.kind != Type.F32:
        return None
    size = 4 * math.prod(factors.shape)
    raw = read_bytes(
        pinned.pins().pin(source), TensorInfo(factors.name, factors.shape, "F32", size, source.name, factors.offset)
    )
    return raw.view(torch.float32).reshape(factors.shape)


def stored_dtype(model: Model, plan: Iterable[Entry]) -> int:
    """The word for the whole file (general.file_type): that of the mix, else the type that most matrices have."""
    words = gguf.LlamaFileType
    special = {"MXFP4": words.MOSTLY_MXFP4_MOE, "Q2_K": words.MOSTLY_Q2_K}
    if chosen := mix(model):
        return int(special.get(chosen) or words[f"MOSTLY_{chosen}"])
    values: dict[str, int] = {}
    for entry in plan:
        if len(entry.shape) > 1 and entry.kind != Type.F32:
            values[entry.kind.name] = values.get(entry.kind.name, 0) + math.prod(entry.shape)
    names = {"Q2_K": "Q2_K_S", "Q3_K": "Q3_K_S", "Q4_K": "Q4_K_S", "Q5_K": "Q5_K_S", "MXFP4": "MXFP4_MOE"}
    kinds = sorted(values, key=lambda name: (name in ("F16", "BF16"), -values[name]))
    return int(words[f"MOSTLY_{names.get(kinds[0], kinds[0])}"] if kinds else words.ALL_F32)
