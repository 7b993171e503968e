"""Formats that a model can be exported as, with the size of each, before anything is written."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from engine.base.errors import BadInput
from engine.base.human import bytes_text
from engine.cli.output import note, say, say_json
from engine.contracts.commands import FormatInfo
from engine.contracts.metrics import value_text


def list_formats(artifact: Path, arguments: argparse.Namespace) -> int:
    """Every format with its exact size, or ``arguments.format`` with its options."""
    infos = _infos(artifact, arguments)
    if arguments.json:
        rows = [{**_plain(info), "default": info is infos[0] and arguments.format is None} for info in infos]
        say_json({"command": arguments.name, "status": "done", "formats": rows})
        return 0
    from engine.service.terminal import table

    possible = [info for info in infos if info.expected_bytes is not None]
    heads = ("Format", "Size", "Bits per weight", "Holds every value")
    say(table(heads, [_row(info) for info in possible]))
    for info in infos:
        if info.larger:
            note(f"{info.id}: {info.larger}.")
        elif info.expected_bytes is None:
            note(f"{info.id}: {next(str(problem) for problem in info.problems if problem.severity == 'error')}")
    return 0


def chosen_format(artifact: Path) -> str:
    """The format that is taken where none is named: the smallest that holds every value, which is said."""
    from engine.export.sizes import default_format
    from engine.service.jobs import describe_formats

    chosen = default_format(describe_formats(str(artifact)))
    if chosen is None:
        raise BadInput("No format can express this model", where=str(artifact), advice="compress it anew")
    why = "the smallest format that holds every value" if chosen.keeps_values else "the smallest format"
    note(f"{chosen.title} ({chosen.id}), {bytes_text(chosen.expected_bytes or 0)}: {why}")
    return chosen.id


def _infos(artifact: Path, arguments: argparse.Namespace) -> tuple[FormatInfo, ...]:
    from engine.cli.words import options_of
    from engine.service.jobs import describe_format, describe_formats

    if arguments.format is None:
        return describe_formats(str(artifact))
    return (describe_format(str(artifact), arguments.format, options_of(arguments.option)),)


def _row(info: FormatInfo) -> tuple[str, str, str, str]:
    bits = "" if info.bits_per_weight is None else value_text("bits_per_weight", info.bits_per_weight)
    return info.id, bytes_text(info.expected_bytes or 0), bits, "yes" if info.keeps_values else "no"


def _plain(info: FormatInfo) -> dict[str, object]:
    names = ("id", "title", "expected_bytes", "tensor_bytes", "bits_per_weight", "keeps_values", "larger")
    problems = [dataclasses.asdict(problem) for problem in info.problems]
    return {name: getattr(info, name) for name in names} | {"problems": problems}
