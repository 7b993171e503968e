"""What the program remembers of a user's choices. One JSON file in the studio's home (recent files: `studio.home`)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal, Self

import pydantic

from engine.contracts.errors import StudioError
from engine.contracts.files import parse_json, write_json
from engine.contracts.record import Record
from studio.home import home

ThemeChoice = Literal["system", "dark", "light"]
LOGGER = logging.getLogger(__name__)


class UserSettings(Record):
    """Validated settings. Unknown or damaged values fall back to the defaults: settings must never stop the start."""

    model_config = pydantic.ConfigDict(extra="ignore", validate_assignment=True)
    theme: ThemeChoice = "system"
    export_folder: str = ""

    @classmethod
    def read(cls) -> Self:
        """The settings on disk, or the defaults."""
        try:
            return cls.model_validate(parse_json(_file().read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            LOGGER.warning("The settings were unreadable and are reset: %s", error)
            return cls()

    def write(self) -> None:
        """Store them; a disk that refuses is logged, not raised: no work hangs on it."""
        try:
            write_json(_file(), self.model_dump())
        except StudioError as error:
            LOGGER.warning("The settings were not stored: %s", error)


def _file() -> Path:
    return home() / "settings.json"
