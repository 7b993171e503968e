"""Measure tables of methods and write the page of results: one driver for all comparisons of quality, size and cost.

    python tests/benchmarks/tables.py list
    python tests/benchmarks/tables.py run TABLE [--rows LABEL …] [--seeds 0 1 2] --texts FOLDER --model NAME=PATH
    python tests/benchmarks/tables.py page

A table is a file of `tables/`: a model, texts with their numbers of windows, and rows, each a chain of methods with
their settings. In settings, "text:NAME" stands for the file of that name below ``--texts``. Every row runs in a fresh
process and is appended to rows.jsonl as soon as it is measured. Perplexity is on texts that no row calibrates on.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic
from rows import ROOT, append, is_current, rows

from engine.data.texts import is_bundled, load_text

FOLDER = Path(__file__).with_name("tables")
PAGE = Path(__file__).with_name("README.md")
START, END = "<!-- tables -->\n", "<!-- end of tables -->\n"
README = ROOT / "README.md"
BESIDE, END_BESIDE = "<!-- fits -->\n", "<!-- end of fits -->\n"
TEXT = "text:"
GOLDEN_RATIO = (5**0.5 - 1) / 2
COSTS = (
    ("MB", "size_bytes", 1e6, ".1f"),
    ("bits a weight", "bits_per_weight", 1, ".2f"),
    ("processor s", "processor_seconds", 1, ".0f"),
    ("peak MB", "peak_bytes", 1e6, ".0f"),
)
"""Title, key, unit and digits of columns."""
METRICS = {
    "perplexity": "perplexity",
    "kl_divergence": "KL, nats",
    "hidden_cosine": "cosine of hidden states",
    "loops": "loops",
    "token_flips": "sure tokens flipped",
    "reasons": "reasons",
    "acc": "accuracy",
    "acc_stderr": "±",
}
OLD = " ¹"
"""Marks a row that was measured with earlier code, or calibrated on bundled texts that are others today."""


class Table(pydantic.BaseModel, extra="forbid"):
    """One comparison. ``texts``: name -> number of windows of ``window`` tokens, or of ``unit``. ``settings``: of each
    method, in every row. ``reference``: KL divergence from the unchanged model is measured too. ``script``: the command
    that measures a table which has no rows of its own, since another program takes part. ``beside``: row -> the row
    that it is compared with in README.md. ``draws``: each seed calibrates on other samples (`drawn_text`)."""

    title: str
    about: str
    model: str
    texts: dict[str, int]
    window: int = 2048
    unit: str = ""
    seeds: list[int] = [0]
    draws: bool = False
    reference: bool = False
    settings: dict[str, dict[str, Any]] = {}
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    beside: dict[str, str] = {}
    script: str = ""

    def steps(self, row: str) -> list[tuple[str, dict[str, Any]]]:
        """The methods of a row with all their settings."""
        return [(name, {**self.settings.get(name, {}), **own}) for name, own in self.rows[row]]


def tables() -> dict[str, Table]:
    """All tables by the names of their files."""
    return {path.stem: Table.model_validate_json(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def text_file(name: str, folder: Path | None) -> str:
    """The path of a text by its name without suffix; "sample" and other bundled texts stand for themselves."""
    files = sorted(folder.rglob(f"{name}.*")) if folder else []
    return str(files[0]) if files else name


def with_files(settings: Mapping[str, Any], folder: Path | None, place: Path) -> dict[str, Any]:
    """Settings whose "text:NAME" are paths; "text:A+B+C" is that of a file with A, and as much of B and C together,
    "text:A,B,C" that of a folder with all of them, whose files take turns. ``place``: where those are written."""

    def path(names: str) -> str:
        if "," in names:
            return folder_of_texts([text_file(name, folder) for name in names.split(",")], place)
        first, *others = (text_file(name, folder) for name in names.split("+"))
        return joined_text(first, others, place) if others else first

    return {
        key: path(value.removeprefix(TEXT)) if isinstance(value, str) and value.startswith(TEXT) else value
        for key, value in settings.items()
    }


def joined_text(first: str, others: Sequence[str], place: Path) -> str:
    """The path of a file with the first text, and behind it equal parts of the others, as long together."""
    text = load_text(first, "train").text
    parts = [load_text(other, "train").text[: len(text) // len(others)] for other in others]
    file = place / f"{'+'.join(Path(name).stem for name in (first, *others))}.txt"
    file.write_text("\n\n".join([text, *parts]), encoding="utf-8")
    return str(file)


def parts_of(text: str) -> list[str]:
    """The names of texts in a setting, see `with_files`."""
    return re.split("[,+]", text.removeprefix(TEXT))


def bundled_hashes(steps: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Name -> SHA-256 of the bundled texts that a row calibrates or trains on, also as parts of "text:A,B" or "A+B"."""
    words = {word for _, own in steps for word in parts_of(own.get("text", "")) if is_bundled(word)}
    return {word: load_text(word, "train").sha256 for word in sorted(words)}


