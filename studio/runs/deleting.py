"""Deleting a past run, after a question that says what goes and how much room it frees."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from engine.base.errors import StudioError
from engine.base.human import bytes_text
from engine.record.history import History
from engine.record.home import Home
from engine.record.run_list import run_bytes
from studio.kit import message_boxes

translate = QCoreApplication.translate


def delete_run(parent: QWidget, run: str, name: str, started: str, folder: Path) -> str | None:
    """Ask, then delete: "" when it is gone, a sentence when it can't be, None when the person stays with it."""
    text = translate(
        "runs",
        "Deletes the run “{run}” of {date} and all its results that no other run uses: {size}. This can't be undone.",
    ).format(run=name, date=started[:10], size=bytes_text(run_bytes(run, folder)))
    options = [("delete", translate("runs", "Delete")), ("cancel", translate("runs", "Cancel"))]
    if (
        message_boxes.choose(
            parent, translate("runs", "Delete this run?"), text, options, escape="cancel", default="cancel"
        )
        != "delete"
    ):
        return None
    try:
        with History.open(Home.default()) as history:
            history.delete(run)
    except StudioError as error:
        return str(error)
    return ""
