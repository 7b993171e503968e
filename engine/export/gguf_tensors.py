"""What each tensor of a model becomes in a GGUF file: which type, which name, which bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gguf
import torch

from engine.contracts.errors import BadInput
from engine.export.gguf_keys import ARCHITECTURES
from engine.models.headers.gguf import is_transposed
from engine.models.model import Model, Part
from engine.models.modules import CompressedModule
from engine.models.modules.quantized import QuantizedLinear, QuantizedWeight
from engine.models.modules.quantized_embedding import QuantizedEmbedding
from engine.models.modules.tied import TiedLinear
from engine.numerics import gguf_blocks

Type = gguf.GGMLQuantizationType
DENSE = {torch.float32: Type.F32, torch.float16: Type.F16, torch.bfloat16: Type.BF16}
_DTYPES = {kind: dtype for dtype, kind in DENSE.items()}


@dataclass(frozen=True)
class Entry:
    """A tensor of the file. ``shape`` as Hugging Face has it; ``data`` gives its bytes, a row for each of its rows,
    once its part is loaded."""

    name: str
    kind: Any
    shape: tuple[int, ...]
    data: Callable[[], torch.Tensor]

    @property
    def byte_shape(self) -> tuple[int, ...]:
        """The shape in bytes."""
        block, size = gguf.GGML_QUANT_SIZES[self.kind]
        return (*self.shape[:-1], self.shape[-1] // block * size)


def packed_kind(module: CompressedModule) -> tuple[Any, str]:
    """The block type that holds a module's codes as they are; or None and why there is none."""
    if not isinstance(module, QuantizedWeight):
        return None, f"layers of the kind '{module.KIND}' have no place in a GGUF file"
    scheme = module.scheme
    if scheme.number.kind != "integer":
        return None, f"GGUF has no blocks of {scheme.format} with free scales"
    if scheme.number.bits == 8 and not scheme.symmetric:
        return None, "GGUF has no 8-bit blocks with zero points"
    if (scheme.group_size if scheme.granularity == "group" else module.in_features) % gguf_blocks.SIZE:
        return None, "its group size is not a multiple of 32 weights"
    if scheme.scale_dtype == "float32":
        return None, "its scales are float32, and those of GGUF are float16"
    if scheme.number.bits == 8:
        return Type.Q8_0, ""
    return (Type.Q4_0 if scheme.symmetric else Type.Q4_1), ""


def entries(model: Model, part: Part, dtype: torch.dtype | None) -> Iterator[Entry]:
    """The tensors of a part; works on the meta device as long as no data is asked for.

    ``dtype``: of matrices that are not packed; None: as they are stored, and where they were compressed what holds them
    to the bit.
    """
    names = _Names(model)
    compressed = model.compressed(part)
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
        if not name.startswith(inside):
            kind = Type.F32 if tensor.ndim < 2 else DENSE.get(dtype or tensor.dtype, Type.F32)
            owner, _, leaf = name.rpartition(".")
            shape = tensor.shape[::-1] if _turned(model, name) else tensor.shape
            yield _dense_entry(model, names(name), name, shape, kind, _later(model.get(owner), leaf))


class _Names:
    """The name that the gguf library's tables have for a tensor."""

    def __init__(self, model: Model) -> None:
        self.path = str(model.path)
        self.architecture = ARCHITECTURES[model.config["model_type"]]
        kinds = {word: key for key, word in gguf.MODEL_ARCH_NAMES.items()}
        self.table = gguf.get_tensor_name_map(kinds[self.architecture], len(model.anatomy.layers))

    def __call__(self, name: str) -> str:
        stem, _, leaf = name.rpartition(".")
        found = self.table.get_name(stem)
        if found is None:
            raise BadInput(
                f"llama.cpp's {self.architecture} has no place for a tensor",
                where=f"{self.path}: {name}",
                advice="export in Hugging Face form",
            )
        return f"{found}.{leaf}"


