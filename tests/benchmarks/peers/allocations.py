"""Fit to budget beside allocations by other prices: the same formats, bytes, exact knapsack and rounding by GPTQ.

    python tests/benchmarks/peers/allocations.py MODEL.gguf --sizes 93510048 75MB --texts FOLDER
        [--target gguf] [--by fisher weights inputs relative]

The prices of a layer in a format, from the same calibration text:

- ``weights``: the sum of squares of the change of its weights.
- ``inputs``: the same, each square weighted by the mean square of its input, as an importance matrix has it. This is
  the price of llama.cpp's open pull request 15550, without its term for the bias.
- ``relative``: the same, divided by the energy of the layer's outputs.

Rounds and the guard are off in all, so that the rows differ by their prices alone; "fisher" is the price of Fit to
budget. KL divergence is measured on texts that took no part. A row is appended as it comes.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from rows import append
from tables import Table, tables, text_file

import engine
from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Option, Plan, Unit
from engine.contracts.details import BUDGET
from engine.fit.plan_file import PlanFile, plan_of
from engine.fit.size import bytes_of
from engine.fit.solver import Solver
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import STORED, dense_bytes
from engine.methods.registry import method
from engine.models.layer import stored_weight
from engine.models.source import open_model
from engine.run.local import LocalStage

TABLE = "allocations"
Price = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], float]
"""(change of a weight, the weight, mean square of each input) -> its price."""
PRICES: dict[str, Price] = {
    "weights": lambda delta, weight, energy: float(delta.square().sum()),
    "inputs": lambda delta, weight, energy: float((delta.square() @ energy).sum()),
    "relative": lambda delta, weight, energy: float(
        (delta.square() @ energy).sum() / (weight.square() @ energy).sum().clamp_min(1e-30)
    ),
}
TITLES = {
    "fisher": "by the Fisher price (Fit to budget)",
    "weights": "by the weights' error",
    "inputs": "by imatrix-weighted error, as llama.cpp #15550",
    "relative": "by relative output error",
}


def priced(analysis: Analysis, price: Price) -> BudgetProblem:
    """The problem of an analysis with other prices."""
    energies = analysis.energies()
    model = analysis.model.opened_again().ready()
    shared = model.anatomy.head if model.anatomy.tied else None  # the embedding's tensor, which is priced once

    @functools.cache
    def of_layer(name: str, option: str) -> float:
        weight = stored_weight(model.get(name)).detach().float()
        energy = energies.get(name, torch.ones(weight.shape[1]))
        rounded = weight if option == STORED else analysis.nearest.rounded(name, weight, option, energies.get(name))
        return price(rounded.float() - weight, weight, energy)

    def with_prices(unit: Unit) -> Unit:
        return unit.model_copy(update={"options": tuple(with_price(unit, option) for option in unit.options)})

    def with_price(unit: Unit, option: Option) -> Option:
        return option.model_copy(
            update={"loss": sum(of_layer(name, option.id) for name in unit.layers if name != shared)}
        )

    update = {"units": tuple(map(with_prices, analysis.problem.units)), "measured": ()}
    return analysis.problem.model_copy(update=update)


def solved(analysis: Analysis, problem: BudgetProblem, budget: int) -> Plan:
    """The plan of least price whose file has at most so many bytes."""
    solver, allowed = Solver(problem, {}), budget
    plan = solver.plan(budget)
    while (nbytes := analysis.sizes.file_bytes(plan.choices)) > budget:
        allowed -= nbytes - budget
        plan = solver.plan(allowed)
    return plan_of(analysis.problem, plan.choices, {}, budget)


def built(
    options: argparse.Namespace,
    table: Table,
    analysis: Analysis,
    plan: Plan | None,
    settings: Mapping[str, Any],
    folder: Path,
) -> dict[str, Any]:
    """Bytes of the file, prediction and texts of a plan that is rounded by GPTQ. None: Fit to budget chooses by its
    settings."""
    info, opened, stage = method("fit_to_budget"), open_model(options.model), LocalStage(folder)
    shutil.copytree(analysis.folder, stage.cache / analysis.key)
    if plan is not None:
        PlanFile.of(analysis.problem, plan).write(folder / "plan.json")
        settings = {**settings, "plan": str(folder / "plan.json")}
    stage.describe_output(opened)
    artifact = stage.finish(info.load().apply(opened, info.settings.parse(dict(settings)), stage))
    plan = plan or Plan.model_validate(stage.details[BUDGET]["plan"])
    is_file = analysis.problem.target == "container"
    nbytes = open_model(artifact).header.file_bytes if is_file else plan.bytes
    return {"texts": on_texts(options, table, artifact), "size_bytes": nbytes, "predicted": plan.loss}


def on_texts(options: argparse.Namespace, table: Table, model: Path) -> dict[str, dict[str, Any]]:
    """Text of the table -> perplexity of a model, and its divergence from the one that the options name."""
    texts: dict[str, dict[str, Any]] = {}
    for name, count in table.texts.items():
        path = text_file(name, options.texts)
        arguments = {"reference": options.model, "window_size": table.window, "num_windows": count, "progress": False}
        measured = engine.evaluate(model, path, **arguments)
        values = {key: measured.metrics[key] for key in ("perplexity", "kl_divergence")}
        texts[name] = {"windows": count, "sha256": measured.protocol["sha256"], **values}
    return texts


def main() -> None:
    """Measure the rows."""
    table = tables()[TABLE]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--sizes", nargs="+", required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--target", default="gguf", choices=["gguf", "compressed-tensors"])
    parser.add_argument("--by", nargs="*", default=["fisher", *PRICES], choices=list(TITLES))
    options = parser.parse_args()
    common = {**table.settings["fit_to_budget"], "target": options.target}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        opened, stage = open_model(options.model), LocalStage(folder / "analysis")
        analysis = Analysis(opened, FitToBudgetSettings.parse(common), stage, (0.0, 1.0))
        for size in options.sizes:
            budget = bytes_of(size, dense_bytes(opened.anatomy))
            for price in options.by:
                try:
                    problem = analysis.problem if price == "fisher" else priced(analysis, PRICES[price])
                    plan = solved(analysis, problem, budget)
                except BadInput as error:
                    print(f"{size}, {price}: {error}", file=sys.stderr, flush=True)
                    continue
                measured = built(options, table, analysis, plan, {**common, "size": size}, folder / f"{size} {price}")
                row = f"{options.target}, {size}: {TITLES[price]}"
                append(TABLE, row, ["fit_to_budget"], 0, measured)
                print(row, measured["texts"], flush=True)


if __name__ == "__main__":
    main()
