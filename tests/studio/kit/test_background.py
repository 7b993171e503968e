"""BackgroundTask beside the window: an answer, parts of a generator in order, an end that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.kit.background import BackgroundTask


def test_an_answer_comes_once(qtbot: QtBot) -> None:
    owner, heard = QObject(), []
    work = BackgroundTask(lambda: 7, owner)
    work.done.connect(heard.append)
    qtbot.waitUntil(lambda: heard == [7])


def test_a_generator_hands_on_its_parts_and_then_ends(qtbot: QtBot) -> None:
    owner, heard = QObject(), []
    work = BackgroundTask(lambda: iter([[1], [2]]), owner)
    work.part.connect(heard.append)
    work.done.connect(heard.append)
    qtbot.waitUntil(lambda: len(heard) == 3)
    assert heard == [[1], [2], None]


def test_nothing_comes_of_what_was_stopped(qtbot: QtBot) -> None:
    owner, heard, read = QObject(), [], []

    def numbers() -> Iterator[int]:
        for number in range(10**9):
            read.append(number)
            yield number

    work = BackgroundTask(numbers, owner)
    work.part.connect(heard.append)
    work.stop()
    thread = work._thread
    thread.join(10)
    assert not thread.is_alive() and len(read) < 10**6
    qtbot.wait(100)
    assert not heard
