"""The workspace: named by the environment, chosen in the preferences, or the user's data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base import files


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPRESSION_STUDIO_HOME", raising=False)
    monkeypatch.setattr(files, "user_config_path", lambda name: tmp_path / "config" / name)
    monkeypatch.setattr(files, "user_data_path", lambda name: tmp_path / "data" / name)


def test_the_data_folder_of_the_user_where_nothing_was_chosen(tmp_path: Path) -> None:
    assert files.chosen_home() == "" and files.home() == tmp_path / "data" / "compression-studio"


def test_a_chosen_workspace_stays_chosen(tmp_path: Path) -> None:
    files.choose_home(str(tmp_path / "elsewhere"))
    assert files.chosen_home() == str(tmp_path / "elsewhere") and files.home() == tmp_path / "elsewhere"
    files.choose_home("")
    assert files.home() == tmp_path / "data" / "compression-studio"


def test_the_environment_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.choose_home(str(tmp_path / "elsewhere"))
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "named"))
    assert files.home() == tmp_path / "named"
