"""The stage of a run: the implementation of `engine.models.stage.Stage`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch

from engine.base import pinned
from engine.base.files import make_folder
from engine.checkpoints.container import ArtifactWriter, PartWriter
from engine.contracts.events import Curve, Event, Grid, Histogram, LayerDone, Log, Metric
from engine.models import ranks
from engine.models.model import Model, Part, in_dtype
from engine.models.part_words import part_words
from engine.models.source import check_finite
from engine.run.control import Control
from engine.run.signature import stage_seed


class RunStage:
    """One block being executed.

    Parameters
    ----------
    signature: of the work; equal ones draw the same random numbers.
    target: folder of the artifact that this block leaves; early: where it goes if it was stopped early.
    scratch: folder of what a method keeps for itself until it is done.
    emit, progress: where events and fractions of the work go. verb: what the block does with a part.
    cache: folder of what any run may use again; None: one in the scratch folder.
    """

    IS_SIGNED: ClassVar[bool] = True
    """True if the folder of the artifact is named by its signature."""

    def __init__(
        self,
        *,
        run: str,
        block: str,
        signature: str,
        target: Path,
        scratch: Path,
        early: Path | None = None,
        device: torch.device,
        inputs: dict[str, Model],
        control: Control,
        emit: Callable[[Event], None],
        progress: Callable[[float, str], None],
        verb: str = "Working on",
        cache: Path | None = None,
    ) -> None:
        self._verb = verb
        self.run = run
        self.block = block
        self.seed = stage_seed(signature)
        self.device = device
        self.inputs = inputs
        self.warnings: list[str] = []
        self.details: dict[str, Any] = {}
        self.history_details: dict[str, Any] = {}
        """Those of them that are in the history of the artifact."""
        self._signature = signature
        self._target = target
        self._early = early or target.with_name(f"{target.name}.early")
        self.stopped_early = False
        self._scratch = scratch
        self._cache = cache or scratch / "cache"
        self._control = control
        self._emit = emit
        self._progress = progress
        self._writer: PartWriter | None = None
        self._own: set[str] = set()
        """Parts that the model reads from what this block stored."""
        self._layers: dict[str, int] = {}
        self._own_layers: frozenset[str] = frozenset()
        self._other: torch.dtype | None = None

    # -- the contract ------------------------------------------------------------------------------------------------
    @property
    def folder(self) -> Path:
        """Scratch folder of this block: what is written here (whole or not at all) is found again on resume."""
        make_folder(self._scratch)
        return self._scratch

    @property
    def cache(self) -> Path:
        """Folder of what any run may use again."""
        make_folder(self._cache)
        return self._cache

    def substage(
        self, name: str, span: tuple[float, float] = (0.0, 1.0), *, key: str = "", folder: Path | None = None
    ) -> RunSubStage:
        """A stage for a piece of the work."""
        return RunSubStage(self, name, span, key or f"{self._signature}/{name}", folder or self.folder / name)

    def generator(self, purpose: str) -> torch.Generator:
        """A CPU generator: the same for the same block and word on every run and resume."""
        return torch.Generator().manual_seed(stage_seed(self._signature, purpose))

    def parts(
        self,
        model: Model,
        *,
        stored: bool = False,
        dtype: torch.dtype | None = None,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> Iterator[Part]:
        """Walk the model one part at a time: load, yield, store, free. Parts that a killed run stored are skipped,
        or, with ``stored``, loaded and yielded too (``part.stored`` tells). ``dtype``: of the dense tensors while the
        part is worked on; they are stored in their own."""
        for index, part in enumerate(model.parts):
            self.checkpoint()
            there = ranks.broadcast_object(self._store(model).has(part.name))
            if there:
                self._take_back(model, part)
                if not stored:
                    continue
            doing = part_words("Calibrating" if stored else self._verb, model, part)
            self.progress(span[0] + (span[1] - span[0]) * index / len(model.parts), doing)
            if there:
                part.stored = True
                yield self._loaded(model, part, dtype)[0]
                model.free(part)
                continue
            loaded, dtypes = self._loaded(model, part, dtype)
            yield loaded
            self._write(model, part, dtypes)
        self.progress(span[1])

    def progress(self, fraction: float, text: str = "") -> None:
        """Report the share of this block's work that is done (0..1) and what is being done."""
        self._progress(fraction, text)

    def metric(self, name: str, value: float, step: int) -> None:
        """Report one scalar of a live curve."""
        self._emit(Metric(run=self.run, block=self.block, name=name, value=float(value), step=int(step)))

    def layer(
        self,
        name: str,
        metrics: dict[str, float],
        before: Histogram | None = None,
        after: Histogram | None = None,
        step: int | None = None,
        quantity: Literal["weight", "update"] = "weight",
    ) -> None:
        """Report the statistics of one finished layer, or of one at a step of its training."""
        index = self._layers.get(name, len(self._layers))
        count = max(len(self._layers), index + 1)
        self._emit(
            LayerDone(
                run=self.run,
                block=self.block,
                layer=name,
                index=index,
                count=count,
                metrics=metrics,
                before=before,
                after=after,
                step=step,
                quantity=quantity,
            )
        )

    def curve(self, chart: str, series: str, x: Sequence[float], y: Sequence[float], **style: Any) -> None:
        """Draw or replace a curve of a chart of the method's own."""
        points = (tuple(map(float, x)), tuple(map(float, y)))
        self._emit(Curve(run=self.run, block=self.block, chart=chart, series=series, x=points[0], y=points[1], **style))

    def grid(self, chart: str, series: str, values: Sequence[Sequence[float]], **style: Any) -> None:
        """Draw or replace a heat map of the method's own."""
        for name in ("rows", "columns"):
            style[name] = tuple(style.get(name, ()))
        cells = tuple(tuple(map(float, row)) for row in values)
        self._emit(Grid(run=self.run, block=self.block, chart=chart, series=series, values=cells, **style))

    @property
    def stopping(self) -> bool:
        """True if the user asked to stop early and keep what there is. Whoever hears it obeys: from now on the artifact
        is one that only this run knows, beside the one that others may go on with."""
        if self._control.is_stopping and not self.stopped_early:
            self.stopped_early, self._target = True, self._early
            if self._writer is not None and ranks.is_main():
                self._writer = self._writer.branch(self._early)
        return self._control.is_stopping

    def stop(self) -> None:
        """Ask for an early stop on the block's own behalf."""
        self._control.stop()

    def log(self, text: str, level: Literal["info", "warning", "error"] = "info") -> None:
        """Write a line to the log; a warning also marks the block."""
        if level != "info":
            self.warnings.append(text)
        self._emit(Log(run=self.run, block=self.block, level=level, text=text))

    def checkpoint(self) -> None:
        """A safe point: waits here while paused, raises `Cancelled` when cancelled."""
        self._control.checkpoint()

    def detail(self, name: str, value: float | dict[str, Any], *, keep: bool = False) -> None:
        """Add a detail of the method's own to the stage's entry of the report; ``keep``: to the artifact's too."""
        self.details[name] = value
        if keep:
            self.history_details[name] = value

    # -- for the runner ----------------------------------------------------------------------------------------------
    def describe_output(self, model: Model, own_layers: Collection[str] = (), other_dtype: str = "") -> None:
        """Number the layers of ``model`` for `layer` reports. ``own_layers``: the layers that the method makes itself;
        ``other_dtype``: what all other dense tensors are stored in, "" for as they came."""
        self._own_layers = frozenset(f"{name}.weight" for name in own_layers)
        self._other = getattr(torch, other_dtype) if other_dtype else None
        linears = [linear.name for linear in model.anatomy.linears]
        self._layers = {name: index for index, name in enumerate(linears)}

    def store_rest(self, model: Model) -> None:
        """Store the parts that the method did not walk."""
        writer = self._store(model)
        for index, part in enumerate(model.parts):
            self.checkpoint()
            self.progress(index / len(model.parts), part_words("Storing", model, part))
            if not ranks.broadcast_object(writer.has(part.name)):
                self._write(model, *self._loaded(model, part, None))
            elif part.name not in self._own:  # of a run that was killed: what the block left, not what came in
                self._take_back(model, part)

    def finish(self, model: Model) -> Path:
        """Store what is not stored yet, then give the artifact its name."""
        self.store_rest(model)
        writer = self._store(model)
        if self._other is not None:
            model.config = in_dtype(model.config, str(self._other).removeprefix("torch."))
        self.progress(1.0, "Writing the description of the result")
        if ranks.is_main():
            pinned.pins().check_used()  # the artifact's name is made of the hashes of what it was computed of
            writer.finish(model.config, model.history, model.companions)
        ranks.barrier()
        return self._target

    # -- inside ------------------------------------------------------------------------------------------------------
    def _store(self, model: Model) -> PartWriter:
        if self._writer is None:
            self._writer = self._new_writer([part.name for part in model.parts])
        return self._writer

    def _new_writer(self, parts: Sequence[str]) -> PartWriter:
        writer = ArtifactWriter(self._target, parts, is_signed=self.IS_SIGNED)
        if damage := ranks.on_main(writer.recover):
            text = f"A part of the interrupted run is damaged ({damage}): it goes on from the one before"
            self.log(text, "warning")
        return writer

    def _loaded(self, model: Model, part: Part, dtype: torch.dtype | None) -> tuple[Part, dict[str, torch.dtype]]:
        model.load(part, device=self.device)
        if dtype is None:
            return part, {}
        dtypes = {name: tensor.dtype for name, tensor in model.tensors(part).items()}
        model.load(part, dtype=dtype, device=self.device)
        return part, dtypes

    def _write(self, model: Model, part: Part, dtypes: dict[str, torch.dtype]) -> None:
        """Store a part and read it from there from now on. ``dtypes``: what dense tensors are stored in."""
        packed = tuple(f"{name}." for name in model.compressed(part))
        tensors = model.tensors(part)
        others: set[str] = set()
        for name, tensor in tensors.items():
            if not name.startswith(packed):
                dtype = dtypes.get(name, tensor.dtype)
                if self._other is not None and dtype.is_floating_point and name not in self._own_layers:
                    others.add(name)
                    dtype = self._other
                tensors[name] = tensor.to(dtype)
            check_finite(name, tensors[name])
        model.note_stored(tensors)
        writer = self._store(model)
        if ranks.is_main():
            own_tensors = {name: tensor for name, tensor in tensors.items() if name not in others}
            writer.write(part.name, tensors, model.specs(part), model.as_it_came(part, own_tensors))
        ranks.barrier()
        model.load_stored_part(part, writer.stored(part.name), {})
        self._own.add(part.name)

    def _take_back(self, model: Model, part: Part) -> None:
        writer = self._store(model)
        model.load_stored_part(part, writer.stored(part.name), writer.modules(part.name))
        self._own.add(part.name)


