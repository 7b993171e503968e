"""Headers of GGUF files, and what they say in the words of Hugging Face.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import functools
import itertools
import math
import mmap
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.base.pinned import Pins
from engine.checkpoints.headers import TensorInfo, gguf_delta, gguf_gemma, gguf_latent
from engine.checkpoints.headers.gguf_architectures import (
    ARCHITECTURES,
    BARE,
    BY_TYPE,
    LEAFLESS,
    ONE_CHANNEL,
    REALS,
    REQUIRED,
    Architecture,
    of_file,
    respelled,
)
from engine.checkpoints.headers.gguf_cursor import MAGIC as MAGIC
from engine.checkpoints.headers.gguf_cursor import Cursor, Short
from engine.checkpoints.headers.packed import Found, Packed

_PACKED = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "TQ1_0", "TQ2_0", "MXFP4")
_TABLES = ("IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S", "IQ1_M", "IQ4_NL", "IQ4_XS")
TYPES = frozenset(("F32", "F16", "BF16", *_PACKED, *_TABLES))
"""Types of tensors that the gguf package can dequantize."""

_AGAIN = "download or copy it again"

_LARGEST = {"gemma2": 46, "gemma3": 62}
"""Layers of the one model of an architecture whose attention is scaled by hidden size / heads."""
_IGNORED = ("rope_freqs.weight",)
"""Becomes part of the config."""
_LLAMA3_CONTEXT = 8192
"""Positions that Llama 3 was trained on before its frequencies were scaled."""


Read = tuple[dict[str, Any], tuple[TensorInfo, ...], Found]


def read_file(path: Path, pins: Pins | None = None) -> Read:
    """Config in the words of Hugging Face, the tensors under their Hugging Face names, and of those the ones that are
    pieces of others in the file: an expert's matrices lie in the tensors of all experts. ``pins``: where it is pinned.

    Raises `BadInput` for a damaged file, and for architectures and types of tensors that are not supported.
    """
    try:
        with (
            (pins or Pins()).pin(path).open() as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            try:
                return _read(path, data)
            except (struct.error, UnicodeDecodeError, ArithmeticError, IndexError, TypeError, Short) as error:
                raise _damaged(path, f"its header is cut off or broken ({error})") from None
    except ValueError:
        raise _damaged(path, "it is empty") from None
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None


def _read(path: Path, data: mmap.mmap) -> Read:
    cursor = Cursor(data)
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
    pieces = {**_expert_pieces(architecture, placed), **gguf_latent.halves(placed)} if architecture.experts else {}
    inside = {part.name for packed in pieces.values() for part in packed.parts.values()}
    named = [_named(path, architecture, x) for x in placed if x.name not in (*_IGNORED, *inside)]
    shown = (
        replace(x, name=n, shape=p.shape, dtype=p.word, nbytes=p.nbytes)
        for n, p in pieces.items()
        for x in p.parts.values()
    )
    return config, tuple({info.name: info for info in (*named, *shown)}.values()), pieces


def _listed(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name, dimensions = cursor.text(), cursor.number("<I")
    if dimensions > 4:
        raise Short(f"{name} has {dimensions} dimensions")
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
    if block > 1 and 0 in shape:
        raise _damaged(path, f"{name} has no values: its shape is {' × '.join(map(str, shape))}")
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
    name = str(keys.get("general.architecture"))
    has_experts = keys.get(f"{name}.expert_count", 0) not in (0, 1)
    sigmoid = keys.get(f"{name}.expert_gating_func") == gguf_latent.SIGMOID
    architecture = of_file(name, has_experts=has_experts, has_sigmoid=sigmoid)
    if architecture is None:
        raise BadInput(
            f"GGUF files of the architecture {keys.get('general.architecture')!r} can't be read",
            where=str(path),
            why="known are " + ", ".join(ARCHITECTURES),
            advice="use the model in Hugging Face form",
        )
    scaled = keys.get(f"{name}.rope.scaling.factor", 0) not in (0, 1)
    for refused, what in (
        (has_experts and not architecture.experts, "is a mixture of experts"),
        (scaled and architecture.model_type not in ("gpt_oss", *gguf_latent.TYPES), "stretches its positions"),
    ):
        if refused:
            raise BadInput(
                f"The model {what}, which can't be read from GGUF",
                where=str(path),
                advice="use it in Hugging Face form",
            )
    if keys.get("split.count", 1) > 1:
        raise BadInput(
            "The GGUF file is one of several pieces", where=str(path), advice="join them with llama-gguf-split --merge"
        )
    return architecture


def _config(
    path: Path, keys: dict[str, Any], architecture: Architecture, tensors: dict[str, TensorInfo], data: mmap.mmap
) -> dict[str, Any]:
    """config.json, as far as the file knows it; the rest are the defaults of the architecture."""
    prefix = keys["general.architecture"]
    config: dict[str, Any] = {"model_type": architecture.model_type, **dict(architecture.defaults)}
    said = keys
    if architecture.model_type == "lfm2":
        keys = {**keys, **_mixed_layers(keys, config)}
    if architecture.model_type == gguf_gemma.TYPE:
        keys = {**keys, **gguf_gemma.uniform(keys)}
    for key, name in architecture.keys.items():
        value = _number(path, keys, f"{prefix}.{key}", is_required=key in REQUIRED)
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
    if architecture.model_type == "llama":
        config["attention_bias"] = "blk.0.attn_q.bias" in tensors
        config["mlp_bias"] = "blk.0.ffn_up.bias" in tensors
    if architecture.model_type == "gemma3_text":
        config["rope_parameters"] = {
            "sliding_attention": {"rope_type": "default", "rope_theta": keys.get("gemma3.rope.freq_base_swa", 10000.0)},
            "full_attention": {"rope_type": "default", "rope_theta": config.pop("rope_theta", 1000000.0)},
        }
    factors = _reals(tensors.get("rope_freqs.weight"), data)
    if special := _SPECIAL.get(architecture.model_type):
        try:
            config |= special(said, config, tensors, factors)
        except KeyError as error:
            raise _damaged(path, f"{error.args[0]} is not in it") from None
        config.pop("rope_theta", None)
        return config
    if architecture.model_type == "llama4_text":
        config["use_qk_norm"] = config.get("num_local_experts") != 128
    if architecture.model_type == "gpt_oss":
        config["rope_parameters"] = _yarn(keys, config)
    is_scaled = "rope_freqs.weight" in tensors
    return config | _attention_scale(prefix, config) | (_llama3_rope(path, config, factors) if is_scaled else {})


def _reals(info: TensorInfo | None, data: mmap.mmap) -> tuple[float, ...]:
    """The numbers of a small tensor in float32; none of any other."""
    if info is None or info.dtype != "F32":
        return ()
    return struct.unpack_from(f"<{math.prod(info.shape)}f", data, info.offset)


_SPECIAL: dict[str, Callable[..., dict[str, Any]]] = {
    **dict.fromkeys(gguf_latent.TYPES, lambda keys, values, *_: gguf_latent.config(keys, values)),
    gguf_delta.TYPE: lambda keys, values, *_: gguf_delta.config(keys, values),
    gguf_gemma.TYPE: gguf_gemma.config,
}
"""Functions that derive more of config.json for some model types: from the keys of the file, config.json so far, the
tensors by name, the divisors of rotary frequencies."""


def _mixed_layers(keys: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """LFM2 says of each layer how many heads of keys it has: none in a convolution."""
    heads = keys.get("lfm2.attention.head_count_kv")
    if not isinstance(heads, list) or not heads or not all(isinstance(count, int) for count in heads):
        return {}
    config["layer_types"] = ["full_attention" if count else "conv" for count in heads]
    return {"lfm2.attention.head_count_kv": max(heads)}


def _yarn(keys: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """The positions of gpt-oss."""
    theta = {"rope_theta": config.pop("rope_theta", 150000.0)}
    factor = keys.get("gpt-oss.rope.scaling.factor")
    if factor in (None, 0, 1):
        return {"rope_type": "default", **theta}
    before = keys.get("gpt-oss.rope.scaling.original_context_length", 4096)
    yarn = {"factor": factor, "original_max_position_embeddings": before, "beta_fast": 32.0, "beta_slow": 1.0}
    return {"rope_type": "yarn", "truncate": False, **yarn, **theta}


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
    if not key.endswith(REALS) and (not isinstance(value, int) or value < 1):
        raise _damaged(path, f"{key} is {value}, not a whole number above zero")
    return value


def attention_scale(architecture: str, layers: int, hidden: int, heads: int, head_dim: int) -> int | None:
    """The number by which llama.cpp scales the attention of Gemma 2 and 3: the head size, only in the 27 B models
    hidden size / heads. None for other architectures."""
    if architecture not in _LARGEST:
        return None
    return hidden // heads if layers == _LARGEST[architecture] else head_dim


def _attention_scale(architecture: str, config: dict[str, Any]) -> dict[str, Any]:
    if architecture not in _LARGEST or "head_dim" not in config:
        return {}
    sizes = (config[name] for name in ("num_hidden_layers", "hidden_size", "num_attention_heads", "head_dim"))
    return {"query_pre_attn_scalar": attention_scale(architecture, *sizes)}


def _llama3_rope(path: Path, config: dict[str, Any], factors: tuple[float, ...]) -> dict[str, Any]:
    """Llama 3.1 and later: the file holds divisors of the rotary frequencies; find the settings that give them."""
    base, size = config.get("rope_theta", 10000.0), config.get("head_dim", 2 * len(factors))
    largest = max(factors, default=0.0)
    wavelengths = [2 * math.pi * base ** (2 * i / size) for i in range(len(factors))]
    for high in (4.0, 1.0):  # Llama 3's, and Llama 4's, which goes over at once
        expected = [_llama3_factor(wavelength, largest, high) for wavelength in wavelengths]
        if factors and all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(factors, expected, strict=True)):
            break
    else:
        raise BadInput(
            "The rotary frequencies of the model are scaled in an unknown way",
            where=f"{path}: rope_freqs.weight",
            advice="use the model in Hugging Face form",
        )
    return {
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": largest,
            "low_freq_factor": 1.0,
            "high_freq_factor": high,
            "original_max_position_embeddings": _LLAMA3_CONTEXT,
        }
    }


def _llama3_factor(wavelength: float, factor: float, high: float) -> float:
    """The divisor of the frequency of a wavelength (tokens); transformers' modeling_rope_utils, "llama3"."""
    if wavelength < _LLAMA3_CONTEXT / high:
        return 1.0
    if wavelength >= _LLAMA3_CONTEXT:
        return factor
    smooth = (_LLAMA3_CONTEXT / wavelength - 1.0) / (high - 1.0)
    return 1.0 / ((1.0 - smooth) / factor + smooth)


