"""Runs a pipeline: block after block, each artifact whole or not at all, everything told by events.

A killed or cancelled run is taken up by `resume`: finished blocks are found by their signatures, the block that was
interrupted by its stored parts, and the result has the same bits as without the interruption.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine import devices
from engine.base import pinned
from engine.base.errors import BadInput, Cancelled, StudioError, as_json
from engine.base.files import expanded, write_text
from engine.base.likely import likely_path, nearest
from engine.checkpoints.checksum import DamagedWork
from engine.checkpoints.consent import trusting
from engine.checkpoints.container import read_description
from engine.contracts.events import Event, Log, Measured, RunChanged, StageChanged, State
from engine.contracts.method_settings import other_dtype
from engine.contracts.problem import Problem
from engine.export.provenance import CARD, license_of
from engine.measure import coverage
from engine.measure.evaluate import Measurement
from engine.measure.stored import Subject
from engine.methods.base import targets
from engine.models import ranks
from engine.models.model import Model
from engine.models.source import open_model
from engine.pipeline import legality
from engine.pipeline.document import Pipeline
from engine.pipeline.texts import with_texts
from engine.record.folder import PAGE, RunFolder
from engine.record.history import History
from engine.record.home import Home, new_run_id
from engine.record.report import WEIGHTS, timestamp
from engine.record.report_page import as_html
from engine.run import environment, failures
from engine.run.absolute_paths import with_absolute_paths
from engine.run.artifacts import Store
from engine.run.control import Control, Request
from engine.run.growth import warnings_of
from engine.run.measuring import Measuring
from engine.run.memory import Watch
from engine.run.node import Node, nodes_of, sign
from engine.run.phase_times import is_measured, phases
from engine.run.progress import Meter, Phases
from engine.run.promised_memory import promise
from engine.run.rates import Rates
from engine.run.requests import Requests
from engine.run.signature import early_signature
from engine.run.stage import RunStage

Sink = Callable[[Event], None]
VERBS = {"quantization": "Quantizing", "pruning": "Pruning"}


@dataclass(frozen=True)
class Outcome:
    """End of a run. ``error``: why it failed; its ``exit_status`` is that of the command line. ``has_begun``: all was
    found fit to be run."""

    status: State
    folder: RunFolder
    report: dict[str, Any]
    error: StudioError | None = None
    has_begun: bool = True

    @property
    def exit_status(self) -> int:
        """0 done, 1 failed, 2 bad input, 130 cancelled."""
        if self.status == "cancelled":
            return Cancelled.exit_status
        return 0 if self.error is None else self.error.exit_status


def start(
    pipeline: Pipeline,
    *,
    home: Home | None = None,
    run: str | None = None,
    folder: Path | None = None,
    until: str | None = None,
    device: str | None = None,
    trust_remote_code: Iterable[str] = (),
    sink: Sink = lambda event: None,
    control: Control | None = None,
) -> Outcome:
    """Run a pipeline in a new run folder. Raises `BadInput` if the folder can't be made; all else is in the outcome.

    Parameters
    ----------
    run: the id, made anew by default. ``folder``: where the run's files go, by default below ``home``.
    until: the last block to run with all that leads to it.
    trust_remote_code: names of models whose own code the person says yes to, as it is when they are opened.
    sink: hears every event, in the thread that emits it.
    """
    home = home or Home.default()
    chosen_device = ranks.join(environment.pick_device(device))
    run = ranks.broadcast_object(run or new_run_id())
    described = {
        **environment.describe(chosen_device, pipeline.seed),
        "run": run,
        "until": until,
        "started": timestamp(),
    }
    path = folder or home.runs / run
    ranks.on_main(lambda: str(RunFolder.create(path, with_absolute_paths(pipeline), described).path))
    with trusting(trust_remote_code):
        return Runner(RunFolder.open(path), home, chosen_device, sink=sink, control=control).execute()


def resume(
    run: str | Path,
    *,
    home: Home | None = None,
    device: str | None = None,
    trust_remote_code: Iterable[str] = (),
    sink: Sink = lambda event: None,
    control: Control | None = None,
) -> Outcome:
    """Take up a run that was killed, cancelled or failed, by its id or folder; on the device that it began on, with as
    many threads, for the same bits."""
    home = home or Home.default()
    folder = find(run, home).executed_here()
    began = folder.environment()
    chosen_device = ranks.join(environment.pick_device(device or began.get("device")))
    with trusting(trust_remote_code), devices.threads(began.get("threads")):
        return Runner(folder, home, chosen_device, sink=sink, control=control).execute()


def find(run: str | Path, home: Home) -> RunFolder:
    """The folder of a run, by its id, its folder or a file in it; raises `BadInput`."""
    path = expanded(run)
    if path.is_file():
        path = path.parent
    if path.is_dir():
        return RunFolder.open(path.resolve())
    with History.open(home) as history:
        folder_of_run = history.folder_of(str(run))
        if folder_of_run is None and not (home.runs / str(run)).is_dir():
            near = nearest(str(run), {past.id: past.id for past in history.runs(limit=200)}, cutoff=0.75)
            advice = f"Did you mean '{near}'?" if near is not None else "see the list of runs: history"
            raise BadInput("Run not found", where=str(run), advice=likely_path(path) or advice)
    return RunFolder.open(folder_of_run or home.runs / str(run))


class Runner:
    """One execution of a pipeline that has its folder already.

    Where several processes execute it together, each works at every block; the first measures, writes and tells.
    """

    def __init__(
        self, folder: RunFolder, home: Home, device: torch.device, *, sink: Sink, control: Control | None = None
    ) -> None:
        self._folder = folder
        self._home = home
        self._device = device
        self._sink = sink if ranks.is_main() else lambda event: None
        self._control = control or Control()
        self._store = Store(home.artifacts)
        self._pipeline = with_texts(folder.pipeline().active())
        self._environment = folder.environment()
        self.run = folder.id
        self._nodes: dict[str, Node] = {}
        self._before = {entry["block"]: entry for entry in folder.report().get("stages", [])}
        self._status: State = "queued"
        self._finished: str | None = None
        self._current: Node | None = None
        self._error: StudioError | None = None
        self._error_block: str | None = None
        self._has_begun = False
        rates = Rates(home.cache / "phases.json", f"{device}, {torch.get_num_threads()} threads")
        self._meter = Meter(self.run, self._emit_quietly, self._control.working_clock, rates)
        self._control.beat = self._meter.beat
        self._watch = Watch(self.run, device, self._emit_quietly)
        self._measuring = Measuring(home, self._pipeline.evaluation, device)
        self._control.notify = self._requested  # another thread may call it from here on

    def execute(self) -> Outcome:
        """Run to the end; raises `BadInput` only if another process runs this folder."""
        lock = self._folder.locked() if ranks.is_main() else contextlib.nullcontext()
        with lock, pinned.session(), ranks.watched(self._lost), devices.computing_on(self._device):
            try:
                self._change("running")
                with self._watch, self._requests():
                    self._prepare()
                    self._has_begun = True
                    for node in self._nodes.values():
                        self._process(node)
                        if self._error and ranks.count() > 1:  # the others may be elsewhere by now
                            break
                self._stop("failed" if self._error else "done", "Not run")
            except Cancelled:
                self._stop("cancelled", "Not run: cancelled before")
            except (KeyboardInterrupt, SystemExit):  # of a script that did not ask for a cancel first
                self._stop("cancelled", "Not run: interrupted before")
                raise
            except BaseException as error:  # libraries in Rust raise what is not an Exception
                self._fail(error, None)
                self._stop("failed", "Not run")
            if self._error:
                ranks.wait_for_main()
        return Outcome(self._status, self._folder, self._report(), self._error, self._has_begun)

    def _requests(self) -> contextlib.AbstractContextManager[object]:
        return Requests(self._folder.path, self._control) if ranks.is_main() else contextlib.nullcontext()

    # -- before anything is spent ---------------------------------------------------------------------------------
    def _prepare(self) -> None:
        until = self._environment.get("until")
        self._meter.say("Checking the pipeline")
        problems = legality.problems(self._pipeline, until)
        self._refuse(problems)
        self._nodes = nodes_of(self._pipeline, until)
        self._warn(problems)
        self._measuring.check()
        self._write_report()
        for node in self._nodes.values():
            if node.info.is_source:
                self._open_source(node)
        self._refuse(sign(self._nodes, self._pipeline, self._store, self._device, self.run))
        problems = [problem for node in self._nodes.values() for problem in node.check()]
        self._warn(problems)
        self._refuse(problems)
        self._meter.say("Estimating how long it takes")
        self._meter.plan({node.id: self._phases(node) for node in self._nodes.values()})
        for block, text in promise(self._nodes.values(), self._store, self._device):
            self._log("info", text, block)

    def _refuse(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.severity == "error":
                self._error_block = problem.block
                raise BadInput(problem.message, where=problem.where, advice=problem.advice)

    def _warn(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.severity == "warning":
                self._log("warning", str(problem), problem.block)

    def _open_source(self, node: Node) -> None:
        with self._working(node):
            self._meter.phase("load")
            node.opened(self._open(node))

    def _phases(self, node: Node) -> Phases:
        cached = node.info.is_source or self._store.has(node.signature)
        is_to_measure = is_measured(node, self._pipeline, self._nodes) and not (
            cached and self._is_measured_already(node)
        )
        return phases(node, self._pipeline.evaluation, self._device, cached=cached, measured=is_to_measure)

    def _is_measured_already(self, node: Node) -> bool:
        """True if the metrics of a model that is there are kept from before."""
        root = node.root if node.root is not node else None
        try:
            return self._measuring.is_known(self._subject(node), None if root is None else self._subject(root))
        except StudioError:
            return False  # a damaged artifact is made and measured anew

    # -- one block ----------------------------------------------------------------------------------------------------
    def _process(self, node: Node) -> None:
        blocked = next((self._nodes[up] for up in node.upstream.values() if self._nodes[up].is_broken), None)
        if blocked is not None:
            self._set(node, "skipped", f"Not run: {blocked.title} did not finish")
            return
        pinned.pins().begin()
        try:
            with self._working(node):
                if not node.info.is_source:
                    self._make(node)
                self._measure(node)
                self._meter.end()
            self._set(node, "cached" if node.entry.cached else "done")
        except (Cancelled, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            self._fail(error, node)
        self._write_report()

    @contextlib.contextmanager
    def _working(self, node: Node) -> Iterator[None]:
        self._current = node
        self._watch.block = node.id
        self._meter.begin(node.id)
        if node.state != "running":
            self._set(node, "running")
        try:
            yield
            self._control.checkpoint()
        except (Cancelled, KeyboardInterrupt, SystemExit):
            self._set(node, "cancelled")
            raise
        finally:
            self._current = None
            self._watch.block = None

    def _make(self, node: Node) -> None:
        """Take the artifact from the store or compute it."""
        with self._locked(node):
            ranks.barrier()
            self._meter.phase("verify", "Looking for a stored result")
            damage = ranks.on_main(lambda: self._store.damage(node.signature))
            if damage:
                self._log("warning", f"The stored result is damaged ({damage}): it is computed again", node.id)
                ranks.on_main(lambda: self._store.discard(node.signature))
            if ranks.broadcast_object(self._store.has(node.signature)):
                if ranks.is_main():
                    self._store.clean(node.signature)  # a run that was killed right after it had finished could not
                node.take_over(self._before.get(node.id), self._home)
                self._record_artifact(node)
                return
            self._control.next_block()
            started = self._control.working_clock()
            with self._watch.computing(node.entry):
                stage = self._computed(node)
            if ranks.broadcast_object(stage.stopped_early):  # what follows is of another model now
                self._refuse(sign(self._nodes, self._pipeline, self._store, self._device, self.run))
            node.entry.seconds = self._control.working_clock() - started
            self._record_artifact(node)

    def _computed(self, node: Node) -> RunStage:
        """Compute the artifact: from where an interrupted run had come to, or from the beginning where what it kept is
        damaged."""
        stage = self._stage(node)
        try:
            self._apply(node, stage)
        except DamagedWork as error:
            if ranks.count() > 1:  # the others don't know of it
                raise
            self._log("warning", f"{error} The block begins anew", node.id)
            self._store.clean(node.signature)
            self._store.abandon(node.signature)
            stage = self._stage(node)
            self._apply(node, stage)
        finally:
            node.entry.warnings += stage.warnings
            node.entry.details |= stage.details
        return stage

    def _record_artifact(self, node: Node) -> None:
        node.entry.artifact = str(node.location)
        steps = read_description(node.location)["history"]
        node.entry.coverage = steps[-1].get("coverage", {}) if steps else {}  # earlier releases said nothing
        if node.stopped:
            node.entry.details["stopped"] = True

    def _locked(self, node: Node) -> contextlib.AbstractContextManager[None]:
        """Keep other runs from working at the same artifact."""
        if not ranks.is_main():
            return contextlib.nullcontext()
        return self._store.locked(node.signature, lambda: self._wait(node))

    def _apply(self, node: Node, stage: RunStage) -> None:
        if ranks.is_main():
            self._store.sweep(node.signature)
            self._store.abandon(early_signature(node.signature, self.run))
        ranks.barrier()
        self._meter.phase("load")
        port = legality.main_port(node.info)
        assert port is not None
        stage.inputs = {name: self._open(self._nodes[up]) for name, up in node.upstream.items() if name != port}
        model = self._open(self._nodes[node.upstream[port]])
        model.history = self._steps_before(node, model)
        node.refuse(model.anatomy)
        node.pin_files()
        method = node.info.load()
        own_layers = targets(method, model.anatomy, node.settings)
        stage.describe_output(model, own_layers, other_dtype(node.settings))
        before = coverage.incoming(model, own_layers)
        self._meter.phase("work", "Preparing")
        model = method.apply(model, node.settings, stage)
        self._meter.phase("store")
        stage.store_rest(model)
        covered = ranks.on_main(lambda: coverage.coverage(before, model, own_layers))
        details = {"details": stage.history_details} if stage.history_details else {}
        step = {**node.step(self._nodes, stage), **details, "coverage": covered.as_json()}
        model.history = (*model.history, step)
        stage.finish(model)
        if ranks.is_main() and not stage.stopped_early:
            self._store.clean(node.signature)

    def _steps_before(self, node: Node, model: Model) -> tuple[dict[str, Any], ...]:
        """The history of a model; of a source that brings none its own step, with the license that its card names."""
        if model.history or node.root is None:
            return model.history
        license_entries = license_of(model)
        return ({**node.root.step(), **({CARD: license_entries} if license_entries else {})},)

    def _wait(self, node: Node) -> None:
        self._meter.update(0.0, "Another run is computing this block: waiting for it")
        self._control.checkpoint()

    def _stage(self, node: Node, emit: Sink | None = None) -> RunStage:
        return RunStage(
            run=self.run,
            block=node.id,
            signature=node.work,
            target=self._store.folder(node.signature),
            early=self._store.folder(early_signature(node.signature, self.run)),
            scratch=self._store.scratch(node.signature),
            device=self._device,
            inputs={},
            control=self._control,
            emit=emit or self._emit,
            progress=self._meter.update,
            verb=VERBS.get(node.info.family, "Working on"),
            cache=self._home.cache / node.info.id,
        )

    def _open(self, node: Node) -> Model:
        """The model that a block left; a source tells about it the first time only."""
        if not node.info.is_source:
            return open_model(node.location)
        stage = self._stage(node, emit=None if node.state == "running" and not node.signature else lambda event: None)
        model: Model = node.info.load_source().open(node.settings, stage)
        node.refuse_changed(model)
        return model

    # -- measuring ----------------------------------------------------------------------------------------------------
    def _measure(self, node: Node) -> None:
        self._meter.phase("measure")
        root = node.root if node.root is not node else None
        try:
            measured = ranks.on_main(
                lambda: self._measuring.measure(
                    self._subject(node),
                    None if root is None else self._subject(root),
                    full=is_measured(node, self._pipeline, self._nodes),
                    progress=self._meter.update,
                    checkpoint=self._control.checkpoint,
                )
            )
        except (MemoryError, RuntimeError) as error:
            raise failures.explain(
                error, where=f"measuring {node.title}", advice=failures.memory_advice(None, measuring=True)
            ) from error
        self._emit_measured(node, measured)

    def _emit_measured(self, node: Node, measured: Measurement) -> None:
        entry, details = node.entry, dict(measured.details)
        entry.metrics, entry.protocol = dict(measured.metrics), dict(measured.protocol)
        entry.details |= details
        if node.header is not None and node.header.came_packed:
            entry.protocol[WEIGHTS] = f"{node.header.came_packed}, unpacked for use"
        if covered := entry.coverage:
            entry.metrics |= {"coverage": covered["parameters"], "coverage_bytes": covered["bytes"]}
        for text in warnings_of(node, measured.protocol):
            self._warn_once(node, text)
        if not node.info.is_source and entry.seconds > 0:
            entry.metrics |= {"seconds": entry.seconds, "peak_memory_bytes": float(entry.peak_memory_bytes)}
            if entry.peak_device_memory_bytes:
                entry.metrics["peak_device_memory_bytes"] = float(entry.peak_device_memory_bytes)
        self._emit(
            Measured(
                run=self.run,
                block=node.id,
                artifact=str(node.location),
                metrics=entry.metrics,
                protocol=entry.protocol,
                details=details,
            )
        )

    def _warn_once(self, node: Node, text: str) -> None:
        if text not in node.entry.warnings:  # it may be there from before the run was interrupted
            self._log("warning", text, node.id)

    def _subject(self, node: Node) -> Subject:
        return self._measuring.subject(node.output_header, lambda: self._open(node))

    # -- telling ------------------------------------------------------------------------------------------------------
    def _set(self, node: Node, state: State, message: str = "") -> None:
        node.state = node.entry.state = state
        self._emit(
            StageChanged(
                run=self.run,
                block=node.id,
                state=state,
                message=message,
                seconds=node.entry.seconds,
                artifact=str(node.location) if state in ("done", "cached") else None,
                elapsed=self._elapsed(node),
                total_elapsed=self._meter.seconds(),
            )
        )

    def _elapsed(self, node: Node) -> float:
        node.entry.elapsed_seconds = self._meter.block_seconds(node.id)
        return node.entry.elapsed_seconds

    def _change(self, state: State, message: str = "") -> None:
        self._status = state
        report = str(self._folder.report_path) if state in ("done", "failed", "cancelled") else None
        if state == "running":  # it begins
            self._meter.start()
        elapsed = 0.0 if state == "running" else self._meter.seconds()
        self._emit(RunChanged(run=self.run, state=state, message=message, report=report, total_elapsed=elapsed))
        if not ranks.is_main():
            return
        with History.open(self._home) as history:
            history.record(self._folder, self._report())

    def _requested(self, request: Request) -> None:
        """Heard from `Control`: "cancelling" in the thread of whoever asked."""
        now = self._meter.seconds()
        self._emit_quietly(RunChanged(run=self.run, state=request, total_elapsed=now))
        node = self._current
        if node is not None:
            spent = self._elapsed(node)
            changed = StageChanged(run=self.run, block=node.id, state=request, elapsed=spent, total_elapsed=now)
            self._emit_quietly(changed)

    def _log(self, level: Any, text: str, block: str | None = None) -> None:
        if level != "info" and block in self._nodes:
            self._nodes[block].entry.warnings.append(text)
        self._emit(Log(run=self.run, block=block, level=level, text=text))

    def _emit(self, event: Event) -> None:
        """To the listener first: what can't be written must be heard all the same."""
        self._sink(event)
        if ranks.is_main():
            self._folder.append(event)

    def _emit_quietly(self, event: Event) -> None:
        with contextlib.suppress(StudioError):
            self._emit(event)

    # -- the end ------------------------------------------------------------------------------------------------------
    def _fail(self, error: BaseException, node: Node | None) -> None:
        """Explain, tell, remember the first."""
        block = node.id if node is not None else self._error_block
        advice = failures.memory_advice(node.settings if node is not None else None)
        explained = failures.explain(error, where=node.title if node is not None else "", advice=advice)
        if self._error is None:
            self._error, self._error_block = explained, block
        if node is not None:
            node.state = node.entry.state = "failed"
        self._emit_quietly(failures.failure(explained, error, run=self.run, block=block))
        if block in self._nodes:
            with contextlib.suppress(StudioError):
                self._set(self._nodes[block], "failed", str(explained))
        for exception in (error, explained):  # a traceback keeps every frame alive, and with them the model
            exception.__traceback__ = exception.__cause__ = exception.__context__ = None

    def _lost(self, error: StudioError) -> None:
        """Another process that works at this run is gone; this one ends now, wherever it waits."""
        self._fail(error, self._current)
        self._stop("failed", "Not run")

    def _stop(self, state: State, message: str) -> None:
        """End before all blocks had their turn."""
        for node in self._nodes.values():
            if node.state in ("queued", "running"):
                with contextlib.suppress(StudioError):
                    self._set(node, "skipped" if node.state == "queued" else "cancelled", message)
        self._end(state)

    def _end(self, state: State) -> None:
        self._status, self._finished = state, timestamp()
        self._meter.say("Writing the report")
        try:
            self._write_report()
            if ranks.is_main():
                write_text(self._folder.path / PAGE, as_html(self._report(), self._folder.events()))
        except StudioError as error:
            self._status, self._error = "failed", self._error or error
        with contextlib.suppress(StudioError):
            self._change(self._status, str(self._error or ""))

    def _write_report(self) -> None:
        if ranks.is_main():
            self._folder.write_report(self._report())

    def _report(self) -> dict[str, Any]:
        return {
            "status": self._status,
            "run": self.run,
            "name": self._pipeline.name,
            "seed": self._pipeline.seed,
            "folder": str(self._folder.path),
            "environment": {
                name: v for name, v in self._environment.items() if name not in ("run", "until", "started")
            },
            "stages": [dataclasses.asdict(node.entry) for node in self._nodes.values()],
            "pipeline": self._pipeline.model_dump(mode="json"),
            "started": self._environment.get("started", ""),
            "finished": self._finished,
            "elapsed_seconds": self._meter.seconds(),
            **({"error": as_json(self._error, self._error_block)} if self._error else {}),
        }
