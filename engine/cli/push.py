"""``push DIR REPO``: an export goes to a repository of the hub."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.output import note, say
from engine.cli.running import job, print_json, say_open_in

if TYPE_CHECKING:
    from engine.contracts.publishing import Pushed


def push(arguments: argparse.Namespace) -> int:
    """Compare it with its record, and send it."""
    from engine.publish.push import push as send

    with job(arguments, "Push") as (progress, control):
        result = send(
            Path(arguments.folder),
            arguments.repo,
            progress,
            control.checkpoint,
            public=arguments.public,
            branch=arguments.branch,
            message=arguments.message,
            update=arguments.update,
        )
    if arguments.json:
        print_json(arguments, push=dataclasses.asdict(result))
    else:
        _show(result, arguments)
    return 0


def _show(result: Pushed, arguments: argparse.Namespace) -> None:
    say(str(result))
    for remark in result.remarks(public=arguments.public):
        note(remark)
    say_open_in(result.open_in)
