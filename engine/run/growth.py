"""Warnings of results: larger than what they are made from (before a run, from estimates, and after it, from files),
not changed at all, worse than guessing, no longer writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.architecture.structure import GROWN, larger_than, words_by_type
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import read_header
from engine.contracts.generation import DAMAGED
from engine.contracts.metrics import COLLAPSED
from engine.contracts.problem import Expected, Problem
from engine.run.node import Node

SMALLER = ("quantization", "pruning")
"""Families whose results are expected to be smaller than what comes in."""


def growing(nodes: Mapping[str, Node], estimates: Mapping[str, Expected]) -> list[Problem]:
    """A warning for each block whose result will be larger than its source, with both sizes."""
    reasons = []
    for node in nodes.values():
        source = node.root.header if node.root is not None else None
        if node.info.family not in SMALLER or source is None or node.id not in estimates:
            continue
        size = estimates[node.id].disk_bytes
        if size <= GROWN * source.file_bytes:
            continue
        message = (
            f"The result will be larger than its source, {bytes_text(size)} against {bytes_text(source.file_bytes)}: "
            f"the source stores {words_by_type(source)}"
        )
        advice = "Choose fewer bits or a smaller share of weights, or begin with the model in 16 or 32 bits"
        reasons.append(Problem("warning", message, advice=advice, block=node.id))
    return reasons


def grown(node: Node) -> str:
    """Reason why the result of a block is larger than its source, "" if it is not, or may well be."""
    if node.info.family not in SMALLER or node.root is None or node.root.header is None:
        return ""
    return larger_than(node.root.header, read_header(node.location))


def warnings_of(node: Node, protocol: Mapping[str, Any]) -> Iterator[str]:
    """Warnings of a block that was measured by this protocol."""
    if node.entry.coverage and not node.entry.coverage["parameters"]:
        yield f"{node.title} has changed none of the parameters that it got"
    if text := grown(node):
        yield text
    if COLLAPSED in protocol:
        yield f"{node.title} has {protocol[COLLAPSED]}"
    if DAMAGED in protocol:
        yield f"{node.title} {protocol[DAMAGED]}"
