"""Damaged messages between the window and an engine, in both directions: see `engine.service.wire`."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import random
import resource
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from engine.contracts.commands import (
    Checked,
    CheckPipeline,
    Export,
    Generate,
    ReadStructure,
    RunPipeline,
    Verified,
)
from engine.contracts.events import (
    Event,
    Failure,
    Grid,
    Histogram,
    JobDone,
    LayerDone,
    LinkChanged,
    Log,
    Measured,
    Metric,
    Progress,
    RunChanged,
    to_line,
)
from engine.contracts.problem import Problem
from engine.contracts.transfers import ContentThere, FileEntry, PlaceContent, ReadPiece, RunLine, TakePiece
from engine.record.home import Home
from engine.service.child import Child
from engine.service.detached import Accepted
from engine.service.process import EngineProcess, _Open
from engine.service.protocol import Ask, Ended, Follow, Leave, LogLines, Pulse, Send, UnknownRun
from engine.service.remote import Machine
from engine.service.wire import FAR, NOISE_BYTES, Greeting, encode, encode_events, memory_needed, read_greeting, receive
from tests.hostile.mutate import changed_bytes, changed_value, text_of

MEMORY = 200 << 20
"""Bytes that a damaged message may take at most."""
NAMES = ("is", "items", "value", "run", "lane", "events", "command", "id")


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """Let what takes more than `MEMORY` in here fail."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def up(draw: random.Random, folder: Path) -> None:
    """What an engine tells, read by the window."""
    pipe = io.BytesIO(_damaged(draw, Greeting().to_line(), _told()))
    process: Any = EngineProcess(Home(folder))
    process.start = lambda: None
    child: Any = _Silent()
    process._child = child
    process._machine = Machine("box", ("ssh",))
    process.lane("run").open["r"] = _Open(RunPipeline(id="r"))
    with bounded_memory():
        greeting = read_greeting(pipe, NOISE_BYTES)
        if greeting is None:
            return
        Greeting().refuse_other(greeting)
        while (message := receive(pipe, FAR)) is not None:
            process.on_message(child, message)
        for lane in process._lanes.values():
            for event in lane.drain(10_000):
                _look(event)


def down(draw: random.Random, folder: Path) -> None:
    """What a window asks, read by the engine."""
    pipe = io.BytesIO(_damaged(draw, Greeting().to_line(), _asked()))
    child = Child(pipe, io.BytesIO(), Home(folder), "cpu", None)
    lane: Any = _Lane()
    child._accepted = Accepted(Home(folder))
    child._follow = lane.follow  # type: ignore[method-assign]
    child._lane = lambda name: lane  # type: ignore[method-assign]
    child._lanes = {"run": lane}
    with bounded_memory():
        greeting = read_greeting(pipe)
        if greeting is None:
            return
        Greeting().refuse_other(greeting)
        child._obey()


class _Silent:
    """A child that was told of nothing."""

    warm = resident = 0
    computed = False
    worked: float | None = None

    def post(self, message: object) -> None:
        pass


