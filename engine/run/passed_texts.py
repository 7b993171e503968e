"""Texts that a script gives as they are, in the place of a file: written to files, since all that reads, hashes and
repeats a run knows texts by name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.base.files import write_text
from engine.contracts.settings import Settings, fields

LONGEST_NAME = 1000
"""Characters: a longer string is a text, and so is one of several lines."""
Texts = str | os.PathLike[str] | Sequence[str | Mapping[str, Any]]
"""The name of a text, a text itself, several of them, or records to learn from (see `engine.data.samples`)."""


def named(text: Any, folder: Path, where: str, *, records: bool = False) -> str:
    """The name of a text: of what is given itself, a file in ``folder``, written if it is not there. Raises `BadInput`
    for anything else. ``where``: which argument it is. ``records``: whether a list may hold records too.

    Several texts are one behind the other, with an empty line between them, as a data set's are. A string is a text
    itself if it has several lines or more than `LONGEST_NAME` characters; in a list it always is.
    """
    if isinstance(text, os.PathLike):
        return str(os.fspath(text))
    if isinstance(text, str):
        is_text = "\n" in text or len(text) > LONGEST_NAME
        return _written(text, folder, "txt", where) if is_text else text
    if isinstance(text, Sequence) and text and not isinstance(text, bytes | bytearray):
        if all(isinstance(item, str) for item in text):
            return _written("\n\n".join(text), folder, "txt", where)
        if records and all(isinstance(item, Mapping) for item in text):
            try:
                lines = [json.dumps(dict(item), ensure_ascii=False) for item in text]
            except TypeError as error:
                raise BadInput("A record is not JSON", where=where, why=str(error)) from None
            return _written("\n".join(lines) + "\n", folder, "jsonl", where)
    raise BadInput(
        "This is not a text",
        where=where,
        why="the list is empty" if isinstance(text, Sequence) and not text else f"it is of type {type(text).__name__}",
        advice="give a text file or a folder of them, 'mixed', 'sample', 'hub:name', a text itself, or a list of texts",
    )


def with_names(
    settings: type[Settings], values: Mapping[str, Any], folder: Path, where: str, *, records: bool = True
) -> dict[str, Any]:
    """Values of settings in which every text has a name, see `named`."""
    texts = {field.name for field in fields(settings) if field.kind == "dataset"}
    current = settings.renamed(values)
    return {
        name: named(value, folder, f"{where}, {name}", records=records)
        if name in texts and value not in (None, "")
        else value
        for name, value in current.items()
    }


def _written(text: str, folder: Path, ending: str, where: str) -> str:
    if not text.strip():
        raise BadInput("The text is empty", where=where, advice="give one with words in it")
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise BadInput("The text holds half a character", where=where, why=str(error)) from None
    path = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
    if not path.is_file():
        write_text(path, text)
    return str(path)
