"""Messages on the pipes: greetings of other versions, damaged frames, limits, and no pickle anywhere."""

from __future__ import annotations

import ast
import dataclasses
import io
import struct
import subprocess
import sys
import time
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.base import children
from engine.contracts.commands import Command, DescribeDevice, RunPipeline
from engine.contracts.events import Event, Failure, Grid, Histogram, JobDone, LayerDone, Log, Metric, RunChanged
from engine.record.home import Home
from engine.service import wire
from engine.service.exit_reason import ProcessEnd, explain_end
from engine.service.process import EngineProcess, child_command
from engine.service.protocol import Ask, Leave, Pulse, Send
from engine.service.wire import Greeting, Refused, decode, encode, encode_events, read_greeting, receive
from engine.version import __version__

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES: dict[Any, Any] = {str: "x", int: 3, float: 0.1, bool: True, Path: Path("/x"), bytes: b"\0"}


def example(annotation: Any) -> Any:
    """A value of a type."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if annotation in EXAMPLES:
        return EXAMPLES[annotation]
    if annotation is Any:
        return {"a": (1, None)}
    if annotation is Command:
        return RunPipeline(id="x")
    if annotation is Event:
        return Metric(run="r", name="loss", value=0.1, step=1)
    if dataclasses.is_dataclass(annotation):
        return record(annotation)  # type: ignore[arg-type]
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple and arguments[1:] == (...,):
        return (example(arguments[0]), example(arguments[0]))
    if origin is tuple:
        return tuple(map(example, arguments))
    if origin in (dict, Mapping):
        return {"key": example(arguments[1])}
    return example(arguments[0])  # Annotated, or one of several


def record(kind: type[Any]) -> Any:
    """A record with a value in every field that is sent."""
    hints = typing.get_type_hints(kind)
    sent = [item.name for item in dataclasses.fields(kind) if not item.metadata.get("here_only")]
    return kind(**{name: example(hints[name]) for name in sent})


@pytest.mark.parametrize("name", wire.REGISTRY.names)
def test_every_message_has_a_codec_for_every_field(name: str) -> None:
    kind = wire.REGISTRY._classes[name]
    made = record(kind)
    again = receive(io.BytesIO(encode(made)))
    assert again == made and type(again) is kind


def test_batches_are_split_and_keep_their_order() -> None:
    counts = Histogram(-1.0, 1.0, tuple(range(5000)))
    told: list[Event] = [
        LayerDone(run="r", layer=f"l.{number}", index=number, count=200, metrics={"error": 0.1 * number}, before=counts)
        for number in range(200)
    ]
    told.append(Grid(run="r", chart="c", series="s", values=((0.1, float("inf")), (1.0, 2.0))))
    frames = encode_events("run", told)
    assert len(frames) > 3 and max(map(len, frames)) < wire.BATCH_BYTES + 100_000
    pipe = io.BytesIO(b"".join(frames))
    batches = list(iter(lambda: receive(pipe), None))
    assert [event for batch in batches for event in batch.events] == told
    assert encode_events("run", []) == []


def test_a_damaged_event_becomes_a_sentence_and_the_others_stay() -> None:
    def arrived(entry: str) -> Event:
        frame = wire._batch_frame("run", [wire.event_text(Log(run="r", level="info", text="a")), entry])
        first, second = decode(frame[8:]).events
        assert isinstance(first, Log) and first.text == "a"
        return second  # type: ignore[no-any-return]

    line = arrived('{"is":"Metric","run":"r","name":"loss","value":"high","step":1}')
    assert isinstance(line, Log) and "Metric.value: a number was expected, not 'high'" in line.text
    later = arrived('{"is":"Vision","run":"r"}')
    assert isinstance(later, Log) and "'Vision' is not a kind of message that this version knows" in later.text
    answer = arrived('{"is":"JobDone","run":"j","result":{"is":"Checked"}}')
    assert isinstance(answer, Failure) and answer.run == "j" and "Checked" in answer.why
    for entry in ('{"is":"RunChanged","run":"r","state":"gone"}', '{"is":"Ended","run":3}', "3", '{"is":"Log"}'):
        with pytest.raises(Refused):  # somebody would wait for its end for ever
            arrived(entry)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (struct.pack("<Q", 2**63) + b"x", "it says that it has 9223372036854775808 bytes"),
        (wire._frame('{"is":"os.system"}'), "'os.system' is not a kind of message"),
        (wire._frame("[" * 100_000), "nested too deeply"),
        (wire._frame('{"is":"Ask","lane":"run"}'), "Ask: .*verb"),
        (wire._frame("{"), "Expecting property name"),
        (wire._frame("[" + "[]," * 5_000_000 + "1]"), "bytes of memory"),
        (struct.pack("<Q", 2) + b"\xff\xfe", "ascii"),
        (wire._frame('{"is":"ContentThere","sizes":[],"free_disk":1' + 400 * "0" + "}"), "whole number of 401 digits"),
    ],
)
def test_damaged_frames_are_refused_with_a_sentence(frame: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        receive(io.BytesIO(frame))


def test_a_torn_frame_is_the_end() -> None:
    frame = encode(Ask("run", "pause", "r"))
    assert receive(io.BytesIO(frame)) == Ask("run", "pause", "r")
    assert all(receive(io.BytesIO(frame[:size])) is None for size in range(len(frame)))


def test_greetings_say_which_versions_there_are() -> None:
    assert read_greeting(io.BytesIO(Greeting(code="ab").to_line())) == Greeting(code="ab")
    assert read_greeting(io.BytesIO(b"")) is None
    noisy = io.BytesIO(b"Welcome to gpu-box\nLast login: today\n" + Greeting().to_line())
    assert read_greeting(noisy, wire.NOISE_BYTES) == Greeting()
    with pytest.raises(Refused, match="it begins with 'Welcome"):
        read_greeting(io.BytesIO(b"Welcome\n" + Greeting().to_line()))
    with pytest.raises(Refused, match="can't be read"):
        read_greeting(io.BytesIO(wire.MARK + b"[]\n"))
    Greeting().refuse_other(Greeting())
    Greeting(code="a").refuse_other(Greeting())
    with pytest.raises(Refused) as other:
        Greeting().refuse_other(Greeting("another", "9.0"))
    assert f"version {__version__} (protocol {wire.PROTOCOL}) here, version 9.0" in str(other.value)
    assert f"pip install compression-studio=={__version__}" in other.value.advice
    with pytest.raises(Refused, match=r"code a\) here.*code b\) there"):
        Greeting(code="a").refuse_other(Greeting(code="b"))


def test_an_engine_of_another_version_is_refused(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "old.py"
    greeting = Greeting("7", "0.0.1").to_line()
    script.write_text(f"import sys, time\nsys.stdout.buffer.write({greeting!r})\nsys.stdout.flush()\ntime.sleep(60)\n")
    process = EngineProcess(home, command=[sys.executable, str(script)])
    lane = process.lane("look")
    lane.send(DescribeDevice(id="a"))
    failure = next(event for event in iter_events(lane) if isinstance(event, Failure))
    assert "another version" in failure.what and "version 0.0.1 (protocol 7) there" in failure.why
    assert "pip install" in failure.advice
    process.kill()
    assert process.close(20)


def iter_events(lane: Any) -> Any:
    """Events of a lane as they come."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        yield from lane.drain()
        time.sleep(0.01)