@functools.cache
def _names(architecture: Architecture) -> dict[str, str]:
    """Name of a module in the file -> its Hugging Face name, as in the gguf package's tables; of a layer, those of
    layer 0. Modules that the package does not know of this architecture are left out."""
    import gguf

    (kind,) = (key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture.gguf)
    table = gguf.get_tensor_name_map(kind, 1)
    modules = (*architecture.outside, *(f"{architecture.layers}.0.{name}" for name in architecture.inside))
    return {gguf_name: name for name in modules if (gguf_name := table.get_name(name)) is not None}


def _named(path: Path, architecture: Architecture, info: TensorInfo) -> TensorInfo:
    """The same tensor under its Hugging Face name and in its shape."""
    stem, _, leaf = (info.name, "", "") if info.name.endswith(LEAFLESS) else info.name.rpartition(".")
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
    full = name if name.endswith(BARE) else respelled(f"{name}.{leaf}")
    shape = tuple(reversed(info.shape)) if is_transposed(architecture.model_type, full) else info.shape
    if full.endswith(ONE_CHANNEL):
        shape = (shape[0], 1, shape[-1])  # llama.cpp leaves the one channel out
    return replace(info, name=full, shape=shape)


_EXPERTS = re.compile(r"blk\.(\d+)\.ffn_(gate_up|gate|up|down)_exps\.(weight|bias)")


