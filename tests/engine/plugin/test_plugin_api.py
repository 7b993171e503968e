"""`engine.plugin` is what packages of others build on: its names, its laziness, and what the example uses."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine.plugin as api
from engine.base import code_version

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "tests" / "plugin_example" / "ternary_weights"
PROMISED = {
    "RoundingSettings",
    "Granularity",
    "granularity_setting",
    "LayerRounding",
    "rounding_problems",
    "rounding_targets",
    "rounding_estimate",
    "activation_format",
    "quantized_factors",
    "factors_report",
    "masks_lost",
    "quantized_already",
    "Peaks",
    "LowRankLinear",
    "norms_read",
    "broadcast_object",
    "powers_of_two",
    "Anatomy",
    "BATCH_TOKENS",
    "DtypeOptions",
    "ExportProgress",
    "LinearLayer",
    "ROUNDED",
    "SafetensorsFormat",
    "dense_tensors",
    "loaded_parts",
    "read_tensors",
    "refusing",
    "BadInput",
    "Batch",
    "CalibrationSettings",
    "Cancelled",
    "CheckpointHeader",
    "Clip",
    "Comparing",
    "CompressedModule",
    "Energy",
    "Estimate",
    "ExportFormat",
    "ExportOptions",
    "Gram",
    "GramAndMagnitude",
    "Group",
    "InputGroup",
    "LanguageModeling",
    "Layer",
    "LayerSettings",
    "LayerStep",
    "Linear",
    "Magnitude",
    "Method",
    "MethodInfo",
    "MethodSettings",
    "Model",
    "Objective",
    "OutOfMemory",
    "Part",
    "Problem",
    "Quantized",
    "QuantizedLinear",
    "Reshaping",
    "Rule",
    "RunFailed",
    "Scaling",
    "Scheme",
    "Settings",
    "Stage",
    "Statistic",
    "Targeting",
    "TensorInfo",
    "TrainingSettings",
    "WeightSettings",
    "ZeroPointSettings",
    "apply_scales",
    "artifact_bytes",
    "calibration_bytes",
    "calibration_tokens",
    "chosen_linears",
    "close_after_training",
    "compute_dtype_of",
    "dequantize",
    "embedding_of",
    "fuse_norms",
    "head_of",
    "layer_report",
    "layers_only",
    "not_recognized",
    "open_for_training",
    "pack",
    "packed_width",
    "pattern_problems",
    "quantize",
    "register_method",
    "scalings",
    "setting",
    "share_of_rank",
    "text_batches",
    "train",
    "training_estimate",
    "unpack",
    "walk",
    "working_bytes",
}
"""The names of the releases so far: they stay, or are in `engine.plugin.RENAMED`."""


def checked_imports() -> dict[str, str]:
    """Name -> "module" or "module:name there", as type checkers see it."""
    tree = ast.parse(Path(api.__file__).read_text("utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    return {
        alias.asname or alias.name: f"{node.module}" + (f":{alias.name}" if alias.asname else "")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_every_name_is_where_type_checkers_see_it() -> None:
    assert sorted(api.__all__) == sorted(api.HOMES)
    assert checked_imports() == api.HOMES


@pytest.mark.parametrize("name", sorted(api.HOMES))
def test_every_name_can_be_had(name: str) -> None:
    module, _, own_name = api.HOMES[name].partition(":")
    assert getattr(api, name) is getattr(importlib.import_module(module), own_name or name)


def test_no_name_is_taken_away() -> None:
    assert {*api.HOMES, *api.RENAMED} >= PROMISED


def test_an_old_name_works_and_names_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(api.RENAMED, "fields_of", api.Renamed("setting", until="0.4"))
    with pytest.warns(DeprecationWarning, match=r"fields_of is called setting now; 0\.4 drops the old name"):
        assert api.fields_of is api.setting  # type: ignore[attr-defined]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'settings'"):
        api.settings  # type: ignore[attr-defined]  # noqa: B018


def test_what_describes_a_method_loads_no_torch() -> None:
    names = (
        "LayerSettings, MethodInfo, WeightSettings, CalibrationSettings, TrainingSettings, setting, Problem, BadInput"
    )
    code = f"import sys\nfrom engine.plugin import {names}\nprint([m for m in ('torch', 'pytest') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_of_the_engine_imports_pytest_but_engine_testing() -> None:
    importing = {
        path.relative_to(ROOT / "engine").parts[0]
        for path in (ROOT / "engine").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in modules_of(node)
        if name.partition(".")[0] in ("pytest", "_pytest")
    }
    assert importing == {"testing"}


def modules_of(node: ast.AST) -> Iterator[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


@pytest.mark.parametrize("name", sorted(file.name for file in EXAMPLE.glob("*.py")))
def test_the_example_uses_nothing_else_of_the_engine(name: str) -> None:
    tree = ast.walk(ast.parse((EXAMPLE / name).read_text("utf-8")))
    used = {name for node in tree for name in modules_of(node) if name.partition(".")[0] in ("engine", "studio")}
    assert all(name == "engine.plugin" or name.startswith("engine.testing") for name in used)


def test_signatures_of_plug_ins_count_the_code_behind_the_names() -> None:
    """A plug-in that takes a formula from here is computed anew when the formula changes."""
    reader = code_version._Reader(ast.parse("from engine.plugin import pack, share_of_rank"), "")
    origins = {origin for name in reader.imports for origin in code_version._origins(name)}
    assert {"engine.numerics.quantization.packing", "engine.calibration.walk"} <= origins
    assert "engine.training.loop" not in origins


@pytest.mark.parametrize("line", ["import engine.plugin", "from engine import plugin", "from engine.plugin import *"])
def test_signatures_count_everything_where_the_module_is_imported_whole(line: str) -> None:
    homes = {home.partition(":")[0] for home in api.HOMES.values()}
    reader = code_version._Reader(ast.parse(line), "")
    assert homes <= {origin for name in reader.imports for origin in code_version._origins(name)}
    compiled = set(code_version._code_imports(compile(line, "plug-in", "exec"), ""))
    assert homes <= {origin for name in compiled for origin in code_version._origins(name)}
