"""``replay EXPORT``: does an export come out again as its replay.json says?"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from engine.cli.output import note, say
from engine.cli.running import job, print_json


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
        for line in result.sentences():
            say(line)
        if result.remark:
            note(result.remark)
        for difference in result.other_environment:
            note(f"Not as it was: {difference}")
    return 0 if result.is_confirmed else 1