def _expert_pieces(architecture: Architecture, tensors: list[TensorInfo]) -> Found:
    """The matrices of single experts, gate and up in one, and their biases: name -> the pieces of the file's tensors,
    in the order "gate", "up"."""
    pieces: dict[str, dict[str, TensorInfo]] = {}
    for info in sorted(tensors, key=lambda info: ("_up_" in info.name, info.name)):
        match = _EXPERTS.fullmatch(info.name)
        if match is None or len(info.shape) < 2:
            continue
        stem = f"{architecture.layers}.{match[1]}.{architecture.experts}."
        stem += "down_proj" if match[2] == "down" else "gate_up_proj"
        if match[3] == "bias":
            pieces.setdefault(f"{stem}_bias", {})[match[2]] = info
            continue
        size = info.nbytes // info.shape[0]
        for index in range(info.shape[0]):
            piece = replace(info, shape=info.shape[1:], nbytes=size, offset=info.offset + index * size)
            pieces.setdefault(f"{stem}.{index}.weight", {})[match[2]] = piece
    return {name: _joined(name, parts, architecture) for name, parts in pieces.items()}


def _joined(name: str, parts: dict[str, TensorInfo], architecture: Architecture) -> Packed:
    first = next(iter(parts.values()))
    rows = sum(part.shape[-1 if name.endswith("_bias") else 0] for part in parts.values())
    shape = (*first.shape[:-1], rows) if name.endswith("_bias") else (rows, *first.shape[1:])
    options = {"interleaved": architecture.gate_up == "interleaved" and len(parts) == 2}
    return Packed("ggml", parts, options, shape, first.dtype)


def is_transposed(model_type: str, name: str) -> bool:
    """True for a tensor of which llama.cpp wrote the transpose: GPT-2 keeps its weights as (in, out)."""
    architecture = BY_TYPE.get(model_type)
    return architecture is not None and name.endswith(architecture.turned or ("\0",))


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput("The GGUF file is damaged", where=str(path), why=why, advice=_AGAIN)
