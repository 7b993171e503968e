"""Fixtures for tests of the window: the theme, methods to play with, and a check that nothing is left behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.contracts.settings import Settings, setting
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from studio.bridge import Bridge
from studio.kit import message_boxes
from studio.kit.theme import theme
from studio.shell import languages
from studio.shell.assembly import Studio


@pytest.fixture(scope="session", autouse=True)
def english(qapp: QApplication) -> None:
    """The plurals, which the program has from its start."""
    languages.install(qapp, "en")


@pytest.fixture(scope="module", autouse=True)
def set_aside() -> Iterator[None]:
    """What was there before comes back to the garbage collector when all tests of a file are done."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def clean_window(qapp: QApplication, set_aside: None) -> Iterator[None]:
    """Every test starts in the dark theme and must leave no top-level widget and no thread."""
    gc.collect()  # the window of the test before, which pytest held until now: frozen it would never go
    gc.freeze()  # the collections look at what a test made, not at all of torch: that would take a second
    if theme().tokens.name != "dark" or qapp.style().objectName() != "fusion":
        theme().apply("dark")
    widgets, threads = set(map(id, qapp.topLevelWidgets())), set(threading.enumerate())
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    left = [w for w in qapp.topLevelWidgets() if id(w) not in widgets and w.isVisible()]
    assert not left, f"top-level widgets were left open: {left}"
    running = [t.name for t in threading.enumerate() if t not in threads and t.is_alive() and not t.daemon]
    assert not running, f"threads were left running: {running}"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace of one test: windows of different tests share nothing."""
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def engine() -> FakeEngine:
    """What the window of `studio` talks to, in every lane."""
    return FakeEngine()


@pytest.fixture
def bridge(qapp: QApplication, engine: FakeEngine) -> Iterator[Bridge]:
    """The bridge to that engine."""
    made = Bridge(make=lambda lane: engine)
    yield made
    made.close()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What to answer to questions, in order; a question without an answer fails the test."""
    given: list[str] = []
    monkeypatch.setattr(message_boxes, "choose", lambda *args, **kwargs: given.pop(0))
    return given


@pytest.fixture
def studio(qtbot: QtBot, engine: FakeEngine, answers: list[str]) -> Iterator[Studio]:
    """The whole window, shown, without an engine that computes."""
    made = Studio(Bridge(make=lambda lane: engine))
    made.window.resize(1440, 900)
    made.window.show()
    yield made
    if made.window.isVisible():
        made.document.undo_stack.setClean()
        answers[:] = ["cancel", "cancel"]
        made.closing._waiting = True
        made.window.close()
    made.window.deleteLater()


class ToySettings(Settings):
    """One field of every kind."""

    format: Literal["int8", "int4", "nf4"] = setting("int4", title="Format", help="f", choices={"nf4": "NF4"})
    style: Literal["a rather long choice", "another long choice"] = setting(
        "a rather long choice", title="Style", help="s"
    )
    symmetric: bool = setting(True, title="Symmetric", help="One scale and no zero point.")
    group_size: int = setting(
        64, title="Group size", help="g", unit="weights", ge=8, le=256, step=8, shown_if=("format", ("int8", "int4"))
    )
    ratio: float = setting(0.5, title="Ratio", help="r", gt=0, lt=1, step=0.1)
    rate: float = setting(1e-4, title="Rate", help="l", gt=0, advanced=True)
    limit: int | None = setting(None, title="Limit", help="m", ge=1, advanced=True)
    note: str = setting("", title="Note", help="n")
    text: str = setting("sample", title="Text", help="t", kind="file")
    ignore: tuple[str, ...] = setting((), title="Ignore", help="i")


@pytest.fixture
def toys() -> Iterator[None]:
    """Two more methods: "toy" with every kind of setting, "toy_pair" with a second input."""
    known = methods()
    before = dict(known)
    for name, inputs in (("toy", ("model",)), ("toy_pair", ("model", "teacher"))):
        known[name] = MethodInfo(
            id=name,
            title=name.replace("_", " ").capitalize(),
            family="quantization" if name == "toy" else "distillation",
            summary="A method for tests.",
            settings=ToySettings,
            algorithm="nowhere:Nothing",
            inputs=inputs,
            paper="Somebody 2022, arXiv:2210.17323",
            keywords=("marbles",),
        )
    yield
    known.clear()
    known.update(before)