class RunSubStage(RunStage):
    """A piece of the work of a block: see `engine.models.stage.SubStage`. It is never given a name of its own: its
    parts lie in the scratch folder of the block, and reports on layers wait there for `adopt`."""

    IS_SIGNED = False

    def __init__(self, parent: RunStage, name: str, span: tuple[float, float], signature: str, folder: Path) -> None:
        low, high = span
        self._parent = parent
        self._layer_reports: list[LayerDone] = []
        super().__init__(
            run=parent.run,
            block=parent.block,
            signature=signature,
            target=folder / "result",
            scratch=folder,
            device=parent.device,
            inputs=parent.inputs,
            control=parent._control,
            emit=self._hold,
            progress=lambda fraction, text: parent.progress(low + (high - low) * fraction, text),
            verb=parent._verb,
            cache=parent._cache,
        )
        self._layers = parent._layers
        self.describe_like(parent)

    def describe_like(self, parent: RunStage) -> None:
        """Store other tensors as the block does."""
        self._own_layers, self._other = parent._own_layers, parent._other

    def is_complete(self, model: Model) -> bool:
        """True if all parts of ``model`` are stored."""
        writer = self._store(model)
        return bool(ranks.broadcast_object(all(writer.has(part.name) for part in model.parts)))

    def take_back(self, model: Model) -> None:
        """Let ``model`` read all its parts from what is stored here."""
        for part in model.parts:
            self._take_back(model, part)

    def adopt(self, model: Model) -> None:
        """The same, and what was reported of layers and in details becomes the block's."""
        self.take_back(model)
        for event in self._layer_reports:
            self._parent._emit(event)
        self._parent.warnings += self.warnings
        self._parent.details |= self.details
        self._parent.history_details |= self.history_details

    def _hold(self, event: Event) -> None:
        if isinstance(event, LayerDone):
            self._layer_reports.append(event)
        else:
            self._parent._emit(event)
