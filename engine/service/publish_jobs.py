"""Jobs about publishing: what a push would send, and the push."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.base.files import expanded
from engine.contracts.publishing import DescribePush, Push, Pushed, PushPlan
from engine.publish.plan import plan_of
from engine.publish.push import push
from engine.run.control import Control


def describe(command: DescribePush, control: Control) -> PushPlan:
    """The files of an export; their contents are compared when they are pushed."""
    return plan_of(Path(expanded(command.folder)), control.checkpoint, compare=False).described()


def send(command: Push, progress: Callable[[float, str], None], control: Control) -> Pushed:
    """Send it."""
    return push(
        Path(expanded(command.folder)),
        command.repo,
        progress,
        control.checkpoint,
        public=command.public,
        branch=command.branch,
        message=command.message,
        update=command.update,
    )
