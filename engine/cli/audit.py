"""``audit BASE QUANTIZED``: is anyone's quantized file what it says it was made from?"""

from __future__ import annotations

import argparse
import collections
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from engine.audit.page import REMARK, as_html
from engine.base.files import refuse_existing, write_text
from engine.cli.output import note, say
from engine.cli.running import job, print_json
from engine.contracts.audit import KIND_TEXTS
from engine.service.terminal import table
from engine.version import __version__

if TYPE_CHECKING:
    from engine.contracts.audit import Audit, TensorAudit


def audit(arguments: argparse.Namespace) -> int:
    """Compare the two; 1 where something is not what a quantizer does."""
    from engine.audit.audit import audit as compare
    from engine.record.report import timestamp

    page = None if arguments.page is None else Path(arguments.page)
    if page is not None:
        refuse_existing(page, "page")
    with job(arguments, "Audit") as (progress, control):
        result = compare(arguments.base, arguments.quantized, progress, control.checkpoint)
    if page is not None:
        write_text(page, as_html(result, f"compression-studio {__version__}, {timestamp()}"))
        note(f"Page: {page}")
    if arguments.json:
        print_json(arguments, "done" if result.is_clean else "failed", audit=dataclasses.asdict(result))
    else:
        _show(result)
    return 0 if result.is_clean else 1


def _show(result: Audit) -> None:
    groups: dict[tuple[str, str], list[TensorAudit]] = collections.defaultdict(list)
    for tensor in result.tensors:
        groups[tensor.role, tensor.format or "dense"].append(tensor)
    rows = [
        (
            role,
            name,
            str(len(tensors)),
            f"{sum(x.bits for x in tensors) / len(tensors):.2f}",
            f"{max(x.relative_error for x in tensors):.3g}",
            _share([x.nearest for x in tensors]),
            ", ".join(dict.fromkeys(KIND_TEXTS[x.kind] for x in tensors)),
        )
        for (role, name), tensors in groups.items()
    ]
    say(table(("Role", "Format", "Tensors", "Bits", "Largest error", "Nearest codes", "Values"), rows, numeric=False))
    for finding in result.findings:
        say(f"{finding.severity.capitalize()}: {finding}")
    if result.is_clean:
        say(f"Nothing but what quantizers do: {len(result.tensors)} tensors, the configuration and the tokenizer.")
    note(REMARK)


def _share(shares: list[float | None]) -> str:
    counted = [share for share in shares if share is not None]
    return f"{min(counted):.1%}" if counted else ""
