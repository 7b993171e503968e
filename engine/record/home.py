"""The workspace: folders of runs, artifacts, the history and earlier measurements."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from engine.base.files import expanded, home, keep_private


@dataclass(frozen=True)
class Home:
    """The workspace folder; its parts are made when something is put into them."""

    root: Path

    def __init__(self, root: str | os.PathLike[str]) -> None:
        object.__setattr__(self, "root", expanded(root))
        keep_private(self.root)

    @classmethod
    def default(cls) -> Home:
        """$COMPRESSION_STUDIO_HOME, or the user's data folder."""
        return cls(home())

    @property
    def runs(self) -> Path:
        """``runs/<run id>/``: one folder a run."""
        return self.root / "runs"

    @property
    def far(self) -> Path:
        """``far/<machine>/<run id>/``: what was fetched of runs on other machines."""
        return self.root / "far"

    @property
    def fetched(self) -> Path:
        """``fetched/<machine>/<artifact>/``: models that blocks left on other machines, where somebody fetched them."""
        return self.root / "fetched"

    @property
    def artifacts(self) -> Path:
        """``artifacts/<signature>/``: the model as a block left it."""
        return self.root / "artifacts"

    @property
    def cache(self) -> Path:
        """Folder of what can be computed again: metrics."""
        return self.root / "cache"

    @property
    def queue(self) -> Path:
        """The runs that wait their turn."""
        return self.root / "queue.json"

    @property
    def history(self) -> Path:
        """The index of all runs."""
        return self.root / "history.sqlite"


def new_run_id() -> str:
    """Sortable by time, with 32 random bits behind it, e.g. ``"2026-03-01-141503-9f2c51d0"``."""
    return f"{time.strftime('%Y-%m-%d-%H%M%S')}-{secrets.token_hex(4)}"
