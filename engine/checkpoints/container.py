"""The project's own container: a Hugging Face folder whose compressed layers are described in compression.json.

Files: config.json and the tokenizer's; ``model-00001-of-0000N.safetensors``, one per part of the model (embeddings,
each layer, head); ``model.safetensors.index.json``; ``compression.json`` with the compressed modules by name, the
SHA-256 that each of these files carries, and the history of steps that led here. Each part is written whole or not at
all, so that a killed run goes on from the last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import pydantic
import torch
from safetensors import safe_open

from engine.base import pinned
from engine.base.errors import BadInput, StudioError
from engine.base.files import (
    disk_error,
    link_or_copy,
    make_folder,
    read_object,
    sync_folder,
    whole_file,
    write_json,
)
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import DESCRIPTION
from engine.checkpoints.headers.packed import kept
from engine.checkpoints.headers.safetensors import INDEX, read_file, read_folder
from engine.checkpoints.packed import PackedTensor
from engine.checkpoints.tensor_sources import DTYPES, TensorSource
from engine.contracts.details import CALIBRATION_WINDOWS, CalibrationWindows

VERSION = 1
_NONE: Mapping[str, PackedTensor] = {}
_WORDS = {dtype: word for word, dtype in DTYPES.items()}


class PartWriter(Protocol):
    """Takes a result part by part; `ArtifactWriter` to disk."""

    def has(self, part: str) -> bool:
        """True for a part that was already written."""

    def write(
        self,
        part: str,
        tensors: dict[str, torch.Tensor],
        modules: dict[str, dict[str, Any]],
        packed: Mapping[str, PackedTensor] = _NONE,
    ) -> None:
        """Take a part: its tensors by full name, the specs of its compressed modules, and the tensors that are kept
        packed as they came."""

    def stored(self, part: str) -> TensorSource:
        """The tensors of a written part."""

    def modules(self, part: str) -> dict[str, dict[str, Any]]:
        """The compressed modules of a written part that have to be put in place again: name -> spec."""

    def branch(self, folder: Path) -> PartWriter:
        """A writer of another result that begins with the parts that this one has."""

    def finish(self, config: dict[str, Any], history: Sequence[dict[str, Any]], companions: Sequence[Path]) -> Any:
        """All parts are written."""


class ArtifactWriter:
    """Writes an artifact part by part into ``folder`` + ".partial"; `finish` gives it its name.

    ``is_signed``: the folder is named by its signature, which the artifact carries too.
    """

    def __init__(self, folder: Path, parts: Sequence[str], *, is_signed: bool = False) -> None:
        self.folder = folder
        self._is_signed = is_signed
        self.work = folder.with_name(folder.name + ".partial")
        make_folder(self.work)
        self._files = {
            part: f"model-{index + 1:05d}-of-{len(parts):05d}.safetensors" for index, part in enumerate(parts)
        }

    def branch(self, folder: Path) -> ArtifactWriter:
        """A writer of another artifact that begins with the parts that this one has; they are shared, not copied."""
        other = ArtifactWriter(folder, list(self._files), is_signed=self._is_signed)
        for part in self._files:
            if self.has(part) and not other.has(part):
                link_or_copy(self.file(part), other.file(part))
        return other

    def file(self, part: str) -> Path:
        """The file of the tensors of a part until `finish`."""
        return self.work / self._files[part]

    def has(self, part: str) -> bool:
        """True for a part that was already written, perhaps by a run that was killed."""
        return self.file(part).exists()

    def stored(self, part: str) -> StoredPart:
        """The tensors of a written part."""
        return StoredPart(self.file(part))

    def recover(self) -> str:
        """Remove the first part of a killed run that is damaged and all after it, which may come from it; gives the
        part's name and what is wrong with it, "" if nothing is."""
        damaged = ""
        for part in self._files:
            if self.has(part) and not damaged and (why := checksum.damage(self.file(part))):
                damaged = f"{part}: {why}"
            if damaged:
                self.file(part).unlink(missing_ok=True)
        return damaged

    def modules(self, part: str) -> dict[str, dict[str, Any]]:
        """The compressed modules of a written part: name -> spec."""
        specs: dict[str, dict[str, Any]] = json.loads(checksum.metadata(self.file(part))["modules"])
        return specs

    def write(
        self,
        part: str,
        tensors: dict[str, torch.Tensor],
        modules: dict[str, dict[str, Any]],
        packed: Mapping[str, PackedTensor] = _NONE,
    ) -> None:
        """Write a part: its tensors by full name, and what is said of its compressed modules and of what is kept
        packed, which travels in the header of the same file."""
        stored = {name: tensor for name, tensor in tensors.items() if name not in packed}
        for name, packed_tensor in packed.items():
            stored |= {f"{name}.{role}": tensor for role, tensor in packed_tensor.tensors.items()}
        checksum.save(stored, self.file(part), _part_metadata(modules, packed))

    def finish(self, config: dict[str, Any], history: Sequence[dict[str, Any]], companions: Sequence[Path]) -> Path:
        """Write index, description, config and companion files (tokenizer …), then name the folder; returns it."""
        weight_map: dict[str, str] = {}
        modules: dict[str, dict[str, Any]] = {}
        sums: dict[str, str] = {}
        packed: dict[str, dict[str, Any]] = {}
        total = 0
        for part, name in self._files.items():
            tensors = read_file(self.file(part))
            weight_map |= {tensor.name: name for tensor in tensors}
            total += sum(tensor.nbytes for tensor in tensors)
            modules |= self.modules(part)
            said = checksum.metadata(self.file(part))
            packed |= json.loads(said.get("packed", "{}"))
            if checksum.KEY in said:  # the first release wrote none
                sums[name] = said[checksum.KEY]
        write_json(self.work / INDEX, {"metadata": {"total_size": total}, "weight_map": weight_map})
        write_json(self.work / "config.json", config)
        pins = pinned.pins()
        for companion in companions:
            with whole_file(self.work / companion.name) as temporary:
                temporary.write_bytes(pins.pin(companion).read())
        others = ("config.json", INDEX, *(companion.name for companion in companions))
        sums |= {name: checksum.file_hash(self.work / name) for name in others}
        described = {"version": VERSION, "modules": modules, "files": sums, "history": list(history)}
        described |= {"packed": packed} if packed else {}
        described |= {"signature": self.folder.name} if self._is_signed else {}
        write_json(self.work / DESCRIPTION, described)
        try:
            if (self.folder / DESCRIPTION).is_file():
                shutil.rmtree(self.folder)  # an older artifact at the same place
            os.replace(self.work, self.folder)
            sync_folder(self.folder.parent)
        except OSError as error:
            raise disk_error(error, self.folder) from error
        pins.forget(self.folder)  # of an older artifact at the same place
        return self.folder


