"""Files whose bytes are those that were hashed: a hash says something about a result only if the bytes behind it are
the ones that were computed with.

A file is *pinned* when it is first met: its device, number (inode), size and both times are noted. From then on it is
read only as long as an open handle on it says the same before and after each read, and its hash is of bytes that were
read so. Small files are read once and stay in memory. A run has one set of pins (`session`): a model, text or tokenizer
that is another file by the time that it is read again is refused with `InputChanged`, and so is what was computed of
it, since `check_used` is called before a result gets the name that is made of the hashes.

The time of change (ctime) can't be set by programs, so another file with the size and time stamp of the first, or a
file that is written in place and gets its old time stamp back, is noticed too. On Windows that time is the one of
creation: there a file that is written in place and dated back is not.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from filelock import FileLock

from engine.base.errors import RunFailed
from engine.base.files import file_mode, home, make_folder, object_in, refuse_irregular, unreadable
from engine.base.sealed import read_sealed, write_sealed

T = TypeVar("T")
_contents: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
HELD_BYTES = 1 << 25
"""A file of at most this size that is read whole stays in memory."""
SETTLED_NS = 2_000_000_000
"""A hash is remembered only of files that were last written longer ago than this: the clocks of disks are coarse, and a
second write within one tick would leave the same times."""
_TICK_NS = 20_000_000
"""No clock of an ordinary disk is coarser."""
_CHUNK = 1 << 22
WRITTEN = "it was written to"
_MEMORY = 4096
"""Files whose hashes one process remembers."""


class InputChanged(RunFailed):
    """A file is not the one any more whose hash a result would be named by."""


def set_content(loaded: object, content: str) -> None:
    """Note the hash of the files that an object was loaded from."""
    _contents[loaded] = content


def content_of(loaded: object) -> str | None:
    """The hash of the files that an object was loaded from; None if `set_content` did not note it."""
    return _contents.get(loaded)


def _changed(path: Path, how: str) -> InputChanged:
    return InputChanged(
        f"{path.name} was changed while it was in use",
        where=str(path),
        why=f"{how}; nothing is stored that was computed of it",
        advice="wait until the program that writes it is done, then run again",
    )


class Identity(NamedTuple):
    """Of a file's content, without reading it. ``modified`` and ``changed`` are times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, file: Path | int) -> Identity:
        """Of the file that a path leads to, or of an open one. Raises OSError."""
        status = os.fstat(file) if isinstance(file, int) else os.stat(file)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def is_settled(self, when: int) -> bool:
        """True if a write at the time ``when`` or later would have changed the times."""
        return max(self.modified, self.changed) + SETTLED_NS < when

    def differs(self, other: Identity) -> str:
        """In words, "" if it does not."""
        if self == other:
            return ""
        if (self.device, self.inode) != (other.device, other.inode):
            return "another file is in its place"
        if self.size != other.size:
            return f"it had {self.size} bytes and has {other.size}"
        return WRITTEN


class Pinned:
    """A file as it was when it was pinned. Raises OSError where there is none. ``settled``: False for a file that is
    read once, at once, and not compared with later: then nothing waits for the clock of the disk."""

    def __init__(self, path: Path, *, settled: bool = True) -> None:
        self.path = path
        self.identity = _settled_identity(path) if settled else Identity.of(path)
        self._sha256: str | None = None
        self._content: bytes | None = None
        self._by_path = False

    @property
    def size(self) -> int:
        """Bytes."""
        return self.identity.size

    @contextlib.contextmanager
    def open(self) -> Iterator[io.FileIO]:
        """The file without a buffer; raises `InputChanged` at both ends if it is not the one that was pinned."""
        try:
            file = io.FileIO(self.path)
        except FileNotFoundError:
            raise _changed(self.path, "it is gone") from None
        with file:
            self._refuse(Identity.of(file.fileno()))
            yield file
            self._refuse(Identity.of(file.fileno()))

    def read(self) -> bytes:
        """All of it: the same bytes every time."""
        if self._content is not None:
            return self._content
        with self.open() as file:
            data = b"".join(iter(lambda: file.read(max(_CHUNK, self.size)), b""))
        digest = hashlib.sha256(data).hexdigest()
        if self._sha256 not in (None, digest):
            raise _changed(self.path, WRITTEN)
        self._sha256 = digest
        if len(data) <= HELD_BYTES:
            self._content = data
        return data

    def sha256(self) -> str:
        """Of all bytes."""
        if self._sha256 is None:
            self._sha256 = _hashes.get(self.identity) or self._digest()
        return self._sha256

    def hold(self) -> Pinned:
        """Read a small file into memory: what happens to it from now on changes nothing."""
        if self.size <= HELD_BYTES:
            self.read()
        return self

    def adopt(self, sha256: str) -> None:
        """Take a hash that was found of a file of this very identity before."""
        self._sha256 = self._sha256 or sha256

    @contextlib.contextmanager
    def by_path(self) -> Iterator[Path]:
        """The path, for a library that opens it itself; raises `InputChanged` at both ends."""
        self.read_elsewhere()
        try:
            yield self.path
        except Exception:
            self.check()  # it may have failed over a file that was half written
            raise
        self.check()

    def read_elsewhere(self) -> None:
        """The file is about to be opened by somebody who does not read it here: `Pins.check_used` is strict about it.
        Raises `InputChanged`."""
        self._by_path = True
        self.check()

    def check(self) -> None:
        """Raises `InputChanged` if the path leads to another file now, or to none."""
        try:
            now = Identity.of(self.path)
        except OSError:
            raise _changed(self.path, "it is gone") from None
        self._refuse(now)

    @property
    def is_held(self) -> bool:
        """True if changes of the file change no computation: all who read it get the bytes in memory."""
        return self._content is not None and not self._by_path

    def _refuse(self, now: Identity) -> None:
        if how := self.identity.differs(now):
            raise _changed(self.path, how)

    def _digest(self) -> str:
        started = time.time_ns()
        digest = hashlib.sha256()
        with self.open() as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        if self.identity.is_settled(started):
            _remember(self.identity, digest.hexdigest())
        return digest.hexdigest()


