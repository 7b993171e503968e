"""Messages as they stand between the engine and whoever drives it: JSON behind its length, after a line of greeting.

Each side begins with a line that says which protocol and version it speaks; another version is refused with a sentence.
What follows are frames: eight bytes of length and a JSON text. `REGISTRY` holds every class that may be in one, so that
a process on another machine, whoever has broken into it, can send nothing but these records with values of their types.
A frame that is too large or can't be read is refused. An event that can't be sent becomes a sentence, and the others
stay.
"""

from __future__ import annotations

import functools
import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.architecture.anatomy import Anatomy
from engine.base.codec import TYPE, CodecError, Registry
from engine.base.errors import RunFailed, StudioError
from engine.base.files import whole_number
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts import commands, events, publishing, replay, transfers
from engine.contracts.claims import MeasuredClaims
from engine.contracts.commands import (
    Checked,
    Command,
    FormatInfo,
    FoundDataset,
    Generation,
    ModelFacts,
    TextDescription,
    Verified,
)
from engine.contracts.events import Event, Failure, Histogram, JobDone, Log
from engine.contracts.inspection import Inspection
from engine.contracts.problem import Problem
from engine.contracts.publishing import Pushed
from engine.contracts.rotation import RotationInspection
from engine.contracts.settings import FieldInfo
from engine.contracts.transfers import ContentThere, FileEntry, RunLine
from engine.service.protocol import Ask, Ended, EventBatch, Follow, Leave, LogLines, Pulse, Send, UnknownRun
from engine.version import __version__

MARK = b"compression-studio engine "
"""The beginning of the greeting."""
GREETING_BYTES = 1024
NOISE_BYTES = 64 << 10
"""Bytes that may stand before the greeting of an engine: programs that a shell starts on the way print there."""
BATCH_BYTES = 1 << 20
"""Events are sent in frames of about this size."""
_LENGTH = struct.Struct("<Q")
_BATCH = EventBatch.__name__


def _below(module: Any, base: type[Any]) -> list[type[Any]]:
    return [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base)]


REGISTRY = Registry(
    [
        *(Send, Ask, Leave, Follow, EventBatch, LogLines, UnknownRun, Pulse, Ended),
        *_below(commands, Command),
        *_below(publishing, Command),
        *_below(replay, Command),
        *_below(transfers, Command),
        *_below(events, Event),
        *(Anatomy, Checked, CheckpointHeader, FieldInfo, FormatInfo, FoundDataset, Histogram, Inspection, Problem),
        *(Generation, MeasuredClaims, ModelFacts, RotationInspection, TensorInfo, TextDescription, Verified),
        *(replay.Card, ContentThere, FileEntry, Pushed, replay.Replay, RunLine),
    ],
    bases=[Command, Event],
)


PROTOCOL = REGISTRY.digest()
"""Of all classes, their fields and types: it changes with every message that another version could misunderstand."""


class Refused(RunFailed):
    """The other side sent what can't be understood, or is another version."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``size``: bytes of a frame. ``memory``: bytes that reading a frame may take at most."""

    size: int
    memory: int


NEAR = Limits(1 << 30, 8 << 30)
"""Of what this program's own child on the same machine sends."""
FAR = Limits(48 << 20, 150 << 20)
"""Of what comes from another machine, and of commands."""


# -- greeting ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Greeting:
    """``code``: hash of the engine's sources, "" where only the version counts."""

    protocol: str = PROTOCOL
    version: str = __version__
    code: str = ""

    def to_line(self) -> bytes:
        """The line that a side begins with."""
        fields = {"protocol": self.protocol, "version": self.version, "code": self.code}
        return MARK + json.dumps(fields).encode("ascii") + b"\n"

    def refuse_other(self, other: Greeting) -> None:
        """Raise `Refused` unless the ``other`` side speaks the same."""
        same_code = self.code == other.code or not (self.code and other.code)
        if (self.protocol, self.version) == (other.protocol, other.version) and same_code:
            return
        advice = f"install the same version on both sides: pip install compression-studio=={self.version}"
        if self.version == other.version:
            advice = "install the same version on both sides, from the same wheel or the same sources"
        raise Refused(
            "The engine on the other side is another version",
            why=f"{self._text()} here, {other._text()} there",
            advice=advice,
        )

    def _text(self) -> str:
        code = f", code {self.code}" if self.code else ""
        return f"version {self.version} (protocol {self.protocol}{code})"


def read_greeting(pipe: IO[bytes], noise: int = 0) -> Greeting | None:
    """The greeting of the other side, None if the pipe ends before. ``noise``: bytes of other lines that may come
    first. Raises `Refused`."""
    skipped = b""
    while line := pipe.readline(GREETING_BYTES):
        if line.startswith(MARK) and line.endswith(b"\n"):
            return _greeting(line)
        skipped += line
        if len(skipped) > noise:
            break
    if not line and len(skipped) <= noise:
        return None
    text = ascii(skipped[:200].decode("utf-8", "replace"))
    raise Refused(
        "The other side is not an engine of this program, or is another version of it",
        why=f"it begins with {text}",
        advice=f"install compression-studio {__version__} on both sides",
    )


