"""Packages that few need: what says that one is missing, and what works without them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from engine.base import extras
from engine.base.errors import BadInput
from engine.data.texts import load_text
from engine.pipeline.document import Evaluation, Pipeline

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {blocked!r} else find(name, package)
"""


def without(modules: tuple[str, ...], code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process where these modules are not installed."""
    program = BLOCKED.format(blocked=modules) + code
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)


def test_every_extra_is_declared_and_brings_its_modules() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    always = " ".join(project["dependencies"]).lower()
    for extra, modules in extras.MODULES.items():
        declared = " ".join(project["optional-dependencies"][extra]).lower()
        for module in modules:
            name = module.lower().replace("_", "-")
            assert name in declared and name not in always


def test_a_missing_extra_is_said_with_the_line_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput) as caught:
        load_text("hub:owner/name")
    assert "datasets is not installed" in str(caught.value)
    assert "pip install 'compression-studio[hub]'" in str(caught.value)


def test_a_run_needs_neither_window_nor_hub(tmp_path: Path) -> None:
    modules = tuple(name for extra in ("window", "hub") for name in extras.MODULES[extra])
    pipeline = Pipeline.read(ROOT / "resources" / "pipelines" / "sample_int4.json")
    little = pipeline.with_evaluation(Evaluation(text="sample", window_size=128, num_windows=1))
    file = tmp_path / "sample_int4.json"
    file.write_text(little.to_json(), encoding="utf-8")
    done = without(
        (*modules, "pandas", "pyarrow"),
        f"from studio.shell.app import main\nsys.exit(main({['run', str(file), '--out', str(tmp_path / 'run')]!r}))",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "run" / "report.json").is_file()


def test_the_window_says_which_extra_it_needs() -> None:
    done = without(extras.MODULES["window"], "from studio.shell.app import main\nsys.exit(main([]))")
    assert done.returncode == 2
    assert "The window needs the extra 'window'" in done.stderr
    assert extras.command("window") in done.stderr
