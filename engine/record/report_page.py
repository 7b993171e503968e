"""The report of a run as a page that needs nothing else: table, picture of the pipeline, curves, layers, settings."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

from engine.base.human import fixed_text, number_text, percent_text
from engine.contracts.events import Event, LayerDone
from engine.contracts.generation import generation_of
from engine.contracts.metrics import BY_NAME, metric_group, series_title, title_of
from engine.contracts.spread import spread_text
from engine.record.report import cell, columns, name_of, protocol_text
from engine.record.run_data import RunData

CARD = (216.0, 72.0)
"""Width and height of a block in the picture, in units of the canvas."""
CHART = (340.0, 150.0)
MOST_POINTS = 300
"""Points of a curve in the page; of more, evenly spread ones and the last are drawn."""
MOST_CHARTS = 6
"""Of one block."""
HUES = ("#3b82f6", "#d97706", "#16a34a", "#dc2626", "#9333ea", "#0891b2")
"""Read on white and on black."""
LAYER_COLUMNS = {
    "parameters": 0,
    "bits_per_weight": 2,
    "sparsity": 4,
    "sqnr_db": 1,
    "error": 4,
    "output_error": 4,
    "kurtosis": 2,
}
"""Metrics in the table of layers, with how many decimals."""


def as_html(report: dict[str, Any], events: Iterable[Event] = ()) -> str:
    """The page. ``events``: the log of the run, of which curves and layers are drawn."""
    names = columns(report["stages"])
    head = "".join(f"<th>{html.escape(BY_NAME[name].title)}</th>" for name in names)
    rows = "".join(_row(stage, names) for stage in report["stages"])
    error = f"<p class='error'>{html.escape(report['error']['message'])}</p>" if report.get("error") else ""
    events = list(events)
    data = RunData(events[0].run if events else None)
    data.take(events)
    return _PAGE.format(
        title=html.escape(report["name"]),
        status=html.escape(f"{report['status']}, started {report['started']}, seed {report['seed']}"),
        error=error,
        head=head,
        rows=rows,
        protocol=html.escape(protocol_text(report["stages"])),
        pipeline=_pipeline(report),
        blocks="".join(_block(stage, data) for stage in report["stages"]),
        environment=html.escape(_values(report["environment"])),
    )


def _row(stage: dict[str, Any], names: list[str]) -> str:
    cells = "".join(f"<td>{html.escape(cell(stage, name))}</td>" for name in names)
    state = "" if stage["state"] == "done" else f" <small>{html.escape(stage['state'])}</small>"
    early = f" <small>({_early(stage)})</small>" if _early(stage) else ""
    return f"<tr><th>{html.escape(name_of(stage))}{state}{early}</th>{cells}</tr>"


def _early(stage: dict[str, Any]) -> str:
    """Remark on a training that was ended before its last step, "" for others."""
    details = stage.get("details", {})
    dicts = [details_dict for details_dict in (details, *details.values()) if isinstance(details_dict, dict)]
    if not any(item.get("stopped") is True for item in dicts):
        return ""
    steps = next((found["steps"] for found in dicts if isinstance(found.get("steps"), int)), None)
    return "stopped early" if steps is None else f"stopped early, after {steps} steps"


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {_values(v) if isinstance(v, dict) else v}" for name, v in values.items())


def _block(stage: dict[str, Any], data: RunData) -> str:
    early = f"<p>{_early(stage)}</p>" if _early(stage) else ""
    groups: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for (block, name), curve in data.metrics.items():
        if block == stage["block"]:
            points = list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))
            groups.setdefault(metric_group(name), {})[name.partition("/")[2] or name] = points
    first = sorted(groups, key=lambda group: not group.endswith("loss"))[:MOST_CHARTS]
    charts = "".join(_chart(group, groups[group]) for group in first)
    return (
        f"<h3>{html.escape(stage['title'])}</h3>{early}<p>{html.escape(_values(stage['settings']))}"
        f"<br><small>{html.escape(_values(stage['made_by']))}</small></p>{_warnings(stage)}"
        f"<div class='charts'>{charts}</div>{_layers(data.ordered_layers(stage['block']))}"
        f"{_spread(stage.get('details', {}))}{_generation(stage.get('details', {}))}"
    )


def _spread(details: dict[str, Any]) -> str:
    """Error bars of perplexity and divergence, where windows were measured."""
    texts = [(title_of(name), spread_text(details, name)) for name in ("perplexity", "kl_divergence")]
    return "".join(f"<p>{html.escape(f'{title}: {text}')}</p>" for title, text in texts if text)


def _warnings(stage: dict[str, Any]) -> str:
    """Warnings of a block, and the largest layers that it left as they came."""
    left = stage.get("coverage", {}).get("left", {})
    named = ", ".join(f"{name} ({percent_text(round(share, 3))})" for name, share in left.items())
    lines = [*stage.get("warnings", ()), *([f"Largest of what stays as it came: {named}"] if named else ())]
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def _generation(details: dict[str, Any]) -> str:
    """The generation check: its reasons, its facts, and the answers side by side, folded."""
    check = generation_of(details)
    if check is None:
        return ""
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in check.reasons)
    facts = "".join(
        f"<tr><th>{html.escape(fact.title)}</th><td>{percent_text(round(fact.original, 3))}</td>"
        f"<td>{percent_text(round(fact.result, 3))}</td><td>{percent_text(round(fact.limit, 3))}</td>"
        f"<td>{'' if fact.passes else 'beyond'}</td></tr>"
        for fact in check.facts
    )
    answers = "".join(
        f"<tr><th>{html.escape(answer.name)}<br><small>{html.escape(answer.prompt)}</small></th>"
        f"<td class='words'>{html.escape(answer.original)}</td><td class='words'>{html.escape(answer.result)}"
        f"<br><small>{html.escape('; '.join(answer.remarks))}</small></td></tr>"
        for answer in check.answers
    )
    verdict = "Writes as the original" if check.verdict == "writes" else "Does not write as the original"
    return (
        f"<p>{verdict}.</p>{f'<ul>{reasons}</ul>' if reasons else ''}<details><summary>Generation check</summary>"
        f"<table><thead><tr><th>Fact</th><th>Original</th><th>Result</th><th>Limit</th><th></th></tr></thead>"
        f"<tbody>{facts}</tbody></table><table><thead><tr><th>Prompt</th><th>Original</th><th>Result</th></tr></thead>"
        f"<tbody>{answers}</tbody></table></details>"
    )


def _layers(layers: Sequence[LayerDone]) -> str:
    """A table of them, folded."""
    shown = [name for name in LAYER_COLUMNS if any(name in layer.metrics for layer in layers)]
    if not shown:
        return ""
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in shown)
    rows = "".join(
        f"<tr><th>{html.escape(layer.layer)}</th>"
        + "".join(f"<td>{_value(layer, name)}</td>" for name in shown)
        + "</tr>"
        for layer in layers
    )
    return (
        f"<details><summary>{len(layers)} layers</summary><table><thead><tr><th>Layer</th>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def _value(layer: LayerDone, name: str) -> str:
    return fixed_text(layer.metrics[name], LAYER_COLUMNS[name]) if name in layer.metrics else ""


# -- pictures ---------------------------------------------------------------------------------------------------------
def _pipeline(report: dict[str, Any]) -> str:
    """Blocks where they stand on the canvas, with the perplexity that each one left."""
    pipeline = report["pipeline"]
    blocks = {block["id"]: block for block in pipeline.get("blocks", [])}
    if not blocks:
        return ""
    stages = {stage["block"]: stage for stage in report["stages"]}
    left, top = (min(float(block[axis]) for block in blocks.values()) for axis in "xy")
    right, bottom = (max(float(block[axis]) for block in blocks.values()) for axis in "xy")
    wide, high = right - left + CARD[0] + 8, bottom - top + CARD[1] + 8
    parts = [f"<svg viewBox='-4 -4 {wide:g} {high:g}' style='max-width: {wide:g}px' role='img' aria-label='Pipeline'>"]
    for link in pipeline.get("links", []):
        if link["source"] in blocks and link["target"] in blocks:
            source, target = blocks[link["source"]], blocks[link["target"]]
            x, y = float(source["x"]) - left + CARD[0], float(source["y"]) - top + CARD[1] / 2
            u, v = float(target["x"]) - left, float(target["y"]) - top + CARD[1] / 2
            reach = max(36.0, abs(u - x) / 2)
            curve = f"M{x:g} {y:g} C{x + reach:g} {y:g} {u - reach:g} {v:g} {u:g} {v:g}"
            parts.append(f"<path d='{curve}' fill='none' stroke='#888' stroke-width='2'/>")
    for name, block in blocks.items():
        x, y = float(block["x"]) - left, float(block["y"]) - top
        stage = stages.get(name)
        title = stage["title"] if stage else block.get("title") or block["method"]
        said = " · ".join(filter(None, (cell(stage, key) for key in ("size_bytes", "perplexity")))) if stage else ""
        dashed = " stroke-dasharray='5 4'" if block.get("bypassed") else ""
        parts.append(
            f"<rect x='{x:g}' y='{y:g}' width='{CARD[0]:g}' height='{CARD[1]:g}' rx='8' fill='#8882' stroke='#888'"
            f"{dashed}/><text x='{x + 14:g}' y='{y + 30:g}' font-weight='600'>{html.escape(_cut(title, 26))}</text>"
            f"<text x='{x + 14:g}' y='{y + 52:g}' opacity='.7'>{html.escape(_cut(said, 30))}</text>"
        )
    return "".join((*parts, "</svg>"))


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _chart(title: str, curves: dict[str, list[tuple[float, float]]]) -> str:
    """Curves over steps with the ends of both axes, a legend where there are several."""
    finite = {name: [(x, y) for x, y in points if math.isfinite(y)] for name, points in curves.items()}
    finite = {name: _fewer(points) for name, points in finite.items() if points}
    if not finite:
        return ""
    xs = [x for points in finite.values() for x, _ in points]
    ys = [y for points in finite.values() for _, y in points]
    low, high, first, last = min(ys), max(ys), min(xs), max(xs)
    wide, tall = CHART[0] - 64, CHART[1] - 40
    lines = []
    for number, points in enumerate(finite.values()):
        hue = HUES[number % len(HUES)]
        places = [
            (56 + wide * (x - first) / ((last - first) or 1), 14 + tall * (1 - (y - low) / ((high - low) or 1)))
            for x, y in points
        ]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        lines.append(f"<polyline points='{drawn}' fill='none' stroke='{hue}' stroke-width='1.5'/>")
        if len(places) == 1:
            lines.append(f"<circle cx='{places[0][0]:.1f}' cy='{places[0][1]:.1f}' r='3' fill='{hue}'/>")
    names = html.escape(title.replace("_", " "))
    legend = "".join(
        f" <span style='color: {HUES[number % len(HUES)]}'>■</span> {html.escape(series_title(name))}"
        for number, name in enumerate(finite)
    )
    frame = f"M56 14 V{14 + tall:g} H{56 + wide:g}"
    return (
        f"<div><p>{names}{legend if len(finite) > 1 else ''}</p>"
        f"<svg viewBox='0 0 {CHART[0]:g} {CHART[1]:g}' width='{CHART[0]:g}' role='img' aria-label='{names}'>"
        f"<path d='{frame}' fill='none' stroke='#888'/>{''.join(lines)}"
        f"<text x='50' y='22' text-anchor='end'>{number_text(high)}</text>"
        f"<text x='50' y='{14 + tall:g}' text-anchor='end'>{number_text(low)}</text>"
        f"<text x='56' y='{CHART[1] - 8:g}'>{first:g}</text>"
        f"<text x='{56 + wide:g}' y='{CHART[1] - 8:g}' text-anchor='end'>step {last:g}</text></svg></div>"
    )


def _fewer(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Evenly spread ones, and the last."""
    step = max(1, -(-len(points) // MOST_POINTS))
    return points[::step] + ([points[-1]] if (len(points) - 1) % step else [])


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ padding: .35rem .7rem; text-align: right; border-bottom: 1px solid #8884 }}
th:first-child, td.words {{ text-align: left }}
td.words {{ vertical-align: top; width: 40% }}
h3 {{ margin: 1.6rem 0 .2rem }}
svg {{ font: 13px system-ui, sans-serif }}
svg text {{ fill: currentColor }}
.charts {{ display: flex; flex-wrap: wrap; gap: 1rem }}
.charts p {{ margin: 0 }}
summary {{ cursor: pointer }}
.error {{ color: #c33 }}
small {{ opacity: .7 }}
@media print {{ details::details-content {{ content-visibility: visible; block-size: auto }} }}
</style>
<h1>{title}</h1><p>{status}</p>{error}
{pipeline}
<table><thead><tr><th>Block</th>{head}</tr></thead><tbody>{rows}</tbody></table>
<p><small>{protocol}</small></p>
<h2>Blocks</h2>{blocks}
<h2>Environment</h2><p><small>{environment}</small></p>
</html>
"""
