"""Everything that an artifact depends on, as one word: equal signatures mean equal bits.

Part of it are the code that computes, the libraries that it computes with, and the kind of device (see
`engine.base.code_version`). Titles, positions, comments and the name of the pipeline are not; neither are paths
of models and texts, whose content counts. The same in every process and on every platform with the same libraries.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine import resources
from engine.base import pinned
from engine.base.code_version import CodeVersion, code_version, modules_in
from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.hub import resolve
from engine.contracts.settings import Settings
from engine.data.texts import domains, is_bundled, joined_hash, text_files
from engine.methods.base import MethodInfo

LENGTH = 32
"""Hexadecimal digits: 128 bits."""
WRITES = ("engine.run.stage", "engine.run.signature")
"""Modules that every block's result passes through: how parts are stored, which seeds are drawn from."""
MODULES = "engine.modules"
"""The package whose modules are imported when an artifact names them."""


def digest(value: Any) -> str:
    """The hash of plain JSON values, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def code_of(info: MethodInfo, *more: str) -> CodeVersion:
    """Of a method: its settings and its algorithm with all that they import, how results are written, and ``more``."""
    return code_version(info.settings.__module__, info.algorithm.partition(":")[0], *WRITES, *more)


def kinds() -> tuple[str, ...]:
    """The modules with all kinds of compressed layers: what opens an artifact, whatever is in it."""
    return (*modules_in(MODULES), *_modules_of_plugins(importlib.metadata.entry_points, tuple(sys.path)))


@functools.cache
def _modules_of_plugins(entry_points: Callable[..., Any], path: tuple[str, ...]) -> tuple[str, ...]:
    """Looked for once, as the registry of the kinds does: it takes ten milliseconds and more."""
    return tuple(sorted({point.module for point in entry_points(group="compression_studio.modules")}))


def source_signature(info: MethodInfo, header: CheckpointHeader) -> str:
    """Of a source: which model it brings, wherever it lies, and how it is read."""
    code = code_of(info, *(kinds() if header.format == "artifact" else ()))
    return digest(
        {
            "method": info.id,
            "code": code.sources,
            "libraries": code.libraries,
            "fingerprint": header.fingerprint,
        }
    )


def block_signature(info: MethodInfo, settings: Settings, upstream: Mapping[str, str], seed: int, device: str) -> str:
    """Of a block: what it is asked to do with the results of these signatures, and the code that does it. ``device``:
    its kind, as "cpu"."""
    return digest({"made_by": code_of(info).on(device), "work": work_of(info, settings, upstream, seed)})


def source_work(fingerprint: str) -> str:
    """Of a source, what `work_of` is of a block."""
    return digest({"fingerprint": fingerprint})


def work_of(info: MethodInfo, settings: Settings, upstream: Mapping[str, str], seed: int) -> str:
    """Hash of the work of a block, whatever code does it: the method, all settings (defaults too), the content of the
    files they name, what flows into each port. What is random in it is drawn from this word, so that another version of
    the program draws the same."""
    return digest(
        {
            "method": info.id,
            "settings": settings.model_dump(mode="json", exclude=set(files_of(settings))),
            "data": hashes_of(settings),
            "upstream": dict(upstream),
            "seed": seed,
        }
    )


def hashes_of(settings: Settings) -> dict[str, str]:
    """Setting -> hash of the content of the file, bundled text or model that it names."""
    files = {name: joined_hash([file_hash(file) for file in files]) for name, files in files_of(settings).items()}
    return files | _bundled(settings) | _weights(settings)


def early_signature(signature: str, run: str) -> str:
    """Of what a block left that was stopped early in this run: no other run ever finds it."""
    return digest({"stopped": signature, "run": run})


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, those that are read in this session; raises `BadInput` if it can't be read."""
    try:
        return pinned.pins().pin(path).hold().sha256()
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None


def stage_seed(signature: str, purpose: str = "") -> int:
    """A seed of 63 bits for one purpose of one block."""
    return int(hashlib.sha256(f"{signature}/{purpose}".encode()).hexdigest()[:16], 16) >> 1


def _weights(settings: Settings) -> dict[str, str]:
    """Settings that name a model whose weights count: its fingerprint."""
    return {f"{name} weights": read_header(resolve(value)).fingerprint for name, value in settings.weights().items()}


def _bundled(settings: Settings) -> dict[str, str]:
    """Settings that name something that ships with the program: a later version may ship another."""
    named = {name: value.partition(":")[0] for name, value in settings.files().items() if is_bundled(value)}
    return {name: _bundled_hash(value) for name, value in named.items()}


def _bundled_hash(text: str) -> str:
    files = [*domains(text, "train").values(), *domains(text, "validation").values()]
    return digest([file_hash(file) for file in (*files, resources.path("sample", "model", "config.json"))])


def files_of(settings: Settings) -> dict[str, tuple[Path, ...]]:
    """Settings that name an existing file, a folder of texts, or a model of which the config counts: their content
    counts, not their path."""
    paths: dict[str, Path] = {}
    for name, value in settings.files().items():
        with contextlib.suppress(BadInput):  # what no file can be called is told where it is looked for
            paths[name] = expanded(value)
    return {name: files for name, path in paths.items() if (files := content_files(path))}


def content_files(path: Path) -> tuple[Path, ...]:
    """The files whose content counts for a path: that file, a model's config.json, the texts of another folder; none
    if there is nothing of that."""
    if path.is_file():
        return (path,)
    config = path / "config.json"
    if config.is_file():
        return (config,)
    if path.is_dir():
        with contextlib.suppress(BadInput):  # is told where the text is read
            return text_files(path)
    return ()


def content_hash(path: Path) -> str:
    """Of `content_files`; "" if there are none. Raises `BadInput` as `file_hash`."""
    files = content_files(path)
    return joined_hash([file_hash(file) for file in files]) if files else ""
