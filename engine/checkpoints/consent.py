"""Consent to Python code that a model brings: it belongs to a person, for the code as it is, never to a document.

A yes is kept in the user's data by the hash of the code files: another commit with other code is asked for anew, and a
copy of the same model, or what was made of it, is not. Torch-free: the window asks.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.files import file_mode, home, make_folder, parse_json, whole_file, write_json
from engine.checkpoints.checkpoint import CheckpointHeader, travels

MOST_FILES, MOST_BYTES = 500, 20_000_000
"""Larger files are not taken for the code of a model."""
_REFERENCE = re.compile(r"[\w-]+\.\w+")
"""A class in a file that lies beside config.json: "modeling_x.XModel"."""
_trusted: contextvars.ContextVar[frozenset[str]] = contextvars.ContextVar("trusted", default=frozenset())
_looking: contextvars.ContextVar[bool] = contextvars.ContextVar("looking", default=False)
_given_here: set[str] = set()
"""Hashes of code that may run in this process only."""


class ConsentNeeded(BadInput):
    """A model needs code of its own that nobody has said yes to, or that may not run now."""


@dataclass(frozen=True)
class Code:
    """The Python files of a model's folder: name -> bytes, as they were when they were read."""

    folder: Path
    files: Mapping[str, bytes]

    @property
    def fingerprint(self) -> str:
        """sha256 over names and contents."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
        return digest.hexdigest()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths of the files, where they can be read."""
        return tuple(self.folder / name for name in sorted(self.files))


def code_in(folder: Path) -> Code:
    """The code that lies in a model's folder; raises `BadInput` if it is more than any model brings, or if a file is a
    link to somewhere else. Files of subfolders do not belong to it: nothing loads them, see `private_copy`."""
    files = sorted(file for file in folder.glob("*.py") if not file.is_dir())
    if leaves := next((file for file in files if not travels(file, folder)), None):
        raise BadInput(
            "The model's code is a link to a file outside its folder",
            where=str(leaves),
            why="what it points to could change unnoticed",
            advice="put the file itself there",
        )
    if len(files) > MOST_FILES or sum(file.stat().st_size for file in files) > MOST_BYTES:
        raise BadInput("The model brings more code than any model needs", where=str(folder), why=f"{len(files)} files")
    return Code(folder, {file.name: pinned.pins().pin(file).read() for file in files})  # of these is the fingerprint


def code_of(header: CheckpointHeader) -> Code:
    """The code that a model's network needs; raises `BadInput` if config.json takes it from somewhere else."""
    return _code_of(f"The model '{header.model_type}'", header.folder, "config.json", header.config)


def tokenizer_code_of(folder: Path, config: Mapping[str, Any]) -> Code:
    """The code that a model's tokenizer needs; ``config`` is what tokenizer_config.json says. Raises as `code_of`."""
    return _code_of("The tokenizer", folder, "tokenizer_config.json", config)


def _code_of(what: str, folder: Path, file: str, config: Mapping[str, Any]) -> Code:
    for word in _words(config.get("auto_map")):
        _check_reference(f"{what[0].lower()}{what[1:]}", folder, file, word)
    code = code_in(folder)
    if not code.files:
        raise BadInput(
            f"{what} needs Python code of its own",
            where=str(folder),
            why="its folder holds none",
            advice="get the whole model again",
        )
    return code


def _check_reference(what: str, folder: Path, file: str, word: str) -> None:
    """Raise `BadInput` for a class that is not in a file beside config.json: it would not be among what a person
    read."""
    if _REFERENCE.fullmatch(word) and "--" not in word:
        return
    elsewhere = "another repository" if "--" in word else "another folder" if {"/", "\\"} & {*word} else ""
    if elsewhere:
        raise BadInput(
            f"The code that {what} needs lies in {elsewhere}",
            where=str(folder),
            why=f"{file} names {word[:200]}, which could change unnoticed",
            advice="get a copy of the model that holds its code beside config.json",
        )
    raise BadInput(
        f"The code that {what} needs can't be found",
        where=str(folder / file),
        why=f"its auto_map names {word[:200]!r}, which is not the class of a file (such as modeling_x.XModel)",
        advice="get the whole model again",
    )


def reference_in(code: Code, word: Any, file: str) -> str:
    """``word`` of an auto_map, once it names a class in one of the files of ``code``; raises `BadInput` otherwise."""
    named = word if isinstance(word, str) else ""
    _check_reference("the model", code.folder, file, named)
    module = named.partition(".")[0]
    if f"{module}.py" not in code.files:
        raise BadInput(
            "The model's code is not whole",
            where=str(code.folder),
            why=f"{file} names {named}, and there is no {module}.py",
            advice="get the whole model again",
        )
    return named


