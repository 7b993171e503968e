"""What the program remembers of a user: theme, recent files. One JSON file in the studio's home."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Literal, Self

import platformdirs
import pydantic

from engine.contracts.errors import StudioError
from engine.contracts.files import write_json

ThemeChoice = Literal["system", "dark", "light"]
RECENT = 12
"""How many recent files are kept of each kind."""


def home() -> Path:
    """The folder of settings, runs, recoveries and crash reports; COMPRESSION_STUDIO_HOME overrides it."""
    override = os.environ.get("COMPRESSION_STUDIO_HOME")
    return Path(override) if override else platformdirs.user_data_path("compression-studio", appauthor=False)


class UserSettings(pydantic.BaseModel):
    """Validated settings. Unknown or damaged values fall back to the defaults: settings must never stop the start."""

    model_config = pydantic.ConfigDict(extra="ignore", validate_assignment=True)
    theme: ThemeChoice = "system"
    recent_pipelines: list[str] = []
    recent_models: list[str] = []
    export_folder: str = ""

    @classmethod
    def read(cls) -> Self:
        """The settings on disk, or the defaults."""
        try:
            return cls.model_validate(json.loads(_file().read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            logging.getLogger(__name__).warning("The settings were unreadable and are reset: %s", error)
            return cls()

    def write(self) -> None:
        """Store them; a disk that refuses is logged, not raised: no work hangs on it."""
        try:
            write_json(_file(), self.model_dump())
        except StudioError as error:
            logging.getLogger(__name__).warning("The settings were not stored: %s", error)

    def remember_pipeline(self, path: Path) -> None:
        """Put a pipeline at the head of the recent ones."""
        self.recent_pipelines = _with(self.recent_pipelines, str(path.resolve()))
        self.write()

    def forget_pipeline(self, path: str) -> None:
        """Take a pipeline off the recent ones."""
        self.recent_pipelines = [old for old in self.recent_pipelines if old != path]
        self.write()

    def remember_model(self, model: str) -> None:
        """Put a model (path or hub id) at the head of the recent ones."""
        self.recent_models = _with(self.recent_models, model)
        self.write()


def _with(entries: list[str], entry: str) -> list[str]:
    return [entry, *(old for old in entries if old != entry)][:RECENT]


def _file() -> Path:
    return home() / "settings.json"
