"""Other people's packages: the example plug-in in an environment of its own, and broken ones, which are left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = Path(__file__).parent / "plugin_example"
TERNARY = "Ternary weights (ternary-weights 0.3.1)"


class Environment:
    """A virtual environment that sees this one's packages and the sources; ``packages`` is for its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        paths = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", paths))
        scripts = Path(sysconfig.get_path("scripts", "venv", paths))
        self.python = scripts / ("python.exe" if os.name == "nt" else "python")
        seen = [str(ROOT), *dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])]
        lines = [seen[0], *(f"import site; site.addsitedir({path!r})" for path in seen[1:])]
        (self.packages / "seen.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.home = folder / "home"

    def install(self, source: Path) -> None:
        words = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(self.packages)]
        command = [sys.executable, "-m", "pip", "install", *words, str(source)]
        subprocess.run(command, check=True, capture_output=True)

    def declare(self, name: str, group: str, value: str, code: str = "") -> None:
        """A distribution with one entry point and, if there is ``code``, the module ``name``."""
        info = self.packages / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[compression_studio.{group}]\n{name} = {value}\n", encoding="utf-8")
        if code:
            (self.packages / f"{name}.py").write_text(code, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        gone = ("PYTHONPATH", "PYTHONHOME")
        kept = {name: value for name, value in os.environ.items() if name not in gone}
        own = {"COMPRESSION_STUDIO_HOME": str(self.home), "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
        command = [str(self.python), *words]
        return subprocess.run(
            command, cwd=self.home.parent, env=kept | own, capture_output=True, encoding="utf-8", check=False
        )

    def ask(self, *words: str) -> dict[str, Any]:
        """A command with --json: its object."""
        done = self.run("-m", "engine", *words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    source = tmp_path_factory.mktemp("source") / "ternary"
    source.mkdir()
    (source / "pyproject.toml").write_bytes((EXAMPLE / "pyproject.toml").read_bytes())  # pip builds beside the sources
    (source / "ternary_weights").mkdir()
    for file in (EXAMPLE / "ternary_weights").glob("*.py"):
        (source / "ternary_weights" / file.name).write_bytes(file.read_bytes())
    made = Environment(tmp_path_factory.mktemp("environment") / "venv")
    made.install(source)
    return made


@pytest.mark.slow
def test_the_example_on_the_command_line(environment: Environment, tmp_path: Path) -> None:
    """A method, its compressed module and an export format of a package that was installed, never imported here."""
    method = next(each for each in environment.ask("methods")["methods"] if each["id"] == "ternary")
    assert method["origin"] == "ternary-weights 0.3.1"
    out = tmp_path / "out"
    told = environment.ask("compress", "sample", "ternary threshold=0.6", "--export", "one-file", "--out", str(out))
    stage = told["stages"][-1]
    assert stage["state"] == "done" and stage["settings"]["threshold"] == 0.6
    assert stage["origin"] == "ternary-weights 0.3.1" and told["stages"][0]["origin"] == ""
    assert told["export"]["ok"] and told["export"]["loaded_by"] == "ternary_weights"
    assert "ternary-weights 0.3.1" in (Path(told["folder"]) / "report.html").read_text(encoding="utf-8")
    description = json.loads((Path(stage["artifact"]) / "compression.json").read_text(encoding="utf-8"))
    assert {spec["kind"] for spec in description["modules"].values()} == {"ternary"}
    assert description["history"][-1]["origin"] == "ternary-weights 0.3.1"


@pytest.mark.slow
def test_the_example_passes_the_tests_that_ship_with_the_engine(environment: Environment) -> None:
    words = ("-q", "-p", "engine.testing.options", "-p", "no:cacheprovider", "--pyargs", "engine.testing")
    done = environment.run("-m", "pytest", *words, "--method", "ternary threshold=0.6", "--kinds", "llama")
    assert done.returncode == 0 and "8 passed" in done.stdout, done.stdout + done.stderr
    nothing = environment.run("-m", "pytest", *words, "--method", "ternary treshold=0.6")
    assert "there is no setting 'treshold' (did you mean 'threshold'?)" in nothing.stdout + nothing.stderr


@pytest.mark.slow
def test_the_example_in_the_window(environment: Environment) -> None:
    done = environment.run(
        "-c",
        "from PySide6.QtWidgets import QApplication\n"
        "application = QApplication([])\n"
        "from engine.pipeline.document import Block\n"
        "from studio.canvas.palette import Palette\n"
        "palette = Palette()\n"
        "palette.search.setText('twn')\n"
        "print(palette.current())\n"
        "print([item.text(0) for item in palette.tree.method_items() if not item.isHidden()])\n"
        "print(Block(id='a', method='ternary', settings={'threshold': 0.5}).summary())\n",
    )
    assert done.stdout.splitlines() == ["ternary", f"[{TERNARY!r}]", "ternary · 0.5"], done.stderr


BROKEN = {
    "missing": ("methods", "nowhere:METHOD", "", "ModuleNotFoundError: No module named 'nowhere'"),
    "leaving": ("methods", "leaving:METHOD", "raise SystemExit(3)\n", "SystemExit: 3"),
    "wrong": ("methods", "wrong:METHOD", "METHOD = 3\n", "it is of type int, not a MethodInfo"),
    "taken": (
        "methods",
        "taken:METHOD",
        "import dataclasses\n"
        "from engine.methods.quantization.nf4.settings import METHOD as NF4\n"
        "METHOD = dataclasses.replace(NF4, algorithm='taken:Nothing')\n",
        "two methods are called 'nf4': engine.methods.quantization.nf4.method:BlockQuantization and taken:Nothing",
    ),
    "terminal": ("methods", "terminal:METHOD", "raise ValueError('\\x1b]0;title\\x07')\n", "\\x1b]0;title\\x07"),
    "layer": ("modules", "layer:Layer", "class Layer:\n    KIND = 'layer'\n", "not a subclass of CompressedModule"),
    "format": ("formats", "format:FORMAT", "FORMAT = None\n", "it is of type NoneType, not an ExportFormat"),
}


@pytest.mark.slow
def test_broken_plugins_are_named_and_left_out(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    for name, (group, value, code, _) in BROKEN.items():
        environment.declare(name, group, value, code)
    done = environment.run(
        "-c",
        "from engine.export.registry import formats\n"
        "from engine.methods.registry import methods\n"
        "from engine.modules import kind\n"
        "print(len(methods()) > 20, len(formats()) > 3, kind('plain').__name__)",
    )
    assert done.stdout.splitlines() == ["True True PlainLinear"], done.stderr
    shown = environment.run("-m", "engine", "methods")
    assert shown.returncode == 0 and "gptq" in shown.stdout and "plug-in 'wrong' of wrong 1.0" in shown.stderr
    for name, (group, _, _, why) in BROKEN.items():
        line = next(line for line in done.stderr.splitlines() if f"plug-in '{name}' of {name} 1.0" in line)
        assert group.removesuffix("s") in line and why in line and "\x1b" not in line
        assert done.stderr.count(line) == 1
