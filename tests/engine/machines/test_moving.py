"""Files between machines: sent by their hashes, taken up where they were, and never written elsewhere."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.checkpoints.checkpoint import gguf_in
from engine.contracts.events import Event, JobDone
from engine.contracts.transfers import ContentThere, FileEntry, ReadPiece, TakePiece, refuse_unsafe
from engine.data.texts import load_text
from engine.machines import moving, session
from engine.machines.moving import Moving
from engine.machines.session import Session
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.content import content_there, take_piece
from engine.service.remote import Machine
from tests.engine.machines.simulated_machine import SimulatedProcess, every, simulated

PIECE = 1000


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[SimulatedProcess]:
    made = simulated(Home(tmp_path / "far"))
    monkeypatch.setattr(session, "EngineProcess", made)
    monkeypatch.setattr(session, "SECONDS", 0.001)
    for module in (moving, __import__("engine.service.content", fromlist=["content"])):
        monkeypatch.setattr(module, "PIECE_BYTES", PIECE)
    return made


@pytest.fixture
def mover(machine: type[SimulatedProcess], tmp_path: Path) -> Iterator[Moving]:
    with Session(Home(tmp_path / "here"), Machine("box", ("ssh",))) as session:
        yield Moving(session, "box")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "more").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 100)
    (folder / "more" / "empty.txt").write_bytes(b"")
    (folder / "pytorch_model.bin").write_bytes(b"again" * 100)
    (folder / ".git").write_text("hidden")
    return folder


def pieces(machine: type[SimulatedProcess]) -> list[TakePiece]:
    """What was sent of files."""
    return [command for process in machine.made for command in process.sent if isinstance(command, TakePiece)]


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_model_is_sent_once_and_then_only_what_changed(
    mover: Moving, machine: type[SimulatedProcess], model: Path
) -> None:
    there = Path(mover.send(model))
    sent = files(there)
    assert sent.keys() == {"config.json", "model.safetensors", "more/empty.txt"}
    assert all(data == (model / name).read_bytes() for name, data in sent.items())
    assert sum(len(piece.data) for piece in pieces(machine)) == 2 + 25600
    before = len(pieces(machine))
    assert mover.send(model) == str(there) and sum(len(p.data) for p in pieces(machine)[before:]) == 0
    (model / "config.json").write_text('{"a": 1}')
    other = Path(mover.send(model))
    assert other != there and b"".join(p.data for p in pieces(machine)[before:]) == b'{"a": 1}'
    text = model / "config.json"
    assert Path(mover.send(text)).read_text() == '{"a": 1}' and Path(mover.send(text)).name == "config.json"


def test_of_a_folder_of_texts_only_texts_are_sent(mover: Moving, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "private").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "private.pdf", "private/c.txt"):
        (folder / name).write_text(f"this is {name}")
    there = Path(mover.send(folder))
    assert files(there) == {name: f"this is {name}".encode() for name in ("a.txt", "b.txt")}
    assert load_text(str(there)).sha256 == load_text(str(folder)).sha256


@pytest.mark.parametrize("beside", ("", "model.safetensors"))
def test_a_gguf_file_is_sent_where_it_is_the_model(mover: Moving, tmp_path: Path, beside: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in filter(None, ("README.md", "m-Q4_0.GGUF", "pytorch_model.BIN", beside)):
        (folder / name).write_text(name)
    there = Path(mover.send(folder))
    assert sorted(files(there)) == sorted(("README.md", beside or "m-Q4_0.GGUF"))
    assert (gguf_in(there) is None) == bool(beside)


def test_lost_connections_cost_pieces_and_not_files(
    mover: Moving, machine: type[SimulatedProcess], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.loses = staticmethod(every(7, TakePiece))
    monkeypatch.setattr("engine.machines.session.RETRY_SECONDS", 0.0)
    there = Path(mover.send(model))
    assert files(there)["model.safetensors"] == (model / "model.safetensors").read_bytes()
    losses = machine.made[0].losses
    assert losses > 2 and len(pieces(machine)) <= 27 + 1 + losses * moving.AHEAD


def test_a_piece_that_does_not_fit_is_ignored_and_damaged_content_refused(tmp_path: Path) -> None:
    home, data = Home(tmp_path), b"0123456789"
    sha256 = hashlib.sha256(data).hexdigest()
    begin = TakePiece(sha256=sha256, size=10, offset=0, data=data[:4])
    assert take_piece(home, begin) == 4 and take_piece(home, begin) == 4
    assert content_there(home, (FileEntry("a", 10, sha256),)).sizes == (4,)
    with pytest.raises(RunFailed, match="damaged on the way"):
        take_piece(home, TakePiece(sha256=sha256, size=10, offset=4, data=b"xxxxxx"))
    assert content_there(home, (FileEntry("a", 10, sha256),)).sizes == (0,)
    for wrong in (dataclasses.replace(begin, sha256="../x"), dataclasses.replace(begin, offset=9)):
        with pytest.raises(BadInput):
            take_piece(home, wrong)


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "/etc/x", "a/../b", "a//b", "a\\b", "C:x", "a\nb", "x ", "x.", "a" * 500, "a\u202eb"]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="can't be the name"):
        refuse_unsafe([FileEntry(name, 1, "0" * 64)])
    with pytest.raises(BadInput):
        refuse_unsafe([FileEntry("A", 1, "0" * 64), FileEntry("a", 1, "0" * 64)])


def hostile(change: Callable[[Any], Any]) -> Callable[[Event], Event]:
    """The results of jobs are changed on the way."""
    return lambda event: (
        dataclasses.replace(event, result=change(event.result)) if isinstance(event, JobDone) else event
    )


LISTED = (FileEntry("report.json", 2, hashlib.sha256(b"{}").hexdigest()),)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda result: (FileEntry("../report.json", 2, "0" * 64),), "can't be a list of files"),
        (lambda result: "report.json", "is not a list of files"),
        (lambda result: (FileEntry("report.json", 1 << 60, "0" * 64),), "disk is too full"),
        (lambda result: LISTED if isinstance(result, tuple) else b"{}{}", "another piece than"),
        (lambda result: LISTED if isinstance(result, tuple) else b"[]", "damaged on the way"),
    ],
)
def test_hostile_answers_end_in_a_sentence(
    mover: Moving, machine: type[SimulatedProcess], tmp_path: Path, change: Callable[[Any], Any], sentence: str
) -> None:
    folder = RunFolder.create(tmp_path / "far" / "runs" / "r", Pipeline.linear([("model", {"model": "sample"})]), {})
    folder.write_report({"run": "r"})
    machine.answer = staticmethod(hostile(change))
    with pytest.raises((BadInput, RunFailed), match=sentence):
        mover.fetch("r", "", tmp_path / "here" / "copy")
    assert not list((tmp_path / "here" / "copy").rglob("report.json"))
    assert not (tmp_path / "here" / "report.json").exists()


def test_a_machine_that_takes_no_pieces_or_has_no_room_is_said_so(
    mover: Moving, machine: type[SimulatedProcess], model: Path
) -> None:
    machine.answer = staticmethod(hostile(lambda result: 0 if isinstance(result, int) else result))
    with pytest.raises(RunFailed, match="does not take a file"):
        mover.send(model)
    full = hostile(lambda result: ContentThere(result.sizes, 10) if isinstance(result, ContentThere) else result)
    machine.answer = staticmethod(full)
    with pytest.raises(BadInput, match="disk of box is too full"):
        mover.send(model)


def test_a_fetch_goes_on_where_it_was(
    mover: Moving, machine: type[SimulatedProcess], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "far" / "runs" / "r"
    RunFolder.create(folder, Pipeline.linear([("model", {"model": "sample"})]), {})
    (folder / "events.jsonl").write_bytes(b"x" * 10_500)
    machine.loses = staticmethod(every(9, ReadPiece))
    monkeypatch.setattr("engine.machines.session.RETRY_SECONDS", 0.0)
    copy = tmp_path / "copy"
    mover.fetch("r", "", copy)
    assert files(copy) == {path.name: path.read_bytes() for path in folder.iterdir() if path.name in files(copy)}
    read = [command for command in machine.made[0].sent if isinstance(command, ReadPiece)]
    assert machine.made[0].losses > 0 and len(read) <= 13 + machine.made[0].losses * moving.AHEAD
    before = len(read)
    mover.fetch("r", "", copy)
    assert len([c for c in machine.made[0].sent if isinstance(c, ReadPiece)]) == before, "what is there is not fetched"


def test_a_long_transfer_over_a_bad_link_is_not_given_up(
    mover: Moving, machine: type[SimulatedProcess], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patience is for a machine that stays away, not for all cuts of a transfer together."""
    clock = [0.0]

    def loses(command: object) -> bool:
        clock[0] += 100.0  # seconds for each piece
        return isinstance(command, TakePiece) and command.offset > 0 and clock[0] % 700.0 == 0.0

    machine.loses = staticmethod(loses)
    monkeypatch.setattr(session, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(session.time, "monotonic", lambda: clock[0])
    there = Path(mover.send(model))
    assert files(there)["model.safetensors"] == (model / "model.safetensors").read_bytes()
    assert clock[0] > 2 * session.PATIENCE and machine.made[0].losses > 2

    def is_away(command: object) -> bool:
        clock[0] += 2 * session.PATIENCE
        return True

    machine.loses = staticmethod(is_away)
    (model / "config.json").write_text("{ }")
    with pytest.raises(RunFailed, match="connection to box was lost"):
        mover.send(model)


def test_a_file_that_changes_while_it_is_sent_is_named(
    mover: Moving, machine: type[SimulatedProcess], model: Path
) -> None:
    weights = model / "model.safetensors"

    def change(command: object) -> bool:
        if isinstance(command, TakePiece) and command.offset == 5000:
            weights.write_bytes(bytes(weights.stat().st_size))
        return False

    machine.loses = staticmethod(change)
    with pytest.raises(BadInput, match="changed while it was sent") as told:
        mover.send(model)
    assert told.value.where == str(weights)
    machine.loses = staticmethod(lambda command: False)
    assert Path(mover.send(model), "model.safetensors").read_bytes() == weights.read_bytes()


def test_a_full_disk_there_names_the_machine(mover: Moving, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.service.content.open_for_writing", full)
    with pytest.raises(RunFailed, match=r"^box: The disk is full"):
        mover.send(model)