class _Lane:
    """A lane that notes commands."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_busy = False

    def send(self, command: Any) -> None:
        self.taken.append(f"{command.id}")

    def tell(self, event: Event) -> None:
        self.taken.append(event.run)

    def follow(self, message: Follow) -> None:
        self.taken.append(message.run[: message.read_bytes])

    def close(self, seconds: float) -> None:
        assert seconds == 0.0

    def pause(self, id: str) -> None:
        self.taken.append(id + "")

    resume = stop = cancel = pause


def _look(event: Event) -> None:
    """What every window does with an event."""
    assert isinstance(event.run, str) and isinstance(event.time, int | float)
    if not isinstance(event, JobDone | Ended):
        to_line(event)
    if isinstance(event, Failure):
        assert str(event)


@functools.cache
def _told() -> tuple[bytes, ...]:
    histogram = Histogram(-1.0, 1.0, tuple(range(64)))
    answer = Checked((Problem("warning", "Slow"),), {"a": (1, 2, None)}, ("a",), 1 << 33, 1 << 40)
    verified = Verified(Path("/x"), "gguf", True, "Verified: yes", "llama.cpp", 1.5, {"kl_divergence": 0.1})
    told: list[Event] = [
        RunChanged(run="r", state="running"),
        Progress(run="r", block="b", fraction=0.5, total=0.25, text="layer 3", eta=None),
        Metric(run="r", block="b", name="loss", value=float("nan"), step=3),
        LayerDone(run="r", block="b", layer="l.0", index=0, count=2, metrics={"error": 0.1}, before=histogram),
        Grid(run="r", block="b", chart="Kurtosis", series="x", values=((1.0, 2.0), (3.0, float("nan")))),
        Measured(run="r", block="b", artifact="/a", metrics={"perplexity": 9.5}, protocol={"window": 128, "x": (1,)}),
        Log(run="r", level="info", text="é\u202e"),
        Failure(run="r", what="Failed", why="why"),
        LinkChanged(run="r", machine="box", connected=False),
    ]
    answers: list[Event] = [JobDone(run="j", result=answer), JobDone(run="k", result=verified), Ended(run="j")]
    files = (FileEntry("a/b.json", 3, "0" * 64), FileEntry("c", 0, "1" * 64))
    moved = (ContentThere((1, 2), 1 << 40), files, (RunLine("r", "n", "done", ""),), b"piece of a file", 7)
    answers += [JobDone(run=f"m{number}", result=result) for number, result in enumerate(moved)]
    frames = [encode(Pulse(True, 1 << 28)), *encode_events("run", told), *encode_events("look", answers)]
    frames.append(encode(LogLines("run", "r", tuple(to_line(event) for event in told), 3000)))
    return (*frames, encode(UnknownRun("run", "r")), encode(Pulse(True, 1 << 28, idle=True, fault="")))


@functools.cache
def _asked() -> tuple[bytes, ...]:
    turns = {"/a": (("hi", "hello"),)}
    commands = (
        RunPipeline(id="r", pipeline='{"blocks": []}', until="b"),
        CheckPipeline(id="c", pipeline="{}", quick=True),
        ReadStructure(id="s", model="sample"),
        Export(id="e", artifact="/a", format="gguf", folder=Path("/x"), options={"quant": "Q4_K", "list": [1, 2.5]}),
        Generate(id="g", models=("/a",), prompt="p", before=turns, stop=("\n",)),
        PlaceContent(id="p", files=(FileEntry("a", 1, "0" * 64),), single=True),
        TakePiece(id="t", sha256="0" * 64, size=9, offset=3, data=b"abcdef"),
        ReadPiece(id="d", run="r", name="events.jsonl", offset=0, size=10),
    )
    asked = [encode(Send("run", command)) for command in commands]
    asked.append(encode(Follow("run", "r", 100)))
    return (*asked, encode(Ask("run", "pause", "r")), encode(Ask("look", "close")), encode(Leave(finish_runs=True)))


def _framed(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def _damaged(draw: random.Random, greeting: bytes, frames: tuple[bytes, ...]) -> bytes:
    """The stream with one damage."""
    kept = list(frames)
    at = draw.randrange(len(kept))
    what = draw.choice(("bytes", "value", "value", "value", "value", "length", "order", "bomb", "greeting"))
    if what == "bytes":
        return changed_bytes(draw, greeting + b"".join(kept))
    if what == "value":
        kept[at] = _framed(text_of(changed_value(draw, json.loads(kept[at][8:]), NAMES)))
    elif what == "length":
        size = draw.choice((0, 1, len(kept[at]), FAR.size, FAR.size + 1, 2**31, 2**63, 2**64 - 1))
        kept[at] = struct.pack("<Q", size) + kept[at][8:]
    elif what == "order":
        draw.shuffle(kept)
        kept.insert(at, draw.randbytes(draw.randrange(100)))
    elif what == "bomb":
        kept[at] = _framed(_bomb(draw))
    else:
        return draw.choice((changed_bytes(draw, greeting), b"", b"\n" * 9, draw.randbytes(3000))) + b"".join(kept)
    return greeting + b"".join(kept)


BOMBS: tuple[Callable[[int], str], ...] = (
    lambda number: "[],",
    lambda number: "{},",
    lambda number: "0.1,",
    lambda number: '"ab",',
    lambda number: f"{number + 10**9},",
    lambda number: f'{{"{number}":{number}.5}},',
    lambda number: '{"a":[{}]},',
    lambda number: '"\\u00e9\\ud83d\\ude00' + "x" * 500 + '",',
    lambda number: '{"is":"tuple","items":[1]},',
    lambda number: '{"is":"Log","run":"r","level":"info","text":"x"},',
    lambda number: '{"is":"bytes","value":"AAAA"},',
)


def _bomb(draw: random.Random) -> bytes:
    """A text that takes much memory to read: as much as is let through, or more; or one that is nested deeply."""
    if draw.random() < 0.3:
        opening, closing = draw.choice((("[", "]"), ('{"a":', "}"), ('{"is":"tuple","items":[', "]}")))
        depth = draw.choice((50, 70, 300, 990, 100_000))
        return (opening * depth + "1" + closing * depth).encode()
    entry = draw.choice(BOMBS)
    beginning, end = draw.choice(
        (("[", "1]"), ('{"is":"EventBatch","lane":"run","events":[', "1]}"), ('{"is":"X","x":[', "1]}"))
    )
    need = draw.choice((10 << 20, FAR.memory - (1 << 20), FAR.memory * 2))
    per_entry = memory_needed(entry(10**6).encode())
    count = min(need // per_entry, FAR.size // len(entry(10**6)))
    return (beginning + "".join(map(entry, range(count))) + end).encode()
