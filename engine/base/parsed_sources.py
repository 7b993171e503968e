"""Digests and imports of parsed sources, stored beside Python's bytecode of the parser: a process that counts the same
sources need not parse them again, which takes half a second."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import NamedTuple

from engine.base.sealed import read_sealed, write_sealed

MOST = 4_000
"""Entries of a file; beyond, those are dropped that this process did not use."""


class Parsed(NamedTuple):
    """``digest``: hash of what counts of a source. ``imports``: absolute names that it imports."""

    digest: str
    imports: frozenset[str]


class ParsedSources:
    """Entries by hash of the reader, the package and the text of a source: they are right whatever has changed since.

    reader: path of the module that reads, whose folder of bytecode holds the file. Where it can't be written, as Python
    says or the system, every process parses by itself."""

    def __init__(self, reader: str) -> None:
        self._file: Path | None = None
        self._reader = ""
        self._entries: dict[str, Parsed] | None = None
        self._used: set[str] = set()
        self._has_more = False
        with contextlib.suppress(NotImplementedError, OSError):
            self._reader = hashlib.sha256(Path(reader).read_bytes()).hexdigest()
            self._file = Path(importlib.util.cache_from_source(reader)).with_suffix(".parsed.json")

    def key(self, text: str, package: str) -> str:
        """Of a source in a package; relative imports depend on it."""
        return hashlib.sha256("\0".join((self._reader, package, text)).encode(errors="surrogatepass")).hexdigest()

    def get(self, key: str) -> Parsed | None:
        """The entry of a source, None if it has to be parsed."""
        if self._entries is None:
            self._entries = self._read()
        self._used.add(key)
        return self._entries.get(key)

    def add(self, key: str, parsed: Parsed) -> None:
        """Take in what was parsed; `save` writes it."""
        assert self._entries is not None
        self._entries[key] = parsed
        self._has_more = True

    def save(self) -> None:
        """Write the entries if some are new, whole or not at all."""
        if not self._has_more or self._file is None or self._entries is None or sys.dont_write_bytecode:
            return
        self._has_more = False
        entries = {**self._read(), **self._entries}
        if len(entries) > MOST:
            entries = {key: parsed for key, parsed in entries.items() if key in self._used}
        values = {key: [parsed.digest, sorted(parsed.imports)] for key, parsed in entries.items()}
        with contextlib.suppress(OSError):
            if self._file.parent.is_dir():
                write_sealed(self._file, self._reader, values)

    def _read(self) -> dict[str, Parsed]:
        values = None if self._file is None else read_sealed(self._file, self._reader)
        return {key: Parsed(digest, frozenset(imports)) for key, (digest, imports) in (values or {}).items()}