def test_a_child_refuses_another_version_before_it_loads_anything(tmp_path: Path) -> None:
    given = Greeting("9", "9.9").to_line() + encode(Leave())
    command = [*child_command(), "--home", str(tmp_path)]
    ended = subprocess.run(command, input=given, capture_output=True, env=children.environment(), timeout=60)
    assert ended.returncode == 0 and read_greeting(io.BytesIO(ended.stdout)) == Greeting()
    assert "version 9.9 (protocol 9) there" in ended.stderr.decode() and not list(tmp_path.iterdir())


def test_what_was_refused_is_the_reason_of_the_end() -> None:
    reason = explain_end(ProcessEnd(-9, refusal=Refused("A message can't be read", why="so")))
    assert str(reason) == "A message can't be read: so."


def test_every_kind_of_event_and_command_is_known() -> None:
    for base in (Command, Event):
        waiting = [base]
        while waiting:
            kind = waiting.pop()
            waiting += kind.__subclasses__()
            assert not kind.__module__.startswith("engine.") or kind.__name__ in wire.REGISTRY.names
    assert {Send, Ask, Leave, Pulse, RunChanged, JobDone} <= set(wire.REGISTRY._classes.values())


PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}


def test_nothing_of_the_program_can_read_a_pickle() -> None:
    """Whoever can write what is read by these runs code here."""
    found = []
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "studio").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if PICKLES & {name.partition(".")[0] for name in names}:
                found.append(path.relative_to(ROOT).as_posix())
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.load", "np.load", "numpy.load"):
                safe = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                if safe.get("weights_only") != "True" and safe.get("allow_pickle") != "False":
                    found.append(f"{path.relative_to(ROOT).as_posix()}: {ast.unparse(node)}")
    assert found == []
