"""Texts by name: the bundled ones, a file, a data set on the hub."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import resources
from engine.base import extras, pinned
from engine.base.errors import BadInput
from engine.base.files import expanded, unreadable
from engine.base.likely import likely_path

SAMPLE = "sample"
"""Simple stories and talk that the bundled sample model was made for."""
MIXED = "mixed"
"""Prose, dialogue, code and several languages by people, for all other models."""
BUNDLED = "bundled"
"""The one of these two that suits the model."""
INHERITED = "pipeline"
"""Word for the text of the pipeline, in a block and in the evaluation."""
_FOLDERS = {SAMPLE: ("sample", "corpus"), MIXED: ("corpus",)}
_PIECE = 4096
"""Characters of one domain before the next has its turn, in `MIXED`: about half a window."""


@dataclass(frozen=True)
class Text:
    """A text with the name it was asked for and the SHA-256 of its bytes (of the file, where it is one)."""

    name: str
    text: str
    sha256: str


def load_text(name: str, part: str = "validation") -> Text:
    """The text called ``name``: "sample" or "mixed" (bundled texts), "sample:stories" or "mixed:code" (one domain of
    them), a path to a UTF-8 file or to a folder of .txt files, or "hub:name" or "hub:name/config/split" (also
    "hub:owner/name/config/split"). "bundled" and "pipeline" are the sample where no pipeline has said for which model
    it is (see `suited`).

    ``part`` of the bundled texts: "validation" to measure on, "train" to calibrate and train on.

    The files of a folder take turns, each as often as its length asks for, so that samples spread over the text are of
    all of them.

    In one session (see `engine.base.pinned`) a text is the same every time, and its hash is of the bytes that were
    read. Raises `BadInput` saying what is wrong with it.
    """
    word, _, domain = name.partition(":")
    if name in (BUNDLED, INHERITED):
        text = _bundled(SAMPLE, "", part)
    elif word in _FOLDERS:
        text = _bundled(word, domain, part)
    elif name.startswith("hub:"):
        text = joined_rows(load_rows(name, part), name)
    else:
        return _at_path(name)
    return Text(name, text, hashlib.sha256(text.encode()).hexdigest())


def is_word(name: str) -> bool:
    """True if a text is called by a word of the program's own ("sample", "hub:name", "model" for what a model writes
    itself) and not by a path."""
    return name.partition(":")[0] in (*_FOLDERS, "hub", "model") or name in (BUNDLED, INHERITED)


def is_bundled(name: str) -> bool:
    """True if it is a text that ships with the program, or a domain of one."""
    return name.partition(":")[0] in _FOLDERS


def suited(model: str) -> str:
    """The bundled text for a model: the sample's own for the sample, else `MIXED`, also for an impossible path."""
    own = resources.path("sample", "model").resolve()  # an installation may be made of links
    with contextlib.suppress(BadInput, OSError):
        if model == SAMPLE or expanded(model).resolve().is_relative_to(own):
            return SAMPLE
    return MIXED


def domains(text: str = SAMPLE, part: str = "validation") -> dict[str, Path]:
    """The files of a bundled text by domain, in alphabetical order. ``part``: "train" or "validation"."""
    return {file.parent.name: file for file in sorted(resources.path(*_FOLDERS[text]).glob(f"*/{part}.txt"))}


def _bundled(name: str, domain: str, part: str) -> str:
    files = domains(name, part)
    if domain:
        if domain not in files:
            raise BadInput(
                f"The text '{name}' has no domain '{domain}'",
                why="it has " + ", ".join(files),
                advice="choose one of these",
            )
        return _decoded(files[domain])
    if not files:
        raise BadInput("The bundled texts are not installed", where=str(resources.path(*_FOLDERS[name])))
    texts = [_decoded(file) for file in files.values()]
    return "\n\n".join(texts) if name == SAMPLE else _interleaved(texts)


def _interleaved(texts: list[str]) -> str:
    """Pieces of all texts in turn, each as often as its length asks for, so that few windows have something of all."""
    placed = []
    for number, text in enumerate(texts):
        pieces = _pieces(text.strip("\n"))
        placed += [((at + 0.5) / len(pieces), number, piece) for at, piece in enumerate(pieces)]
    return "\n\n".join(piece for _, _, piece in sorted(placed))


def _pieces(text: str) -> list[str]:
    """Whole paragraphs, of about `_PIECE` characters together."""
    pieces, waiting, length = list[str](), list[str](), 0
    for paragraph in text.split("\n\n"):
        waiting.append(paragraph)
        length += len(paragraph) + 2
        if length >= _PIECE:
            pieces.append("\n\n".join(waiting))
            waiting, length = [], 0
    return [*pieces, "\n\n".join(waiting)] if waiting else pieces


