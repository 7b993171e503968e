"""Names of the engine in the window's language: methods, settings and their choices, metrics, results.

The engine says them in English. Here they are translated when they are shown; a name that no catalog has, such as one
of a plug-in, is shown as it is. `engine.words` lists the names, from the registries, for `studio.catalogs`.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.contracts import metrics
from engine.contracts.metrics import TARGET, series_title
from engine.contracts.settings import FieldInfo, Settings, fields
from engine.fit.words import speed_digits
from engine.methods import plot_words
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from engine.methods.search import rank
from engine.pipeline.document import Block
from engine.record import results
from engine.record.history import Result
from engine.record.results import Records
from engine.record.timing import LEAST_REMAINING, REMAINING
from studio.kit.marking import ENGINE

BESIDE = " · "
"""Between the name of a method and the settings that tell two results of it apart."""


def engine_word(text: str) -> str:
    """A name of the engine as the window shows it."""
    return QCoreApplication.translate(ENGINE, text) if text else ""


def in_sentence(text: str) -> str:
    """A name of the engine within a sentence: in small letters in English, in another language as its catalog has
    it."""
    name = engine_word(text)
    return name.lower() if name == text else name


# -- settings ----------------------------------------------------------------------------------------------------------
def window_fields(settings: type[Settings]) -> list[FieldInfo]:
    """The settings of a class, in the order of a form."""
    return [window_field(field) for field in fields(settings)]


def window_field(field: FieldInfo) -> FieldInfo:
    """A setting with all its names as the window shows them."""
    return replace(
        field,
        title=engine_word(field.title),
        help=engine_word(field.help),
        unit=engine_word(field.unit),
        section=engine_word(field.section),
        choices=_choices(field.choices),
        value_choices=_choices(field.value_choices),
    )


def _choices(choices: tuple[tuple[Any, str], ...]) -> tuple[tuple[Any, str], ...]:
    return tuple((value, engine_word(label)) for value, label in choices)


# -- metrics -----------------------------------------------------------------------------------------------------------
def metric_name(name: str) -> str:
    """The title of a metric."""
    return engine_word(metrics.title_of(name))


def metric_name_with_unit(name: str) -> str:
    """The title of a metric over numbers without their unit."""
    unit = metrics.unit_of(name)
    return f"{metric_name(name)} ({unit})" if unit else metric_name(name)


def metric_help(name: str) -> str:
    """Explanation of a metric in a sentence."""
    return engine_word(metrics.help_of(name))


def metric_chart_name(group: str) -> str:
    """The title of a chart of metrics of a training: "Learning rate", "Round 2: loss"."""
    before, colon, name = group.rpartition(": ")
    title = metrics.metric_title(name if colon else group)
    words = engine_word(title)
    if not colon:
        return words
    of = plot_word(metrics.metric_title(before))
    return f"{of}: {words if words != title else name.replace('_', ' ')}"


def plot_word(text: str) -> str:
    """A title of a plot that a method draws, or of an axis or curve of it: "Energy: q_proj", "layer 3, rank 8"."""
    if (words := engine_word(text)) != text or not text:
        return words
    head, colon, rest = text.partition(": ")
    if colon and (words := plot_word(head)) != head:
        return f"{words}: {plot_word(rest)}"
    frame, numbers = plot_words.pattern(text)
    words = engine_word(frame)
    return words.format(*numbers) if numbers and words != frame else text


def work_words(text: str) -> str:
    """The present step of a block: "Measuring layer 4 of 30", "Storing lm_head", "round 2: step 8 of 400"."""
    if (words := plot_word(text)) != text:
        return words
    head, colon, rest = text.partition(": ")
    if colon and (words := work_words(rest)) != rest:
        title = metrics.metric_title(head)
        return f"{head if plot_word(title) == title else plot_word(title)}: {words}"
    verb, space, part = text.rpartition(" ")
    frame = f"{verb} {{0}}"
    return words.format(part) if space and (words := engine_word(frame)) != frame else text


def remaining_time(text: str) -> str:
    """The time left, as a run says it: "12 s left", "more than 12 s left"."""
    for frame in (LEAST_REMAINING, REMAINING):
        before, after = frame.split("{0}")
        if text.startswith(before) and text.endswith(after):
            return engine_word(frame).format(text.removeprefix(before).removesuffix(after))
    return text


def speed_words(speed: float) -> str:
    """Tokens per second with their unit: "41.2 tokens/s"."""
    return f"{speed_digits(speed)} {engine_word('tokens/s')}"


def series_word(part: str) -> str:
    """The title of a curve of metrics within its chart: "train", "hidden, target"."""
    title = series_title(part)
    if not part.endswith(TARGET):
        return plot_word(title)
    name, comma, target = title.rpartition(", ")
    return f"{plot_word(name)}{comma}{plot_word(target)}"


def column_name(column: str) -> str:
    """The header of a column of results."""
    return engine_word(results.column_title(column))


def result_text(records: Records, result: Result, column: str) -> str:
    """A cell of a table of results."""
    text = records.text(result, column)
    return result_name(text) if column == "title" else engine_word(text) if column == "method" else text


# -- blocks ------------------------------------------------------------------------------------------------------------
def block_name(block: Block) -> str:
    """The name of a block: the one that a person gave it, else that of its method."""
    return block.title or engine_word(block.name)


def result_name(title: str) -> str:
    """The title of a result or of a block in a run, which begins with the name of its method unless a person named
    it: "Width pruning · half"."""
    head, dot, rest = title.partition(BESIDE)
    return f"{engine_word(head)}{dot}{rest}" if head in _titles() else title


def search_rank(info: MethodInfo, text: str) -> int:
    """`engine.methods.search.rank`, which finds a method by its name in the window's language too."""
    fit, name = rank(info, text), engine_word(info.title).casefold()
    if name == info.title.casefold():
        return fit
    if text.strip() and name.startswith(text.casefold().strip()):
        return 0
    if all(word in name for word in text.casefold().split()):
        return 1 if fit < 0 else min(fit, 1)
    return fit


@functools.cache
def _titles() -> frozenset[str]:
    return frozenset(info.title for info in methods().values())
