"""What a model is made of, read from headers alone: no weights, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a checkpoint under its Hugging Face name. ``dtype`` as safetensors spells it (F32, BF16, I8 …)
    or as GGUF does (Q4_1 …); ``nbytes`` as it lies on disk."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int


@dataclass(frozen=True)
class Structure:
    """A checkpoint's headers.

    ``format``: "safetensors" (a Hugging Face folder), "gguf", or "artifact" (a folder with compression.json, in the
    project's own container). ``config`` is config.json, or for GGUF what its keys say in the same words.
    """

    path: Path
    format: Literal["safetensors", "gguf", "artifact"]
    config: dict[str, Any]
    tensors: tuple[TensorInfo, ...]
    fingerprint: str

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors on disk."""
        return sum(tensor.nbytes for tensor in self.tensors)

    @property
    def model_type(self) -> str:
        """The architecture's name in the config, e.g. "llama"."""
        return str(self.config.get("model_type", "unknown"))