class StoredPart:
    """The tensors of one part as they lie in the artifact in work."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._packed = kept(json.loads(checksum.metadata(file).get("packed", "{}")), read_file(file))
        inside = tuple(f"{name}." for name in self._packed)
        with safe_open(file, "pt") as opened:
            self._names = (*self._packed, *(name for name in opened.keys() if not name.startswith(inside)))  # noqa: SIM118

    def names(self) -> Iterable[str]:
        """All names."""
        return self._names

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU; a packed one is unpacked."""
        packed = self.packed(name)
        return self._stored(name) if packed is None else packed.dense()

    def packed(self, name: str) -> PackedTensor | None:
        """A tensor that is kept packed."""
        header = self._packed.get(name)
        if header is None:
            return None
        read = {role: self._stored(info.name) for role, info in header.parts.items()}
        return PackedTensor(header.layout, read, header.shape, header.options, header.word)

    def _stored(self, name: str) -> torch.Tensor:
        with safe_open(self.file, "pt") as opened:
            tensor: torch.Tensor = opened.get_tensor(name)
        return tensor


def _part_metadata(modules: Mapping[str, dict[str, Any]], packed: Mapping[str, PackedTensor]) -> dict[str, str]:
    """The metadata in the header of a part's file."""
    described = {name: packed_tensor.spec() for name, packed_tensor in packed.items()}
    return {"modules": json.dumps(modules)} | ({"packed": json.dumps(described)} if described else {})


_ORDER = "BOOL U8 I8 F8_E5M2 F8_E4M3 I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64".split()  # noqa: SIM905
"""Types as the safetensors library sorts the tensors of a file by them, the last first."""


def part_tensors(
    tensors: Mapping[str, torch.Tensor], packed: Mapping[str, PackedTensor]
) -> dict[str, tuple[str, torch.Tensor]]:
    """The tensors that `ArtifactWriter.write` stores of a part: name -> the word for what the values are, and the
    tensor, which may lie on the meta device. Of what stays ``packed`` each tensor under its own name, with the word of
    the whole."""
    stored = {name: (_WORDS[tensor.dtype], tensor) for name, tensor in tensors.items() if name not in packed}
    for name, packed_tensor in packed.items():
        stored |= {f"{name}.{role}": (packed_tensor.word, tensor) for role, tensor in packed_tensor.tensors.items()}
    return stored


