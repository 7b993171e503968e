"""Facts of a model before it is loaded, its tensors by part, and why one model is larger than another.
Torch-free."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from engine.base.human import bytes_text, count_text, natural
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts.commands import ModelFacts

_BLOCK = re.compile(r"^(.*?\.\d+)(?:\.|$)")
CONFIG_NAMES: dict[str, tuple[str, ...]] = {
    "Layers": ("num_hidden_layers", "n_layer", "n_layers"),
    "Hidden size": ("hidden_size", "n_embd", "d_model"),
    "Inner size": ("intermediate_size", "n_inner", "ffn_dim", "d_ff"),
    "Attention heads": ("num_attention_heads", "n_head"),
    "Key/value heads": ("num_key_value_heads",),
    "Vocabulary": ("vocab_size",),
    "Context": ("max_position_embeddings", "n_positions", "n_ctx"),
}
GROWN = 1.005
"""A model of more than this times the bytes of another is larger: a smaller difference is names and other headers."""
FORMATS = {"safetensors": "Hugging Face, safetensors", "gguf": "GGUF", "artifact": "Result of a compression"}


def facts(header: CheckpointHeader) -> list[tuple[str, str]]:
    """(name, value) pairs worth knowing before loading a model."""
    config = header.config
    kinds = sorted({tensor.dtype for tensor in header.tensors})
    rows = [
        ("Architecture", _architecture(header)),
        ("Format", FORMATS[header.format]),
        *([("Stored as", header.came_packed)] if header.came_packed else []),
        ("Stored numbers" if header.format == "artifact" else "Parameters", count_text(header.parameters)),
        ("Size on disk", bytes_text(header.file_bytes)),
        ("Of that tensors", bytes_text(header.nbytes)),
        ("Number types", ", ".join(kinds)),
        ("Tensors", str(len(header.tensors))),
    ]
    for title in CONFIG_NAMES:
        value = _configured(header, title)
        if value is not None:
            rows.append((title, f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)))
    if "tie_word_embeddings" in config:
        rows.append(("Head tied to embeddings", "yes" if config["tie_word_embeddings"] else "no"))
    return rows


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
