"""Fit to budget beside AutoScheme of auto-round: the same integers, samples, bytes of the file and rounding by GPTQ.

    python tests/benchmarks/peers/autoscheme.py MODEL.gguf --peer /path/to/venv/bin/python --texts FOLDER
        [--bits 4.25 3.25] [--by autoscheme fisher own fit]

AutoScheme gives each linear layer 2, 3, 4 or 8 bits, in symmetric groups of 64, for an average that counts scales and
zero points as AutoScheme does. The embedding and the head stay as they are. Rows:

- ``autoscheme``: its layers' bits, rounded by this program's GPTQ and stored in this program's container.
- ``fisher``: the plan by the Fisher price for at most the bytes of that file, rounded by the same GPTQ.
- ``fit``: Fit to budget for these bytes and formats with its own defaults: rounds and guard are on.
- ``own``: AutoScheme's model as auto-round itself rounds it without training (``iters=0``), in its dense format.

Both sides read the same 32 samples of 512 tokens. Seconds and memory are those of AutoScheme's scores and choice, and
of the analysis of Fit to budget, with loading; both serve all averages. A row is appended as it comes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from against_peer import dense
from allocations import TABLE, built, on_texts, solved
from rows import append
from tables import Table, tables

from engine.contracts.budget import Plan
from engine.data.samples import load_ids
from engine.data.tokens import token_ids
from engine.fit.plan_file import plan_of
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

WIDTHS = (2, 3, 4, 8)
GROUP_SIZE = 64
MARGIN = 32
"""Tokens behind a sample that its text also has: AutoScheme drops samples that are too short and cuts longer ones."""
TITLES = {
    "autoscheme": "by AutoScheme of auto-round",
    "fisher": "by the Fisher price (Fit to budget)",
    "own": "by AutoScheme, rounded by auto-round itself",
    "fit": "Fit to budget with rounds and guard",
}

THEIRS = """
import importlib.metadata, json, resource, sys, time
from dataclasses import replace
from auto_round import AutoRound, AutoScheme
from auto_round.schemes import preset_name_to_scheme
request = json.loads(sys.argv[1])
started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
presets = [preset_name_to_scheme(f"W{bits}A16") for bits in request["widths"]]
options = [replace(preset, group_size=request["group_size"]) for preset in presets]
calibration = {"nsamples": request["count"], "seqlen": request["length"]}
scheme = AutoScheme(avg_bits=request["bits"], options=options, **calibration)
rounding = AutoRound(
    request["model"], scheme=scheme, iters=0, dataset=request["samples"], device_map="cpu", **calibration
)
rounding.post_init()
after = resource.getrusage(resource.RUSAGE_SELF)
result = {
    "bits": {name: layer["bits"] for name, layer in rounding.layer_config.items()},
    "seconds": time.perf_counter() - started,
    "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    "peak_bytes": after.ru_maxrss * 1024,
    "peer": {name: importlib.metadata.version(name) for name in ("auto-round", "torch", "transformers")},
}
if request["out"]:
    folders = rounding.quantize_and_save(request["out"], format="fake")[1]
    result["folder"] = folders if isinstance(folders, str) else folders[0]
print("RESULT " + json.dumps(result))
"""


@dataclass(frozen=True)
class Chosen:
    """Layer -> integer format as AutoScheme chooses it; the costs of its scores and choice; versions of its packages;
    the folder of the model that it rounded."""

    formats: Mapping[str, str]
    costs: Mapping[str, float]
    peer: Mapping[str, str]
    folder: Path | None


def write_samples(model: Path, seen: torch.Tensor, text: str, file: Path) -> int:
    """Write the texts of samples as JSON for AutoScheme. Gives the number of those that are the same tokens again."""
    tokenizer = load_tokenizer(model)
    ids, _ = load_ids(tokenizer, text)
    count, length = seen.shape
    starts = torch.arange(count) * (len(ids) // length) // count * length
    texts = [tokenizer.decode(ids[start : start + length + MARGIN]) for start in starts.tolist()]
    file.write_text(json.dumps(texts), encoding="utf-8")
    return sum(
        torch.equal(token_ids(tokenizer, text)[:length], sample) for text, sample in zip(texts, seen, strict=True)
    )


def autoscheme(python: Path, request: Mapping[str, Any], folder: Path) -> Chosen:
    """The choice of AutoScheme in a fresh process of the peer."""
    offline = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": ""}
    caches = {"HF_HOME": str(folder / "home"), "AR_AUTO_SCHEME_CACHE": str(folder / "scores")}
    done = subprocess.run(
        [str(python), "-c", THEIRS, json.dumps(request)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **offline, **caches},
        cwd=folder,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    line = next(line for line in reversed(done.stdout.splitlines()) if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    formats = {name: f"int{bits}" for name, bits in result.pop("bits").items() if bits in WIDTHS}
    own = result.pop("folder", "")
    return Chosen(formats, peer=result.pop("peer"), costs=result, folder=Path(own) if own else None)


def as_plan(analysis: Analysis, formats: Mapping[str, str]) -> Plan:
    """The plan with the format of each layer. Raises `KeyError` for a layer that has none."""
    choices = {}
    for unit in analysis.problem.units:
        (choices[unit.name],) = {formats[name] for name in unit.layers}
    return exactly(analysis, plan_of(analysis.problem, choices))


def exactly(analysis: Analysis, plan: Plan) -> Plan:
    """A plan with the bytes of its file."""
    return plan.model_copy(update={"bytes": analysis.sizes.file_bytes(plan.choices)})


def analyzed(
    options: argparse.Namespace, settings: Mapping[str, Any], folder: Path
) -> tuple[Analysis, dict[str, float]]:
    """The analysis of the model, and its costs in this process, which has done nothing before it."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    parsed = FitToBudgetSettings.parse(dict(settings))
    analysis = Analysis(open_model(options.model), parsed, LocalStage(folder), (0.0, 1.0))
    after = resource.getrusage(resource.RUSAGE_SELF)
    costs = {
        "seconds": time.perf_counter() - started,
        "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_bytes": after.ru_maxrss * 1024,
    }
    return analysis, costs


