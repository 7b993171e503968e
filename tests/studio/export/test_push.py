"""Pushing an export from the window: what is sent to the engine, what came of it, and an end before its time."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.events import Failure, Progress, RunChanged
from engine.contracts.opening import OpenIn
from engine.contracts.publishing import Push, Pushed, PushedFile
from studio.export.opening_lines import OpeningLinesView
from studio.export.push import PUBLIC, PushDialog
from studio.kit.theme import theme

DONE = Pushed(
    repo="me/small",
    url="https://hub.example/me/small",
    branch="main",
    private=True,
    created=False,
    commit="0" * 40,
    files=(PushedFile("model.safetensors", 2_000_000, "new"), PushedFile("config.json", 10, "same")),
    sent_bytes=2_000_000,
    unsent=("notes.txt",),
    open_in=(OpenIn("vLLM", "sh", "vllm serve me/small"), OpenIn("Ollama", "sh", "ollama run hub/me/small")),
)


@pytest.fixture
def dialog(qtbot, bridge):
    made = PushDialog(bridge, None)
    qtbot.addWidget(made)
    made.open_for(Path("/out/small"))
    return made


def test_the_form_becomes_a_command(dialog, engine, qtbot):
    assert dialog.repository.text() == "small"
    dialog.repository.setText("me/small")
    dialog.visibility.choose(PUBLIC)
    dialog.message.setText("Calibrated anew")
    dialog.update_existing.setChecked(True)
    qtbot.mouseClick(dialog._go, Qt.MouseButton.LeftButton)
    (command,) = engine.commands
    assert isinstance(command, Push)
    assert (command.folder, command.repo, command.public) == (Path("/out/small"), "me/small", True)
    assert (command.branch, command.message, command.update) == ("main", "Calibrated anew", True)
    assert not dialog._go.isVisible() and not dialog.repository.isEnabled() and dialog.row.isVisible()


def test_without_a_name_nothing_can_be_pushed(dialog, engine, qtbot):
    dialog.repository.setText(" ")
    qtbot.keyClick(dialog.repository, Qt.Key.Key_Return)
    assert not dialog._go.isEnabled() and not engine.commands


def test_the_result_is_shown_with_lines_that_open_it(dialog, bridge, engine, qtbot):
    dialog.visibility.choose(PUBLIC)
    dialog.push()
    engine.answer(DONE)
    bridge.pump()
    shown = dialog.sentence.text()
    assert DONE.sentence in shown and "existed and is private" in shown and "notes.txt" in shown
    assert dialog.opening.lines.toPlainText() == "vllm serve me/small"
    dialog.opening.program.choose("Ollama")
    qtbot.mouseClick(dialog.opening._copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "ollama run hub/me/small"
    qtbot.mouseClick(dialog._copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == DONE.url
    assert dialog._go.isVisible() and not dialog.row.isVisible()
    dialog.open_for(Path("/out/other"))
    assert dialog.repository.text() == "other" and not dialog._result.isVisible()


def test_a_push_goes_on_while_the_dialog_is_closed(dialog, bridge, engine):
    dialog.push()
    dialog.close()
    dialog.open_for(Path("/out/other"))
    assert dialog.repository.text() == "small", "what is being sent stays in view"
    engine.say(Progress(run=engine.commands[0].id, fraction=0.5, total=0.5, text="Sending model.safetensors"))
    bridge.pump()
    assert "Sending model.safetensors" in dialog.row.text()
    engine.answer(DONE)
    bridge.pump()
    assert dialog._result.isVisible()


def test_stopped(dialog, bridge, engine, qtbot):
    dialog.push()
    qtbot.mouseClick(dialog.row.stop, Qt.MouseButton.LeftButton)
    assert engine.calls == [("cancel", engine.commands[0].id)]
    engine.say(RunChanged(run=engine.commands[0].id, state="cancelled"))
    bridge.pump()
    assert "Push again to continue" in dialog.banner.text()
    assert dialog._go.isEnabled() and dialog.repository.isEnabled() and not dialog._result.isVisible()


def test_refused(dialog, bridge, engine):
    dialog.push()
    engine.say(Failure(run=engine.commands[0].id, what="The hub rejects the token", advice="log in: hf auth login"))
    bridge.pump()
    assert "rejects the token" in dialog.banner.text() and "hf auth login" in dialog.banner.text()
    assert dialog._go.isEnabled()


def test_the_keys_stay_with_what_is_done(dialog, bridge, engine, qtbot):
    """Return pressed on and on closes nothing: when the form is disabled, the focus is not left on Close."""
    qtbot.keyClick(dialog.repository, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.row.stop
    engine.answer(DONE)
    bridge.pump()
    assert dialog.focusWidget() is dialog._page
    dialog.push()
    engine.say(Failure(run=engine.commands[-1].id, what="The hub can't be reached"))
    bridge.pump()
    assert dialog.focusWidget() is dialog.repository


def test_it_is_as_large_as_what_it_says(dialog, bridge, engine, qtbot):
    low = dialog.height()
    dialog.push()
    engine.answer(DONE)
    bridge.pump()
    assert dialog.height() > low + 50
    dialog.open_for(Path("/out/other"))
    assert dialog.height() == low


def test_larger_texts_have_more_room(qtbot, bridge):
    usual = PushDialog(bridge, None)
    larger = QApplication.font()
    larger.setPointSizeF(2 * larger.pointSizeF())
    before = QApplication.font()
    QApplication.setFont(larger)
    try:
        grown = PushDialog(bridge, None)
    finally:
        QApplication.setFont(before)
    for made in (usual, grown):
        qtbot.addWidget(made)
    assert grown.width() > 1.3 * usual.width() or grown.width() == grown.screen().availableSize().width()


@pytest.mark.parametrize("larger", [0, 5])
def test_a_long_path_goes_on_in_the_next_line_and_is_copied_as_it_is(qtbot: QtBot, larger: int) -> None:
    path = "/a/folder/with/a/name" * 12
    window = QWidget()
    qtbot.addWidget(window)
    view = OpeningLinesView(window)
    view.setFixedWidth(400)
    theme().enlarge(larger)
    try:
        window.resize(420, 400)
        view.show_entries([OpenIn("vLLM", "sh", f"vllm serve {path}\n# next")])
        window.show()
        QApplication.processEvents()
        lines, document = view.lines, view.lines.document()
        assert document.idealWidth() <= lines.viewport().width() and document.size().height() >= 5
        assert lines.viewport().height() >= document.size().height() * lines.fontMetrics().lineSpacing()
        lines.selectAll()
        assert lines.textCursor().selectedText().replace("\u2029", "\n") == f"vllm serve {path}\n# next"
    finally:
        theme().enlarge(0)
