"""SmoothQuant as a package of others would have it: its three files, with `engine.plugin` as their only import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import engine.plugin as api
from engine.methods.registry import methods, register_method
from engine.testing.stage import compress

ROOT = Path(__file__).resolve().parents[3]
TEXT = str(ROOT / "LICENSE")
PACKAGE = "smooth_of_others"
FILES = {
    "settings": "engine/methods/quantization/smoothquant/settings.py",
    "method": "engine/methods/quantization/smoothquant/method.py",
    "formulas": "engine/numerics/quantization/smoothquant.py",
}
OWN = {path.removesuffix(".py").replace("/", "."): f"{PACKAGE}.{name}" for name, path in FILES.items()}
PUBLIC = {home if ":" in home else f"{home}:{name}": name for name, home in api.HOMES.items()}


def as_plugin(source: str) -> str:
    """The same lines, with every name of the engine imported from `engine.plugin`. KeyError: a name is not there."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("engine."):
            home = OWN.get(node.module)
            names = []
            for alias in node.names:
                name = alias.name if home else PUBLIC[f"{node.module}:{alias.name}"]
                own = alias.asname or alias.name
                names.append(name if name == own else f"{name} as {own}")
            assert node.end_lineno is not None
            lines[node.lineno - 1 : node.end_lineno] = [f"from {home or 'engine.plugin'} import {', '.join(names)}"]
    return (
        "\n".join(lines)
        .replace('"smoothquant"', '"smooth_of_others"')
        .replace("engine.methods.quantization.smoothquant.method:", f"{PACKAGE}.method:")
    )


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of the method of the package."""
    folder = tmp_path / "packages" / PACKAGE
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    for name, path in FILES.items():
        (folder / f"{name}.py").write_text(as_plugin((ROOT / path).read_text("utf-8")), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    settings = __import__(f"{PACKAGE}.settings", fromlist=["METHOD"])
    register_method(settings.METHOD)
    yield settings.METHOD.id
    methods().pop(settings.METHOD.id)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_it_gives_the_same_bytes(plugin: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    settings = {"text": TEXT, "num_samples": 2, "sequence_length": 16}
    compress(tiny("llama"), "smoothquant", settings, tmp_path / "one")
    compress(tiny("llama"), plugin, settings, tmp_path / "other")
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "artifact").glob("*.safetensors")}
        for name in ("one", "other")
    )
    assert one and one == other


def test_its_lines_import_nothing_else_of_the_engine() -> None:
    for path in FILES.values():
        for node in ast.walk(ast.parse(as_plugin((ROOT / path).read_text("utf-8")))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module == "engine.plugin" or not node.module.startswith("engine")
