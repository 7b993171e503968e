"""Charts of a result, drawn with matplotlib where it is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.contracts.events import Curve, Grid
from engine.contracts.metrics import metric_group, metric_title, quality_of, series_title, title_of
from engine.record.run_data import RunData

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRST = ("loss", "error")
"""Charts to draw where none is named, before all others."""


def draw(data: RunData, block: str, title: str, name: str, ax: Axes | None) -> Axes:
    """Draw one chart of a block: curves of its training, a metric of its layers, or a chart of the method's own.

    Parameters
    ----------
    data: the events of the run. title: of the block. name: of the chart; "" for the first that there is.
    ax: the axes to draw on; None for new ones.

    Raises
    ------
    BadInput: no such chart, or matplotlib is not installed.
    """
    names = charts(data, block)
    if not names:
        raise BadInput("There is nothing to draw", where=title, why="the block reported neither layers nor curves")
    name = name or next((first for first in FIRST if first in names), names[0])
    if name not in names:
        raise BadInput(f"Unknown chart '{name}'", where=title, advice=likely(name, names))
    ax = ax or _new_axes()
    if (block, name) in data.plots:
        _draw_own(data.plots[block, name], ax)
        ax.set_title(name)
    elif any(group == name for group in _groups(data, block)):
        _draw_curves(data, block, name, ax)
    else:
        _draw_layers(data, block, name, ax)
    return ax


def charts(data: RunData, block: str) -> list[str]:
    """The names of all charts of a block: curves of a training, charts of the method's own, metrics of layers."""
    layers = data.ordered_layers(block)
    metrics = dict.fromkeys(name for event in layers for name in event.metrics)
    own = [chart for plotted, chart in data.plots if plotted == block]
    return list(dict.fromkeys([*_groups(data, block), *own, *metrics]))


def _groups(data: RunData, block: str) -> list[str]:
    return list(dict.fromkeys(metric_group(name) for measured, name in data.metrics if measured == block))


def draw_sweep(rows: Sequence[tuple[Mapping[str, Any], Mapping[str, float]]], name: str, ax: Axes | None) -> Axes:
    """Draw a metric against the first swept setting, with a line for each combination of the others.

    Parameters
    ----------
    rows: (swept settings, metrics) of each variant. name: of the metric; "" for the quality, else the size.
    """
    measured = list(dict.fromkeys(metric for _, metrics in rows for metric in metrics))
    name = name or next((quality for _, metrics in rows if (quality := quality_of(metrics))), "size_bytes")
    if name not in measured:
        raise BadInput(f"'{name}' was not measured", advice=likely(name, measured))
    ax = ax or _new_axes()
    swept = next(iter(rows[0][0]))
    lines: dict[str, list[tuple[Any, float]]] = {}
    for settings, metrics in rows:
        label = ", ".join(f"{key}={value}" for key, value in settings.items() if key != swept)
        if name in metrics:
            lines.setdefault(label, []).append((settings[swept], metrics[name]))
    is_number = all(isinstance(value, int | float) for line in lines.values() for value, _ in line)
    for label, line in lines.items():
        x = [value if is_number else str(value) for value, _ in line]
        ax.plot(x, [value for _, value in line], marker="o", label=label)
    _finish(ax, swept, title_of(name), legend=len(lines) > 1)
    return ax


def _draw_layers(data: RunData, block: str, name: str, ax: Axes) -> None:
    layers = [event for event in data.ordered_layers(block) if name in event.metrics]
    places = range(len(layers))
    ax.bar(places, [event.metrics[name] for event in layers])
    ax.set_xticks(places, [event.layer for event in layers], rotation=90, fontsize="x-small")
    _finish(ax, "", title_of(name))


def _draw_curves(data: RunData, block: str, name: str, ax: Axes) -> None:
    curves = {
        key: curve for (owner, key), curve in data.metrics.items() if owner == block and metric_group(key) == name
    }
    for key, curve in curves.items():
        ax.plot(
            curve.x, curve.y, marker="." if len(curve) == 1 else "", label=series_title(key.partition("/")[2] or key)
        )
    _finish(ax, "Step", metric_title(name), legend=len(curves) > 1)


def _draw_own(series: Mapping[str, Curve | Grid], ax: Axes) -> None:
    """The curves of a chart together, or its first grid as a heat map."""
    for title, item in series.items():
        if isinstance(item, Grid):
            image = ax.imshow(item.values, aspect="auto", vmin=item.low, vmax=item.high)
            ax.figure.colorbar(image, ax=ax, label=item.unit)
            _finish(ax, item.column_title, item.row_title)
            return
        ax.plot(item.x, item.y, label=title)
        ax.set_xscale("log" if item.log_x else "linear")
        ax.set_yscale("log" if item.log_y else "linear")
        _finish(ax, item.x_title, item.y_title, legend=len(series) > 1)


def _finish(ax: Axes, x_title: str, y_title: str, *, legend: bool = False) -> None:
    ax.set_xlabel(x_title)
    ax.set_ylabel(y_title)
    if legend:
        ax.legend(fontsize="small")


def _new_axes() -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise BadInput(
            "A plot needs matplotlib", why="it is not installed", advice="run pip install matplotlib"
        ) from None
    return pyplot.figure(layout="constrained").add_subplot()