class Pins:
    """The pinned files of one piece of work by path, and which of them were used since `begin`."""

    def __init__(self) -> None:
        self._pins: dict[str, Pinned] = {}
        self._used: dict[str, Pinned] = {}
        self._results: dict[Any, Any] = {}
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[type[Pins], tuple[()]]:
        """Another process, to which a header is sent, reads no tensors by it: nothing is pinned there."""
        return Pins, ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Pins:
        """A copied header is about the same files."""
        return self

    def pin(self, path: Path) -> Pinned:
        """The file as it was when it was first pinned here. Raises OSError."""
        key = os.path.abspath(path)
        with self._lock:
            if key not in self._pins:
                self._pins[key] = Pinned(Path(path))
            self._used[key] = self._pins[key]
            return self._pins[key]

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Result of ``make``, which is called the first time only."""
        with self._lock:
            if key not in self._results:
                self._results[key] = make()
            result: T = self._results[key]
            return result

    def forget(self, folder: Path) -> None:
        """Files in a folder that this program writes anew may be others from now on."""
        start = os.path.join(os.path.abspath(folder), "")
        with self._lock:
            for pins in (self._pins, self._used):
                for key in [key for key in pins if key.startswith(start)]:
                    del pins[key]

    def begin(self) -> None:
        """A result is begun: `check_used` is about the files that are used from now on."""
        with self._lock:
            self._used.clear()

    def check_used(self) -> None:
        """Raises `InputChanged` if a file that was used is not what it was."""
        with self._lock:
            used = list(self._used.values())
        for pinned in used:
            if not pinned.is_held:
                pinned.check()


_current: contextvars.ContextVar[Pins | None] = contextvars.ContextVar("pins", default=None)


@contextlib.contextmanager
def session() -> Iterator[Pins]:
    """All that is read while the block runs, in this thread, is pinned together: what is read twice is the same. Inside
    another session it is that one."""
    pins = _current.get()
    if pins is not None:
        yield pins
        return
    token = _current.set(pins := Pins())
    try:
        yield pins
    finally:
        _current.reset(token)


def pins() -> Pins:
    """Those of this session; outside of any, new ones."""
    return _current.get() or Pins()


def read_file(path: Path, what: str, pins_: Pins | None = None) -> bytes:
    """The bytes of a pinned file; ``what`` it is called in the sentence. Raises `BadInput` like
    `engine.base.files.read_regular`."""
    refuse_irregular(path, what)
    try:
        return (pins_ or pins()).pin(path).read()
    except (OSError, ValueError) as error:
        raise unreadable(path, what, error) from None


def read_object(path: Path, pins_: Pins | None = None) -> dict[str, Any]:
    """The object in a JSON file that is pinned, or `BadInput`."""
    return object_in(read_file(path, "file", pins_), path)


# -- hashes that outlive a process -------------------------------------------------------------------------------------
_hashes: dict[Identity, str] = {}
"""Of files that this process has read."""


def _remember(identity: Identity, sha256: str) -> None:
    if len(_hashes) >= _MEMORY:
        _hashes.pop(next(iter(_hashes)), None)
    _hashes[identity] = sha256


def digests(files: Sequence[Pinned]) -> list[str]:
    """sha256 of large files, remembered across runs by all of their identity: they are read the first time only."""
    memory = home() / "cache" / "fingerprints.json"
    make_folder(memory.parent)
    with FileLock(memory.with_suffix(".lock"), mode=file_mode(memory)):
        stored = read_sealed(memory, "fingerprints")
        digests_by_key: dict[str, Any] = stored if isinstance(stored, dict) else {}
        new: dict[str, Any] = {}
        for file in files:
            key, stands = str(file.path.resolve()), list(file.identity)
            entry = digests_by_key.get(key)
            if isinstance(entry, list) and entry[:-1] == stands and isinstance(entry[-1], str):
                file.adopt(entry[-1])
            started = time.time_ns()
            digest = file.sha256()
            if file.identity.is_settled(started) and entry != [*stands, digest]:
                new[key] = [*stands, digest]
        if new:
            write_sealed(memory, "fingerprints", digests_by_key | new)
    return [file.sha256() for file in files]


def _settled_identity(path: Path) -> Identity:
    """Of a file that was written this very moment only after its clock has moved on: its times would not tell the next
    write."""
    identity = Identity.of(path)
    if 0 <= time.time_ns() - max(identity.modified, identity.changed) < _TICK_NS:
        time.sleep(_TICK_NS / 1e9)
        identity = Identity.of(path)
    return identity
