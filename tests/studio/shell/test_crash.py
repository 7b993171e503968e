"""Unhandled errors are written, shown once, and the work is saved first."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QApplication

from studio.shell.crash import CrashDialog, CrashHandler

WINDOWS = r"C:\Users\anna\x.gguf"


@pytest.fixture
def handler(qapp, tmp_path):
    made = CrashHandler(tmp_path / "crashes")
    made.install()
    yield made
    made.uninstall()
    made.deleteLater()


def dialogs() -> list[CrashDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog) and w.isVisible()]


def raise_it(kind: type[Exception], text: str) -> None:
    try:
        raise kind(text)
    except kind:
        sys.excepthook(*sys.exc_info())


def test_an_error_is_reported_and_the_work_saved_first(handler, qtbot, capsys):
    order: list[str] = []
    handler.before_report = lambda: order.append("saved")
    raise_it(ValueError, "the reason")
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert order == ["saved"]
    assert handler.last_report is not None and "the reason" in handler.last_report.read_text()
    assert "PySide6" in dialogs()[0]._report.toPlainText()
    dialogs()[0].close()


def test_the_same_error_again_and_again_is_shown_once(handler, qtbot, capsys):
    for _ in range(50):
        raise_it(ValueError, "in a paint event")
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert len(list(handler.folder.glob("report-*.txt"))) == 1
    dialogs()[0].close()


def test_an_error_in_a_thread_is_shown_too(handler, qtbot, capsys):
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "Thread: worker" in dialogs()[0]._report.toPlainText()
    dialogs()[0].close()


def test_an_error_in_a_slot_reaches_the_dialog(handler, qtbot, capsys):
    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(broken)
    with qtbot.captureExceptions():
        pass
    sys.excepthook = handler._on_exception
    timer.start(0)
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    dialogs()[0].close()


def broken() -> None:
    raise RuntimeError("slot")


def test_a_report_has_no_paths_and_no_names(handler, qtbot, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "annas-laptop")
    monkeypatch.setattr("getpass.getuser", lambda: "anna")
    model = tmp_path / "secret project" / "model.safetensors"
    text = f"can't read {model} of 'acme/secret-7b' for anna on annas-laptop, {WINDOWS}, 3/4 done at layers.3.up"
    raise_it(ValueError, text)
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    shown = dialogs()[0]._report.toPlainText()
    assert handler.last_report is not None and handler.last_report.read_text() == shown, "what is kept is what is shown"
    for word in (str(tmp_path), "secret", "acme", "anna", str(Path.home()), sys.prefix, str(Path(__file__).parents[3])):
        assert word not in shown, word
    assert 'File "tests/studio/shell/test_crash.py", line' in shown, "where it failed is said"
    assert "ValueError: can't read <path>" in shown and "'<name>'" in shown and "3/4 done at layers.3.up" in shown
    dialogs()[0].close()


def test_what_a_dying_process_wrote_is_found_by_the_next(qapp, tmp_path):
    folder = tmp_path / "crashes"
    folder.mkdir()
    (folder / "faults-999999999.log").write_text("Fatal Python error: Aborted")
    (folder / "faults-999999998.log").write_text("")
    alive = folder / f"faults-{os.getppid()}.log"
    alive.write_text("still running")
    handler = CrashHandler(folder)
    assert handler.install() == "Fatal Python error: Aborted"
    handler.uninstall()
    assert [path.name for path in folder.glob("faults-*.log")] == [alive.name]
    assert len(list(folder.glob("crash-*.log"))) == 1
    assert CrashHandler(folder)._last_words() == ""


def test_messages_of_qt_go_to_the_log(handler, caplog):
    qWarning("something odd")
    assert "something odd" in caplog.text
