"""A run's block as its card shows it: state, facts compared with the source, picture. No widgets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from engine.architecture.structure import GROWN
from engine.base.human import bytes_text, count_text, duration_text, number_text, percent_text
from engine.contracts.commands import ModelFacts
from engine.contracts.grading import BROKEN, Grade, Graded
from engine.contracts.metrics import (
    BY_NAME,
    SHARES,
    SHORT,
    is_collapsed,
    metric_text,
    metrics_words,
    quality_of,
    value_text,
)
from engine.pipeline.document import Pipeline
from engine.record.report import WEIGHTS
from engine.record.state import FINISHED, BlockRun, RunState
from studio.canvas.describe import BlockState, Fact
from studio.engine_words import remaining_time, work_words
from studio.states import GRADE_TOKENS


def trains(pipeline: Pipeline, block_id: str) -> bool:
    """True if a block's method trains step by step and can be stopped early."""
    info = pipeline.block(block_id).info
    return info is not None and "training" in info.needs


def marked(state: BlockState, mark: BlockState) -> BlockState:
    """A block of a run with what is wrong with it now."""
    if not mark.badge or mark.badge in state.badge:
        return state
    badge = "\n".join(filter(None, (state.badge, mark.badge)))
    error = mark.state == "unconfigured"
    return replace(state, state=mark.state if error or state.state in ("done", "cached") else state.state, badge=badge)


def block_state(run: RunState, block: BlockRun) -> BlockState:
    """The state of a block's card."""
    running = block.state in ("running", "paused", "cancelling")
    text = ""
    if running:
        now = time.time()
        text = remaining_time(block.left_text(now)) or duration_text(block.seconds(now))
        if block.stopping:
            text = QCoreApplication.translate("Card", "stopping…")
    elif block.state in ("done", "cached"):
        text = " · ".join(filter(None, (block.note, duration_text(block.elapsed) if block.elapsed else "")))
    source = run.source_of(block)
    badge = [str(block.failure)] if block.failure is not None else [*block.warnings]
    if block.stale and block.state not in FINISHED:
        badge.append(
            QCoreApplication.translate(
                "Card", "Changed since the run began: the run continues with its original settings."
            )
        )
    state, graded = block.shown_state, run.grade(block)
    if source is not None and (larger := growth(block, source)):
        badge += [] if any("larger than its source" in line for line in badge) else [larger]  # said with the reason
        state = "warning" if state in ("done", "cached") else state
    info = run.pipeline.block(block.id).info
    return BlockState(
        state,
        block.fraction if running else None,
        text,
        "\n".join(badge),
        " · ".join(filter(None, (metrics_words(block.metrics, block.protocol), block.protocol.get(WEIGHTS)))),
        facts(block, source, graded) if source is not None else (),
        block.digest.glance(info.family if info is not None else "", running=running),
        graded.grade if graded is not None else None,
        graded.reason if graded is not None else "",
        work_words(block.text) if running else "",
        facts(block) if source is None else (),
    )


def model_line(model: ModelFacts) -> str:
    """Parameters, bits, context and architecture of a model, as far as they are known."""
    size = count_text(model.parameters) if model.parameters else ""
    bits = QCoreApplication.translate("Card", "{0} bits").format(f"{model.bits:.3g}") if model.bits else ""
    tokens = f"{model.context // 1024}K" if model.context % 1024 == 0 else str(model.context)
    context = QCoreApplication.translate("Card", "context {0}").format(tokens) if model.context else ""
    name = model.architecture.removesuffix("ForCausalLM").removesuffix("LMHeadModel")
    return " · ".join(filter(None, (size, bits, context, name)))


def result_grade(run: RunState) -> Grade | None:
    """Grade of the last result of a run, None while there is none to judge."""
    results = [block for block in run.results() if block.metrics]
    graded = run.grade(results[-1]) if results else None
    return graded.grade if graded is not None else None


def growth(block: BlockRun, source: BlockRun) -> str:
    """A sentence if the result is larger than the source, else ""."""
    size, former = block.metrics.get("size_bytes", 0.0), source.metrics.get("size_bytes", 0.0)
    if not former or size <= GROWN * former:
        return ""
    text = QCoreApplication.translate("Card", "Larger than the source: {size}, up from {former}.")
    return text.format(size=bytes_text(size), former=bytes_text(former))


def facts(block: BlockRun, source: BlockRun | None = None, graded: Graded | None = None) -> tuple[Fact, ...]:
    """Size and its ratio, quality and its difference, coverage: as far as they were measured. Without a source nothing
    is held against another."""
    facts = []
    before = source.metrics if source is not None else {}
    size = block.metrics.get("size_bytes")
    if size is not None:
        former = before.get("size_bytes", 0.0)
        ratio = size / former if former else 0.0
        tone = "warning" if ratio > GROWN else "success" if ratio < 1 / GROWN else "muted"
        change, short = (f"× {number_text(ratio, digits)}" if ratio else "" for digits in (3, 2))
        facts.append(Fact(bytes_text(size), change, tone, short_change=short))
    name = quality_of(block.metrics)
    if name is not None:
        facts.append(_quality(name, block, before, graded))
    if "coverage" in block.metrics:
        covered = QCoreApplication.translate("Card", "{share} compressed")
        share = round(block.metrics["coverage"], 3)
        facts.append(Fact(covered.format(share=percent_text(share)), share=share))
    return tuple(facts)


def _quality(name: str, block: BlockRun, source: Mapping[str, float], graded: Graded | None) -> Fact:
    value = metric_text(name, block.metrics, block.protocol)
    if is_collapsed(name, block.protocol):
        return Fact(value, "", "error")
    if name in SHORT:
        value = f"{SHORT[name]} {value}"
    before = source.get(name)
    if before is None:
        return Fact(value)
    change = block.metrics[name] - before
    same = abs(change) < 5e-4 * abs(before)
    better = (change > 0) == (BY_NAME[name].better == "higher")
    tone = GRADE_TOKENS[graded.grade] if graded is not None and graded.grade != "good" else "text"
    tone = "muted" if same else "success" if better else tone
    if name == "perplexity" and before > 0 and block.metrics[name] >= BROKEN * before:
        ratio = block.metrics[name] / before  # a difference says little here, nor do decimals
        short = f"{SHORT[name]} {number_text(block.metrics[name], 3)}"
        return Fact(value, f"× {number_text(ratio, 3)}", tone, f"× {number_text(ratio, 2)}", short_value=short)
    amount = number_text(100 * abs(change), 2) + " pp" if name in SHARES else value_text(name, abs(change))
    return Fact(value, "±0" if same else f"{'+' if change > 0 else '−'}{amount}", tone)
