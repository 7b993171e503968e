"""Scales and errors of every layer: kept in the stage's folder, so that charts and report are whole after a kill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.architecture.anatomy import Layer
from engine.checkpoints import checksum
from engine.models import ranks
from engine.models.stage import Stage
from engine.numerics.quantization.awq import Search

TITLES = {"attention": "q, k, v", "attention_output": "o", "mlp": "gate, up", "mlp_output": "down"}
TITLES |= {"experts": "down of experts", "experts_input": "gate, up of experts"}
"""Linears that read one tensor, for the charts; those of all experts of a layer together."""
_DOWN = ("down", "w2", "fc2", "output_linear")


class Record:
    """Ratios and errors by layer and `input_group`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._file = stage.folder / "scales.json"
        self._layers: dict[str, dict[str, Any]] = {}
        if self._file.exists():
            self._layers = checksum.load_values(self._file, stage.log) or {}

    def add(self, layer: Layer, searches: Mapping[str, Search], reasons: Mapping[str, str]) -> None:
        """Store the search of a layer and draw it with those before it."""
        entries: dict[str, Any] = {titled(group): {"not scaled": why} for group, why in reasons.items()}
        together: dict[str, list[Search]] = {}
        for group, search in searches.items():
            together.setdefault(titled(group), []).append(search)
        for title, several in together.items():
            errors = [sum(values) for values in zip(*(one.errors for one in several), strict=True)]
            entries[title] = {
                "ratio": _mean([one.ratio for one in several]),
                "error": sum(one.error for one in several),
                "unscaled": sum(one.unscaled for one in several),
                "error_share": _mean([one.share for one in several]),
                "ratios": several[0].ratios,
                "errors": [error if math.isfinite(error) else None for error in errors],
            }
        self._layers[str(layer.index)] = entries
        if ranks.is_main():
            checksum.save_values(self._file, self._layers)
        self._draw()

    def report(self) -> None:
        """Add what was scaled, by how much that lowered the error of rounding, and what was not and why."""
        summary: dict[str, Any] = {}
        for group, title in TITLES.items():
            of_layers = [entries[group] for entries in self._layers.values() if group in entries]
            scaled = [entry for entry in of_layers if "error" in entry]
            if scaled:
                shares = [_error_share(entry) for entry in scaled if entry["unscaled"] > 0]
                summary[title] = {
                    "layers": len(scaled),
                    "mean ratio": sum(entry["ratio"] for entry in scaled) / len(scaled),
                    "error left": sum(shares) / len(shares) if shares else 1.0,
                }
            elif of_layers:
                summary[title] = of_layers[0]
        self._stage.detail("scales", summary, keep=True)

    def _draw(self) -> None:
        """The ratio and the error that is left by layer, the mean error over the ratio by what reads it."""
        order = sorted(self._layers, key=int)
        groups = [group for group in TITLES if any("error" in self._layers[i].get(group, {}) for i in order)]
        for group in groups:
            curves = [entries[group] for entries in self._layers.values() if "error" in entries.get(group, {})]
            rows = [(entry["errors"], entry["unscaled"]) for entry in curves if entry["unscaled"] > 0]
            if rows:
                means = [
                    _mean([errors[i] / one for errors, one in rows if errors[i] is not None])
                    for i in range(len(rows[0][0]))
                ]
                self._stage.curve(
                    "Error over ratio",
                    TITLES[group],
                    curves[0]["ratios"],
                    means,
                    x_title="Ratio",
                    y_title="Error, as a share of rounding without scales",
                )
        if groups:
            ratios = [[self._layers[i].get(group, {}).get("ratio", math.nan) for group in groups] for i in order]
            columns = [TITLES[group] for group in groups]
            self._stage.grid(
                "Ratio",
                "chosen",
                ratios,
                row_title="Layer",
                column_title="Linears",
                rows=order,
                columns=columns,
                low=0,
                high=1,
            )


def titled(group: str) -> str:
    """The word in `TITLES` that an `input_group` belongs to."""
    if group in TITLES:
        return group
    leaf = group.rstrip(".0123456789").rpartition(".")[2]
    return "experts" if any(word in leaf for word in _DOWN) else "experts_input"


def _error_share(entry: dict[str, Any]) -> float:
    """The share of the error that scales leave, also from the folder of a run of an earlier release."""
    return float(entry.get("error_share", entry["error"] / entry["unscaled"]))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