_OF_MODELS = ("config.json", ".gguf", ".safetensors")
"""Ends of the names of files that a model's folder has, and no folder of texts."""


def text_files(path: Path) -> tuple[Path, ...]:
    """The files of the text at a path: itself, or the .txt files of a folder in the order of their names, the same in
    one session. Raises `BadInput` for a folder without any, and for that of a model."""
    if not path.is_dir():
        return (path,)
    return pinned.pins().once((text_files, path.resolve()), lambda: _files_in(path))


def joined_hash(hashes: Sequence[str]) -> str:
    """One hash of several files' hashes; that of a single file is its own."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _files_in(folder: Path) -> tuple[Path, ...]:
    advice = "choose a text file, or a folder with .txt files"
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError as error:
        raise unreadable(folder, "folder", error) from None
    if any(name.lower().endswith(_OF_MODELS) for name in names):  # a GGUF file may lie beside its LICENSE.txt alone
        raise BadInput("This is the folder of a model, not of texts", where=str(folder), advice=advice)
    files = tuple(folder / name for name in names if name.lower().endswith(".txt") and not name.startswith("."))
    if not files:
        raise BadInput("The folder has no texts", where=str(folder), why="no file in it ends in .txt", advice=advice)
    return files


def _at_path(name: str) -> Text:
    path = expanded(name)
    if not path.exists():
        raise BadInput(
            "The text file was not found",
            where=name,
            advice=likely_path(name, (SAMPLE, MIXED))
            or "choose a text file or a folder of them, 'mixed', 'sample', or 'hub:name'; in Python [text] is a text "
            "itself",
        )
    contents = [(file, pinned.read_file(file, "text")) for file in text_files(path)]
    texts = [_as_text(data, file) for file, data in contents]
    sha256 = joined_hash([hashlib.sha256(data).hexdigest() for _, data in contents])
    return Text(name, texts[0] if len(texts) == 1 else _interleaved(texts), sha256)


def _decoded(path: Path) -> str:
    return _as_text(pinned.read_file(path, "text"), path)


def _as_text(data: bytes, path: Path) -> str:
    """The characters of the file at ``path`` without a byte order mark. Every line end becomes a line feed, as Python
    reads text and as all published results were made: the raw WikiText-2 file has carriage returns."""
    if b"\0" in data:
        raise BadInput(
            "This is not a text file", where=str(path), why="it holds zero bytes", advice="choose a plain UTF-8 text"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "The text is not UTF-8",
            where=str(path),
            why=f"byte {error.start} can't be decoded",
            advice="save it as UTF-8",
        ) from None
    if not text.strip():
        raise BadInput("The text file is empty", where=str(path), advice="choose a file with text in it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def load_rows(name: str, part: str = "validation") -> Any:
    """The rows of the data set called ``name`` ("hub:…"), as `datasets` gives them. Without a split in the name: the
    training split for the part "train", else the one to test on. They are looked up once in a session. Raises
    `BadInput`."""
    return pinned.pins().once((load_rows, name, part), lambda: _rows(name, part))


def _rows(name: str, part: str) -> Any:
    dataset, config, split = _hub_name(name.removeprefix("hub:"), name)
    extras.require("hub", "A data set of the hub")
    import datasets

    try:
        if split is None:
            splits = datasets.get_dataset_split_names(dataset, config)
            preferred = ("train",) if part == "train" else ("test", "validation")
            split = next((s for s in preferred if s in splits), splits[0])
        return datasets.load_dataset(dataset, config, split=split)
    except Exception as error:  # the library raises a dozen kinds, for a network as for a name
        raise BadInput(
            "The data set can't be loaded",
            where=name,
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            advice="check the name and the network connection, or choose a text file",
        ) from None


def _hub_name(words: str, name: str) -> tuple[str, str | None, str | None]:
    parts = words.split("/")
    if not all(parts) or len(parts) > 4:
        raise BadInput(
            "This is not the name of a data set",
            where=name,
            advice="write hub:name, hub:owner/name or add /config/split",
        )
    if len(parts) <= 2:
        return "/".join(parts), None, None
    return "/".join(parts[:-2]), parts[-2], parts[-1]


def joined_rows(rows: Any, name: str) -> str:
    """The text column of a data set ("text", or else its first column of strings), joined by empty lines."""
    strings = [
        column for column, kind in rows.features.items() if getattr(kind, "dtype", "") in ("string", "large_string")
    ]
    if not strings:
        raise BadInput("The data set has no text", where=name, why="its columns are " + ", ".join(rows.column_names))
    return "\n\n".join(rows["text" if "text" in strings else strings[0]])
