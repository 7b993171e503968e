"""Headers of GGUF files, and what they say in the words of Hugging Face.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The names of tensors and keys are those that
llama.cpp's convert_hf_to_gguf.py writes.
"""

from __future__ import annotations

import functools
import itertools
import math
import mmap
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.contracts.errors import BadInput
from engine.models.headers import TensorInfo

MAGIC = b"GGUF"
_PACKED = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "TQ1_0", "TQ2_0", "MXFP4")
_TABLES = ("IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S", "IQ1_M", "IQ4_NL", "IQ4_XS")
TYPES = frozenset(("F32", "F16", "BF16", *_PACKED, *_TABLES))
"""Types of tensors that the gguf package can dequantize."""

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_KEPT = 4096
"""Arrays up to this length are kept; of longer ones (the vocabulary) only the length is."""
_AGAIN = "download or copy it again"

_KEYS = {
    "context_length": "max_position_embeddings",
    "block_count": "num_hidden_layers",
    "feed_forward_length": "intermediate_size",
    "embedding_length": "hidden_size",
    "rope.freq_base": "rope_theta",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
_GEMMA_KEYS = {**_KEYS, "attention.key_length": "head_dim"}
_GEMMA2_KEYS = {
    **_GEMMA_KEYS,
    "attention.sliding_window": "sliding_window",
    "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_GPT2_KEYS = {
    "context_length": "n_positions",
    "block_count": "n_layer",
    "feed_forward_length": "n_inner",
    "embedding_length": "n_embd",
    "attention.head_count": "n_head",
    "attention.layer_norm_epsilon": "layer_norm_epsilon",
}
_LLAMA = (
    "input_layernorm",
    "post_attention_layernorm",
    *(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm")),
    *(f"mlp.{name}" for name in ("gate_proj", "up_proj", "down_proj")),
)
_GEMMA2 = (*_LLAMA, "pre_feedforward_layernorm", "post_feedforward_layernorm")
_GPT2 = ("ln_1", "ln_2", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")


@dataclass(frozen=True, eq=False)
class Architecture:
    """How one GGUF architecture is called and spelled in Hugging Face form: its keys, and the modules of a layer and
    outside of them. What the GGUF file calls the modules is known to the gguf package."""

    model_type: str
    keys: dict[str, str]
    inside: tuple[str, ...] = _LLAMA
    outside: tuple[str, ...] = ("model.embed_tokens", "model.norm", "lm_head")
    layers: str = "model.layers"


ARCHITECTURES = {
    "llama": Architecture("llama", {**_KEYS, "rope.dimension_count": "head_dim"}),
    "qwen2": Architecture("qwen2", _KEYS),
    "qwen3": Architecture("qwen3", _GEMMA_KEYS),
    "phi3": Architecture("phi3", _KEYS, (*_LLAMA, "self_attn.qkv_proj", "mlp.gate_up_proj")),
    "gemma": Architecture("gemma", _GEMMA_KEYS),
    "gemma2": Architecture("gemma2", _GEMMA2_KEYS, _GEMMA2),
    "gemma3": Architecture("gemma3_text", _GEMMA2_KEYS, _GEMMA2),
    "gpt2": Architecture(
        "gpt2",
        _GPT2_KEYS,
        _GPT2,
        ("transformer.wte", "transformer.wpe", "transformer.ln_f", "lm_head"),
        "transformer.h",
    ),
}
"""GGUF architecture -> what it is in Hugging Face form."""
_REQUIRED = ("context_length", "block_count", "feed_forward_length", "embedding_length", "attention.head_count")
"""Keys whose numbers have no default that every model of an architecture shares."""
_REALS = ("rope.freq_base", "attn_logit_softcapping", "final_logit_softcapping", "epsilon")
"""How the keys end whose numbers need not be whole."""
_LARGEST = {"gemma2": 46, "gemma3": 62}
"""Layers of the one model of an architecture whose attention is scaled by hidden size / heads."""
_IGNORED = ("rope_freqs.weight",)
"""Becomes part of the config."""
_LLAMA3_CONTEXT = 8192
"""Positions that Llama 3 was trained on before its frequencies were scaled."""


def read_file(path: Path) -> tuple[dict[str, Any], tuple[TensorInfo, ...]]:
    """Config in the words of Hugging Face, and the tensors under their Hugging Face names.

    Raises `BadInput` for a damaged file, and for architectures and types of tensors that are not supported.
    """
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _read(path, data)
            except (struct.error, UnicodeDecodeError, ArithmeticError, TypeError, _Short) as error:
                raise _damaged(path, f"its header is cut off or broken ({error})") from None
    except ValueError:
        raise _damaged(path, "it is empty") from None
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None


class _Short(Exception):  # noqa: N818 - becomes a sentence
    pass


class _Cursor:
    """A place in the file that never leaves it."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def skip(self, count: int) -> int:
        """Go ``count`` bytes on; returns where it was."""
        start = self.at
        if count > len(self.data) - start:
            raise _Short(f"{count} bytes are claimed at byte {start}, the file has {len(self.data)}")
        self.at += count
        return start

    def number(self, form: str) -> Any:
        return struct.unpack_from(form, self.data, self.skip(struct.calcsize(form)))[0]

    def text(self) -> str:
        length = self.number("<Q")
        start = self.skip(length)
        return self.data[start : start + length].decode("utf-8")

    def skip_texts(self, count: int) -> None:
        """Go over so many texts: a vocabulary has hundreds of thousands, and every opening of the file meets them."""
        length_at, data, at = struct.Struct("<Q").unpack_from, self.data, self.at
        for _ in range(count):
            at += 8 + length_at(data, at)[0]  # an error of struct where the file ends
        self.skip(at - self.at)

    def value(self, kind: int, depth: int = 0) -> Any:
        """A value; of a long array only its length."""
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY or depth > 2:
            raise _Short(f"a value has the unknown type {kind}")
        inner, count = self.number("<I"), self.number("<Q")
        if inner in _SCALARS:
            size = struct.calcsize(_SCALARS[inner])
            start = self.skip(count * size)
            form = f"<{count}{_SCALARS[inner][1]}"
            return list(struct.unpack_from(form, self.data, start)) if count <= _KEPT else count
        self.room(count, 8)
        if inner == _STRING and count > _KEPT:
            self.skip_texts(count)
            return count
        values = [self.value(inner, depth + 1) for _ in range(count)]
        return values if count <= _KEPT else count

    def room(self, count: int, each: int) -> None:
        """Refuse a count of things that can't lie in the rest of the file."""
        if count * each > len(self.data) - self.at:
            raise _Short(f"{count} entries are claimed at byte {self.at}, the file has {len(self.data)} bytes")


def _read(path: Path, data: mmap.mmap) -> tuple[dict[str, Any], tuple[TensorInfo, ...]]:
    cursor = _Cursor(data)
    if data[:4] != MAGIC:
        raise BadInput("Not a GGUF file", where=str(path), why="it does not begin with the letters GGUF")
    cursor.skip(4)
    version, tensors, entries = cursor.number("<I"), cursor.number("<Q"), cursor.number("<Q")
    if version not in (2, 3):
        why = "it is big-endian" if version & 0xFFFF == 0 else f"it is of version {version}, not 2 or 3"
        raise BadInput("The GGUF file can't be read", where=str(path), why=why, advice="convert it with llama.cpp")
    cursor.room(entries, 13)
    keys: dict[str, Any] = {}
    for _ in range(entries):
        name = cursor.text()
        keys[name] = cursor.value(cursor.number("<I"))
    architecture = _architecture(path, keys)
    cursor.room(tensors, 24)
    listed = [_listed(cursor) for _ in range(tensors)]
    alignment = keys.get("general.alignment", 32)
    if type(alignment) is not int or alignment < 1:
        raise _damaged(path, f"its alignment is {alignment!r}")
    start = (cursor.at + alignment - 1) // alignment * alignment
    placed = [_placed(path, start, len(data), *entry) for entry in listed]
    _check_overlaps(path, placed)
    config = _config(path, keys, architecture, {info.name: info for info in placed}, data)
    return config, tuple(_named(path, architecture, info) for info in placed if info.name not in _IGNORED)


def _listed(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name, dimensions = cursor.text(), cursor.number("<I")
    if dimensions > 4:
        raise _Short(f"{name} has {dimensions} dimensions")
    shape = tuple(reversed([cursor.number("<Q") for _ in range(dimensions)]))
    return name, shape, cursor.number("<I"), cursor.number("<Q")


def _placed(path: Path, start: int, size: int, name: str, shape: tuple[int, ...], kind: int, offset: int) -> TensorInfo:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    spelled = GGMLQuantizationType(kind).name if kind in GGMLQuantizationType._value2member_map_ else str(kind)
    if spelled not in TYPES:
        raise BadInput(
            f"The GGUF file holds tensors of the type {spelled}, which can't be read",
            where=f"{path}: {name}",
            advice="use a file of another type, such as F16, Q8_0 or Q4_K",
        )
    block, nbytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    if (shape[-1] if shape else 1) % block:
        raise _damaged(path, f"{name} has rows of {shape[-1]} values, {spelled} packs {block} together")
    length = math.prod(shape) // block * nbytes
    if start + offset + length > size:
        raise _damaged(path, f"it is cut off: {name} ends at byte {start + offset + length}, the file has {size}")
    return TensorInfo(name, shape, spelled, length, path.name, start + offset)


def _check_overlaps(path: Path, tensors: list[TensorInfo]) -> None:
    if len({tensor.name for tensor in tensors}) < len(tensors):
        raise _damaged(path, "a tensor's name appears twice")
    ordered = sorted(tensors, key=lambda tensor: tensor.offset)
    for before, after in itertools.pairwise(ordered):
        if before.offset + before.nbytes > after.offset:
            raise _damaged(path, f"{after.name} overlaps {before.name}")


def _architecture(path: Path, keys: dict[str, Any]) -> Architecture:
    name = keys.get("general.architecture")
    if name not in ARCHITECTURES:
        raise BadInput(
            f"GGUF files of the architecture {name!r} can't be read",
            where=str(path),
            why="known are " + ", ".join(ARCHITECTURES),
            advice="use the model in Hugging Face form",
        )
    for key, what in (
        ("expert_count", "is a mixture of experts"),
        ("rope.scaling.factor", "stretches its positions"),
    ):
        if keys.get(f"{name}.{key}", 0) not in (0, 1):
            raise BadInput(
                f"The model {what}, which can't be read from GGUF",
                where=str(path),
                advice="use it in Hugging Face form",
            )
    if keys.get("split.count", 1) > 1:
        raise BadInput(
            "The GGUF file is one of several pieces", where=str(path), advice="join them with llama-gguf-split --merge"
        )
    return ARCHITECTURES[name]


def _config(
    path: Path, keys: dict[str, Any], architecture: Architecture, tensors: dict[str, TensorInfo], data: mmap.mmap
) -> dict[str, Any]:
    """config.json, as far as the file knows it; the rest are the defaults of the architecture."""
    prefix = keys["general.architecture"]
    config: dict[str, Any] = {"model_type": architecture.model_type}
    for key, name in architecture.keys.items():
        value = _number(path, keys, f"{prefix}.{key}", is_required=key in _REQUIRED)
        if value is not None:
            config[name] = value
    embedding = tensors.get("token_embd.weight")
    if embedding is None or not embedding.shape:
        raise _damaged(path, "the embedding is not in it")
    config["vocab_size"] = embedding.shape[0]
    config["tie_word_embeddings"] = "output.weight" not in tensors
    for token in ("bos", "eos", "padding"):
        value = keys.get(f"tokenizer.ggml.{token}_token_id")
        if isinstance(value, int):
            config[f"{token.replace('padding', 'pad')}_token_id"] = value
    if prefix == "llama":
        config["attention_bias"] = "blk.0.attn_q.bias" in tensors
        config["mlp_bias"] = "blk.0.ffn_up.bias" in tensors
    return (
        config | _attention_scale(prefix, config) | _llama3_rope(path, config, tensors.get("rope_freqs.weight"), data)
    )


def _number(path: Path, keys: dict[str, Any], key: str, is_required: bool) -> int | float | None:
    """The value of a key; None where the file need not hold it, and does not."""
    value = keys.get(key)
    if isinstance(value, list):
        raise BadInput(
            "The layers of the model differ in shape, which can't be read from GGUF",
            where=str(path),
            why=f"{key} is a list",
            advice="use the model in Hugging Face form",
        )
    if value is None and not is_required:
        return None
    if value is None:
        raise _damaged(path, f"{key} is not in it")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _damaged(path, f"{key} is not a number")
    if not key.endswith(_REALS) and (not isinstance(value, int) or value < 1):
        raise _damaged(path, f"{key} is {value}, not a whole number above zero")
    return value


def attention_scale(architecture: str, layers: int, hidden: int, heads: int, head_dim: int) -> int | None:
    """What llama.cpp scales the attention of Gemma 2 and 3 by: the head size, only in the 27 B models hidden size /
    heads. None for other architectures."""
    if architecture not in _LARGEST:
        return None
    return hidden // heads if layers == _LARGEST[architecture] else head_dim


def _attention_scale(architecture: str, config: dict[str, Any]) -> dict[str, Any]:
    if architecture not in _LARGEST or "head_dim" not in config:
        return {}
    sizes = (config[name] for name in ("num_hidden_layers", "hidden_size", "num_attention_heads", "head_dim"))
    return {"query_pre_attn_scalar": attention_scale(architecture, *sizes)}


def _llama3_rope(path: Path, config: dict[str, Any], factors: TensorInfo | None, data: mmap.mmap) -> dict[str, Any]:
    """Llama 3.1 and later: the file holds divisors of the rotary frequencies; find the settings that give them."""
    if factors is None:
        return {}
    found = struct.unpack_from(f"<{math.prod(factors.shape)}f", data, factors.offset) if factors.dtype == "F32" else ()
    base, size = config.get("rope_theta", 10000.0), config.get("head_dim", 2 * len(found))
    largest = max(found, default=0.0)
    expected = [_llama3_factor(2 * math.pi * base ** (2 * i / size), largest) for i in range(len(found))]
    if not found or any(not math.isclose(a, b, rel_tol=1e-3) for a, b in zip(found, expected, strict=True)):
        raise BadInput(
            "The rotary frequencies of the model are scaled in an unknown way",
            where=f"{path}: {factors.name}",
            advice="use the model in Hugging Face form",
        )
    return {
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": largest,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": _LLAMA3_CONTEXT,
        }
    }


def _llama3_factor(wavelength: float, factor: float) -> float:
    """The divisor of the frequency of a wavelength (tokens); transformers' modeling_rope_utils, "llama3"."""
    low, high = _LLAMA3_CONTEXT / 1.0, _LLAMA3_CONTEXT / 4.0
    if wavelength < high:
        return 1.0
    if wavelength > low:
        return factor
    smooth = (_LLAMA3_CONTEXT / wavelength - 1.0) / (4.0 - 1.0)
    return 1.0 / ((1.0 - smooth) / factor + smooth)


@functools.cache
def _names(architecture: Architecture) -> dict[str, str]:
    """What the file calls a module -> its Hugging Face name, as in the gguf package's tables; of a layer, those of
    layer 0. Modules that the package does not know of this architecture are left out."""
    import gguf

    (spelled,) = (name for name, known in ARCHITECTURES.items() if known is architecture)
    (kind,) = (key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == spelled)
    table = gguf.get_tensor_name_map(kind, 1)
    wanted = (*architecture.outside, *(f"{architecture.layers}.0.{name}" for name in architecture.inside))
    return {found: name for name in wanted if (found := table.get_name(name)) is not None}


def _named(path: Path, architecture: Architecture, info: TensorInfo) -> TensorInfo:
    """The same tensor under its Hugging Face name and in its shape."""
    stem, _, leaf = info.name.rpartition(".")
    inside = re.fullmatch(r"blk\.(\d+)\.(.+)", stem)
    name = _names(architecture).get(f"blk.0.{inside[2]}" if inside else stem)
    if name is None:
        raise BadInput(
            "The GGUF file holds a tensor that this architecture does not have",
            where=f"{path}: {info.name}",
            advice="use the model in Hugging Face form",
        )
    if inside:
        name = f"{architecture.layers}.{inside[1]}{name.removeprefix(f'{architecture.layers}.0')}"
    full = f"{name}.{leaf}"
    shape = tuple(reversed(info.shape)) if is_transposed(architecture.model_type, full) else info.shape
    return replace(info, name=full, shape=shape)


def is_transposed(model_type: str, name: str) -> bool:
    """Whether llama.cpp wrote the transpose of this tensor: GPT-2 keeps its weights as (in, out)."""
    return model_type == "gpt2" and name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight"))


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput("The GGUF file is damaged", where=str(path), why=why, advice=_AGAIN)
