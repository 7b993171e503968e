"""Makes the bundled evaluation tasks: ``python make_tasks.py [FOLDER]``, by default into this folder.

Texts are the validation part of the bundled speeches, which are in the public domain (see ../corpus/README.md); all
else is drawn from a seeded generator. The same Python and the same corpus give the same bytes.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SPEECHES = HERE.parent / "corpus" / "speeches" / "validation.txt"
Record = dict[str, Any]

# fmt: off
NOUNS = [
    "river", "candle", "window", "garden", "letter", "bridge", "silver", "engine", "market", "forest", "copper",
    "basket", "winter", "harbor", "mirror", "pencil", "ladder", "stone", "carpet", "bottle", "island", "thunder",
    "blanket", "needle", "orange", "planet", "rabbit", "saddle", "tunnel", "village",
]
# fmt: on
PAIRS = {"(": ")", "[": "]", "{": "}"}


def paragraphs() -> list[list[str]]:
    """The paragraphs of the speeches as lists of sentences."""
    texts = SPEECHES.read_text("utf-8").split("\n\n")
    return [re.split(r"(?<=[.?!]) (?=[A-Z])", " ".join(text.split())) for text in texts]


def cloze(draw: random.Random) -> Iterator[Record]:
    """The last word of a passage of several sentences (as in LAMBADA, Paperno et al. 2016)."""
    found = []
    for sentences in paragraphs():
        for stop in range(2, len(sentences)):
            passage = " ".join(sentences[max(0, stop - 3) : stop + 1])
            match = re.fullmatch(r"(.*) ([a-z]{4,})[.!?]", passage)
            if match and 30 <= len(passage.split()) <= 90:
                found.append({"context": match[1], "target": f" {match[2]}"})
    return iter(draw.sample(found, min(80, len(found))))


def order(draw: random.Random) -> Iterator[Record]:
    """Which of two orders do the sentences behind a passage have?"""
    found = []
    for sentences in paragraphs():
        for start in range(0, len(sentences) - 3, 2):
            before, first, second = " ".join(sentences[start : start + 2]), *sentences[start + 2 : start + 4]
            if min(len(first), len(second)) >= 25 and len(before) + len(first) + len(second) <= 500:
                found.append((before, f" {first} {second}", f" {second} {first}"))
    for before, right, wrong in draw.sample(found, min(60, len(found))):
        label = draw.randrange(2)
        yield {"context": before, "choices": [wrong, right] if label else [right, wrong], "label": label}


def arithmetic(draw: random.Random) -> Iterator[Record]:
    """Sums and differences of numbers up to ten, behind six solved ones."""
    for _ in range(100):
        *shown, (problem, answer) = [_problem(draw) for _ in range(7)]
        lines = [f"{text} = {result}" for text, result in shown]
        yield {"context": "\n".join([*lines, f"{problem} ="]), "target": f" {answer}"}


def _problem(draw: random.Random) -> tuple[str, int]:
    first, second = draw.randint(1, 9), draw.randint(1, 9)
    if draw.random() < 0.5:
        return f"{first} + {second}", first + second
    first, second = max(first, second), min(first, second)
    return f"{first} - {second}", first - second


def brackets(draw: random.Random) -> Iterator[Record]:
    """Which of the closing brackets comes next, behind four lines that are closed?"""
    for _ in range(100):
        *shown, last = [_nested(draw) for _ in range(5)]
        closing = [PAIRS[mark] for mark in reversed(last)]
        done = draw.randrange(len(closing))
        lines = [" ".join([*marks, *(PAIRS[mark] for mark in reversed(marks))]) for marks in shown]
        begun = " ".join([*last, *closing[:done]])
        choices = [f" {mark}" for mark in PAIRS.values()]
        yield {"context": "\n".join([*lines, begun]), "choices": choices, "label": choices.index(f" {closing[done]}")}


def _nested(draw: random.Random) -> list[str]:
    return [draw.choice(list(PAIRS)) for _ in range(draw.randint(2, 4))]


def copying(draw: random.Random) -> Iterator[Record]:
    """A list of words, once more: all of the rest of it."""
    for _ in range(80):
        words = draw.sample(NOUNS, 10)
        begun = draw.randint(2, 5)
        context = f"{', '.join(words)}.\n{', '.join(words)}.\n{', '.join(words[:begun])},"
        yield {"context": context, "target": " " + ", ".join(words[begun:])}


def retrieval(draw: random.Random) -> Iterator[Record]:
    """A number that stands at a drawn place in a text of some 900 tokens."""
    sentences = [sentence for paragraph in paragraphs() for sentence in paragraph]
    for _ in range(30):
        noun, number = draw.choice(NOUNS), draw.randint(1000, 9999)
        start = draw.randrange(len(sentences))
        text: list[str] = []
        while sum(map(len, text)) < 3600:
            text.append(sentences[(start + len(text)) % len(sentences)])
        text.insert(draw.randint(1, len(text) - 1), f"The secret number of the {noun} is {number}.")
        question = f"The secret number of the {noun} is"
        yield {"context": f"{' '.join(text)} {question}", "target": f" {number}"}


TASKS: dict[str, tuple[str, Callable[[random.Random], Iterator[Record]]]] = {
    "bundled_cloze": ("loglikelihood", cloze),
    "bundled_order": ("multiple_choice", order),
    "bundled_arithmetic": ("loglikelihood", arithmetic),
    "bundled_brackets": ("multiple_choice", brackets),
    "bundled_copying": ("loglikelihood", copying),
    "bundled_retrieval": ("loglikelihood", retrieval),
}
"""Name -> the output type of lm-evaluation-harness, and what makes the records."""


def definition(name: str, kind: str, about: str) -> str:
    """The task's YAML file."""
    metrics = ("acc", "perplexity") if kind == "loglikelihood" else ("acc",)
    target = "doc_to_target: target" if kind == "loglikelihood" else "doc_to_target: label\ndoc_to_choice: choices"
    lines = [f"# {about}", f"task: {name}", "dataset_path: json", "dataset_kwargs:", "  data_files:"]
    lines += [f"    test: {name}.jsonl", "test_split: test", f"output_type: {kind}", "doc_to_text: context", target]
    lines += ['target_delimiter: ""', "num_fewshot: 0", "metric_list:"]
    for metric in metrics:
        lines += [f"  - metric: {metric}", f"    aggregation: {'mean' if metric == 'acc' else metric}"]
        lines += [f"    higher_is_better: {'true' if metric == 'acc' else 'false'}"]
    return "\n".join([*lines, "metadata:", "  version: 1", ""])


def write(folder: Path) -> None:
    """Write the files of all tasks."""
    for name, (kind, make) in TASKS.items():
        records = make(random.Random(f"{name} 1"))
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
        about = " ".join((make.__doc__ or "").split())
        (folder / f"{name}.yaml").write_text(definition(name, kind, about), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
