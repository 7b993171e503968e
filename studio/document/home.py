"""Small lists that outlive the window (recent files), and where they lie."""

from __future__ import annotations

from engine.base.errors import StudioError
from engine.base.files import home, parse_json, write_json

LIMIT = 12


def recents(kind: str) -> tuple[str, ...]:
    """The last used names of a kind ("pipelines", "models"), the newest first. A damaged list counts as empty."""
    return _read().get(kind, ())


def add_recent(kind: str, name: str) -> None:
    """Put ``name`` first. A list that can't be written disturbs nobody."""
    _write(kind, (name, *(old for old in recents(kind) if old != name))[:LIMIT])


def forget_recent(kind: str, name: str) -> None:
    """Take a name off the list, for example a file that is gone."""
    _write(kind, tuple(old for old in recents(kind) if old != name))


def _read() -> dict[str, tuple[str, ...]]:
    try:
        data = parse_json((home() / "recents.json").read_text(encoding="utf-8"))
        return {str(kind): tuple(str(name) for name in names) for kind, names in data.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(kind: str, names: tuple[str, ...]) -> None:
    try:
        write_json(home() / "recents.json", {**_read(), kind: names})
    except StudioError:
        return
