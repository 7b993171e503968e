"""Tables of methods for README and the help pages, made from the registry: ``python -m engine.methods.tables FILE …``.

A page has a line ``<!-- methods -->`` (all methods) or ``<!-- methods: quantization -->`` (which block of that family
to take) and a line ``<!-- end of methods -->``; what stands between them is written anew. A test holds the pages up to
date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import methods

_TABLE = re.compile(r"(<!-- methods(?:: (\w+))? -->\n).*?(<!-- end of methods -->\n)", re.DOTALL)


def filled(page: str) -> str:
    """The page with its tables as the registry has them now. Raises `KeyError` for a family that does not exist."""

    def table(marker: re.Match[str]) -> str:
        family = marker.group(2)
        rows = _all() if family is None else _choice(family)
        return f"{marker.group(1)}\n{rows}\n{marker.group(3)}"

    return _TABLE.sub(table, page)


def _all() -> str:
    """Every method that changes a model, family by family."""
    rows = ["| | method | what it does |", "|---|---|---|"]
    for family, title in FAMILY_TITLES.items():
        first = title.lower()
        for info in _of(family):
            rows.append(f"| {first} | {info.title} | {info.summary} |")
            first = ""
    return "\n".join(rows) + "\n"


def _choice(family: str) -> str:
    """Rows of use cases and the blocks for them."""
    if family not in FAMILY_TITLES:
        raise KeyError(f"Unknown family {family!r}")
    rows = ["| you want | take |", "|---|---|"]
    for info in _of(family):
        rows += [f"| {want} | **{info.title}**{remark} |" for want, remark in info.choose_for]
    return "\n".join(rows) + "\n"


def _of(family: str) -> list[MethodInfo]:
    """Built-in methods of a family: a page must not depend on the plug-ins of whoever writes it."""
    return [info for info in methods().values() if info.family == family and not info.is_source and not info.origin]


def main(files: list[str]) -> int:
    """Rewrite the tables of these files."""
    for file in map(Path, files):
        file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
