"""Files that another machine sends by their hashes, and those that it reads: the far side of a transfer. Torch-free.

In the workspace ``received/content/<sha256>`` holds each file once, ``received/models/<hash>`` the folders that are
made of them, ``received/headers/<hash>`` those of which only headers were sent. A file that is not complete ends with
".part".
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from engine.base.errors import BadInput, RunFailed
from engine.base.files import disk_error, existing_parent, link_or_copy, make_folder, open_for_writing, restrict
from engine.base.pinned import Pins, digests
from engine.checkpoints.checkpoint import gguf_in
from engine.contracts.transfers import (
    PIECE_BYTES,
    SHA256,
    ContentThere,
    FileEntry,
    ListFiles,
    PlaceHeaders,
    ReadPiece,
    RunLine,
    TakePiece,
    refuse_unsafe,
)
from engine.record.folder import ENVIRONMENT, EVENTS, PIPELINE, REPORT, RunFolder
from engine.record.history import History, PastRun
from engine.record.home import Home

RUN_FILES = (REPORT, EVENTS, PIPELINE, ENVIRONMENT)
"""Files of a run that are read from elsewhere."""
LARGEST_FILE = 1 << 44
"""Bytes that a file can have at most on usual disks."""
_CHUNK = 1 << 20


def content_there(home: Home, files: Sequence[FileEntry]) -> ContentThere:
    """Bytes of each file that are in the store. Raises `BadInput`."""
    refuse_unsafe(files)
    sizes = tuple(_bytes_there(home, entry.sha256, entry.size) for entry in files)
    return ContentThere(sizes, shutil.disk_usage(existing_parent(home.root)).free)


def take_piece(home: Home, piece: TakePiece) -> int:
    """Append a piece; gives the bytes of the file that are there. Raises `BadInput`, and `RunFailed` for a full disk or
    a file that was damaged on the way."""
    path = _path(home, piece.sha256)
    if piece.offset < 0 or piece.offset + len(piece.data) > piece.size or (piece.size and not piece.data):
        raise BadInput("A piece of a file does not fit it", where=piece.sha256[:12])
    part = path.with_name(f"{path.name}.part")
    try:
        make_folder(path.parent)
        with FileLock(f"{part}.lock"):
            there = _bytes_there(home, piece.sha256, piece.size)
            if there != piece.offset or path.is_file():
                return there
            with open(open_for_writing(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
                file.write(piece.data)
                file.flush()
                os.fsync(file.fileno()) if piece.offset + len(piece.data) == piece.size else None
            restrict(part)
            there += len(piece.data)
            if there == piece.size:
                _finish(part, path, piece.sha256)
            return there
    except OSError as error:
        raise disk_error(error, part) from error


def place_content(home: Home, files: Sequence[FileEntry], single: bool) -> str:
    """Make a folder of files of the store; gives its path, or that of its only file. Raises `BadInput`."""
    return _make_folder(home, "models", files, [entry.size for entry in files], single)


def place_headers(home: Home, request: PlaceHeaders) -> str:
    """Make a folder of files whose beginning is in the store, for a look at headers; as `place_content`."""
    sizes = request.sizes
    if len(sizes) != len(request.files) or any(
        not entry.size <= size <= LARGEST_FILE for entry, size in zip(request.files, sizes, strict=True)
    ):
        raise BadInput("The sizes of these files can't be right")
    return _make_folder(home, "headers", request.files, sizes, request.single)


def _make_folder(home: Home, kind: str, files: Sequence[FileEntry], sizes: Sequence[int], single: bool) -> str:
    refuse_unsafe(files)
    if missing := next((entry for entry in files if not _path(home, entry.sha256).is_file()), None):
        raise BadInput("A file has not been sent", where=missing.name)
    if not files or (single and len(files) != 1):
        raise BadInput("These files make no model", why=f"there are {len(files)}")
    lines = (f"{e.sha256} {e.name}{'' if e.size == size else f' {size}'}" for e, size in zip(files, sizes, strict=True))
    name = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:20]
    folder = home.root / "received" / kind / name
    try:
        if not all(_has(folder / entry.name, size) for entry, size in zip(files, sizes, strict=True)):
            make_folder(folder.parent)
            temporary = Path(tempfile.mkdtemp(prefix=".placing-", dir=folder.parent))
            try:
                for entry, size in zip(files, sizes, strict=True):
                    make_folder((temporary / entry.name).parent)
                    _put_file(_path(home, entry.sha256), temporary / entry.name, entry.size, size)
                shutil.rmtree(folder, ignore_errors=True)
                os.replace(temporary, folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise disk_error(error, folder) from error
    return str(folder / files[0].name if single else folder)


def _put_file(stored: Path, path: Path, there: int, size: int) -> None:
    """Put a file of the store at a path; one of which only the beginning is there gets a hole behind it."""
    if there == size:
        link_or_copy(stored, path)
        return
    shutil.copyfile(stored, path)  # a copy, for the hole would be one of the store, too
    os.truncate(path, size)


def list_runs(home: Home, limit: int) -> tuple[RunLine, ...]:
    """The last runs in one line each."""
    with History.readable(home) as history:
        runs = history.runs(max(1, limit))
    return tuple(RunLine(run.id, run.name, _status(run), run.started) for run in runs)


def _status(run: PastRun) -> str:
    """Its status; a run that was cancelled because its engine was ended is interrupted."""
    return "interrupted" if run.status == "cancelled" and RunFolder(run.folder).was_interrupted else run.status


def list_files(folder: RunFolder, request: ListFiles) -> tuple[FileEntry, ...]:
    """The files of a run as they are now, or those of a model that it left. Raises `BadInput`."""
    if not request.block:
        return tuple(_as_it_is(folder.path / name) for name in RUN_FILES if (folder.path / name).is_file())
    root = _model(folder, request.block)
    paths = [root] if root.is_file() else model_files(root)
    return entries_of(root.parent if root.is_file() else root, paths)


def read_piece(folder: RunFolder, request: ReadPiece) -> bytes:
    """A piece of a file of a run, or of a model that it left. Raises `BadInput`."""
    if not 0 < request.size <= PIECE_BYTES or request.offset < 0:
        raise BadInput("This piece of a file can't be read", where=ascii(request.name)[:80])
    root = folder.path
    if request.block:
        model = _model(folder, request.block)
        root = model.parent if model.is_file() else model
        allowed = {path.relative_to(root).as_posix() for path in ([model] if model.is_file() else model_files(model))}
    else:
        allowed = set(RUN_FILES)
    if request.name not in allowed:
        raise BadInput("The run has no such file", where=ascii(request.name)[:80])
    try:
        with open(root / request.name, "rb") as file:
            file.seek(request.offset)
            return file.read(request.size)
    except OSError as error:
        raise BadInput("The file can't be read", where=request.name, why=error.strerror or str(error)) from None


_OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".ot", ".tflite", ".gguf")
"""Weights again, in a form that is not read from a folder; a GGUF file is where it is the model, see `gguf_in`."""


def model_files(folder: Path) -> list[Path]:
    """Files of a model's folder that travel with it: no hidden ones, and no weights in forms that are not read."""
    opened, paths = gguf_in(folder), []
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not is_hidden and (path == opened or path.suffix.lower() not in _OTHER_WEIGHTS):
            paths.append(path)
    return paths


