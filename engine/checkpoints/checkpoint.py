"""The contents of a checkpoint, read from headers alone: no weights, no torch."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from engine.base import pinned
from engine.base.codec import HERE_ONLY
from engine.base.errors import BadInput
from engine.base.pinned import Pins, read_object
from engine.checkpoints.container_config import from_container_config
from engine.checkpoints.headers import TensorInfo, gguf, packed, safetensors

__all__ = ["CheckpointHeader", "TensorInfo", "read_header"]

DESCRIPTION = "compression.json"
COMPANIONS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "video_preprocessor_config.json",
)
"""Files that travel with a model unread."""
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_BUFFERS = re.compile(r"(\.attn|\.attention)\.(masked_)?bias$|inv_freq$|position_ids$")
"""Constants that older checkpoints store beside the weights."""


@dataclass(frozen=True)
class CheckpointHeader:
    """A checkpoint's headers.

    ``path`` is the model's folder, or the GGUF file. ``format``: "safetensors" (a Hugging Face folder), "gguf", or
    "artifact" (a folder with compression.json, in the project's own container). ``config`` is config.json, or for
    GGUF what its keys say in the same words. ``packed``: of the tensors, those that lie there as several others.
    ``pins``: its files as they were when the headers were read; whoever reads tensors reads them there. A process to
    which a header is sent reads no tensors by it: nothing is pinned there.
    ``cut``: digest of what a model in memory keeps of the tensors; "" for all.
    """

    path: Path
    format: Literal["safetensors", "gguf", "artifact"]
    config: dict[str, Any]
    tensors: tuple[TensorInfo, ...]
    packed: packed.Found = field(default_factory=dict, repr=False)
    pins: Pins = field(default_factory=Pins, repr=False, compare=False, metadata=HERE_ONLY)
    cut: str = ""

    @property
    def came_packed(self) -> str:
        """In what the weights came that another program had quantized, e.g. "GPTQ (int4)"; "" for 16 and 32 bits."""
        if self.format != "gguf":
            return packed.describe(self.config, self.packed)
        words = sorted({tensor.dtype for tensor in self.tensors} - {"F32", "F16", "BF16", "F64"})
        return f"GGUF ({', '.join(words)})" if words else ""

    @property
    def folder(self) -> Path:
        """The folder of the tensor files."""
        return self.path.parent if self.format == "gguf" else self.path

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold tensors."""
        return tuple(self.folder / name for name in sorted({tensor.file for tensor in self.tensors} - {""}))

    @property
    def companions(self) -> tuple[Path, ...]:
        """Tokenizer files and the like that lie beside the tensors (none for GGUF: they are inside)."""
        if self.format == "gguf":
            return ()
        named = [self.folder / name for name in COMPANIONS]
        licenses = sorted(p for p in self.folder.iterdir() if p.name.startswith(("LICENSE", "NOTICE")))
        vocabularies = sorted({*self.folder.glob("*.tiktoken"), *self.folder.glob("*.model")} - {*named})
        files = (*named, *vocabularies, *licenses)
        return tuple(path for path in files if os.path.lexists(path) and travels(path, self.folder))

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors on disk, without headers and what else is in their files: see `file_bytes`."""
        return sum(tensor.nbytes for tensor in self.tensors)

    @property
    def file_bytes(self) -> int:
        """Bytes of the files that hold tensors, headers included: the size of the model, wherever one is shown."""
        return sum(path.stat().st_size for path in self.files)

    @property
    def parameters(self) -> int:
        """Values of all weights as they are stored; a tied head counts once. For an artifact these are packed ones."""
        tied = self.config.get("tie_word_embeddings") is True
        counted = [t for t in self.tensors if not _BUFFERS.search(t.name) and not (tied and t.name == "lm_head.weight")]
        return sum(math.prod(tensor.shape) for tensor in counted)

    @property
    def model_type(self) -> str:
        """The architecture's name in the config, e.g. "llama"."""
        return str(self.config.get("model_type", "unknown"))

    def cut_to(self, config: dict[str, Any], choice: object) -> CheckpointHeader:
        """The header of a model in memory with another config. ``choice``: what it keeps of the tensors, as JSON."""
        digest = hashlib.sha256(json.dumps([self.cut, choice], sort_keys=True).encode()).hexdigest()
        return replace(self, config=config, cut=digest)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hash of all that a result depends on: config, tensors, what is kept of them, tokenizer.

        Reads the files the first time (about a second per GB), then remembers their hashes: not for the GUI thread. The
        files of an artifact bear their hashes themselves; whoever loads them finds out whether these are true. Raises
        `InputChanged` if a file is not what it was when the headers were read.
        """
        small = [p for p in self.companions if not p.name.startswith(("LICENSE", "NOTICE"))]
        parts: list[Any] = [self.config, [(t.name, t.shape, t.dtype) for t in sorted(self.tensors, key=_name)]]
        parts += [[path.name, self.pins.pin(path).sha256()] for path in small]
        parts += [*self._sums(), *filter(None, [self.cut])]
        if "auto_map" in self.config or self._names_code(self.folder / "tokenizer_config.json"):
            code = [path for path in sorted(self.folder.glob("*.py")) if path.is_file()]
            parts += [[path.name, self.pins.pin(path).sha256()] for path in code]
        if self.format == "artifact":
            described = read_object(self.path / DESCRIPTION, self.pins)
            parts.append(described.get("modules"))
            parts += [described["packed"]] if described.get("packed") else []
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @functools.cached_property
    def stated_hashes(self) -> dict[str, str]:
        """Name of a file -> the SHA-256 that the description of an artifact states."""
        described = read_object(self.path / DESCRIPTION, self.pins) if self.format == "artifact" else {}
        stated = described.get("files")
        return (
            {name: digest for name, digest in stated.items() if isinstance(digest, str)}
            if isinstance(stated, dict)
            else {}
        )

    def _sums(self) -> list[str]:
        """The hashes of the files with tensors: those that they bear where the artifact's description states the same,
        else of their bytes. A program that writes a file anew leaves no hash in it, and the stated one is of others."""
        files = [self.pins.pin(file) for file in self.files]
        sums = [self.stated_hashes.get(file.path.name, "") for file in files]
        if all(sums) and sums == [safetensors.borne_hash(file) for file in files]:
            return sums
        return pinned.digests(files)

    def _names_code(self, file: Path) -> bool:
        return file.is_file() and b'"auto_map"' in self.pins.pin(file).read()


def travels(path: Path, folder: Path) -> bool:
    """True for a file that may be copied with the model in ``folder``: its content lies there, or among the blobs of
    the hub's cache that the folder is a snapshot of. A link elsewhere could carry anything into what is shared."""
    try:
        real, home = path.resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    is_snapshot = home.parent.name == "snapshots" and real.parent == home.parent.parent / "blobs"
    return real.is_file() and (home in real.parents or is_snapshot)


def _name(tensor: TensorInfo) -> str:
    return tensor.name


def gguf_in(folder: Path) -> Path | None:
    """The GGUF file that a folder is opened as: its only one, where no weights in safetensors lie beside it."""
    if any((folder / name).is_file() for name in (DESCRIPTION, safetensors.SINGLE, safetensors.INDEX)):
        return None
    files = _gguf_files(folder)
    return files[0] if len(files) == 1 else None


def _gguf_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".gguf" and file.is_file())


