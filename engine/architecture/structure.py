"""Facts of a model before it is loaded, its tensors by part, and why one model is larger than another.
Torch-free."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from engine.base.human import bytes_text, count_text, grouped_text, natural
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts.commands import ModelFacts

_BLOCK = re.compile(r"^(.*?\.\d+)(?:\.|$)")
CONFIG_NAMES: dict[str, tuple[str, ...]] = {
    "Layers": ("num_hidden_layers", "n_layer", "n_layers"),
    "Hidden size": ("hidden_size", "n_embd", "d_model"),
    "Intermediate size": ("intermediate_size", "n_inner", "ffn_dim", "d_ff"),
    "Attention heads": ("num_attention_heads", "n_head"),
    "Key/value heads": ("num_key_value_heads",),
    "Vocabulary": ("vocab_size",),
    "Context": ("max_position_embeddings", "n_positions", "n_ctx"),
}
GROWN = 1.005
"""A model of more than this times the bytes of another is larger: a smaller difference is names and other headers."""
FORMATS = {"safetensors": "Hugging Face, safetensors", "gguf": "GGUF", "artifact": "Result of a compression"}
YES_NO = ("yes", "no")


def facts(header: CheckpointHeader) -> list[tuple[str, str]]:
    """(name, value) pairs worth knowing before loading a model."""
    return [(title, value) for title, read in FACTS.items() if (value := read(header))]


def in_short(header: CheckpointHeader) -> ModelFacts:
    """The same in four facts, for places without room for more."""
    context, packed = _configured(header, "Context"), header.format == "artifact"
    parameters = 0 if packed else header.parameters
    return ModelFacts(
        _architecture(header),
        parameters,
        8 * header.nbytes / parameters if parameters else 0.0,
        context if isinstance(context, int) and context > 0 else 0,
    )


def _architecture(header: CheckpointHeader) -> str:
    architectures = header.config.get("architectures") or []
    return str(architectures[0]) if architectures else header.model_type


def _configured(header: CheckpointHeader, title: str) -> Any:
    """A value of config.json under one of its names, None if it has none of them."""
    values = (header.config.get(name) for name in CONFIG_NAMES[title])
    return next((value for value in values if value is not None), None)


def _parameters(header: CheckpointHeader) -> str:
    return count_text(header.parameters)


def _configured_text(title: str) -> Callable[[CheckpointHeader], str]:
    def read(header: CheckpointHeader) -> str:
        value = _configured(header, title)
        return grouped_text(value) if isinstance(value, int) else "" if value is None else str(value)

    return read


def _tied(header: CheckpointHeader) -> str:
    tied = header.config.get("tie_word_embeddings", "")
    return "" if tied == "" else YES_NO[not tied]


FACTS: dict[str, Callable[[CheckpointHeader], str]] = {
    "Architecture": _architecture,
    "Format": lambda header: FORMATS[header.format],
    "Stored as": lambda header: header.came_packed,
    "Stored numbers": lambda header: _parameters(header) if header.format == "artifact" else "",
    "Parameters": lambda header: _parameters(header) if header.format != "artifact" else "",
    "Size on disk": lambda header: bytes_text(header.file_bytes),
    "Size of the tensors": lambda header: bytes_text(header.nbytes),
    "Data types": lambda header: ", ".join(sorted({tensor.dtype for tensor in header.tensors})),
    "Tensors": lambda header: str(len(header.tensors)),
    **{title: _configured_text(title) for title in CONFIG_NAMES},
    "Tied embeddings": _tied,
}
"""Titles of facts, and how each is read; "" where a model has none."""


def by_part(tensors: tuple[TensorInfo, ...]) -> dict[str, list[TensorInfo]]:
    """Tensors by the part they belong to: ``model.layers.3`` for all below it, the module's name for the others; layer
    2 before layer 10."""
    groups: dict[str, list[TensorInfo]] = {}
    for tensor in tensors:
        match = _BLOCK.match(tensor.name)
        groups.setdefault(match.group(1) if match else tensor.name.rpartition(".")[0] or tensor.name, []).append(tensor)
    return {name: groups[name] for name in sorted(groups, key=natural)}


def larger_than(source: CheckpointHeader, result: CheckpointHeader) -> str:
    """The reason why a compressed model is larger than the one that it came from, as a sentence; "" if it is not.
    Headers and tokenizers of files do not count: tensors are compared, files are named."""
    if result.nbytes <= GROWN * source.nbytes:
        return ""
    return (
        f"The result is larger than its source, {bytes_text(result.file_bytes)} against "
        f"{bytes_text(source.file_bytes)}: it stores {words_by_type(result)}, the source {words_by_type(source)}"
    )


def words_by_type(header: CheckpointHeader) -> str:
    """The types of the tensors by their bytes, the largest first."""
    return words_of((tensor.dtype, tensor.nbytes) for tensor in header.tensors)


def by_type(stored: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Types and bytes of tensors, added up by type."""
    bytes_by_type: dict[str, int] = {}
    for word, nbytes in stored:
        bytes_by_type[word] = bytes_by_type.get(word, 0) + nbytes
    return bytes_by_type


def words_of(stored: Iterable[tuple[str, int]]) -> str:
    """Types and bytes of tensors, added up by type: the three that take most, the largest first."""
    largest = sorted(by_type(stored).items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{bytes_text(count)} of {name}" for name, count in largest)
