"""Marks of texts in tables, which are translated where they are shown. PySide6 has a function of this name that is
declared to return any object."""

from __future__ import annotations

ENGINE = "engine"
"""The context of the engine's texts: they come from its registries, without marks (`studio.engine_words`)."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """The text as it is; `studio.catalogs` finds it by the name of this function, in calls with literal texts."""
    return text
