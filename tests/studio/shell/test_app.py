"""What the entry point does with its arguments, and what it must not import on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.shell.app import keeps_references, wants_window


@pytest.mark.parametrize("arguments", [[], ["work.json"], ["model.gguf"], ["./folder"], ["owner/model"]])
def test_documents_open_the_window(arguments):
    assert wants_window(arguments)


@pytest.mark.parametrize(
    "arguments", [["methods"], ["--help"], ["run", "work.json"], ["compress", "m.gguf", "round_to_nearest"], ["-h"]]
)
def test_commands_go_to_the_command_line(arguments):
    assert not wants_window(arguments)


def test_this_pyside_keeps_its_references(qapp):
    assert keeps_references()


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(name for name in sys.modules if '.' not in name))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split("\n"))


def test_the_command_line_loads_no_qt():
    loaded = loaded_after(
        "from studio.shell.app import main\ntry:\n    main(['methods'])\nexcept SystemExit:\n    pass"
    )
    assert "PySide6" not in loaded and "torch" not in loaded


def test_the_window_opens_before_torch_and_charts_are_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    code = (
        "from studio.shell.app import make_application\napp = make_application()\n"
        "from studio.shell.assembly import Studio\nwindow = Studio().window\nwindow.show()\napp.processEvents()\n"
        "assert window.isVisible()\nwindow.close()"
    )
    loaded = loaded_after(code)
    assert not loaded & {"torch", "transformers", "pyqtgraph", "numpy"}


@pytest.mark.parametrize(("variable", "setting", "menu"), [("", "de", "&Datei"), ("en", "de", "&File")])
def test_the_program_starts_in_the_chosen_language(variable: str, setting: str, menu: str, tmp_path: Path) -> None:
    """Before a word of the window is made; the environment comes before the preference."""
    (tmp_path / "settings.json").write_text(f'{{"language": "{setting}"}}', encoding="utf-8")
    code = (
        "from PySide6.QtWidgets import QApplication, QMainWindow\nfrom studio.shell import app\n"
        "def look():\n"
        "    window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow))\n"
        "    print(window.menuBar().actions()[0].text())\n    window.close()\n    return 0\n"
        "QApplication.exec = look\napp.open_window(None)"
    )
    environment = {**os.environ, "COMPRESSION_STUDIO_HOME": str(tmp_path), "COMPRESSION_STUDIO_LANGUAGE": variable}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [menu]


def test_no_part_of_the_window_loads_torch():
    code = (
        "import importlib, pkgutil, studio, engine.contracts\n"
        "for package in (studio, engine.contracts):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(module.name)"
    )
    loaded = loaded_after(code)
    assert "pyqtgraph" in loaded and not loaded & {"torch", "transformers"}


def test_without_a_display_there_is_a_sentence(monkeypatch, capsys):
    from studio.shell import app

    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(app.sys, "platform", "linux")
    monkeypatch.setattr("studio.shell.responsiveness.prepare_interpreter", lambda: None)
    assert app.open_window(None) == 2
    assert "No display" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["methods"], ["--version"]])
def test_another_package_called_engine_is_named(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("", encoding="utf-8")
    done = python_with(tmp_path, *words)
    assert done.returncode == 2
    assert f"Another package called 'engine' is first on Python's path ({tmp_path / 'engine'})" in done.stderr


def test_another_package_called_resources_hinders_nothing(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "__init__.py").write_text("", encoding="utf-8")
    done = python_with(tmp_path, "inspect", "sample")
    assert done.returncode == 0 and "llama" in done.stdout, done.stderr


def python_with(first: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program with a folder in front of its own on Python's path."""
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(first), str(root)))}
    start = "import sys; from studio.shell.app import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", start, *words], cwd=first, env=environment, capture_output=True, text=True, check=False
    )
