"""Reading the headers of checkpoint files: torch-free, and suspicious of every byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a checkpoint under its Hugging Face name.

    ``shape`` as in Hugging Face form. ``dtype`` as safetensors spells it (F32, BF16, I8 …) or as GGUF does (Q4_1 …).
    ``nbytes`` as it lies on disk, at byte ``offset`` of the file called ``file`` in the model's folder.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    file: str = ""
    offset: int = 0
