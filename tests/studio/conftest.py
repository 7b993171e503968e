"""Fixtures for tests of the window: the theme, methods to play with, and a check that nothing is left behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from engine.contracts.settings import Settings, setting
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from studio.theme import theme


@pytest.fixture(autouse=True)
def clean_window(qapp: QApplication) -> Iterator[None]:
    """Every test starts in the dark theme and must leave no top-level widget and no thread."""
    if theme().tokens.name != "dark" or qapp.style().objectName() != "fusion":
        theme().apply("dark")
    widgets, threads = set(map(id, qapp.topLevelWidgets())), set(threading.enumerate())
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()
    left = [w for w in qapp.topLevelWidgets() if id(w) not in widgets and w.isVisible()]
    assert not left, f"top-level widgets were left open: {left}"
    running = [t.name for t in threading.enumerate() if t not in threads and t.is_alive() and not t.daemon]
    assert not running, f"threads were left running: {running}"


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
