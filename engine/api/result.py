"""Results of runs: metrics, artifacts, layers, plots, exports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.api.far import weights_of
from engine.api.names import PathLike
from engine.api.plots import draw, draw_sweep
from engine.api.tables import Rows, frame
from engine.api.writing import export_folder
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.base.table import Table
from engine.contracts.commands import Verified
from engine.contracts.metrics import BY_NAME, metric_text, title_of
from engine.models.loading import load
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.report import columns
from engine.record.run_data import RunData
from engine.record.run_list import drawn_before

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class BlockResult:
    """The result of one block of a run.

    Attributes
    ----------
    block, method, title: its id in the pipeline, its method's id, its name.
    settings: all of them, defaults too.
    metrics: by name: "perplexity", "kl_divergence" (nats a token), "top1_agreement" (0..1), "size_bytes",
        "bits_per_weight", "seconds", "peak_memory_bytes" and others (`engine.contracts.metrics`).
    protocol: how they were measured: text, windows, dtype.
    warnings: sentences.
    artifact: the folder with the compressed model; that of a source is the model itself. A model that another machine
        made is there after `fetched`.
    run_folder: the files of the run.
    """

    block: str
    method: str
    title: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    protocol: dict[str, Any]
    warnings: tuple[str, ...]
    artifact: Path
    home: Home
    run_folder: Path

    @property
    def layers(self) -> DataFrame | Rows:
        """A row for each layer that the method reported, in order of execution: its name and its metrics, as far as
        they were measured: bits_per_weight, error (relative Frobenius norm), sqnr_db, kurtosis, sparsity and those of
        the method's own. A DataFrame where pandas is installed, else a list of dicts."""
        events = self._data().ordered_layers(self.block)
        return frame({"layer": event.layer, **event.metrics} for event in events)

    def model(self, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu") -> PreTrainedModel:
        """The model as one of transformers, ready to run: see `engine.load`."""
        return load(self.fetched(), dtype=dtype, device=device)

    def fetched(self) -> Path:
        """The folder with the model; one that another machine made is fetched first."""
        return weights_of(self.run_folder, self.home, self.block, self.artifact)

    def export(self, format: str, folder: PathLike, *, progress: bool = True, **options: Any) -> Verified:
        """Write the model for other programs: see `engine.export`."""
        return export_folder(self.fetched(), format, Path(folder), self.home, options, progress)

    def plot(self, name: str = "", *, ax: Axes | None = None) -> Axes:
        """Draw a chart of this block with matplotlib.

        Parameters
        ----------
        name: a metric of the layers ("error", "kurtosis"), curves of a training ("loss"), or a chart of the method's
            own by its title ("Singular values"); "" for the first of loss, error and the others that there is.
        ax: axes of matplotlib to draw on; by default new ones.

        Returns
        -------
        Axes: to be shown, saved (``.figure.savefig``) or changed.

        Raises
        ------
        BadInput: there is no such chart (the message names those that there are), or matplotlib is not installed.
        """
        return draw(self._data(), self.block, self.title, name, ax)

    def _data(self) -> RunData:
        """Everything that the method reported; of a block that came from the cache, in the run that computed it."""
        folder = RunFolder(self.run_folder)
        data = RunData(folder.id)
        data.take(folder.events())
        if self.block not in data.layers and not any(block == self.block for block, _ in (*data.metrics, *data.plots)):
            data.take(drawn_before(folder.id, {self.block: str(self.artifact)}, self.home))
        return data

    def _repr_html_(self) -> str:
        rows = [[title_of(name), metric_text(name, self.metrics, self.protocol)] for name in self.metrics]
        return Table([self.title, ""], rows).to_html()


@dataclass(frozen=True)
class Result:
    """A finished run. Its own metrics, model and charts are those of its last block; the others are in ``blocks``.

    Attributes
    ----------
    run: its id, as the command line and the window show it.
    folder: its files: pipeline, environment, events, report.
    report: report.json as a dict.
    blocks: id of a block -> its result, in the order in which they ran.
    """

    run: str
    folder: Path
    report: dict[str, Any]
    blocks: dict[str, BlockResult]

    @property
    def last(self) -> BlockResult:
        """The result of the last block."""
        return next(reversed(self.blocks.values()))

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics of the last block's model, by name."""
        return self.last.metrics

    @property
    def artifact(self) -> Path:
        """The folder of the last block's model."""
        return self.last.artifact

    @property
    def layers(self) -> DataFrame | Rows:
        """A row for each layer that the last block reported: see `BlockResult.layers`."""
        return self.last.layers

    def model(self, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu") -> PreTrainedModel:
        """The last block's model as one of transformers, ready to run: see `engine.load`."""
        return self.last.model(dtype=dtype, device=device)

    def export(self, format: str, folder: PathLike, *, progress: bool = True, **options: Any) -> Verified:
        """Write the last block's model for other programs: see `engine.export`."""
        return self.last.export(format, folder, progress=progress, **options)

    def plot(self, name: str = "", *, ax: Axes | None = None) -> Axes:
        """Draw a chart of the last block: see `BlockResult.plot`."""
        return self.last.plot(name, ax=ax)

    def __repr__(self) -> str:
        names = [name for name in ("perplexity", "size_bytes") if name in self.metrics]
        shown = ", ".join(f"{name}={self.metrics[name]:.4g}" for name in names)
        return f"{type(self).__name__}({' > '.join(block.title for block in self.blocks.values())}: {shown})"

    def _repr_html_(self) -> str:
        """The metrics of all blocks, as the command line prints them."""
        names = columns({"metrics": block.metrics} for block in self.blocks.values())
        rows = [
            [block.title, *(metric_text(name, block.metrics, block.protocol) for name in names)]
            for block in self.blocks.values()
        ]
        return Table(["Block", *(BY_NAME[name].title for name in names)], rows).to_html()


@dataclass(frozen=True)
class Sweep(Result):
    """A finished run with one variant for each combination of swept settings.

    Attributes
    ----------
    variants: id of the variant's block -> the values of the swept settings.
    """

    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def table(self) -> DataFrame | Rows:
        """A row for each variant: swept settings, then metrics. A DataFrame where pandas is installed."""
        return frame({**values, **self.blocks[name].metrics} for name, values in self.variants.items())

    def best(self, metric: str = "perplexity") -> BlockResult:
        """The variant with the best value of a metric. Raises `BadInput` if none has it, or none is better than
        another by it."""
        measured = {name: self.blocks[name].metrics.get(metric, math.nan) for name in self.variants}
        measured = {name: value for name, value in measured.items() if math.isfinite(value)}
        better = BY_NAME[metric].better if metric in BY_NAME else None
        if not measured or better is None:
            every = [name for name in self.metrics if name in BY_NAME and BY_NAME[name].better]
            why = "no variant has it" if better else "neither a low nor a high value of it is better"
            raise BadInput(f"No block has the metric '{metric}'", why=why, advice=likely(metric, every))
        return self.blocks[(min if better == "lower" else max)(measured, key=lambda name: measured[name])]

    def plot(self, name: str = "", *, ax: Axes | None = None) -> Axes:
        """Draw a metric of all variants against the first swept setting. ``name``: of the metric; "" for the quality
        that was measured, else the size. Raises `BadInput` as `BlockResult.plot`."""
        rows = [(values, self.blocks[block].metrics) for block, values in self.variants.items()]
        return draw_sweep(rows, name, ax)

    def _repr_html_(self) -> str:
        swept = list(dict.fromkeys(name for values in self.variants.values() for name in values))
        blocks = {name: self.blocks[name] for name in self.variants}
        names = columns({"metrics": block.metrics} for block in blocks.values())
        rows = [
            [
                *(self.variants[block_id].get(name) for name in swept),
                *(metric_text(name, block.metrics, block.protocol) for name in names),
            ]
            for block_id, block in blocks.items()
        ]
        return Table([*swept, *(BY_NAME[name].title for name in names)], rows).to_html()
