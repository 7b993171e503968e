"""The short words of the engine that a window shows, for translators: names of methods, settings and their choices,
metrics, plots, facts of a model, export formats, what is being done. All but words of plots and of work come from the
registries, so a new method's are among them; those of plug-ins are not.

The engine itself says everything in English. A program in another language translates where it shows a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.architecture.structure import FACTS, FORMATS, YES_NO
from engine.contracts.inspection import CONCERNS, NOT_NUMBERS
from engine.contracts.metrics import METRICS, OF_LAYERS, metric_title
from engine.contracts.rotation import PLACES
from engine.contracts.settings import Settings, fields
from engine.export.base import ExportFormat
from engine.export.registry import formats
from engine.methods import plot_words, work_words
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import methods
from engine.pipeline.document import Evaluation, PipelineSettings
from engine.pipeline.templates import templates
from engine.record.comparison import VERDICT_WORDS
from engine.record.results import COLUMN_TITLES, DIFFERENCES
from engine.record.run_data import FIRST, LAST
from engine.record.timing import LEAST_REMAINING, REMAINING


def short_words() -> list[str]:
    """Each of them once, in alphabetical order."""
    return sorted({word for word in _words() if any(letter.isalpha() for letter in word)})


def summaries() -> list[str]:
    """One sentence on each method, each export format and each template."""
    sentences = {template.pipeline.description for template in templates()}
    sentences.update(info.summary for info in _methods())
    return sorted(sentences.union(entry.summary for entry in _formats()))


def help_texts() -> list[str]:
    """Explanations of settings and metrics."""
    of_settings = (field.help for settings in _settings() for field in fields(settings))
    return sorted({metric.help for metric in (*METRICS, *OF_LAYERS)}.union(of_settings))


def _words() -> Iterator[str]:
    yield from FAMILY_TITLES.values()
    yield from (info.title for info in _methods())
    yield from (entry.title for entry in _formats())
    for metric in (*METRICS, *OF_LAYERS):
        yield from (metric.title, metric.short)
    yield from map(metric_title, (*FIRST, *LAST))
    yield from PLACES.values()
    yield from (REMAINING, LEAST_REMAINING)
    yield from (*plot_words.WORDS, *work_words.WORDS)
    yield from (*FACTS, *FORMATS.values(), *YES_NO)
    yield from (template.pipeline.name for template in templates())
    yield from (*COLUMN_TITLES.values(), *DIFFERENCES, *VERDICT_WORDS)
    yield from (remark.word for remark in (NOT_NUMBERS, *(remark for _, _, remark in CONCERNS)))
    for settings in _settings():
        yield from settings.presets()
        for field in fields(settings):
            yield from (field.title, field.section, field.unit)
            yield from (label for value, label in field.choices if label != str(value))


def _methods() -> list[MethodInfo]:
    """Those of this program: what is extracted must not depend on the plug-ins of whoever does it."""
    return [info for info in methods().values() if not info.origin]


def _formats() -> list[ExportFormat]:
    return [entry for entry in formats().values() if not entry.origin]


def _settings() -> Iterator[type[Settings]]:
    """All that a form shows: of pipelines, methods and exports."""
    yield from (PipelineSettings, Evaluation)
    yield from (info.settings for info in _methods())
    yield from (entry.options for entry in _formats())