def _weight_entry(model: Model, name: str, place: str, module: CompressedModule, dtype: torch.dtype | None) -> Entry:
    kind, _ = packed_kind(module)
    if kind is None:
        weight = module.dense_weight()
        shape = weight.shape[::-1] if _turned(model, f"{place}.weight") else weight.shape
        dense = DENSE[dtype or module.exact_dtype]
        return _dense_entry(model, name, f"{place}.weight", shape, dense, module.dense_weight)
    assert isinstance(module, QuantizedLinear | QuantizedEmbedding)

    def data() -> torch.Tensor:
        found = module.quantized()
        rows = _row_order(model, f"{place}.weight", module.out_features)
        codes, scales, zeros = found.codes[rows], found.scales, found.zero_points
        if len(scales) > 1:
            scales = scales[rows]
            zeros = None if zeros is None else zeros[rows]
        try:
            if kind == Type.Q8_0:
                return gguf_blocks.q8_0(codes, scales)
            return gguf_blocks.q4_0(codes, scales) if zeros is None else gguf_blocks.q4_1(codes, scales, zeros)
        except ValueError as error:
            raise BadInput(
                "The integers of a layer can't be carried over",
                where=place,
                why=str(error),
                advice="quantize with float16 scales",
            ) from None

    return Entry(name, kind, (module.out_features, module.in_features), data)


def _dense_entry(
    model: Model,
    name: str,
    place: str,
    shape: torch.Size | tuple[int, ...],
    kind: Any,
    tensor: Callable[[], torch.Tensor],
) -> Entry:
    def data() -> torch.Tensor:
        values = tensor().detach()
        values = values.t() if _turned(model, place) else values
        values = values[_row_order(model, place, len(values))]
        if str(model.config["model_type"]).startswith("gemma") and place.endswith("norm.weight"):
            values = values.float() + 1  # llama.cpp multiplies by what the file holds
        cast = values.to(_DTYPES[kind]).contiguous()
        return cast.view(torch.uint8).view(*cast.shape[:-1], -1)

    return Entry(name, kind, tuple(shape), data)


def _later(owner: Any, leaf: str) -> Callable[[], torch.Tensor]:
    """The tensor that is there when it is asked for: parts are loaded one by one."""
    return lambda: getattr(owner, leaf)


def _turned(model: Model, place: str) -> bool:
    return is_transposed(model.config["model_type"], place)


def _row_order(model: Model, place: str, count: int) -> torch.Tensor:
    """llama.cpp rotates the pairs (0, 1), (2, 3) … of a head in Llama's attention, Hugging Face its two halves."""
    order = torch.arange(count)
    is_key = ".self_attn.k_proj." in place
    if ARCHITECTURES[model.config["model_type"]] != "llama" or not (is_key or ".self_attn.q_proj." in place):
        return order
    heads = model.anatomy.kv_heads if is_key else model.anatomy.heads
    return order.view(heads, 2, count // heads // 2).swapaxes(1, 2).reshape(-1)


def rope_factors(model: Model, config: Any) -> Iterator[Entry]:
    """Llama 3's divisors of the rotary frequencies (transformers' modeling_rope_utils, "llama3")."""
    rope = config.rope_parameters
    if rope["rope_type"] != "llama3":
        return
    size = model.anatomy.head_dim
    wavelengths = 2 * torch.pi * rope["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    context, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = ((context / wavelengths - low) / (high - low)).clamp(0, 1)
    factors = (1 / ((1 - smooth) / rope["factor"] + smooth)).float()
    yield Entry("rope_freqs.weight", Type.F32, tuple(factors.shape), lambda: factors.view(torch.uint8))


def stored_dtype(model: Model, entry_kinds: set[Any]) -> int:
    """The word for the whole file (general.file_type): the packed type, or that of the dense matrices."""
    words = gguf.LlamaFileType
    packed = {Type.Q4_0: words.MOSTLY_Q4_0, Type.Q4_1: words.MOSTLY_Q4_1, Type.Q8_0: words.MOSTLY_Q8_0}
    dense = {Type.F16: words.MOSTLY_F16, Type.BF16: words.MOSTLY_BF16}
    for kind, word in {**packed, **dense}.items():
        if kind in entry_kinds:
            return int(word)
    return int(words.ALL_F32)
