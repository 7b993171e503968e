"""A user's choices, in one JSON file of the studio's home. Recent files are in `studio.document.home`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal, Self, get_args

import pydantic

from engine.base.errors import StudioError
from engine.base.files import home, parse_json, write_json
from engine.base.record import Record
from engine.contracts.processes import MOST_PROCESSES, Strategy

ThemeChoice = Literal["system", "dark", "light", "contrast"]
THEME_CHOICES: tuple[ThemeChoice, ...] = get_args(ThemeChoice)
LanguageChoice = Literal["system", "en", "de", "zh_CN"]
LANGUAGES: tuple[LanguageChoice, ...] = get_args(LanguageChoice)[1:]
"""Languages of the window: English is that of the sources, with a catalog of its plurals; the others have all texts."""
MIN_TEXT, MAX_TEXT = -2, 8
LOGGER = logging.getLogger(__name__)


class UserSettings(Record):
    """Validated settings. Unknown or damaged values fall back to the defaults: settings must never stop the start."""

    model_config = pydantic.ConfigDict(extra="ignore", validate_assignment=True)
    theme: ThemeChoice = "system"
    language: LanguageChoice = "system"
    """Language of the window from the next start on."""
    seen_version: str = ""
    """Version of the program that was started last, "" before the first start."""
    export_folder: str = ""
    text_size: int = pydantic.Field(0, ge=MIN_TEXT, le=MAX_TEXT)
    """Points more than the desktop's font has."""
    device: str = ""
    """Device for computing, such as "cuda:1"; "" for the default one."""
    processes: int = pydantic.Field(1, ge=1, le=MOST_PROCESSES)
    """So many execute a run on this computer together."""
    strategy: Strategy = "ddp"
    hub_mirror: str = ""
    """Address of a mirror of the hub, "" for the hub itself."""
    artifact_limit_gb: float = pydantic.Field(0.0, ge=0, le=1e6)
    """GB of artifacts that are kept, 0 for all."""
    defaults: dict[str, dict[str, Any]] = pydantic.Field(default_factory=dict)
    """Method (or "evaluation") -> settings that a new block (or pipeline) begins with."""

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


def defaults_of(method: str) -> dict[str, Any]:
    """Initial settings of a new block of a method, or of a new pipeline's evaluation ("evaluation")."""
    return dict(UserSettings.read().defaults.get(method, {}))


def _file() -> Path:
    return home() / "settings.json"