def read_header(path: Path) -> CheckpointHeader:
    """Read the headers of a model: a Hugging Face folder, an artifact, a GGUF file or a folder with one.

    Raises `BadInput` for everything that is not a whole, safe model, saying what to do, and `InputChanged` where
    another file is there than before in the same session (see `engine.base.pinned`).
    """
    with pinned.session() as pins:
        return _read_header(Path(path), pins)


def _read_header(path: Path, pins: Pins) -> CheckpointHeader:
    if not path.exists():
        raise BadInput("The model does not exist", where=str(path), advice="check the path")
    if path.is_file():
        return _read_file(path, pins)
    if not path.is_dir():
        raise BadInput("The model is not a regular file", where=str(path), advice="choose a folder or a GGUF file")
    config = path / "config.json"
    if (gguf_file := gguf_in(path)) is not None:
        return _read_file(gguf_file, pins)
    if (path / DESCRIPTION).is_file():
        words, stored = from_container_config(_config(config, pins)), safetensors.read_folder(path, pins)
        as_they_came = packed.kept(read_object(path / DESCRIPTION, pins).get("packed") or {}, stored)
        return CheckpointHeader(
            path, "artifact", words, packed.unpacked_headers(stored, as_they_came), as_they_came, pins
        )
    if any((path / name).is_file() for name in (safetensors.SINGLE, safetensors.INDEX)):
        words, stored = _config(config, pins), safetensors.read_folder(path, pins)
        packed_tensors = packed.find(path, words, stored)
        return CheckpointHeader(
            path, "safetensors", words, packed.unpacked_headers(stored, packed_tensors), packed_tensors, pins
        )
    files = sorted(entry for entry in path.iterdir() if entry.is_file())
    raise _no_model(path, files)


def _read_file(path: Path, pins: Pins) -> CheckpointHeader:
    with open(path, "rb") as file:
        start = file.read(4)
    if start == gguf.MAGIC or path.suffix.lower() == ".gguf":
        return CheckpointHeader(path, "gguf", *gguf.read_file(path, pins), pins)
    if path.suffix.lower() in _PICKLES:
        raise _pickle(path)
    if path.name in (safetensors.SINGLE, safetensors.INDEX, "config.json"):
        return _read_header(path.parent.absolute(), pins)
    raise BadInput(
        "The file is not a model",
        where=str(path),
        advice="choose a folder with config.json and model.safetensors, or a GGUF file",
    )


def _config(path: Path, pins: Pins) -> dict[str, Any]:
    if not path.is_file():
        raise BadInput(
            "The model has no config.json",
            where=str(path.parent),
            why="without it nobody knows what the tensors mean",
            advice="copy config.json from where the model came from",
        )
    config = read_object(path, pins)
    if not isinstance(config.get("model_type"), str):
        raise BadInput(
            "The model's config.json does not say what the model is",
            where=str(path),
            why="it has no model_type",
            advice="copy config.json from where the model came from",
        )
    return config


def _no_model(path: Path, files: list[Path]) -> BadInput:
    ggufs = _gguf_files(path)
    pickles = [file for file in files if file.suffix.lower() in _PICKLES]
    names = {file.name for file in files}
    if ggufs:
        listed = ", ".join(file.name for file in ggufs[:5])
        return BadInput("The folder holds several GGUF files", where=str(path), why=listed, advice="choose one of them")
    if pickles:
        return _pickle(pickles[0])
    if "adapter_config.json" in names:
        return BadInput(
            "The folder holds an adapter, not a model",
            where=str(path),
            advice="merge it into its base model first (peft: merge_and_unload, then save_pretrained)",
        )
    return BadInput(
        "The folder does not hold a model",
        where=str(path),
        why="there is no model.safetensors in it" if files else "it is empty",
        advice="choose a folder with config.json and model.safetensors, or a GGUF file",
    )


def _pickle(path: Path) -> BadInput:
    return BadInput(
        "Pickle files are not opened",
        where=str(path),
        why="opening one can run any program that is hidden in it",
        advice="convert the model in a safe place (a container without secrets): "
        "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other) writes safetensors",
    )