def entries_of(
    root: Path, paths: Sequence[Path], checkpoint: Callable[[], None] = lambda: None
) -> tuple[FileEntry, ...]:
    """Names, sizes and hashes of files below a folder. Hashes of large files are remembered. Raises `BadInput`."""
    pins, entries = Pins(), []
    for path in paths:
        checkpoint()
        try:
            file = pins.pin(path)
            entries.append(FileEntry(path.relative_to(root).as_posix(), file.size, digests([file])[0]))
        except OSError as error:
            raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
    return tuple(entries)


def file_sha256(path: Path, size: int | None = None) -> str:
    """SHA-256 of a file, or of its first ``size`` bytes. Raises OSError."""
    digest, remaining = hashlib.sha256(), size
    with open(path, "rb") as file:
        while data := file.read(_CHUNK if remaining is None else min(_CHUNK, remaining)):
            digest.update(data)
            remaining = None if remaining is None else remaining - len(data)
    return digest.hexdigest()


def _as_it_is(path: Path) -> FileEntry:
    """A file that others may go on writing: its present size, and the hash of so many bytes."""
    size = path.stat().st_size
    return FileEntry(path.name, size, file_sha256(path, size))


def _model(folder: RunFolder, block: str) -> Path:
    stages = folder.report().get("stages", [])
    stage = next((stage for stage in stages if stage["block"] == block), None)
    if stage is None or not stage["artifact"]:
        blocks = ", ".join(stage["block"] for stage in stages if stage["artifact"]) or "none"
        raise BadInput(f"The run has no result of block '{block}'", where=folder.id, why=f"those with one are {blocks}")
    path = Path(stage["artifact"])
    if not path.exists():
        raise BadInput("The result is gone", where=str(path), advice="run the pipeline again")
    return path


def _finish(part: Path, path: Path, sha256: str) -> None:
    """A file has come whole: it is compared with its hash and gets its name. Raises `RunFailed`."""
    if file_sha256(part) != sha256:
        part.unlink()
        raise RunFailed("A file was damaged on the way", where=sha256[:12], advice="send it again")
    os.replace(part, path)
    with contextlib.suppress(OSError):
        Path(f"{part}.lock").unlink()


def _bytes_there(home: Home, sha256: str, size: int) -> int:
    path = _path(home, sha256)
    if path.is_file():
        return size
    try:
        return min(path.with_name(f"{path.name}.part").stat().st_size, size)
    except OSError:
        return 0


def _path(home: Home, sha256: str) -> Path:
    if not SHA256.fullmatch(sha256):
        raise BadInput("This is not the hash of a file", where=ascii(sha256)[:80])
    return home.root / "received" / "content" / sha256


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
