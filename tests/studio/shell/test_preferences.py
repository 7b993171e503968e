"""Preferences: kept at once and read again; room on the disk is freed only outside of runs; wrong words are refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from engine.base.files import choose_home, home
from engine.record.home import Home
from studio.canvas.view import CanvasView
from studio.document.document import Document
from studio.document.files import new_pipeline
from studio.document.session import Session
from studio.document.settings import UserSettings
from studio.kit import message_boxes
from studio.kit.theme import theme
from studio.kit.tokens import CONTRAST, THEMES
from studio.shell.preferences import Housekeeping, Preferences


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def preferences(parent):
    running = []
    made = Preferences(UserSettings(), lambda: bool(running), parent)
    made.running = running
    return made


@pytest.fixture
def artifact():
    """An artifact that no run has."""
    folder = Home.default().artifacts / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"0" * 5000)
    return folder


def test_looks_are_applied_and_kept(preferences, qapp):
    before, told = qapp.font().pointSizeF(), []
    preferences.theme_chosen.connect(told.append)
    preferences.size_box.setValue(4)
    assert QApplication.font().pointSizeF() == before + 4 and UserSettings.read().text_size == 4
    preferences.size_box.setValue(0)
    assert QApplication.font().pointSizeF() == before
    preferences.theme.activated.emit(3)
    assert told == ["contrast"]


def test_the_size_of_texts_is_told_in_points_and_can_be_typed(preferences, qapp):
    size = theme().text_points()
    assert preferences.size_box.text() == f"{size:g} pt (system)"
    preferences.size_box.selectAll()
    QTest.keyClicks(preferences.size_box, f"{size + 2:g}")
    QTest.keyClick(preferences.size_box, Qt.Key.Key_Return)
    assert preferences.size_box.text() == f"{size + 2:g} pt" and UserSettings.read().text_size == 2
    assert qapp.font().pointSizeF() == size + 2
    preferences.size_box.setValue(0)


def test_high_contrast_has_seven_to_one_everywhere(qapp):
    def light(hexadecimal):
        parts = [int(hexadecimal[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    words = ("text", "muted", "accent", "success", "warning", "error", "running", "cached")
    colors = [getattr(CONTRAST, name) for name in words] + [*CONTRAST.family.values(), *CONTRAST.chart]
    for back in (CONTRAST.window, CONTRAST.surface, CONTRAST.raised, CONTRAST.field):
        assert all((light(c) + 0.05) / (light(back) + 0.05) >= 7 for c in colors)
    theme().apply("contrast")
    assert theme().tokens is THEMES["contrast"]


def test_what_no_run_has_is_freed_but_not_in_a_run(preferences, artifact, qtbot):
    preferences._measure()
    qtbot.waitUntil(lambda: "5" in preferences.space.text() and preferences.unused.isEnabled(), timeout=20000)
    preferences.running.append(True)
    preferences.unused.click()
    assert artifact.is_dir() and "in progress" in preferences.banner.text()
    preferences.running.clear()
    preferences.unused.click()
    qtbot.waitUntil(lambda: "freed" in preferences.banner.text(), timeout=20000)
    assert not artifact.exists()


def test_a_limit_removes_after_a_question_and_after_runs(preferences, artifact, parent, qtbot, monkeypatch):
    preferences.limit.setValue(0.5)
    asked = []
    monkeypatch.setattr(message_boxes, "choose", lambda *words, **more: asked.append(words[1]) or "cancel")
    preferences.trim.click()
    assert asked and artifact.is_dir() and UserSettings.read().artifact_limit_gb == 0.5
    kept = UserSettings(artifact_limit_gb=1e-6)
    told = []
    session = Session(Document(parent), parent)
    session.message.connect(lambda kind, text: told.append(text))
    keeper = Housekeeping(kept, session)
    keeper.after_run()
    qtbot.waitUntil(lambda: bool(told), timeout=20000)
    assert not artifact.exists()


def test_another_folder_counts_from_the_next_start(preferences, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.base.files.user_config_path", lambda name: tmp_path / "config")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "other"))
    present = home()
    preferences._on_folder()
    assert home() == present and "after a restart" in preferences.banner.text()
    monkeypatch.delenv("COMPRESSION_STUDIO_HOME")
    assert home() == tmp_path / "other"
    choose_home("")
    assert home() != tmp_path / "other"


def test_mirror_and_device_are_checked(preferences):
    preferences.mirror.setText("mirror.example")
    preferences.mirror.editingFinished.emit()
    assert "https://" in preferences.banner.text() and not UserSettings.read().hub_mirror
    preferences.mirror.setText("https://mirror.example/")
    preferences.mirror.editingFinished.emit()
    assert UserSettings.read().hub_mirror == "https://mirror.example"
    preferences.device.setEditText("cuda:x")
    assert "not a device" in preferences.banner.text() and not UserSettings.read().device
    preferences.device.setEditText("cuda:3")
    assert UserSettings.read().device == "cuda:3"


def test_a_token_is_never_kept(monkeypatch, parent):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "hf_secret")
    made = Preferences(UserSettings(), lambda: False, parent)
    made._keep("device", "cpu")
    shown = " ".join(
        each.text() for each in made.findChildren(QWidget) if hasattr(each, "text") and callable(each.text)
    )
    assert "hf_secret" not in shown and "hf_secret" not in (home() / "settings.json").read_text()


def test_defaults_are_what_new_blocks_and_pipelines_begin_with(preferences, parent):
    preferences.method.setCurrentIndex(preferences.method.findData("gptq"))
    preferences.form.sections[0].rows["group_size"].editor.edited.emit(32)
    preferences.form.sections[0].rows["group_size"].editor.edited.emit(-4)  # not kept
    asked = []
    preferences.form.choice_requested.connect(asked.append)
    preferences.form.sections[0].rows["text"].editor.button.click()
    assert asked[0].value == "pipeline"
    asked[0].on_picked("mixed:code")
    preferences.method.setCurrentIndex(0)
    preferences.form.sections[0].rows["num_windows"].editor.edited.emit(4)
    document = Document(parent)
    document.open(new_pipeline(), None)
    CanvasView(document, parent).editor.add_method("gptq")
    assert document.pipeline.block("gptq_1").settings == {"group_size": 32, "text": "mixed:code"}
    assert document.pipeline.evaluation.num_windows == 4