class Comparison:
    """One model on both sides."""

    def __init__(self, options: argparse.Namespace, table: Table, folder: Path) -> None:
        self.options, self.table, self.folder = options, table, folder
        formats = {"target": "container", "group_size": GROUP_SIZE, "formats": [f"int{bits}" for bits in WIDTHS]}
        self.person = {**table.settings["fit_to_budget"], **formats}
        del self.person["rounds"], self.person["guard"]
        self.settings = {**table.settings["fit_to_budget"], **formats}
        self.analysis, self.costs = analyzed(options, self.settings, folder / "analysis")
        self.dense = dense(options.model.resolve(), folder)
        self.samples = folder / "samples.json"
        seen = self.analysis.samples.seen
        self.count, self.length = seen.shape
        same = write_samples(options.model, seen, self.settings["text"], self.samples)
        print(f"{same} of {self.count} samples are the same tokens again, {self.costs}", flush=True)
        self.chosen: dict[float, Chosen] = {}
        self.plans: dict[float, dict[str, Plan]] = {}
        self.packed: dict[float, dict[str, int]] = {}

    def choose(self, bits: float) -> None:
        """The plans of both sides for an average of bits. The scores of the first one serve the others too."""
        chosen = self._of_peer(bits)
        first = next(iter(self.chosen.values()), chosen)
        self.chosen[bits] = replace(chosen, costs=first.costs)
        plan = as_plan(self.analysis, chosen.formats)
        fisher = exactly(self.analysis, solved(self.analysis, self.analysis.problem, plan.bytes))
        self.plans[bits] = {"autoscheme": plan, "fisher": fisher}
        for row, each in self.plans[bits].items():
            print(f"{bits} bits {TITLES[row]}: {each.bytes} bytes, {self._formats(each)}", flush=True)

    def measure(self, row: str, bits: float) -> None:
        """Measure and append one row."""
        chosen, plans = self.chosen[bits], self.plans[bits]
        nbytes = plans["autoscheme"].bytes
        if row == "own":
            assert chosen.folder is not None
            texts = on_texts(self.options, self.table, chosen.folder)
            self._append(row, bits, {"texts": texts, **self.packed.get(bits, {}), "peer": chosen.peer}, [])
            return
        plan = plans.get(row)
        settings = {**(self.settings if plan else self.person), "size": str(nbytes)}
        measured = built(self.options, self.table, self.analysis, plan, settings, self.folder / f"{bits} {row}")
        if plan is not None:
            theirs = row == "autoscheme"
            if theirs:
                self.packed[bits] = {"size_bytes": measured["size_bytes"]}
            measured |= chosen.costs if theirs else self.costs
            measured |= {"formats": self._formats(plan), **({"peer": chosen.peer} if theirs else {})}
        self._append(row, bits, measured, ["fit_to_budget"])

    def _of_peer(self, bits: float) -> Chosen:
        request = {
            "model": str(self.dense),
            "samples": str(self.samples),
            "count": self.count,
            "length": self.length,
            "bits": bits,
            "widths": WIDTHS,
            "group_size": GROUP_SIZE,
            "out": str(self.folder / f"own {bits}") if "own" in self.options.by else "",
        }
        return autoscheme(self.options.peer, request, self.folder)

    def _formats(self, plan: Plan) -> dict[str, int]:
        """Format -> number of layers."""
        units = self.analysis.problem.units
        return dict(sorted(Counter(plan.choices[unit.name] for unit in units for _ in unit.layers).items()))

    def _append(self, row: str, bits: float, measured: Mapping[str, Any], methods: list[str]) -> None:
        title = f"container, {bits:g} bits: {TITLES[row]}"
        append(TABLE, title, methods, 0, measured)
        print(title, measured["texts"], flush=True)


def main() -> None:
    """Measure the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--peer", type=Path, required=True, help="python of an environment with auto-round")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--bits", nargs="+", type=float, default=[4.25, 3.25])
    parser.add_argument("--by", nargs="+", default=list(TITLES), choices=list(TITLES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options, tables()[TABLE], Path(folder))
        for bits in options.bits:
            comparison.choose(bits)
        for row in options.by:
            for bits in options.bits:
                comparison.measure(row, bits)


if __name__ == "__main__":
    main()
