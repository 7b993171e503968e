"""Moving files to and from another machine: the near side of a transfer. What is there already is not sent again, what
arrives is compared with its hash, and a lost connection costs a piece. Torch-free."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from engine.base.errors import BadInput, RunFailed
from engine.base.files import disk_error, existing_parent, make_folder, open_for_writing, restrict
from engine.base.human import bytes_text
from engine.checkpoints.headers.beginning import write_header
from engine.contracts.transfers import (
    PIECE_BYTES,
    ContentThere,
    FileEntry,
    FindContent,
    ListFiles,
    PlaceContent,
    PlaceHeaders,
    ReadPiece,
    TakePiece,
    refuse_unsafe,
)
from engine.data.texts import text_files
from engine.machines.session import Asking, LinkLost, NotReached, no_checkpoint, over_lost_links
from engine.service.content import entries_of, file_sha256, model_files

LANE = "files"
AHEAD = 4
"""Pieces that are on their way at once."""
ROOM = 64 << 20
"""Bytes of a disk that stay free."""

Progress = Callable[[float, str], None]
Piece = TypeVar("Piece", TakePiece, ReadPiece)


@dataclass(frozen=True)
class Moving:
    """Transfers of files. ``machine``: for sentences. ``progress``: takes the fraction and a text; ``checkpoint``: may
    raise to end it, what has arrived stays."""

    far: Asking
    machine: str
    progress: Progress = lambda fraction, text: None
    checkpoint: Callable[[], None] = no_checkpoint

    def send(self, path: Path) -> str:
        """Send a file, or the folder of a model or of texts, as far as it is not there; gives its path there. Raises
        `BadInput`, `RunFailed`."""
        root, files = self._hashed(path)

        def attempt() -> str:
            self._send_missing(root, files, path.name)
            return str(self._ask(PlaceContent(files=files, single=path.is_file())))

        return str(over_lost_links(attempt, self.checkpoint))

    def find(self, path: Path) -> str | None:
        """The path that the same file or folder has there; None where anything of it is missing. Raises as `send`."""
        _, files = self._hashed(path)

        def attempt() -> str | None:
            if any(size < entry.size for size, entry in zip(self._there(files).sizes, files, strict=True)):
                return None
            return str(self._ask(PlaceContent(files=files, single=path.is_file())))

        path_there: str | None = over_lost_links(attempt, self.checkpoint)
        return path_there

    def send_headers(self, path: Path) -> str:
        """Send what a check reads of a file or a model: headers of weights, all of the other files. Gives the path of
        files there that have the sizes of these. Raises as `send`."""
        root, paths = _files(path)
        with tempfile.TemporaryDirectory(prefix="headers-") as temporary:
            for file in paths:
                write_header(file, Path(temporary, file.relative_to(root)))
            copies = [Path(temporary, file.relative_to(root)) for file in paths]
            files = entries_of(Path(temporary), copies, self.checkpoint)
            refuse_unsafe(files)
            sizes = tuple(file.stat().st_size for file in paths)

            def attempt() -> str:
                self._send_missing(Path(temporary), files, path.name)
                return str(self._ask(PlaceHeaders(files=files, sizes=sizes, single=path.is_file())))

            return str(over_lost_links(attempt, self.checkpoint))

    def fetch(self, run: str, block: str, folder: Path) -> tuple[FileEntry, ...]:
        """Fetch the files of a run, or of the model that its ``block`` left, into a folder, as far as they are not
        there. Raises `BadInput`, and `RunFailed` for a file that is not what its hash says."""

        def attempt() -> tuple[FileEntry, ...]:
            files = self._ask(ListFiles(run=run, block=block))
            if not isinstance(files, tuple) or not all(isinstance(entry, FileEntry) for entry in files):
                raise RunFailed(f"The answer of {self.machine} is not a list of files")
            self._refuse(files, folder)
            total, done = sum(entry.size for entry in files) or 1, 0
            for entry in files:
                self._fetch_file(run, block, entry, folder / entry.name, (done, total))
                done += entry.size
            return files

        files: tuple[FileEntry, ...] = over_lost_links(attempt, self.checkpoint)
        return files

    def _ask(self, command: Any) -> Any:
        self.far.post(command, LANE)
        return self.far.answer(command, LANE, self.checkpoint)

    # -- there --------------------------------------------------------------------------------------------------------
    def _hashed(self, path: Path) -> tuple[Path, tuple[FileEntry, ...]]:
        """The folder of a file or model, and all that travels of it."""
        root, paths = _files(path)
        self.progress(0.0, f"Hashing {path.name}")
        files = entries_of(root, paths, self.checkpoint)
        refuse_unsafe(files)
        return root, files

    def _there(self, files: Sequence[FileEntry]) -> ContentThere:
        there = self._ask(FindContent(files=tuple(files)))
        if not isinstance(there, ContentThere) or len(there.sizes) != len(files):
            raise RunFailed(f"The answer of {self.machine} is not what was asked")
        return there

    def _send_missing(self, root: Path, files: Sequence[FileEntry], name: str) -> None:
        self.progress(0.0, f"Comparing {name} with {self.machine}")
        there = self._there(files)
        offsets = [min(max(0, size), entry.size) for size, entry in zip(there.sizes, files, strict=True)]
        total, begun = sum(entry.size for entry in files), sum(offsets)
        if total - begun > max(0, there.free_disk - ROOM):
            why = f"{bytes_text(total - begun)} are to be sent, {_free_text(there.free_disk)}"
            raise BadInput(f"The disk of {self.machine} is too full", where=name, why=why)
        clock = time.monotonic()

        def show(done: int) -> None:
            speed = (done - begun) / max(1e-6, time.monotonic() - clock)
            text = f"Sending {name} to {self.machine}, {bytes_text(done)} of {bytes_text(total)}"
            self.progress(done / max(1, total), f"{text}, {bytes_text(int(speed))}/s" if speed > 0 else text)

        done = begun
        for entry, offset in zip(files, offsets, strict=True):
            if offset < entry.size or entry.size == 0:
                self._send_file(root / entry.name, entry, offset, done - offset, show)
            done += entry.size - offset

    def _send_file(self, path: Path, entry: FileEntry, offset: int, before: int, show: Callable[[int], None]) -> None:
        """Send the rest of a file; where the other side has not what was expected, go on from there."""
        there, failures = offset, 0
        try:
            with open(path, "rb") as file:
                while there < entry.size or (entry.size == 0 and failures == 0):
                    reached = self._send_from(file, entry, there, lambda done: show(before + done))
                    failures += reached <= there
                    if failures > 5:
                        raise RunFailed(f"{self.machine} does not take a file", where=entry.name)
                    there = reached
        except OSError as error:
            raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
        except (LinkLost, NotReached):
            raise
        except RunFailed as error:
            if _has_changed(path, entry):
                raise BadInput("The file was changed while it was sent", where=str(path), advice="try again") from None
            raise RunFailed(
                f"{self.machine}: {error.what}", where=error.where, why=error.why, advice=error.advice
            ) from None

    def _send_from(self, file: IO[bytes], entry: FileEntry, offset: int, show: Callable[[int], None]) -> int:
        """Send pieces from an offset on until one is not taken; gives the bytes that are there."""
        is_taken, there = True, offset

        def pieces() -> Iterator[TakePiece]:
            at = offset
            while is_taken and (at < entry.size or (entry.size == 0 and at == 0)):
                file.seek(at)
                data = file.read(min(PIECE_BYTES, entry.size - at))
                if not data and entry.size:
                    raise BadInput("The file has become shorter", where=entry.name, advice="try again")
                yield TakePiece(sha256=entry.sha256, size=entry.size, offset=at, data=data)
                at += max(1, len(data))

        for piece, answer in self._ahead(pieces()):
            if type(answer) is not int or not 0 <= answer <= entry.size:
                raise RunFailed(f"The answer of {self.machine} is not what was asked", where=entry.name)
            there, is_taken = answer, is_taken and answer == piece.offset + len(piece.data)
            show(there)
        return there

    def _ahead(self, commands: Iterator[Piece]) -> Iterator[tuple[Piece, Any]]:
        """Commands with their results, in order; several are on their way at once."""
        waiting: deque[Piece] = deque()
        for command in commands:
            self.far.post(command, LANE)
            waiting.append(command)
            if len(waiting) >= AHEAD:
                first = waiting.popleft()
                yield first, self.far.answer(first, LANE, self.checkpoint)
        while waiting:
            first = waiting.popleft()
            yield first, self.far.answer(first, LANE, self.checkpoint)

    # -- here ---------------------------------------------------------------------------------------------------------
    def _refuse(self, files: Sequence[FileEntry], folder: Path) -> None:
        """Refuse names that lead elsewhere, and more bytes than the disk has."""
        try:
            refuse_unsafe(files)
        except BadInput as error:
            what = f"{self.machine} sends what can't be a list of files"
            raise RunFailed(what, where=error.where, why=error.what) from None
        size = sum(entry.size for entry in files)
        free = shutil.disk_usage(existing_parent(folder)).free
        if size > max(0, free - ROOM):
            why = f"{bytes_text(size)} are to be fetched, {_free_text(free)}"
            raise BadInput("The disk is too full", where=str(folder), why=why, advice="make room")

    def _fetch_file(self, run: str, block: str, entry: FileEntry, path: Path, share: tuple[int, int]) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            if path.is_file() and path.stat().st_size == entry.size and file_sha256(path) == entry.sha256:
                return
            make_folder(path.parent)
            there = part.stat().st_size if part.is_file() else 0
            there = there if there <= entry.size else 0
            with open(open_for_writing(part, os.O_WRONLY), "r+b") as file:
                file.truncate(there)
                file.seek(there)
                for piece, data in self._ahead(_reads(run, block, entry, there)):
                    if type(data) is not bytes or len(data) != piece.size:
                        raise RunFailed(f"{self.machine} sends another piece than was asked for", where=entry.name)
                    file.write(data)
                    done, total = share[0] + piece.offset + len(data), share[1]
                    what = "results" if not block else entry.name
                    text = f"Fetching {what} from {self.machine}, {bytes_text(done)} of {bytes_text(total)}"
                    self.progress(done / total, text)
            restrict(part)
            if file_sha256(part) != entry.sha256:
                part.unlink()
                what = "A file was damaged on the way, or changed meanwhile"
                raise RunFailed(what, where=entry.name, advice="fetch it again")
            os.replace(part, path)
        except OSError as error:
            raise disk_error(error, path) from error


def _has_changed(path: Path, entry: FileEntry) -> bool:
    """True if a file is not what it was when its hash was taken."""
    try:
        return path.stat().st_size != entry.size or file_sha256(path) != entry.sha256
    except OSError:
        return True


def _free_text(free: int) -> str:
    return f"{bytes_text(free)} are free, of which {bytes_text(ROOM)} stay free"


def _files(path: Path) -> tuple[Path, list[Path]]:
    """The folder, and the files that travel: the only one, the texts of a folder, or those of a model."""
    if path.is_file():
        return path.parent, [path]
    with contextlib.suppress(BadInput):  # it is that of a model
        return path, list(text_files(path))
    return path, model_files(path)


def _reads(run: str, block: str, entry: FileEntry, there: int) -> Iterator[ReadPiece]:
    """Commands that read the rest of a file."""
    for offset in range(there, entry.size, PIECE_BYTES):
        size = min(PIECE_BYTES, entry.size - offset)
        yield ReadPiece(run=run, block=block, name=entry.name, offset=offset, size=size)
