"""A block while it is run: what it is, what it depends on, how far it is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.architecture.anatomy import Anatomy
from engine.base import pinned
from engine.base.code_version import plugin_files
from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.contracts.details import BUDGET
from engine.contracts.events import State
from engine.contracts.history import DATA, INPUTS, SEED_HASH, STOPPED
from engine.contracts.method_settings import other_dtype
from engine.contracts.problem import Estimate, Expected, Problem
from engine.contracts.settings import Settings
from engine.data.texts import is_word
from engine.methods.base import Comparing, MethodInfo, Planning, problems, reshaped, targets
from engine.models.model import Model
from engine.pipeline.document import Block, Pipeline
from engine.pipeline.legality import inputs_of, resolve, roots, selected
from engine.record.home import Home
from engine.record.report import Entry
from engine.record.run_list import plan_before
from engine.run.artifacts import Store
from engine.run.signature import (
    block_signature,
    code_of,
    early_signature,
    files_of,
    hashes_of,
    source_signature,
    source_work,
    work_of,
)

if TYPE_CHECKING:
    import torch

    from engine.run.stage import RunStage

Headers = tuple[CheckpointHeader, Anatomy]
"""Of a model that is not there yet, or not opened."""


PROMISED = (
    "peak_device_memory_bytes",
    "engine_memory_bytes",
    "processor_seconds",
    "estimated_seconds",
    "estimated_quiet_seconds",
    "estimated_peak_memory_bytes",
    "estimated_peak_device_memory_bytes",
)
"""Of a block that was computed before the run was interrupted."""


@dataclass
class Node:
    """``upstream``: port -> id of the block whose model is there. ``work``: what it is asked to do, whatever code does
    it: seeds come from it. ``root``: the source that its model comes from.

    ``location``: the folder or file of the model that it leaves. ``header`` and ``anatomy`` are a source's.
    ``sources``: port -> the source that the model there comes from. ``before``: the block that the compressed model
    comes from. ``known_headers``: port -> what the model there looks like, and ``expected``: the headers and anatomy of
    the block's result, as far as they are known before the run. ``stopped``: this run stopped it early and kept what
    there was.
    """

    block: Block
    info: MethodInfo
    settings: Settings
    upstream: dict[str, str]
    signature: str = ""
    work: str = ""
    location: Path = Path()
    root: Node | None = None
    sources: dict[str, Node] = field(default_factory=dict)
    header: CheckpointHeader | None = None
    anatomy: Anatomy | None = None
    known_headers: dict[str, Headers] = field(default_factory=dict)
    expected: Headers | None = None
    before: Node | None = None
    stopped: bool = False
    state: State = "queued"
    entry: Entry = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings.model_dump(mode="json")
        self.entry = Entry(self.id, self.info.id, self.title, settings, self.info.origin)

    @property
    def id(self) -> str:
        """The block's id."""
        return self.block.id

    @property
    def title(self) -> str:
        """Name of the block on screen."""
        return self.block.name

    @property
    def is_broken(self) -> bool:
        """True if what follows it can't run."""
        return self.state in ("failed", "cancelled", "skipped")

    def seen(self, model: Model) -> None:
        """The headers of a source were read: what it looks like."""
        self.header, self.anatomy, self.location = model.header, model.anatomy, model.path
        self.expected = (model.structure, model.anatomy)

    def opened(self, model: Model) -> None:
        """A source was opened: what it is, down to its last weight."""
        self.seen(model)
        self.signature = self.entry.signature = source_signature(self.info, model.header)
        self.work = source_work(model.header.fingerprint)
        self.entry.artifact = str(self.location)

    def refuse_changed(self, model: Model) -> None:
        """Raises `InputChanged` if a source that was opened again is not what it was when the run was signed."""
        if self.header is not None and model.header.fingerprint != self.header.fingerprint:
            raise pinned.InputChanged(
                f"{model.path.name} was changed while the run was using it",
                where=str(model.path),
                why="its files are others than at the start; nothing is stored that was computed of it",
                advice="wait until the program that writes it is done, then run again",
            )

    def pin_files(self) -> None:
        """Keep to the files that the settings name, and to those of the method's own package: a plug-in may open them
        by itself. Raises `InputChanged` if they are not what they were when the run was signed."""
        if self.info.origin:
            named = itertools.chain.from_iterable(files_of(self.settings).values())
            for path in (*named, *plugin_files(self.info.settings.__module__)):
                pinned.pins().pin(path).read_elsewhere()

    @property
    def content(self) -> str:
        """The hash of the model that it left, whatever made it; raises `BadInput` if there is none or it is damaged."""
        return self.output_header.fingerprint

    @property
    def output_header(self) -> CheckpointHeader:
        """The headers of its output; raises as `content`."""
        return self.header or read_header(self.location)

    @property
    def incoming(self) -> Headers | None:
        """Headers and anatomy of the model that is compressed, as far as they are known before it is there."""
        return self.known_headers.get(self.info.inputs[0]) if self.info.inputs else self.expected

    def foresee(self, nodes: Mapping[str, Node]) -> None:
        """Find the headers that come in and those of the result, once the blocks before it are known."""
        if self.info.is_source:
            return
        expected = {port: nodes[above].expected for port, above in self.upstream.items()}
        self.known_headers = {port: headers for port, headers in expected.items() if headers is not None}
        self.expected = self.incoming
        self.before = nodes[self.upstream[self.info.inputs[0]]]
        method = self.info.load_planner()
        if self.incoming is not None:
            self.expected = reshaped(method, *self.incoming, self.settings) or self.incoming
        if self.expected is not None:
            self.expected = self._stored(self.expected, method, self.settings)

    def _stored(self, headers: Headers, method: Planning[Any], settings: Settings) -> Headers:
        """With what the block does not make itself in the dtype that its settings ask for."""
        if not (dtype := other_dtype(settings)):
            return headers
        from engine.methods.costs.bytes import stored_as

        header, anatomy = headers
        return stored_as(header, dtype, targets(method, anatomy, settings)), anatomy

    def estimate(self, device: torch.device, settings: Settings | None = None) -> Estimate | None:
        """Costs of the block where it computes, or with other ``settings``; None where its model is not known."""
        settings = self.settings if settings is None else settings
        if self.incoming is None:
            return None
        if self.info.is_source:
            return Estimate((self.header or self.incoming[0]).file_bytes, 0, 0.0)
        method = self.info.load_planner()
        from engine import devices  # what brings torch is there by now

        estimate = method.estimate(*self.incoming, settings, device)
        after = self._stored(self.incoming, method, settings)
        if after is not self.incoming:
            estimate = dataclasses.replace(estimate, disk_bytes=method.estimate(*after, settings, device).disk_bytes)
        if self.info.keeps_formats and (bytes_before := self._bytes_before(device)):
            estimate = dataclasses.replace(estimate, disk_bytes=bytes_before)
        # methods take what is at their other ports, a teacher, to be as large as what they get, in float32
        larger = [4 * (header.parameters - self.incoming[0].parameters) for header, _ in self.known_headers.values()]
        memory = estimate.memory_bytes + max(larger)
        if not devices.is_accelerator(device):
            memory = max(memory, self._part_bytes(settings)) + self._reading_bytes(settings)
        return dataclasses.replace(estimate, memory_bytes=memory)

    def _bytes_before(self, device: torch.device) -> int:
        """Bytes on disk of the result of the block before it; 0 behind a source."""
        if self.before is None or self.before.info.is_source:
            return 0
        estimate = self.before.estimate(device)
        return 0 if estimate is None else estimate.disk_bytes

    def expect(self, device: torch.device, settings: Settings | None = None) -> Expected | None:
        """Expected metrics of the block; None where its model is not known."""
        estimate = self.estimate(device, settings)
        if estimate is None or self.incoming is None:
            return None
        from engine import devices
        from engine.measure.engine_memory import ENGINE_MEMORY

        if self.info.is_source:
            return Expected(estimate.disk_bytes, 0, 0, 0, estimate.seconds)
        engine = ENGINE_MEMORY.measured()
        if not devices.is_accelerator(device):
            return Expected(estimate.disk_bytes, engine + estimate.memory_bytes, engine, 0, estimate.seconds)
        settings = self.settings if settings is None else settings
        host = engine + self._part_bytes(settings) + self._reading_bytes(settings)
        return Expected(estimate.disk_bytes, host, engine, estimate.memory_bytes, estimate.seconds)

    def _reading_bytes(self, settings: Settings) -> int:
        """Of a text, where the block reads one."""
        from engine.data.tokens import tokenizing_bytes

        assert self.incoming is not None
        return tokenizing_bytes(self.incoming[1].vocabulary) if settings.texts() else 0

    def _part_bytes(self, settings: Settings) -> int:
        """See `host_bytes`."""
        from engine.methods.costs.bytes import host_bytes

        assert self.incoming is not None
        changed = targets(self.info.load_planner(), self.incoming[1], settings)
        return host_bytes(*self.incoming, changed)

    def check(self) -> list[Problem]:
        """Problems that the method has with the model that it will get."""
        if self.incoming is None:
            return []
        header, anatomy = self.incoming
        method = self.info.load_planner()
        of_method = problems(method, anatomy, self.settings, header)
        problems_found = [*self._too_long(anatomy), *self._missing(), *of_method]
        locations = {port: node.location for port, node in self.sources.items() if node.header is not None}
        if isinstance(method, Comparing) and len(locations) == len(self.info.inputs):
            problems_found += method.compare(locations, self.settings)
        return [dataclasses.replace(problem, block=self.id) for problem in problems_found]

    def refuse(self, anatomy: Anatomy) -> None:
        """Raises `BadInput` if the method can't work on what the blocks before it have left: where that is not what
        was foreseen."""
        if self.incoming is None or self.incoming[1].linears == anatomy.linears:
            return
        for problem in problems(self.info.load_planner(), anatomy, self.settings):
            if problem.severity == "error":
                raise BadInput(problem.message, where=problem.where, advice=problem.advice)

    def _missing(self) -> list[Problem]:
        """Texts that are not there."""
        advice = "Choose a text file or a folder of them, 'mixed', 'sample', or 'hub:name'"
        gone = [text for text in self.settings.texts().values() if not _is_text(text)]
        return [Problem("error", "The text file was not found", where=text, advice=advice) for text in gone]

    def _too_long(self, anatomy: Anatomy) -> list[Problem]:
        length = self.settings.sample_length()
        why = anatomy.too_long(length)
        if not why:
            return []
        message = f"Samples of {length} tokens are too long: {why}"
        return [Problem("error", message, where=self.title, advice=f"Choose a length of at most {anatomy.positions}")]

    def step(self, nodes: Mapping[str, Node] | None = None, stage: RunStage | None = None) -> dict[str, Any]:
        """Its entry in the history of a model. Nothing in it depends on when or how often it was run. Once it has
        computed on ``stage``, with what it can be repeated from."""
        step: dict[str, Any] = {
            "method": self.info.id,
            "title": self.info.title,
            "settings": self.settings.model_dump(mode="json"),
        }
        if self.entry.made_by:
            step["made_by"] = self.entry.made_by
        if self.info.origin:
            step["origin"] = self.info.origin
        if self.header is not None:
            step["fingerprint"] = self.header.fingerprint
        if nodes is not None and stage is not None:
            step[SEED_HASH] = self.work
            step |= {DATA: hashes} if (hashes := hashes_of(self.settings)) else {}
            step |= {INPUTS: histories} if (histories := self._histories(nodes, stage.inputs)) else {}
            step |= {STOPPED: True} if stage.stopped_early else {}
        return step

    def _histories(self, nodes: Mapping[str, Node], inputs: Mapping[str, Model]) -> dict[str, list[dict[str, Any]]]:
        """Port -> history of the model there."""
        sources = {port: nodes[self.upstream[port]].root or nodes[self.upstream[port]] for port in inputs}
        return {port: list(model.history or (sources[port].step(),)) for port, model in inputs.items()}

    def take_over(self, before: dict[str, Any] | None, home: Home) -> None:
        """The result was there already: from this run before it was interrupted (``before``: its entry), or cached.
        Then the plan that it was made by is that of the run which computed it."""
        if before and before.get("signature") == self.signature and before.get("state") == "done":
            self.entry.seconds = float(before["seconds"])
            self.entry.peak_memory_bytes = int(before["peak_memory_bytes"])
            for name in PROMISED:
                setattr(self.entry, name, before.get(name, getattr(self.entry, name)))
            self.entry.details = dict(before["details"])
            self.entry.warnings = list(before["warnings"])
        else:
            self.entry.cached = True
            if plan := plan_before(str(self.location), home):
                self.entry.details[BUDGET] = plan


