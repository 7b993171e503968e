"""The methods as people and programs read them: a short table, or one with all its settings."""

from __future__ import annotations

import dataclasses
import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

from engine.contracts.settings import FieldInfo, fields
from engine.methods.base import FAMILY_TITLES, MethodInfo

WIDEST = 110
"""Lines longer than this are hard to read, however wide the terminal."""


def width() -> int:
    """Characters of a line: of the terminal, or $COLUMNS, or 80."""
    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


def table_of_methods(infos: Iterable[MethodInfo]) -> str:
    """One line for each of these methods: id, family, and as much of the summary as fits. Those that bring a model are
    left out: a pipeline file has them as blocks, a command names the model itself."""
    shown = [info for info in infos if not info.is_source]
    names = max((len(info.id) for info in shown), default=6)
    families = max((len(FAMILY_TITLES[info.family]) for info in shown), default=6)
    remaining = width() - names - families - 4
    lines = [
        f"{'Method':{names}}  {'Family':{families}}  What it does",
        f"{'─' * names}  {'─' * families}  {'─' * remaining}",
    ]
    for info in shown:
        summary = f"{info.summary} ({info.origin})" if info.origin else info.summary
        short = textwrap.shorten(summary, remaining, placeholder=" …") if remaining > 12 else ""
        lines.append(f"{info.id:{names}}  {FAMILY_TITLES[info.family]:{families}}  {short}".rstrip())
    return "\n".join([*lines, "", "All settings of one: methods METHOD"])


def method_page(info: MethodInfo) -> str:
    """All there is to know of a method, no line longer than the terminal is wide."""
    pieces = [f"{info.title} ({FAMILY_TITLES[info.family]})", _wrapped(info.summary)]
    facts = {
        "Id": info.id,
        "Paper": info.paper,
        "From": info.origin,
        "Inputs": ", ".join(f"{port} (optional)" if port in info.optional else port for port in info.inputs[1:]),
        "Earlier names": ", ".join(info.aliases),
    }
    pieces.append("\n".join(_wrapped(f"{name}: {fact}", "  ") for name, fact in facts.items() if fact))
    section, infos = None, fields(info.settings)
    choices = {field.name: [value for value, _ in field.choices] for field in infos}
    for field in infos:
        if field.section != section:
            section = field.section
            pieces.append(f"{section}:" if section else "Settings:")
        pieces.append(_setting(field, choices))
    return "\n\n".join(piece for piece in pieces if piece)


def _setting(field: FieldInfo, choices: dict[str, list[Any]]) -> str:
    """``choices``: of all settings; another class with the same setting may have more."""
    lines = [f"  {field.name} = {value_text(field.default)}", _wrapped(_range_text(field), "      ")]
    if field.help:
        lines.append(_wrapped(field.help, "      "))
    if field.shown_if:
        name = field.shown_if[0]
        values = [value for value in field.shown_if[1] if not choices.get(name) or value in choices[name]]
        lines.append(_wrapped(f"Only with {name} = {', '.join(map(str, values))}.", "      "))
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, width(), initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def described(info: MethodInfo) -> dict[str, Any]:
    """A method as an object of --json."""
    return {
        "id": info.id,
        "title": info.title,
        "family": info.family,
        "summary": info.summary,
        "paper": info.paper,
        "origin": info.origin,
        "inputs": list(info.inputs),
        "optional_inputs": list(info.optional),
        "needs": sorted(info.needs),
        "settings": [dataclasses.asdict(field) for field in fields(info.settings)],
    }


def value_text(value: Any) -> str:
    """A value as it is written on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "(none)"
    return "none" if value is None else str(value) or "(none)"


def _range_text(field: FieldInfo) -> str:
    if field.kind == "choice":
        return "one of " + ", ".join(str(value) for value, _ in field.choices)
    if field.kind == "bool":
        return "true or false"
    low = None if field.minimum is None else f"{'more than' if field.exclusive_minimum else 'from'} {field.minimum:g}"
    high = None if field.maximum is None else f"{'less than' if field.exclusive_maximum else 'to'} {field.maximum:g}"
    words: dict[str, str] = {"int": "whole number", "float": "number", "dataset": "text"}
    word = "list with commas" if field.is_list else words.get(field.kind, field.kind)
    unit = "or a percentage" if field.share else field.unit
    return " ".join(word for word in (word, low, high, unit) if word)
