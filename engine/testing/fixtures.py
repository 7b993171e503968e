"""Fixtures of pytest: a workspace for the tests alone, and tiny models."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the tests: their runs, artifacts and settings never mix with the user's."""
    home = tmp_path_factory.mktemp("home")
    os.environ["COMPRESSION_STUDIO_HOME"] = str(home)
    return home


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``tiny("qwen2")``: the folder of a tiny random model of that kind (`engine.testing.models`), one a session."""
    from engine.testing.models import tiny_model

    folders: dict[str, Path] = {}

    def folder_of(kind: str) -> Path:
        if kind not in folders:
            folders[kind] = tiny_model(kind, tmp_path_factory.mktemp(kind))
        return folders[kind]

    return folder_of
