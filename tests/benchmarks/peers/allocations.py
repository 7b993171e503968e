"""Fit to budget beside allocations by other prices: the same formats, bytes, exact knapsack and rounding by GPTQ.

    python tests/benchmarks/peers/allocations.py MODEL.gguf --sizes 93510048 75MB --texts FOLDER
        [--target gguf] [--by weights inputs relative auto_scheme] [--auto-round /path/to/venv/bin/python]

The prices of a layer in a format, from the same calibration text:

- ``weights``: the sum of squares of the change of its weights.
- ``inputs``: the same, each square weighted by the mean square of its input, as an importance matrix has it. This is
  the price of llama.cpp's open pull request 15550, without its term for the bias.
- ``relative``: the same, divided by the energy of the layer's outputs.
- ``auto_scheme``: no price of ours: AutoScheme of auto-round says which layer gets how many bits, for integers alone.
  It runs in an environment of its own.

Rounds and the guard are off in all, so that the rows differ by their prices alone; "fisher" is the price of Fit to
budget. KL divergence is measured on texts that took no part. A row is appended as it comes.
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import subprocess
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
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile, plan_of
from engine.fit.size import bytes_of
from engine.fit.solver import Solver
from engine.methods.budget.fit_to_budget.analysis import Analysis
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
    "auto_scheme": "by AutoScheme of auto-round",
}
BITS = (2, 3, 4, 8)
"""Widths that AutoScheme chooses from: those of its own schemes."""
AUTO_SCHEME = """
import json, sys
from auto_round import AutoRound, AutoScheme
model, bits, widths, group_size, samples, length, target = sys.argv[1:]
options = [{"bits": int(x), "group_size": int(group_size), "sym": True, "data_type": "int", "act_bits": 16}
           for x in widths.split(",")]
from auto_round.schemes import QuantizationScheme
scheme = AutoScheme(avg_bits=float(bits), options=[QuantizationScheme.from_dict(one) for one in options],
                    nsamples=int(samples), seqlen=int(length), device_map="cpu")
rounding = AutoRound(model, scheme=scheme, iters=0, nsamples=int(samples), seqlen=int(length), device_map="cpu")
_, config = rounding.quantize()
with open(target, "w") as file:
    json.dump({name: one.get("bits") for name, one in config.items()}, file)
"""


def priced(analysis: Analysis, price: Price) -> BudgetProblem:
    """The problem of an analysis with other prices."""
    energies = analysis.energies()
    model = analysis.model.opened_again().ready()

    @functools.cache
    def of_layer(name: str, option: str) -> float:
        weight = stored_weight(model.get(name)).detach().float()
        energy = energies.get(name, torch.ones(weight.shape[1]))
        rounded = weight if option == STORED else analysis.nearest.rounded(name, weight, option, energies.get(name))
        return price(rounded.float() - weight, weight, energy)

    def with_prices(unit: Unit) -> Unit:
        return unit.model_copy(update={"options": tuple(with_price(unit, option) for option in unit.options)})

    def with_price(unit: Unit, option: Option) -> Option:
        return option.model_copy(update={"loss": sum(of_layer(name, option.id) for name in unit.layers)})

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


def by_auto_scheme(
    options: argparse.Namespace, analysis: Analysis, budget: int, settings: Mapping[str, Any], folder: Path
) -> Plan:
    """The plan with AutoScheme's bits: the largest average whose file has at most so many bytes."""
    dense = export_format("dense")
    dense.write(open_model(options.model), folder / "dense", dense.options(), lambda *_: None)
    quantized = [unit for unit in analysis.problem.units if len(unit.options) > 1]
    parameters = sum(unit.parameters for unit in quantized)
    bits = 8.0 * (budget - analysis.problem.fixed_bytes) / parameters
    for _ in range(8):
        target = folder / "bits.json"
        words = [f"{bits:.4f}", ",".join(map(str, BITS)), str(settings["group_size"])]
        words += [str(settings["num_samples"]), str(settings["sequence_length"]), str(target)]
        command = [str(options.auto_round), "-c", AUTO_SCHEME, str(folder / "dense"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        chosen: dict[str, int] = json.loads(target.read_text())
        choices = {unit.name: _option(unit, chosen) for unit in analysis.problem.units}
        nbytes = analysis.sizes.file_bytes(choices)
        if nbytes <= budget:
            return plan_of(analysis.problem, choices, {}, budget)
        bits -= 8.0 * (nbytes - budget) / parameters
    raise SystemExit("AutoScheme stays above the size")


def _option(unit: Unit, bits: Mapping[str, int]) -> str:
    """What a unit is stored as: siblings that must agree get the most bits of them."""
    most = max((bits.get(name, 16) for name in unit.layers), default=16)
    name = STORED if most >= 16 else f"int{most}"
    return next((option.id for option in unit.options if option.id == name), unit.options[-1].id)


def built(
    options: argparse.Namespace, table: Table, analysis: Analysis, plan: Plan, settings: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """What is measured of a plan that is rounded by GPTQ."""
    info, opened, stage = method("fit_to_budget"), open_model(options.model), LocalStage(folder)
    shutil.copytree(analysis.folder, stage.cache / analysis.key)
    PlanFile.of(analysis.problem, plan).write(folder / "plan.json")
    parsed = info.settings.parse({**settings, "plan": str(folder / "plan.json")})
    stage.describe_output(opened)
    artifact = stage.finish(info.load().apply(opened, parsed, stage))
    measured: dict[str, Any] = {"texts": {}, "size_bytes": plan.bytes, "predicted": plan.loss}
    for name, count in table.texts.items():
        path = text_file(name, options.texts)
        arguments = {"reference": options.model, "window_size": table.window, "num_windows": count, "progress": False}
        metrics = engine.evaluate(artifact, path, **arguments).metrics
        measured["texts"][name] = {"windows": count, **{key: metrics[key] for key in ("perplexity", "kl_divergence")}}
    return measured


def main() -> None:
    """Measure the rows."""
    table = tables()[TABLE]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--sizes", nargs="+", required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--target", default="gguf", choices=["gguf", "compressed-tensors"])
    parser.add_argument("--by", nargs="*", default=["fisher", *PRICES], choices=list(TITLES))
    parser.add_argument("--auto-round", type=Path, help="python of an environment with auto-round")
    options = parser.parse_args()
    info = method("fit_to_budget")
    common = {**table.settings["fit_to_budget"], "target": options.target}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        opened, stage = open_model(options.model), LocalStage(folder / "analysis")
        analysis = Analysis(opened, info.settings.parse(common), stage, (0.0, 1.0))
        for size in options.sizes:
            budget = bytes_of(size, dense_bytes(opened.anatomy))
            for price in options.by:
                try:
                    if price == "auto_scheme":
                        every = info.settings.parse(common).model_dump()
                        plan = by_auto_scheme(options, analysis, budget, every, folder)
                    else:
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