def private_copy(code: Code) -> Path:
    """A folder of the workspace with exactly the files of ``code``: what is loaded, and what travels with results, is
    what was read and said yes to, whatever becomes of the model's folder."""
    folder = home() / "cache" / "code" / f"c{code.fingerprint[:32]}"
    make_folder(folder)
    for name, content in code.files.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            with whole_file(folder / name) as temporary:
                temporary.write_bytes(content)
    return folder


def require(header: CheckpointHeader, execute: bool | None) -> Code:
    """The code of a model that may run now; raises `ConsentNeeded` otherwise.

    ``execute``: None: if the person said yes to it; True: whoever calls says yes, for this process; False: never.
    """
    return _consented(f"The model '{header.model_type}'", code_of(header), execute)


def require_for_tokenizer(folder: Path, config: Mapping[str, Any]) -> Code:
    """The code of a tokenizer, see `tokenizer_code_of`, that may run now; raises `ConsentNeeded` otherwise. It has no
    caller who could say yes for it: a yes to the model's folder is one to all code in it."""
    return _consented("The tokenizer", tokenizer_code_of(folder, config), None)


def require_for_task(file: Path) -> Code:
    """The code beside the file of an evaluation task that may run now; raises `ConsentNeeded` otherwise."""
    code = code_in(file.parent)
    if not code.files:
        raise BadInput(
            "The task needs Python code of its own",
            where=str(file),
            why="its folder holds none",
            advice="get the whole task again",
        )
    return _consented(f"The task '{file.name}'", code, None, str(file))


def _consented(what: str, code: Code, execute: bool | None, name: str = "MODEL") -> Code:
    looking = execute is False or _looking.get()
    if execute:
        _given_here.add(code.fingerprint)
    if looking or not is_given(code):
        raise ConsentNeeded(
            f"{what} needs Python code of its own",
            where=str(code.folder),
            why=f"{', '.join(sorted(code.files))} would run with all your rights"
            + (", and looking at a model runs nothing" if looking else ""),
            advice=f"read the files there; if you trust their authors, run with --trust-remote-code {name}"
            + (", or answer the window's question when the pipeline is run" if name == "MODEL" else ""),
        )
    return code


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """While the block runs, no code that a model brings does, whatever the person said yes to."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


def is_given(code: Code) -> bool:
    """True where a person said yes to exactly this code."""
    fingerprint = code.fingerprint
    return fingerprint in _given_here or fingerprint in _read()


def give(code: Code, model: str) -> None:
    """Keep the person's yes to the code of a model."""
    path = _path()
    make_folder(path.parent)
    with FileLock(path.with_suffix(".lock"), mode=file_mode(path)):
        entry = {
            "model": model,
            "folder": str(code.folder.resolve()),
            "files": sorted(code.files),
            "given": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        write_json(path, {**_read(), code.fingerprint: entry})


@contextlib.contextmanager
def trusting(models: Iterable[str]) -> Iterator[None]:
    """While the block runs, opening a model of one of these names keeps a yes to the code that it has by then: what is
    on the hub is here only after it was downloaded."""
    token = _trusted.set(frozenset(models))
    try:
        yield
    finally:
        _trusted.reset(token)


def keep_promised(name: str, path: Path) -> None:
    """Called when a model is opened by ``name``: what `trusting` was told is kept."""
    for word in _trusted.get():
        if word == name or _is_same(word, path):
            try:
                code = code_in(path if path.is_dir() else path.parent)
            except BadInput:  # opening says so, should it need the code
                return
            if code.files and code.fingerprint not in _read():  # other processes are to know it too
                give(code, name)


def _is_same(word: str, path: Path) -> bool:
    with contextlib.suppress(OSError, RuntimeError):
        return Path(word).expanduser().resolve() == path.resolve()
    return False


def _words(named: Any) -> Iterator[str]:
    """All strings in an auto_map: a dict of references, or of lists of them, or (in older files) a list alone."""
    if isinstance(named, str):
        yield named
    elif isinstance(named, dict | list):
        for name in named.values() if isinstance(named, dict) else named:
            yield from _words(name)


def _path() -> Path:
    return home() / "consent.json"


def _read() -> dict[str, Any]:
    """The hashes that were said yes to; none from a file that can't be read."""
    try:
        data = parse_json(_path().read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
