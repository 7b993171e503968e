"""Pipelines that were closed come back; the title says where a file is; after an update the changes are listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import PIPELINE
from PySide6.QtWidgets import QPushButton

from engine.version import __version__
from studio.document.settings import UserSettings
from studio.shell.assembly import Studio
from studio.shell.help import HelpWindow


def test_the_title_says_the_folder_of_the_file(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.files.open_sample()
    assert " – " in studio.window.windowTitle() and str(tmp_path) not in studio.window.windowTitle()
    studio.document.save(tmp_path / "mine.json")
    assert studio.window.windowTitle() == f"mine.json[*] – {tmp_path} – Compression Studio"
    monkeypatch.setattr(Path, "home", lambda: tmp_path.parent)
    studio.canvas.editor.add_method("round_to_nearest")
    assert f" – {Path('~') / tmp_path.name} – " in studio.window.windowTitle()


def test_a_closed_pipeline_is_shown_again_with_what_was_not_saved(studio: Studio, answers: list[str]) -> None:
    reopen = studio.window.table["file.reopen"]
    assert not reopen.isEnabled()
    studio.files.open_sample()
    studio.canvas.editor.add_method("gptq")
    edited = studio.document.pipeline
    answers[:] = ["discard"]
    studio.files.new()
    assert not studio.document.pipeline.blocks and reopen.isEnabled()
    reopen.trigger()
    assert studio.document.pipeline == edited and not studio.document.is_clean and not answers


def test_closed_pipelines_come_back_one_after_the_other(studio: Studio) -> None:
    document, opened = studio.document, []
    for name in ("a", "b", "c"):
        opened.append(PIPELINE.model_copy(update={"name": name}))
        document.open(opened[-1], None)
    seen = []
    for _ in range(3):
        document.reopen()
        seen.append(document.pipeline.name)
    assert seen == ["b", "a", "c"]


def test_after_an_update_the_window_says_what_is_new(studio: Studio) -> None:
    studio._tell_news()
    assert studio.window.banner.isHidden(), "not at the first start"
    studio.settings.seen_version = "0.0.1"
    studio._tell_news()
    assert "0.0.1" in studio.window.banner.text() and UserSettings.read().seen_version == __version__
    studio.window.banner.findChildren(QPushButton)[0].click()
    (shown,) = studio.window.findChildren(HelpWindow)
    assert shown.text().startswith(f"What is new in {__version__}"), "resources/help/news.md is of this version"
    shown.close()
    studio.window.banner.clear()
    studio._tell_news()
    assert studio.window.banner.isHidden()
