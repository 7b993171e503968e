"""``replay EXPORT``: does an export come out again as its replay.json says?"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.output import note, say
from engine.cli.running import job, print_json

if TYPE_CHECKING:
    from engine.contracts.replay import Replay


def replay(arguments: argparse.Namespace) -> int:
    """Make it again and compare; 1 where it is not what it says."""
    from engine.reproduce.replay import replay as remake

    with job(arguments, "Replay") as (progress, control):
        result = remake(
            arguments.export,
            arguments.base,
            revision=arguments.revision,
            files=[Path(file) for file in arguments.file],
            layers=arguments.layers,
            device=arguments.device,
            progress=progress,
            control=control,
        )
    if arguments.json:
        status = "done" if result.is_confirmed else "failed"
        print_json(arguments, status, replay={**dataclasses.asdict(result), "confirmed": result.is_confirmed})
    else:
        for line in sentences(result):
            say(line)
        for difference in result.other_environment:
            note(f"Not as it was: {difference}")
    return 0 if result.is_confirmed else 1


def sentences(result: Replay) -> list[str]:
    """The result in words."""
    count, differing = len(result.tensors), result.differing
    what = "weights of layers" if result.mode == "partial" else "tensors"
    if not differing:
        return [f"Confirmed: all {count} {what} are equal to the bit."]
    first = differing[0]
    lines = [
        f"{count - len(differing)} of {count} {what} are equal to the bit. The first that differs is {first.name}: "
        f"{first.equal_share:.2%} of it is equal."
    ]
    if result.divergence is not None and result.loss is not None:
        lines.append(
            f"KL divergence between the two: {result.divergence:.3g} nats a token; between the base and the export: "
            f"{result.loss:.3g}."
        )
    if result.is_confirmed:
        return [*lines, "Confirmed as near: another environment explains differences of this size."]
    if not result.other_environment:
        return [*lines, "Not confirmed: nothing in the environment explains the difference."]
    return [*lines, "Not confirmed: the environment is another one, and so are the values."]
