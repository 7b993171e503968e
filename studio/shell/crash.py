"""Handling of unexpected errors: the work is saved, a report is written, a dialog shows it."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

import psutil
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPlainTextEdit, QWidget

from studio.kit.layouts import vbox
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import label
from studio.shell.anonymous import anonymous

LOGGER = logging.getLogger("studio")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
KEPT_REPORTS = 20


class CrashHandler(QObject):
    """Takes over the process's hooks for unhandled errors. Made on the GUI thread, first of all.

    ``before_report`` is called before anything is shown: it saves the user's work.
    """

    caught = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.before_report: Callable[[], None] | None = None
        self.last_report: Path | None = None
        self._dialog: CrashDialog | None = None
        self._faults: TextIO | None = None
        self._seen: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self.caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> str:
        """Set the hooks; returns what the last process wrote while it was dying, if it did."""
        reports = self._last_words()
        self._faults = open(self.folder / f"faults-{os.getpid()}.log", "w", encoding="utf-8")  # noqa: SIM115
        faulthandler.enable(self._faults)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)
        return reports

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._faults is not None:
            self._faults.close()
            Path(self._faults.name).unlink(missing_ok=True)
            self._faults = None

    def _last_words(self) -> str:
        """Crash files of dead processes; they are renamed, so that each is reported once."""
        reports = []
        for log in self.folder.glob("faults-*.log"):
            process = log.stem.partition("-")[2]
            if process.isdigit() and psutil.pid_exists(int(process)):
                continue
            try:
                text = log.read_text(encoding="utf-8", errors="replace").strip()
                if text:
                    reports.append(text)
                    crash = log.with_name(f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{process}.log")
                    crash.write_text(anonymous(text), encoding="utf-8")
                log.unlink()
            except OSError:
                continue
        return "\n\n".join(reports)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(text)
        LOGGER.error("Unhandled error: %s", error)
        if text in self._seen:  # a paint event that fails would otherwise write a report 60 times a second
            return
        self._seen.add(text)
        self.caught.emit(self._write(text))

    def _write(self, text: str) -> str:
        report = anonymous(f"{_versions()}\nThread: {threading.current_thread().name}\n\n{text}")
        try:
            old = sorted(self.folder.glob("report-*.txt"))
            for path in old[: max(0, len(old) - KEPT_REPORTS + 1)]:
                path.unlink(missing_ok=True)
            path = self.folder / f"report-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06d}.txt"
            path.write_text(report, encoding="utf-8")
            self.last_report = path
        except OSError as error:
            report += anonymous(f"\n(The report could not be written: {error})")
        return report

    def _show(self, report: str) -> None:
        if self.before_report is not None:
            try:
                self.before_report()
            except Exception as error:
                report += anonymous(f"\nSaving the work failed as well: {error!r}")
        if self._dialog is not None:
            self._dialog.add(report)
            return
        self._dialog = CrashDialog(report, self.folder, QApplication.activeWindow())
        self._dialog.finished.connect(self._on_closed)
        self._dialog.show()

    def _on_closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


class CrashDialog(QDialog):
    """Dialog with the error, a note that nothing is lost, and the report to pass on. Not modal: work can go on."""

    def __init__(self, report: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unexpected error"))
        self.resize(680, 420)
        title = label(self.tr("An unexpected error occurred"), self, size=3, bold=True)
        text = self.tr(
            "Your pipeline was saved for recovery. You can continue working; if something looks wrong, save under "
            "another name and restart. The report is in {folder}. It names no files, models, people or machines. This "
            "is all of it, and it is not sent anywhere."
        ).format(folder=folder)
        note = label(text, self)
        self._report = QPlainTextEdit(report, self, readOnly=True)
        set_font(self._report, mono=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self._copy = buttons.addButton(self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        self._copy.clicked.connect(self._on_copy)
        buttons.rejected.connect(self.reject)
        margins = (3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        self.setLayout(vbox(title, note, self._report, buttons, margins=margins, gap=2 * SPACING))

    def add(self, report: str) -> None:
        """Show one more report below."""
        self._report.appendPlainText("\n" + "-" * 60 + "\n" + report)

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._report.toPlainText())
        self._copy.setText(self.tr("Copied"))


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    LOGGER.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        sys.stderr.write(f"Qt: {message}\n")


def _versions() -> str:
    import PySide6

    loaded = {name: getattr(sys.modules.get(name), "__version__", None) for name in ("torch", "transformers", "numpy")}
    libraries = ", ".join(f"{name} {version}" for name, version in loaded.items() if version)
    return (
        f"Compression Studio, {time.strftime('%Y-%m-%d %H:%M:%S')}\n"
        f"Python {sys.version.split()[0]}, PySide6 {PySide6.__version__}, {platform.platform()}\n"
        f"{libraries or 'no engine loaded yet'}"
    )
