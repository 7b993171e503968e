"""What a notebook uses: lists of methods, runs and results, sweeps, resuming, layers, charts, tables, help."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import pydoc
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas
import pytest

import engine
from engine.api.plots import charts, draw
from engine.api.tables import Rows, frame
from engine.base.errors import BadInput
from engine.contracts.events import Curve, Grid, LayerDone, Metric
from engine.record.home import Home
from engine.record.run_data import RunData

EVALUATION = {"text": "sample", "num_windows": 2, "window_size": 64}
STEPS = [("one_shot_pruning", {"score": "magnitude", "sparsity": 0.3}), ("round_to_nearest", {"format": "int8"})]


class FakeAxes:
    """Notes what is drawn on it, in the place of axes of matplotlib."""

    def __init__(self) -> None:
        self.calls: dict[str, list[tuple[Any, ...]]] = {}
        self.figure = self

    def __getattr__(self, name: str) -> Any:
        def note(*arguments: Any, **options: Any) -> None:
            self.calls.setdefault(name, []).append((*arguments, options))

        return note


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def result(workspace: Home) -> engine.Result:
    return engine.compress("sample", STEPS, evaluation=EVALUATION, home=workspace, device="cpu", progress=False)


@pytest.fixture(scope="module")
def swept(workspace: Home) -> engine.Sweep:
    values = {"format": ["int4", "int8", "int4"], "group_size": [64, 32]}
    options: dict[str, Any] = {"home": workspace, "device": "cpu", "progress": False}
    return engine.sweep("sample", "round_to_nearest", values, evaluation=EVALUATION, symmetric=True, **options)


def test_methods_and_their_settings() -> None:
    methods = engine.methods()
    assert isinstance(methods, pandas.DataFrame)
    assert {"gptq", "lora", "width_pruning"} <= set(methods.id) and "model" not in set(methods.id)
    settings = engine.methods("gptq").set_index("name")
    assert "int4" in settings.loc["format", "values"] and settings.loc["group_size", "title"] == "Group size"
    with pytest.raises(BadInput, match="gptq"):
        engine.methods("gptk")


def test_without_pandas_rows_are_dicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = frame([{"layer": "<b>", "error": 0.123456}, {"layer": "b", "bits": 4}])
    assert rows == [{"layer": "<b>", "error": 0.123456}, {"layer": "b", "bits": 4}] and isinstance(rows, Rows)
    html = rows._repr_html_()
    assert "&lt;b&gt;" in html and "0.1235" in html and html.count("<td") == 6


def test_layers_are_those_of_the_block(result: engine.Result, workspace: Home) -> None:
    layers = result.layers.set_index("layer")
    assert {"error", "kurtosis", "bits_per_weight"} <= set(layers.columns)
    assert layers.index[0].endswith("layers.0.self_attn.q_proj") and (layers["error"] > 0).all()
    pruned = result.blocks["one_shot_pruning_1"].layers
    assert pruned.sparsity.mean() == pytest.approx(0.3, abs=0.01)
    again = engine.compress("sample", STEPS, evaluation=EVALUATION, home=workspace, device="cpu", progress=False)
    assert again.report["stages"][-1]["state"] == "cached"
    assert again.layers.equals(result.layers), "of a block from the cache those of the run that computed it"


def test_history_and_results(result: engine.Result, swept: engine.Sweep, workspace: Home) -> None:
    runs = engine.history(home=workspace)
    assert {result.run, swept.run} <= set(runs.run) and set(runs.status) == {"done"}
    row = runs[runs.run == result.run].iloc[0]
    assert row.perplexity == result.metrics["perplexity"] and Path(row.folder) == result.folder
    found = engine.results("pruning", home=workspace)
    assert str(result.blocks["one_shot_pruning_1"].artifact) in set(found.artifact)
    small = engine.results("size<4MB", home=workspace)
    assert len(small) > 0 and (small.size_bytes < 4e6).all()
    nothing = engine.results("nowhere", home=workspace)
    assert len(nothing) == 0 and "perplexity" in nothing.columns
    with pytest.raises(BadInput, match="Nothing is known by 'weight'"):
        engine.results("weight<3", home=workspace)


def test_a_sweep_has_a_row_for_each_combination(swept: engine.Sweep) -> None:
    combinations = [("int4", 64), ("int4", 32), ("int8", 64), ("int8", 32)]
    assert list(zip(swept.table["format"], swept.table.group_size, strict=True)) == combinations
    for block, values in swept.variants.items():
        settings = swept.blocks[block].settings
        assert values.items() <= settings.items() and settings["symmetric"] is True
    smallest = swept.best("size_bytes")
    assert (smallest.settings["format"], smallest.settings["group_size"]) == ("int4", 64)
    assert swept.best("bits_per_weight") == smallest
    with pytest.raises(BadInput, match=r"No block has the metric 'perplexty'.*[Dd]id you mean 'perplexity'"):
        swept.best("perplexty")
    html = swept._repr_html_()
    assert html.count("<tr>") == 5 and "int8" in html and "group_size" in html


@pytest.mark.parametrize(
    ("values", "settings", "sentence"),
    [
        ({}, {}, "needs the values of a setting"),
        ({"format": "int4"}, {}, "The values of 'format' are not a list"),
        ({"fromat": ["int4", "int8"]}, {}, "Unknown setting 'fromat'.*[Dd]id you mean 'format'"),
        ({"format": ["int4"]}, {"format": "int8"}, "'format' is given twice"),
        ({"format": ["int4", "int44"]}, {}, "int44"),
        ({"group_size": list(range(8, 40))}, {}, "These are 32 variants.*24"),
    ],
)
def test_a_sweep_refuses_with_a_sentence(values: Any, settings: dict[str, Any], sentence: str, workspace: Home) -> None:
    before = len(engine.history(home=workspace))
    with pytest.raises(BadInput, match=sentence):
        engine.sweep("sample", "round_to_nearest", values, home=workspace, progress=False, **settings)
    assert len(engine.history(home=workspace)) == before


def test_a_cancelled_run_resumes(workspace: Home) -> None:
    from engine.base.errors import Cancelled

    def cancel(event: Any) -> None:
        if isinstance(event, LayerDone) and event.index == 9:
            raise Cancelled

    options: dict[str, Any] = {"home": workspace, "device": "cpu", "progress": False}
    with pytest.raises(Cancelled):
        engine.compress("sample", "nf4", evaluation=None, on_event=cancel, **options)
    run = engine.history(1, home=workspace).run[0]
    resumed = engine.resume(run, home=workspace, progress=False)
    assert resumed.run == run and resumed.metrics["size_bytes"] > 0 and len(resumed.layers) == 28
    with pytest.raises(BadInput, match="Run not found"):
        engine.resume("2001-01-01", home=workspace)


def test_charts_of_layers_curves_and_the_methods_own() -> None:
    data = RunData("r")
    for index in range(3):
        metrics = {"kurtosis": 3.0 + index, "error": 0.1}
        data.take([LayerDone(run="r", block="a", layer=f"l{index}", index=index, count=3, metrics=metrics)])
    data.take([Metric(run="r", block="a", name=f"loss/{part}", value=1 / step, step=step)
               for part in ("train", "eval") for step in (1, 2)])  # fmt: skip
    data.take([Curve(run="r", block="a", chart="Spectrum", series="l0", x=(1, 2), y=(3, 4), log_y=True)])
    data.take([Grid(run="r", block="a", chart="Codes", series="s", values=((1.0, 2.0),), low=0.0, column_title="Code")])
    data.take([Metric(run="r", block="b", name="other", value=1.0, step=1)])
    assert charts(data, "a") == ["loss", "Spectrum", "Codes", "kurtosis", "error"]
    axes: Any = FakeAxes()
    draw(data, "a", "A", "", axes)
    assert [options["label"] for *_, options in axes.calls["plot"]] == ["train", "eval"]
    assert list(axes.calls["plot"][0][1]) == [1.0, 0.5] and axes.calls["set_ylabel"] == [("Loss", {})]
    axes = FakeAxes()
    draw(data, "a", "A", "kurtosis", axes)
    assert axes.calls["bar"][0][1] == [3.0, 4.0, 5.0] and axes.calls["set_xticks"][0][1] == ["l0", "l1", "l2"]
    axes = FakeAxes()
    draw(data, "a", "A", "Spectrum", axes)
    assert axes.calls["plot"][0][:2] == ((1, 2), (3, 4)) and axes.calls["set_yscale"] == [("log", {})]
    axes = FakeAxes()
    draw(data, "a", "A", "Codes", axes)
    assert axes.calls["imshow"][0][0] == ((1.0, 2.0),) and axes.calls["set_xlabel"] == [("Code", {})]
    with pytest.raises(BadInput, match=r"Unknown chart 'los'.*[Dd]id you mean 'loss'"):
        draw(data, "a", "A", "los", axes)
    with pytest.raises(BadInput, match="nothing to draw"):
        draw(data, "c", "C", "", axes)


def test_plots_of_results(result: engine.Result, swept: engine.Sweep) -> None:
    axes: Any = FakeAxes()
    assert result.plot(ax=axes) is axes
    assert axes.calls["bar"][0][1] == list(result.layers["error"])
    axes = FakeAxes()
    swept.plot(ax=axes)
    assert [options["label"] for *_, options in axes.calls["plot"]] == ["group_size=64", "group_size=32"]
    assert axes.calls["plot"][0][0] == ["int4", "int8"] and axes.calls["set_ylabel"] == [("Perplexity", {})]
    with pytest.raises(BadInput, match="'kl' was not measured"):
        swept.plot("kl", ax=axes)


def test_a_plot_without_matplotlib_says_what_to_install(result: engine.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(BadInput, match=r"A plot needs matplotlib.*pip install matplotlib"):
        result.plot()


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed")
def test_matplotlib_draws(result: engine.Result, swept: engine.Sweep, tmp_path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    for number, axes in enumerate((result.plot(), result.plot("kurtosis"), swept.plot(), swept.plot("size_bytes"))):
        axes.figure.savefig(tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").stat().st_size > 5000


def test_results_are_tables_in_a_notebook(result: engine.Result) -> None:
    html = result._repr_html_()
    assert html.count("<tr>") == 4 and "Perplexity" in html and "Round to nearest" in html
    block = result.last._repr_html_()
    assert "Bits per weight" in block and "Round to nearest" in block


@pytest.mark.parametrize("name", ["export", "methods"])
def test_help_of_a_package_that_is_a_function_shows_the_function(name: str) -> None:
    import engine.api as api

    function = getattr(api, name)
    package: Any = getattr(engine, name)
    assert isinstance(package, ModuleType) and inspect.signature(package) == inspect.signature(function)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        pydoc.Helper(output=shown)(package)
    text = shown.getvalue()
    first = next(iter(inspect.signature(function).parameters))
    assert f"engine.{name}({first}: " in text and "Raises" in text
    assert (inspect.getdoc(function) or "").split("\n")[0] in text
    assert importlib.import_module(f"engine.{name}.registry"), "it is a package as before"