def part_bytes(
    tensors: Mapping[str, torch.Tensor],
    modules: Mapping[str, dict[str, Any]],
    packed: Mapping[str, PackedTensor] = _NONE,
) -> int:
    """Exactly the bytes of the file that `ArtifactWriter.write` writes of these."""
    stored = {name: tensor for name, (_, tensor) in part_tensors(tensors, packed).items()}
    header: dict[str, Any] = {
        "__metadata__": {"format": "pt", **_part_metadata(modules, packed), checksum.KEY: 64 * "0"}
    }
    end = 0
    for name in sorted(stored, key=lambda name: (-_ORDER.index(_WORDS[stored[name].dtype]), name)):
        start, end = end, end + stored[name].numel() * stored[name].element_size()
        word = _WORDS[stored[name].dtype]
        header[name] = {"dtype": word, "shape": list(stored[name].shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return 8 + (len(text) + 7) // 8 * 8 + end


def file_bytes(
    tensors: Mapping[str, tuple[tuple[int, ...], int]], modules: Mapping[str, dict[str, Any]] | None = None
) -> int:
    """Bytes of a part's file with these tensors (name -> shape, bytes of data) and compressed modules (name -> spec),
    to a few bytes a tensor."""
    described = {"format": "pt", "modules": json.dumps(modules or {}), checksum.KEY: 64 * "0"}
    header: dict[str, Any] = {"__metadata__": described}
    end = 0
    for name, (shape, nbytes) in tensors.items():
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": (end, end + nbytes)}
        end += nbytes
    return 8 + (len(json.dumps(header, separators=(",", ":"))) + 7) // 8 * 8 + end


def read_description(folder: Path) -> dict[str, Any]:
    """compression.json of an artifact: ``{"version", "modules", "files", "history"}``; raises `BadInput`."""
    path = folder / DESCRIPTION
    data = read_object(path)
    if data.get("version") != VERSION:
        raise BadInput(
            "The artifact is of another version",
            where=str(path),
            why=f"version {data.get('version')!r}, this program reads {VERSION}",
            advice="update the program, or run the pipeline again",
        )
    try:
        return _Description.model_validate(data).model_dump()
    except pydantic.ValidationError as error:
        raise BadInput(
            "The artifact's description is damaged",
            where=str(path),
            why=f"{'.'.join(map(str, error.errors()[0]['loc']))}: {error.errors()[0]['msg']}",
            advice="run the pipeline again",
        ) from None


def _step(step: dict[str, Any]) -> dict[str, Any]:
    """An entry of the history, as it is, once all that is read of it is of its type."""
    for name, kind in (("method", str), ("title", str), ("origin", str), ("settings", dict), ("details", dict)):
        if name in step and not isinstance(step[name], kind):
            raise ValueError(f"{name} is {type(step[name]).__name__}, not {'text' if kind is str else 'an object'}")
    details = step.get("details", {})
    if CALIBRATION_WINDOWS in details:
        CalibrationWindows.model_validate(details[CALIBRATION_WINDOWS])
    return step


class _Description(pydantic.BaseModel):
    version: int
    modules: dict[str, dict[str, Any]]
    history: list[Annotated[dict[str, Any], pydantic.AfterValidator(_step)]] = []
    packed: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    """Name -> SHA-256: of a part as `engine.checkpoints.checksum` takes it, of all other files of their bytes. The
    first release wrote none."""
    signature: str | None = None
    """Of an artifact of the store: the name of its folder there."""


def damage(folder: Path, *, contents: bool = True, signature: str | None = None) -> str:
    """The reason why the artifact in ``folder`` can't be used, "" if it can: all files are there, and with ``contents``
    every byte of the tensors is as it was written (read once per process). ``signature``: the one that it has to
    carry."""
    try:
        described = read_description(folder)
        if signature is not None and described["signature"] != signature:
            return "the folder holds another artifact"
        read_object(folder / "config.json")
        parts = {tensor.file for tensor in read_folder(folder)}
    except StudioError as error:
        return error.why or error.what
    modules: dict[str, Any] = {}
    packed: dict[str, Any] = {}
    for name in sorted(parts) if contents else ():
        if why := checksum.damage(folder / name, described["files"].get(name)):
            return f"{name}: {why}"
        said = checksum.metadata(folder / name)
        if checksum.KEY in said and name not in described["files"]:
            return f"{name} is of another artifact"
        modules |= json.loads(said.get("modules", "{}"))
        packed |= json.loads(said.get("packed", "{}"))
    if contents and (modules, packed) != (described["modules"], described["packed"]):
        return f"{DESCRIPTION} does not say of the layers what their files say"
    for name, stated in described["files"].items() if contents else ():
        if name not in parts and not _has_hash(folder / name, stated):
            return f"{name} is not what was written"
    return ""


def _has_hash(file: Path, stated: str) -> bool:
    try:
        return checksum.file_hash(file) == stated
    except OSError:
        return False
