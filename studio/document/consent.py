"""The question before code that a model brings may run: which files, and where to read them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from engine.base.errors import StudioError
from engine.checkpoints import consent
from studio.kit.message_boxes import choose

SHOWN = 12
"""Files that are named."""


def ask_consent(parent: QWidget, folder: Path) -> bool:
    """Ask for the code in a model's folder and keep a yes; it is asked once for the same code."""
    try:
        code = consent.code_in(folder)
        if consent.is_given(code):
            return True
        names = sorted(code.files)
        files = "\n".join(names[:SHOWN]) + (f"\n… {len(names) - SHOWN}" if len(names) > SHOWN else "")
        text = QCoreApplication.translate(
            "consent",
            "This model includes its own Python code, which would run with all your permissions, including access to "
            "your files and network. The model can't be used without it.\n\n{files}\n\nRead the code first: {folder}",
        ).format(files=files, folder=folder)
        title = QCoreApplication.translate("consent", "Run this model's code?")
        run = QCoreApplication.translate("consent", "Trust and run")
        options = [("no", QCoreApplication.translate("consent", "Don't run")), ("yes", run)]
        if choose(parent, title, text, options, escape="no") != "yes":
            return False
        consent.give(code, str(folder))
    except (OSError, StudioError):  # it went away meanwhile, or the answer can't be kept: the check says what is wrong
        return False
    return True
