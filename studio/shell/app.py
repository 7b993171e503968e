"""The entry point: the command line without Qt, or the window within a second."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from studio.shell.assembly import Studio

ENGINE_PROCESS = "engine-process"
"""`engine.service.process.CHILD_WORD`: a frozen program is its own engine process, for there is no other Python."""
INTEGRATE = "integrate"
"""The word that puts the program into the desktop's menu."""
SELF = "self"
"""The word of commands about the installation: versions, rollback, repair, updates."""
DOCUMENTS = (".json", ".gguf", ".safetensors")
"""Endings of files that a single argument may name to be shown in the window."""


def main(argv: Sequence[str] | None = None) -> int:
    """``compression-studio``, ``compression-studio FILE_OR_MODEL``: the window. ``integrate``: into the desktop's menu.
    ``self``: the installation. Anything else: the command line."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if (other := shadowing("engine")) is not None:
        sys.stderr.write(
            f"compression-studio: Another package called 'engine' is first on Python's path ({other}). "
            "Take its folder from PYTHONPATH, or start the program from elsewhere.\n"
        )
        return 2
    if arguments[:1] == [ENGINE_PROCESS]:
        from engine.service.child import main as serve

        serve(arguments[1:])
    if arguments[:1] == [INTEGRATE]:
        from studio.shell.integration import main as integrate

        return integrate(arguments[1:])
    if arguments[:1] == [SELF]:
        from engine.installer.commands import main as manage

        return manage(arguments[1:])
    from engine.installer.layout import hold_version

    hold_version()
    if not wants_window(arguments):
        if argv is None:  # this is the process's own start
            from engine.base.collector import collect_seldom_while_loading
            from engine.starting import end_in_order

            end_in_order()
            collect_seldom_while_loading()
        from engine.cli import main as command_line

        return command_line(argv)
    return open_window(arguments[0] if arguments else None)


def shadowing(package: str) -> str | None:
    """Path of another package of this name that Python would import instead of ours; None if there is none."""
    spec = importlib.util.find_spec(package)
    where = list(spec.submodule_search_locations or ()) if spec is not None else []
    beside = Path(__file__).resolve().parents[2] / package
    if any(os.path.realpath(location) == os.path.realpath(beside) for location in where):
        return None
    return where[0] if where else str(getattr(spec, "origin", None) or "a module that is not a folder")


def wants_window(arguments: Sequence[str]) -> bool:
    """No argument, or one that is a pipeline file, a model file, or a path (commands have neither dots nor slashes).
    A shell that asks how a word goes on asks the command line."""
    if "_ARGCOMPLETE" in os.environ:
        return False
    if not arguments:
        return True
    first = arguments[0]
    return (
        len(arguments) == 1
        and not first.startswith("-")
        and (first.endswith(DOCUMENTS) or "/" in first or os.sep in first)
    )


def open_window(document: str | None) -> int:
    """Show the window and stay until it is closed; returns the exit status."""
    from engine.base import extras
    from engine.base.errors import BadInput

    try:
        extras.require("window", "The window")
    except BadInput as error:
        sys.stderr.write(f"compression-studio: {error} The command line works without it: compression-studio --help.\n")
        return 2
    from studio.shell.responsiveness import GarbageTimer, prepare_interpreter

    prepare_interpreter()
    if not _has_display():
        sys.stderr.write(
            "compression-studio: No display to open a window on. "
            "Log in to a desktop, or use the command line: compression-studio --help.\n"
        )
        return 2
    from PySide6.QtWidgets import QApplication

    application = make_application()
    if not keeps_references():
        sys.stderr.write(
            "compression-studio: This version of PySide6 loses references on this Python and would crash within "
            "minutes. Install another: pip install 'PySide6-Essentials>=6.10,<6.12'.\n"
        )
        return 2
    from engine.base.files import home
    from studio.shell.crash import CrashHandler

    crashes = CrashHandler(home() / "crashes", application)
    last_words = crashes.install()
    from engine.service.process import EngineProcess
    from studio.bridge import Bridge
    from studio.document.settings import UserSettings
    from studio.shell import languages

    settings = UserSettings.read()
    languages.install(application, settings.language)
    from studio.shell.assembly import Studio

    if settings.hub_mirror:
        os.environ["HF_ENDPOINT"] = settings.hub_mirror  # for this process and the engine's
    bridge = Bridge(application, process=EngineProcess(device=settings.device or None))
    studio = Studio(bridge)
    window = studio.window
    quit_on_signals(studio)
    crashes.before_report = studio.files.save_recovery
    window.painted.connect(partial(studio.start, document))
    window.show()
    if last_words:
        window.show_message("warning", _crash_text().format(crashes.folder))
    garbage = GarbageTimer(application)
    garbage.start()
    status = QApplication.exec()
    bridge.interrupt()  # it is closed with the window, but not when the desktop's session or a signal ends the program
    crashes.uninstall()
    return status


def _crash_text() -> str:
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("Start", "The last session crashed. The crash report is in {0}.")


def quit_on_signals(studio: Studio) -> None:
    """Ctrl+C in the terminal, SIGTERM and SIGHUP save the work, cancel what goes on and end the program; a second one
    ends it at once. Python hears a signal when it next runs: the timer of the garbage collector sees to that."""

    from PySide6.QtWidgets import QApplication

    from studio.kit.later import later

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def on_signal(number: int, frame: object) -> None:
        for item in numbers:
            signal.signal(item, signal.SIG_DFL)
        later(studio.window, partial(leave, number))  # not in the middle of whatever is done now

    def leave(number: int) -> None:
        studio.files.save_recovery()
        QApplication.exit(128 + number)

    for item in numbers:
        signal.signal(item, on_signal)


def make_application() -> QApplication:
    """The application object with its names."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("compression-studio")
    application.setApplicationDisplayName("Compression Studio")
    application.setDesktopFileName("compression-studio")
    return application


def keeps_references() -> bool:
    """True if Qt calls do not change the reference counts of None and True (PySide6 6.12.0 on Python 3.11 does, and the
    interpreter aborts once one of them is used up)."""
    from PySide6.QtCore import QObject, Signal

    class Probe(QObject):
        sent = Signal(bool)

    probe = Probe()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(200):
        probe.setObjectName("probe")
        probe.sent.emit(True)
    after = sys.getrefcount(None), sys.getrefcount(True)
    return all(old - new < 50 for old, new in zip(before, after, strict=True))


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    raise SystemExit(main())