def _is_text(name: str) -> bool:
    """True if it is a word of the program's own, or a file that is there."""
    return is_word(name) or expanded(name).exists()


def nodes_of(pipeline: Pipeline, until: str | None) -> dict[str, Node]:
    """The blocks of a run by id, sources first, then in their order; raises `BadInput`."""
    nodes: dict[str, Node] = {}
    root = roots(pipeline)
    for block in selected(pipeline, until):
        info = resolve(block)
        nodes[block.id] = Node(block, info.info, info.settings, inputs_of(pipeline, block.id, root[block.id]))
    return nodes


def sign(
    nodes: dict[str, Node], pipeline: Pipeline, store: Store, device: torch.device, run: str | None = None
) -> list[Problem]:
    """Once the sources are open: where every other model comes from, its signature, where it will lie. Gives the
    problems with what settings name.

    What depends on a source that could not be opened, or on what can't be read, stays without a signature. ``run``:
    what this run stopped early and kept is what it goes on with.
    """
    root = roots(pipeline) if nodes else {}  # blocks in a cycle have no nodes
    problems_found: list[Problem] = []
    for node in nodes.values():
        node.root = nodes.get(root[node.id])
        node.foresee(nodes)
        sources = {port: nodes.get(root[above]) for port, above in node.upstream.items()}
        node.sources = {port: root for port, root in sources.items() if root is not None}
        if node.info.is_source or not all(nodes[above].signature for above in node.upstream.values()):
            continue
        try:
            _sign(node, nodes, pipeline.seed, device)
        except BadInput as error:
            problems_found.append(dataclasses.replace(Problem.of(error), block=node.id))
            continue
        early = "" if run is None else early_signature(node.signature, run)
        node.stopped = bool(early) and store.has(early)
        node.signature = early if node.stopped else node.signature
        node.entry.signature = node.signature
        node.location = store.folder(node.signature)
    return problems_found


def _sign(node: Node, nodes: dict[str, Node], seed: int, device: torch.device) -> None:
    above = {port: nodes[source].signature for port, source in node.upstream.items()}
    works = {port: nodes[source].work for port, source in node.upstream.items()}
    node.signature = block_signature(node.info, node.settings, above, seed, device.type)
    node.work = work_of(node.info, node.settings, works, seed)
    node.entry.made_by = code_of(node.info).on(device.type)
