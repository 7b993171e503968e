"""Settings survive, and damage never stops the start."""

from __future__ import annotations

import pytest

from studio.document.settings import UserSettings


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    return tmp_path


def test_what_is_written_is_read():
    settings = UserSettings.read()
    assert settings.theme == "system"
    settings.theme = "light"
    settings.write()
    assert UserSettings.read().theme == "light"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": "pink"}', "[" * 100_000])
def test_damage_falls_back_to_the_defaults(own_folder, text):
    (own_folder / "settings.json").write_text(text)
    assert UserSettings.read() == UserSettings()


def test_unknown_names_of_a_newer_version_are_ignored(own_folder):
    (own_folder / "settings.json").write_text('{"theme": "dark", "later": 1}')
    assert UserSettings.read().theme == "dark"
