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
            "This model brings its own Python code. It would run with all your rights: your files, your network. "
            "Without it the model can't be used.\n\n{files}\n\nRead it first: {folder}",
        ).format(files=files, folder=folder)
        title = QCoreApplication.translate("consent", "Run the code of this model?")
        run = QCoreApplication.translate("consent", "I trust its authors: run it")
        options = [("no", QCoreApplication.translate("consent", "Don't run it")), ("yes", run)]
        if choose(parent, title, text, options, escape="no") != "yes":
            return False
        consent.give(code, str(folder))
    except (OSError, StudioError):  # it went away meanwhile, or the answer can't be kept: the check says what is wrong
        return False
    return True
