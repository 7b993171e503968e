"""Write the pages about claims from the rows that ship with the program; take rows of a workspace over into these.

    python tests/benchmarks/claims.py page
    python tests/benchmarks/claims.py take [FILE]

The rows are measured by ``compression-studio claims run``. ``take`` adds those of FILE, by default of the workspace,
that are newer than what ships, and of a claim that there is. README.md gets the verdicts, claims.md all that was
measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.claims.page import OLD, OLD_NOTE, as_markdown, verdict_text  # noqa: E402
from engine.claims.plan import claims_of, judged, planned  # noqa: E402
from engine.claims.rows import append, bundled, own, read  # noqa: E402
from engine.contracts.claims import SAMPLE, VERDICTS, Judged, Row  # noqa: E402
from engine.record.home import Home  # noqa: E402

README = ROOT / "README.md"
PAGE = ROOT / "resources" / "claims" / "claims.md"
START, END = "<!-- claims -->\n", "<!-- end of claims -->\n"
ABOUT = """# What the papers claim, and what is shown

Made by `python tests/benchmarks/claims.py page` from [the rows](rows.jsonl), which
`compression-studio claims run` measures on the bundled sample model and, with `--model`, on others. A claim is shown
where the 95 % interval of each of its comparisons (Student's t, paired by seed) lies within the bounds that it sets,
contradicted where one lies outside, and not shown otherwise.

"""
FINGERPRINTS = {"SmolLM2-135M": "74e9545437891ff414e46339b98436dd0d4cc02d12453228a15d3902ec9b3f12"}
"""Name -> fingerprint of other models whose rows ship with the program; the pages are made without their files."""


def every(model: str = SAMPLE) -> list[Judged]:
    """All claims on the sample, as the rows that ship with the program say. Of another model: those whose rows are
    enough for a verdict, but for what is measured without a model."""
    rows, fingerprint = read(bundled()), FINGERPRINTS.get(model)
    claims = [judged(claim, model, rows, fingerprint=fingerprint) for claim in claims_of([], model)]
    if model == SAMPLE:
        return claims
    return [one for one in claims if one.verdict != "not measured" and not any(arm.probe for arm in one.claim.arms)]


def counts(claims: Sequence[Judged]) -> str:
    """How many claims have each verdict."""
    numbers = ((verdict, sum(one.verdict == verdict for one in claims)) for verdict in VERDICTS)
    return ", ".join(f"{count} {verdict}" for verdict, count in numbers if count)


def verdicts(claims: Sequence[Judged]) -> str:
    """The short table of README.md, with a column for each model."""
    others = {model: every(model) for model in FINGERPRINTS}
    said = "; ".join([counts(claims), *(f"{name}: {counts(each)}" for name, each in others.items())])
    lines = [
        f"{said}.",
        "",
        f"| section | claim | sample | {' | '.join(others)} |",
        "|---|---|---|" + "---|" * len(others),
    ]
    for one in claims:
        same = [[verdict_text(other) for other in each if other.claim.id == one.claim.id] for each in others.values()]
        cells = " | ".join([verdict_text(one), *(each[0] if each else "" for each in same)])
        lines.append(f"| {one.claim.section} | {one.claim.sentence} | {cells} |")
    is_old = any(one.outdated for each in (claims, *others.values()) for one in each)
    return "\n".join([*lines, *(["", OLD_NOTE] if is_old else [])]) + "\n"


def with_verdicts(readme: str, claims: Sequence[Judged]) -> str:
    """README.md with the table between its two marks."""
    before, _, rest = readme.partition(START)
    return f"{before}{START}{verdicts(claims)}{END}{rest.partition(END)[2]}"


def whole_page(claims: Sequence[Judged]) -> str:
    """The page with all that was measured."""
    others = [f"## {model}\n\n{as_markdown(every(model))}\n" for model in FINGERPRINTS]
    return "\n".join([f"{ABOUT}{as_markdown(claims)}\n", *others])


def without_marks(page: str) -> str:
    """A page as if all rows were of the present code."""
    return page.replace(f"\n\n{OLD_NOTE}", "").replace(OLD, "")


def newest(rows: Iterable[Row]) -> list[Row]:
    """The last row of each subject among those that a claim of the catalog takes, in the order of the catalog."""
    by_subject = {row.subject: row for row in rows}
    plans = [planned(claims_of([], SAMPLE), SAMPLE)]
    plans += [planned(claims_of([], model), model, fingerprint=each) for model, each in FINGERPRINTS.items()]
    wanted = dict.fromkeys(entry.subject for plan in plans for entry in plan)
    return [by_subject[subject] for subject in wanted if subject in by_subject]


def take(file: Path) -> None:
    """Replace the rows that ship by the newest of both files."""
    rows = newest([*read(bundled()), *read(file)])
    bundled().unlink(missing_ok=True)
    for row in rows:
        append(bundled(), row)
    print(f"{len(rows)} rows")


def page() -> None:
    """Write both pages."""
    claims = every()
    PAGE.write_text(whole_page(claims), encoding="utf-8")
    README.write_text(with_verdicts(README.read_text("utf-8"), claims), encoding="utf-8")


def main() -> None:
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("page", help="write README.md and claims.md")
    verbs.add_parser("take", help="take rows over").add_argument("file", nargs="?", type=Path)
    options = parser.parse_args()
    if options.verb == "page":
        page()
    else:
        take(options.file or own(Home.default()))


__all__ = ["PAGE", "README", "every", "whole_page", "with_verdicts", "without_marks"]

if __name__ == "__main__":
    main()