def folder_of_texts(names: Sequence[str], place: Path) -> str:
    """The path of a folder with a file for each text."""
    folder = Path(tempfile.mkdtemp(dir=place))
    for name in names:
        (folder / f"{Path(name).stem.replace(':', '-')}.txt").write_text(load_text(name, "train").text, "utf-8")
    return str(folder)


def drawn_text(name: str, seed: int, folder: Path) -> str:
    """The text that a seed calibrates on: ``name`` itself for seed 0, else a file in ``folder`` with the same text
    begun elsewhere, so that samples which are spread evenly over it are others. Multiples of the golden ratio lie far
    apart."""
    if not seed:
        return name
    text = load_text(name, "train").text
    begin = int(len(text) * (seed * GOLDEN_RATIO % 1))
    file = folder / f"{Path(name).stem}-{seed}.txt"
    file.write_text(f"{text[begin:]}\n\n{text[:begin]}", encoding="utf-8")
    return str(file)


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Run one row in this process. Seconds are those of the methods with loading and storing, in a workspace of the
    row's own: nothing of an earlier run is taken from a store. ``source``, where the
    request has it: the model that the methods begin with, in the place of the one that results are held against."""
    import engine

    place = Path(request["folder"])
    model: Any = request.get("source", request["model"])
    steps = [(name, settings) for name, settings in request["steps"]]
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    cost: dict[str, Any] = {}
    if steps:
        model = engine.compress(
            model,
            steps,
            evaluation=None,
            seed=request["seed"],
            home=place / "home",
            folder=place / "run",
            progress=False,
        )
        after = resource.getrusage(resource.RUSAGE_SELF)
        cost["seconds"] = time.perf_counter() - wall
        cost["processor_seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cost["peak_bytes"] = after.ru_maxrss * 1024
    results = {}
    for name, (path, windows) in request["texts"].items():
        reference = request["model"] if request["reference"] and (steps or "source" in request) else None
        measured = engine.evaluate(
            model, path, reference=reference, window_size=request["window"], num_windows=windows, progress=False
        )
        keys = ("perplexity", "kl_divergence", "top1_agreement", "hidden_cosine")
        results[name] = {
            "windows": windows,
            "sha256": measured.protocol["sha256"],
            **{key: measured.metrics[key] for key in keys if key in measured.metrics},
        }
        cost |= {key: measured.metrics[key] for key in ("size_bytes", "bits_per_weight")}
    return {"texts": results, **cost}


def measure_apart(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `measure` from a fresh process. Raises `RuntimeError` with the last line of what it wrote."""
    command = [sys.executable, str(Path(__file__).resolve()), "row", json.dumps(request)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def run(name: str, options: argparse.Namespace) -> None:
    """Measure rows of a table, each in a process of its own."""
    table = tables()[name]
    models = dict(pair.split("=", 1) for pair in options.model)
    for seed in options.seeds or table.seeds:
        for row in options.rows or table.rows:
            with tempfile.TemporaryDirectory() as folder:
                steps = [(method, with_files(own, options.texts, Path(folder))) for method, own in table.steps(row)]
                for _, own in steps:
                    if table.draws and "text" in own:
                        own["text"] = drawn_text(own["text"], seed, Path(folder))
                request = {
                    "model": models.get(table.model, table.model),
                    "steps": steps,
                    "seed": seed,
                    "folder": folder,
                    "window": table.window,
                    "reference": table.reference,
                    "texts": {text: (text_file(text, options.texts), count) for text, count in table.texts.items()},
                }
                try:
                    measured = measure_apart(request)
                except RuntimeError as error:
                    print(f"{row}: {error}", file=sys.stderr, flush=True)
                    continue
            if bundled := bundled_hashes(table.steps(row)):
                measured["bundled_texts"] = bundled
            append(name, row, [method for method, _ in steps], seed, measured)
            print(row, measured["texts"], flush=True)


def mean(values: list[float]) -> str:
    """The mean, with the standard deviation where there are several."""
    digits = ".4f" if values[0] < 1 else ".2f" if values[0] < 1000 else ".3g"
    spread = f" ± {statistics.stdev(values):{digits}}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):{digits}}{spread}"


def section(name: str, table: Table, marks: bool = True) -> str:
    """One table as Markdown; rows that were never measured are named below it. ``marks``: mark what is `OLD`."""
    measured: dict[str, list[dict[str, Any]]] = {}
    for entry in rows(name):
        measured.setdefault(entry["row"], []).append(entry)
    parts = [f"## {table.title}", table.about]
    if measured:
        parts += [_grid(table, measured, marks), _provenance(name, table, [e for m in measured.values() for e in m])]
    absent = [row for row in table.rows if row not in measured]
    parts += _other_bytes(table, measured)
    if absent:
        parts.append(
            f"Not measured yet: {'; '.join(absent)}." if measured else f"Not measured yet: {len(absent)} rows."
        )
    return "\n\n".join(parts) + "\n"


def _grid(table: Table, measured: Mapping[str, list[dict[str, Any]]], marks: bool) -> str:
    """The rows of a table in Markdown."""
    columns = [(text, key) for text in table.texts for key in _shown(text, measured)]
    costs = [cost for cost in COSTS if any(cost[1] in entry for entries in measured.values() for entry in entries)]
    heads = [f"{text}: {METRICS[key]}" for text, key in columns] + [title for title, *_ in costs]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    for row in [row for row in table.rows or measured if row in measured]:
        entries = measured[row]
        cells = [
            mean([entry["texts"][text][key] for entry in entries]) if _has(entries, text, key) else ""
            for text, key in columns
        ]
        cells += [f"{entries[0][key] / unit:{digits}}" if key in entries[0] else "" for _, key, unit, digits in costs]
        bundled = bundled_hashes(table.steps(row)) if row in table.rows else {}
        old = marks and not all(is_current(e) and e.get("bundled_texts", {}) == bundled for e in entries)
        lines.append(f"| {row}{OLD * old} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _provenance(name: str, table: Table, entries: list[dict[str, Any]]) -> str:
    """Model, windows, seeds, machines, versions, dates and the command, in one paragraph."""
    texts = ", ".join(f"{count} of {text}" for text, count in table.texts.items())
    seeds = sorted({entry["seed"] for entry in entries})
    machines = "; ".join(sorted({entry["machine"] for entry in entries}))
    packages = [{"torch": entry["libraries"]["torch"], **entry.get("peer", {})} for entry in entries]
    named = {f"{name} {version}" for each in packages for name, version in each.items() if name != "transformers"}
    versions = ", ".join(sorted(named))
    dates = " to ".join(dict.fromkeys((min(e["date"] for e in entries), max(e["date"] for e in entries))))
    unit = table.unit or f"windows of {table.window} tokens"
    return (
        f"{table.model}, {unit}, {texts}; seed {', '.join(map(str, seeds))}. {machines}; "
        f"{versions}; {dates}. `{table.script or f'tables.py run {name}'}`"
    )


def _other_bytes(table: Table, measured: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """A sentence for each text whose bytes were not the same in all rows, and one about rows that name no hash of
    their texts."""
    sentences, unknown = [], dict[str, None]()
    entries = [entry for of_row in measured.values() for entry in of_row]
    if entries and not any("sha256" in text for entry in entries for text in entry["texts"].values()):
        return ["No row has a hash of the texts' bytes."]
    for text in table.texts:
        rows_of: dict[str, list[str]] = {}
        for row, entries in measured.items():
            for entry in entries:
                rows_of.setdefault(entry["texts"].get(text, {}).get("sha256", ""), []).append(row)
        if len(rows_of) > 1:
            unknown |= dict.fromkeys(rows_of.pop("", []))
        if len(rows_of) > 1:
            sentences.append(f"On other bytes of {text} than most rows: {'; '.join(min(rows_of.values(), key=len))}.")
    if unknown:
        sentences.append(f"Without a hash of the texts' bytes: {'; '.join(unknown)}.")
    return sentences


def _shown(text: str, measured: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    every = [entry for entries in measured.values() for entry in entries]
    return [key for key in METRICS if any(key in entry["texts"].get(text, {}) for entry in every)]


def _has(entries: list[dict[str, Any]], text: str, key: str) -> bool:
    return all(key in entry["texts"].get(text, {}) for entry in entries)


def with_pairs(readme: str) -> str:
    """README.md with the rows that are compared there, those of which both are measured, between its two marks."""
    heads = "model | at most the bytes of | KL, nats a token | fitted | MB | fitted | windows a text, draws"
    lines = [f"| {heads} |", "|---|---|---|---|---|---|---|"]
    for name, table in tables().items():
        measured = {entry["row"]: entry for entry in rows(name)}
        for row, other in table.beside.items():
            if {row, other} <= measured.keys():
                pair = measured[other], measured[row]
                divergences = (_divergences(table, entry) for entry in pair)
                sizes = (f"{entry['size_bytes'] / 1e6:.1f}" for entry in pair)
                counts = " / ".join(map(str, table.texts.values()))
                cells = [table.model, other, *divergences, *sizes, f"{counts}, {len(table.seeds)}"]
                lines.append(f"| {' | '.join(cells)} |")
    before, _, rest = readme.partition(BESIDE)
    body = "\n".join(lines)
    return f"{before}{BESIDE}\n{body}\n\n{END_BESIDE}{rest.partition(END_BESIDE)[2]}"


def _divergences(table: Table, entry: Mapping[str, Any]) -> str:
    """KL divergence on each text: "0.1757 / 0.1629"."""
    return " / ".join(f"{entry['texts'][text]['kl_divergence']:.4f}" for text in table.texts)


def page() -> None:
    """Write all tables into the page, and those that README.md shows there, between their marks."""
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), encoding="utf-8")
    README.write_text(with_pairs(README.read_text("utf-8")), encoding="utf-8")


def with_tables(page: str, marks: bool = True) -> str:
    """The page with all tables between its two marks."""
    before, _, rest = page.partition(START)
    after = rest.partition(END)[2]
    body = "\n".join(section(name, table, marks) for name, table in tables().items())
    return f"{before}{START}{body}{END}{after}"


def main() -> None:
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="names of the tables and their rows")
    verbs.add_parser("page", help="write README.md from the rows")
    verbs.add_parser("row").add_argument("request")
    one = verbs.add_parser("run", help="measure a table")
    one.add_argument("table", choices=tables())
    one.add_argument("--rows", nargs="*", help="some of its rows")
    one.add_argument("--seeds", nargs="*", type=int)
    one.add_argument("--texts", type=Path, help="folder of the texts")
    one.add_argument("--model", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args()
    if options.verb == "list":
        for name, table in tables().items():
            print(f"{name}: {table.title}\n  " + "\n  ".join(table.rows))
    elif options.verb == "row":
        print(json.dumps(measure(json.loads(options.request))))
    elif options.verb == "page":
        page()
    else:
        run(options.table, options)


if __name__ == "__main__":
    main()