def _greeting(line: bytes) -> Greeting:
    try:
        plain = json.loads(line[len(MARK) :])
        protocol, version, code = plain["protocol"], plain["version"], plain.get("code", "")
        if type(protocol) is str and type(version) is str and type(code) is str:
            return Greeting(ascii(protocol)[1:-1], ascii(version)[1:-1], ascii(code)[1:-1])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise Refused("The other side is not an engine of this program", why="its greeting can't be read")


@functools.cache
def code_hash() -> str:
    """Hash of the sources of the engine as they lie there; "" where there are none, as in a frozen program."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    paths = sorted(root.rglob("*.py"))
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12] if paths else ""


# -- frames -----------------------------------------------------------------------------------------------------------
def encode(message: object) -> bytes:
    """A message as a frame; raises `CodecError`."""
    return _frame(REGISTRY.to_text(message))


def encode_events(lane: str, sent: Sequence[Event]) -> list[bytes]:
    """Frames with these events of a lane."""
    frames: list[bytes] = []
    texts: list[str] = []
    size = 0
    for event in sent:
        text = event_text(event)
        if texts and size + len(text) > BATCH_BYTES:
            frames.append(_batch_frame(lane, texts))
            texts, size = [], 0
        texts.append(text)
        size += len(text)
    return [*frames, _batch_frame(lane, texts)] if texts else frames


def receive(pipe: IO[bytes], limits: Limits = FAR) -> Any:
    """The next message, None at the end of the pipe. Raises `Refused`."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    if size > limits.size:
        raise _refused(f"it says that it has {size} bytes, {limits.size} are allowed")
    data = pipe.read(size)
    return decode(data, limits) if len(data) == size else None


def decode(data: bytes, limits: Limits = FAR) -> Any:
    """The message of a frame without its length. Raises `Refused`."""
    need = memory_needed(data)
    if need > limits.memory:
        raise _refused(f"reading it could take {need} bytes of memory, {limits.memory} are allowed")
    try:
        plain = json.loads(data.decode("ascii"), parse_int=whole_number)
        return _batch(plain) if type(plain) is dict and plain.get(TYPE) == _BATCH else REGISTRY.from_plain(plain)
    except RecursionError:
        raise _refused("it is nested too deeply") from None
    except ValueError as error:  # CodecError among them
        raise _refused(str(error)[:300]) from None


def memory_needed(data: bytes) -> int:
    """Bytes that reading a JSON text takes at most: of its characters and of objects in CPython."""
    characters = 5 if b"\\u" in data else 2  # a text with one rare character takes four bytes for each
    objects = 96 * data.count(b",") + 160 * data.count(b":") + 96 * data.count(b"[") + 160 * data.count(b"{")
    return characters * len(data) + objects


def event_text(event: Event) -> str:
    """The event as JSON; one that can't be sent becomes the sentence that says so."""
    try:
        return REGISTRY.to_text(event)
    except Exception as error:  # whatever an object's own code raises
        return REGISTRY.to_text(_unsendable(event, error))


def _frame(text: str) -> bytes:
    data = text.encode("ascii")
    return _LENGTH.pack(len(data)) + data


def _batch_frame(lane: str, texts: Sequence[str]) -> bytes:
    return _frame(f'{{"{TYPE}":"{_BATCH}","lane":{json.dumps(lane)},"events":[{",".join(texts)}]}}')


def _batch(plain: dict[str, Any]) -> EventBatch:
    lane, entries = plain.get("lane"), plain.get("events")
    if type(lane) is not str or type(entries) is not list:
        raise CodecError("it is not a batch of events")
    return EventBatch(lane, tuple([_event(entry) for entry in entries]))


def _event(plain: Any) -> Event:
    """The event; one that can't be read becomes a sentence, unless a run or job would wait for its end for ever."""
    try:
        event = REGISTRY.from_plain(plain)
        if isinstance(event, Event):
            return event
        raise CodecError(f"{type(event).__name__} is not an event")
    except CodecError as error:
        run = plain.get("run") if type(plain) is dict else None
        if type(run) is not str or plain.get(TYPE) in ("RunChanged", "Ended"):
            raise
        if plain.get(TYPE) in ("JobDone", "Failure"):
            return _failure(run, error)
        return Log(run=run, level="warning", text=f"An event of the engine can't be read: {error}")


def _unsendable(event: Event, error: Exception) -> Event:
    if isinstance(event, JobDone):
        return _failure(str(event.run), error)
    text = f"A {type(event).__name__} could not be sent to the window: {error}"
    block = event.block if isinstance(event.block, str) else None
    return Log(run=str(event.run), block=block, level="warning", text=text)


def _failure(run: str, error: Exception) -> Failure:
    return Failure(
        run=run,
        what="The answer of the engine could not be handed over",
        why=str(error) if isinstance(error, CodecError) else f"{type(error).__name__}: {error}",
        advice="please report it with the details of the log",
    )


def _refused(why: str) -> StudioError:
    return Refused("A message of the other process can't be read", why=why)
