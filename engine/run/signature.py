"""What an artifact depends on, as one word: equal signatures mean equal bits.

Part of it are the code that computes, the libraries that it computes with, and the kind of device
(`engine.run.code_version`). Titles, positions, comments and the name of the pipeline are not; neither are paths of
models and texts, whose content counts. The same in every process and on every platform that has the same libraries.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import resources
from engine.contracts.errors import BadInput
from engine.contracts.files import expanded
from engine.contracts.settings import Settings
from engine.data.texts import sample_domains
from engine.methods.base import MethodInfo
from engine.models.structure import Structure
from engine.run.code_version import MODULES, modules_in, of_method

LENGTH = 32
"""Hexadecimal digits: 128 bits."""


def digest(value: Any) -> str:
    """The hash of plain JSON values, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def source_signature(info: MethodInfo, structure: Structure) -> str:
    """Of a source: which model it brings, wherever it lies, and how it is read."""
    kinds = modules_in(MODULES) if structure.format == "artifact" else ()
    code = of_method(info, *kinds)
    return digest(
        {
            "method": info.id,
            "code": code.sources,
            "libraries": code.libraries,
            "fingerprint": structure.fingerprint,
        }
    )


def block_signature(info: MethodInfo, settings: Settings, upstream: Mapping[str, str], seed: int, device: str) -> str:
    """Of a method: the code that computes, all settings (defaults too), the content of the files they name, what flows
    into each port. ``device``: its kind, as "cpu"."""
    return digest(
        {
            "method": info.id,
            "made_by": of_method(info).on(device),
            "settings": settings.model_dump(mode="json", exclude=set(_files(settings))),
            "data": {name: file_hash(path) for name, path in _files(settings).items()} | _bundled(settings),
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


def _bundled(settings: Settings) -> dict[str, str]:
    """Settings that name something that ships with the program: a later version may ship another."""
    named = [name for name, value in settings.files().items() if value.partition(":")[0] == "sample"]
    return {name: _sample_hash() for name in named}


@functools.cache
def _sample_hash() -> str:
    files = [*sample_domains("train").values(), *sample_domains("validation").values()]
    return digest([file_hash(file) for file in (*files, resources.path("sample", "model", "config.json"))])


def _files(settings: Settings) -> dict[str, Path]:
    """Settings that name an existing file, or a model of which the config counts: its content counts, not its path."""
    paths = {name: expanded(value) for name, value in settings.files().items()}
    paths = {name: path / "config.json" if path.is_dir() else path for name, path in paths.items()}
    return {name: path for name, path in paths.items() if path.is_file()}
