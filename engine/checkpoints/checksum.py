"""Files that carry the SHA-256 of what is in them, so that a changed byte is noticed before it is computed with.

Tensors lie in safetensors files with the hash in their metadata: it is that of the whole file with 64 zeros in the
place of the hash. Plain values lie in JSON beside the hash of their own text. Files of the format without a hash, as
the first release wrote them, are taken as they are, unless something states which hash they bear. A file is read
through once per process as long as it does not change; one that this process wrote itself is not read again.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from engine.base.errors import BadInput, RunFailed
from engine.base.files import parse_json, read_json, whole_file, write_json
from engine.base.pinned import Identity
from engine.checkpoints.headers.safetensors import HASH, read_file

KEY = HASH
_NONE = "0" * 64
_CHUNK = 1 << 22
_checked: dict[Identity, tuple[str, str]] = {}
"""File -> what is wrong with it, "" if nothing is, and the hash that it bears, "" if it bears none."""


class DamagedWork(RunFailed):
    """A file that an interrupted run wrote for itself is damaged, and can't be computed again alone."""


def save(tensors: Mapping[str, torch.Tensor], file: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors by name, whole or not at all; equal tensors make equal files. ``metadata`` has no "sha256"."""
    with whole_file(file) as temporary:
        whole = {name: _whole(tensor.detach()) for name, tensor in tensors.items()}
        save_file(whole, temporary, {"format": "pt", **(metadata or {}), KEY: _NONE})
        borne = _seal(temporary, whole)
    _checked[Identity.of(file)] = "", borne


def damage(file: Path, stated: str | None = None) -> str:
    """The damage of a file of tensors, in words; "" if there is none. Reads it through the first time. ``stated``: the
    hash that it has to bear, None where nothing says so."""
    try:
        state = Identity.of(file)
        if state not in _checked:
            _checked[state] = _damage(file)
            if Identity.of(file) != state:
                del _checked[state]
                return "it is being written to"
    except OSError as error:
        return f"{file.name} can't be read: {error.strerror or error}"
    why, borne = _checked[state]
    if why or stated is None or borne == stated:
        return why
    return "it is of another artifact" if borne else "another program has written it: it bears no hash any more"


def refuse_damaged(file: Path, stated: str | None = None) -> None:
    """Raises `BadInput` if the file is damaged, or does not bear the ``stated`` hash."""
    if why := damage(file):
        advice = "run the pipeline again, or copy it again"
        raise BadInput("The file is damaged", where=str(file), why=why, advice=advice)
    if why := damage(file, stated):
        raise BadInput(
            "The file is not the one that compression.json describes",
            where=str(file),
            why=why,
            advice='copy it again; if it was changed on purpose, remove its line from "files" in compression.json',
        )


def is_sound(file: Path, log: Callable[[str, Any], None]) -> bool:
    """True for a file of tensors that exists and is sound. A damaged one is removed, with a word to ``log`` (the log
    of the stage): it is made again."""
    if not file.is_file():
        return False
    why = damage(file)
    if why:
        _remove(file, why, log)
    return not why


def load(file: Path, device: str | torch.device = "cpu") -> dict[str, torch.Tensor]:
    """The tensors of a file by name. Raises `DamagedWork`."""
    try:
        why = damage(file)
        if not why:
            with safe_open(file, "pt") as opened:  # it knows some kinds of devices by name, torch all
                return {name: opened.get_tensor(name).to(device) for name in opened.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError) as error:
        why = str(error)
    raise DamagedWork("What was kept of the interrupted work is damaged", where=str(file), why=why)


def metadata(file: Path) -> dict[str, str]:
    """The metadata of a sound file."""
    with safe_open(file, "pt") as opened:
        return dict(opened.metadata() or {})


def file_hash(file: Path) -> str:
    """SHA-256 of the bytes of any file. Raises OSError."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def save_values(file: Path, values: Any) -> None:
    """Write plain JSON values with their hash, whole or not at all."""
    write_json(file, {KEY: _hash_of(values), "values": values})


def load_values(file: Path, log: Callable[[str, Any], None]) -> Any:
    """The values that `save_values` wrote; None if the file is missing or damaged: then it is removed, with a word to
    ``log``."""
    if not file.is_file():
        return None
    try:
        data = read_json(file)
        if isinstance(data, dict) and data.get(KEY) == _hash_of(data.get("values")):
            return data["values"]
        why = "its content is not what was written"
    except BadInput as error:
        why = error.why
    _remove(file, why, log)
    return None


# -- inside ------------------------------------------------------------------------------------------------------------
def _remove(file: Path, why: str, log: Callable[[str, Any], None]) -> None:
    log(f"{file.name}, kept by the interrupted run, is damaged ({why}): it is made again", "warning")
    file.unlink(missing_ok=True)


def _hash_of(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _seal(path: Path, tensors: Mapping[str, torch.Tensor]) -> str:
    """Put the hash in its place, and return it: that of what was to be written, wherever it went wrong. The library
    writes metadata in an order that changes from process to process: equal parts must be equal files."""
    with open(path, "rb+") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(text) <= length, "the library escapes in another way than it did"
        file.seek(8)
        file.write(text.ljust(length))
        order = sorted(tensors, key=lambda name: header[name]["data_offsets"])
        digest = _digest(text.ljust(length), (_bytes(tensors[name]) for name in order))
        file.seek(8)
        file.write(text.replace(_word(_NONE), _word(digest)))
    return digest


def _damage(path: Path) -> tuple[str, str]:
    """The damage of a file, "" if there is none, and the hash that it bears."""
    try:
        read_file(path)  # header and lengths
    except BadInput as error:
        return error.why or error.what, ""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = file.read(length)
        metadata = parse_json(header).get("__metadata__")
        stated = metadata.get(KEY) if isinstance(metadata, dict) else None
        if not isinstance(stated, str):
            return "", ""
        digest = _digest(header.replace(_word(stated), _word(_NONE)), iter(lambda: file.read(_CHUNK), b""))
    return ("" if digest == stated else "its content is not what was written"), stated


def _word(digest: str) -> bytes:
    return f'"{KEY}":"{digest}"'.encode()


def _digest(header: bytes, data: Iterable[bytes | memoryview]) -> str:
    """Of its length, this header, and the data behind it."""
    digest = hashlib.sha256(struct.pack("<Q", len(header)) + header)
    for chunk in data:
        digest.update(chunk)
    return digest.hexdigest()


def _bytes(tensor: torch.Tensor) -> memoryview:
    """The bytes of a tensor as they lie in a file."""
    flat: memoryview = tensor.cpu().flatten().view(torch.uint8).numpy().data
    return flat


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that lies alone and in order in its memory: pieces of larger ones can't be saved."""
    alone = tensor.is_contiguous() and tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
    return tensor if alone else tensor.clone(memory_format=torch.contiguous_format)
