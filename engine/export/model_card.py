"""The model card that travels with an export: where the model comes from, what was done to it, what was measured."""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from engine.base.human import bytes_text, count_text, duration_text, number_text, percent_text
from engine.contracts.generation import DAMAGED
from engine.contracts.metrics import (
    COLLAPSED,
    METRICS,
    SHARES,
    MetricInfo,
    is_collapsed,
    program_text,
    title_with_unit,
)
from engine.contracts.opening import OpeningLines
from engine.export.base import ExportFormat, ExportOptions
from engine.export.card_metadata import front_matter
from engine.export.measured import measured, portable, protocol_of, text_words
from engine.export.open_in import TITLE, card_section, opening_lines
from engine.export.picture import PICTURE, title
from engine.export.provenance import named_base
from engine.export.record import tensor_files
from engine.models.model import Model
from engine.version import __version__

PACKAGES = ("torch", "transformers", "safetensors", "compressed-tensors")


def model_card(
    model: Model,
    kind: ExportFormat,
    folder: Path,
    stages: Sequence[dict[str, Any]] = (),
    options: ExportOptions | None = None,
    lines: Sequence[OpeningLines] | None = None,
) -> str:
    """README.md for ``folder``, which holds ``model`` in the format ``kind`` already.

    ``stages``: the entries of the run's report (title, metrics, protocol, seed) in their order, if there is one. The
    card shows `engine.export.picture.PICTURE` where it is in the folder.
    ``options``: with which it was written. ``lines``: that open it in other programs, as the record has them.
    """
    size = sum(file.stat().st_size for file in tensor_files(folder, kind))
    sections = [
        front_matter(model, kind),
        f"# {_escaped(folder.name)}\n\n{_summary(model, kind, size)}",
        _loading(model, kind, folder, opening_lines(model, kind, folder) if lines is None else lines),
        _steps(model, kind, options),
        _coverage(model),
        _metrics(stages, has_picture=(folder / PICTURE).is_file()),
        f"Made with Compression Studio {__version__} ({_versions()}).",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(model: Model, kind: ExportFormat, size: int) -> str:
    origin = named_base(model) or f"a {_escaped(model.header.model_type)} model"
    return (
        f"Made from {origin}{_count(len(model.history))}. Stored as {kind.title}: {kind.summary}\n\n"
        f"Size of the tensor files: {bytes_text(size)} ({size:,} bytes)."
    )


def _count(steps: int) -> str:
    return "" if steps == 0 else " in one step, given below" if steps == 1 else f" in {steps} steps, listed below"


def _loading(model: Model, kind: ExportFormat, folder: Path, lines: Sequence[OpeningLines]) -> str:
    """The section on programs that load it; for a plug-in's format without a snippet, the name of the plug-in."""
    if lines:
        return card_section(lines, folder.name)
    return f"{TITLE}\n\nA program that reads {kind.title}, the format of {_escaped(kind.origin)}."


def _coverage(model: Model) -> str:
    """The share of the weights that each step reached, and the largest of what it did not."""
    rows = []
    for step in model.history:
        covered = step.get("coverage")
        if isinstance(covered, dict) and _is_share(reached := covered.get("parameters")):
            rest = covered.get("left")
            shares = {name: x for name, x in rest.items() if _is_share(x)} if isinstance(rest, dict) else {}
            unreached = ", ".join(f"{name} ({percent_text(round(share, 3))})" for name, share in shares.items())
            rows.append(f"| {_title(step)} | {percent_text(round(reached, 3))} | {_escaped(unreached)} |")
    head = "| Step | Of all parameters | Largest of the rest |\n|---|---|---|"
    return "\n".join(["## Coverage", "", head, *rows]) if rows else ""


def _is_share(value: Any) -> TypeGuard[float]:
    """True for a number from 0 to 1: histories are words of whoever made the artifact."""
    return isinstance(value, int | float) and 0 <= value <= 1


def _steps(model: Model, kind: ExportFormat, options: ExportOptions | None) -> str:
    """The way here, the export with its options included: a table to read, and the same as data to repeat it with."""
    steps = list(model.history)
    if options is not None:
        steps.append({"export": kind.id, "title": f"Export: {kind.title}", "settings": options.model_dump(mode="json")})
    if not steps:
        return ""
    rows = [
        f"| {number} | {_title(step)} | {_settings(step.get('settings', {}))} |" for number, step in enumerate(steps, 1)
    ]
    table = "\n".join(["| | Step | Settings |", "|---|---|---|", *rows])
    data = json.dumps([_portable(step) for step in steps], indent=2, ensure_ascii=False)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", data)), default=0))
    shown = f"{fence}json\n{data}\n{fence}"
    return f"## How it was made\n\n{table}\n\n<details><summary>As data</summary>\n\n{shown}\n\n</details>"


def _title(step: Mapping[str, Any]) -> str:
    origin = f" ({step['origin']})" if step.get("origin") else ""
    return _escaped(f"{step.get('title') or step.get('method', '')}{origin}")


def _portable(step: dict[str, Any]) -> dict[str, Any]:
    """The step without the folders of the machine that it was made on."""
    settings = {name: portable(value) for name, value in step.get("settings", {}).items()}
    return {**step, "settings": settings}


def _settings(settings: dict[str, Any]) -> str:
    shown = (f"{name} = {portable(value)}" for name, value in settings.items() if value not in ("", None, [], ()))
    return _escaped(", ".join(shown))


def _metrics(stages: Sequence[dict[str, Any]], *, has_picture: bool) -> str:
    """The picture, the table of metrics after each step, and the protocol."""
    rows_of = measured(stages)
    columns = [metric for metric in METRICS if any(metric.name in stage["metrics"] for stage in rows_of)]
    if not columns:
        return ""
    head = "| After | " + " | ".join(title_with_unit(metric.name) for metric in columns) + " |"
    rows = [
        f"| {_title(stage)} | " + " | ".join(_cell(stage, metric) for metric in columns) + " |" for stage in rows_of
    ]
    table = "\n".join([head, "|---" * (len(columns) + 1) + "|", *rows])
    protocol = protocol_of(rows_of)
    how = f"\n\n{_escaped(_protocol(protocol))}" if protocol else ""
    for stage in rows_of:
        if sentence := (stage.get("protocol") or {}).get(DAMAGED):
            how += f"\n\n**Warning**: {_title(stage)} {_escaped(str(sentence))}."
    if COLLAPSED in table:
        how += "\n\nCollapsed: the perplexity is above the number of words that the model knows, worse than guessing."
    shown = f"![{_escaped(title(stages))}]({PICTURE})\n\n" if has_picture else ""
    return f"## Measured\n\n{shown}{table}{how}"


def _protocol(protocol: dict[str, Any]) -> str:
    """The protocol in a sentence; entries that it has no place for follow."""
    words = dict(protocol)
    digest = words.pop("sha256", "")
    for name in ("text", "windows", "windows_of", "window"):  # in `text_words`
        words.pop(name, None)
    for name in ("tokens", COLLAPSED, DAMAGED):  # that of one model, not how it was measured
        words.pop(name, None)
    rest = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in words.items() if value not in ("", None))
    return f"Measured on {text_words(protocol)} (SHA-256 {digest}); {rest}."


def _cell(stage: Mapping[str, Any], metric: MetricInfo) -> str:
    """A collapsed model has no perplexity worth ranking."""
    if metric.name == "perplexity" and is_collapsed(metric.name, stage.get("protocol") or {}):
        return COLLAPSED
    text = _value(stage["metrics"].get(metric.name), metric.unit, metric.name)
    return program_text(metric.name, text, stage.get("protocol") or {}) if text else ""


def _value(value: float | None, unit: str, name: str) -> str:
    if value is None:
        return ""
    if unit == "bytes":
        return bytes_text(value)
    if unit == "s":
        return duration_text(value)
    if name in SHARES:
        return percent_text(round(value, 3))
    return count_text(value) if name == "parameters" else number_text(value)


def _versions() -> str:
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)


def _escaped(text: str) -> str:
    """Without what would end a table cell or begin markup."""
    return re.sub(r"([|*_`<>\[\]\\])", r"\\\1", " ".join(text.split()))
