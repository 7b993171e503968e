"""What an artifact depends on, as one word: equal signatures mean equal bits.

Titles, positions, comments and the name of the pipeline are no part of it; neither are paths of models, whose content
counts. The same on every platform and in every process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.contracts.errors import BadInput
from engine.contracts.settings import Settings
from engine.methods.base import MethodInfo

LENGTH = 32
"""Hexadecimal digits: 128 bits."""


def digest(value: Any) -> str:
    """The hash of plain JSON values, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def source_signature(info: MethodInfo, fingerprint: str) -> str:
    """Of a source: which model it brings, wherever it lies."""
    return digest({"method": info.id, "version": info.version, "fingerprint": fingerprint})


def block_signature(info: MethodInfo, settings: Settings, upstream: Mapping[str, str], seed: int) -> str:
    """Of a method: all settings (defaults too), the content of the files they name, what flows into each port."""
    return digest(
        {
            "method": info.id,
            "version": info.version,
            "settings": settings.model_dump(mode="json", exclude=set(_files(settings))),
            "data": {name: file_hash(path) for name, path in _files(settings).items()},
            "upstream": dict(upstream),
            "seed": seed,
        }
    )


def early_signature(signature: str, run: str) -> str:
    """Of what a block left that was stopped early in this run: no other run ever finds it."""
    return digest({"stopped": signature, "run": run})


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes; raises `BadInput` if it can't be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None


def stage_seed(signature: str, purpose: str = "") -> int:
    """A seed of 63 bits for one purpose of one block."""
    return int(hashlib.sha256(f"{signature}/{purpose}".encode()).hexdigest()[:16], 16) >> 1


def _files(settings: Settings) -> dict[str, Path]:
    """Settings that name an existing file, or a model of which the config counts: its content counts, not its path."""
    paths = {name: Path(value).expanduser() for name, value in settings.named_files().items()}
    paths = {name: path / "config.json" if path.is_dir() else path for name, path in paths.items()}
    return {name: path for name, path in paths.items() if path.is_file()}
