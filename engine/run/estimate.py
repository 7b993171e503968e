"""Problems of a run and its costs, from headers alone: before anything is spent."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from engine import devices
from engine.architecture.pretrained import tokenizer_needs_code
from engine.architecture.structure import in_short
from engine.base import pinned
from engine.base.errors import BadInput, StudioError
from engine.base.files import existing_parent, expanded
from engine.base.human import bytes_text
from engine.checkpoints.consent import ConsentNeeded, code_in, is_given, looking
from engine.contracts.commands import Checked, taken_text
from engine.contracts.problem import Expected, Problem
from engine.data.texts import MIXED, SAMPLE, is_word, load_text, suited
from engine.measure import machine
from engine.measure.engine_memory import ENGINE_MEMORY
from engine.measure.evaluate import positions_of
from engine.models.source import load_tokenizer
from engine.pipeline import legality
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.survey import without_refused
from engine.pipeline.texts import with_texts
from engine.record.home import Home
from engine.run.artifacts import Store
from engine.run.environment import pick_device
from engine.run.growth import growing
from engine.run.measuring import Measuring
from engine.run.node import Node, nodes_of, sign
from engine.run.phase_times import is_measured, measuring_memory, measuring_seconds
from engine.run.signature import content_files

_LIGHTER: tuple[tuple[str, int | bool], ...] = (
    ("gradient_checkpointing", True),
    ("micro_batch_size", 1),
    ("num_samples", 32),
    ("sequence_length", 256),
    ("sequence_length", 128),
)
"""Settings that take less memory, those first that change the result least."""
_WORTH = 0.05
"""A setting that saves a smaller share is not named."""


def check(
    pipeline: Pipeline,
    until: str | None = None,
    *,
    home: Home | None = None,
    device: str | None = None,
    quick: bool = False,
    new: bool = False,
    checkpoint: Callable[[], None] = lambda: None,
) -> Checked:
    """Problems of the document and of its methods with the real shapes, estimates, and what is there already.

    Never downloads: of a hub model that is not on this machine nothing is known yet, and a warning says so.
    ``quick``: reads headers alone, no weights (the others are read to see what is there already: about a second per GB,
    the first time), so that nothing counts as cached and measuring has no estimate. ``new``: nothing is there in any
    case, so that everything is measured. ``checkpoint``: called between blocks; what it raises ends the check.
    """
    with looking():
        chosen_device, chosen = pick_device(device), with_texts(pipeline.active())
        return _check(chosen, until, home or Home.default(), chosen_device, quick, new, checkpoint)


@pinned.session()
def _check(
    pipeline: Pipeline,
    until: str | None,
    home: Home,
    chosen_device: torch.device,
    quick: bool,
    new: bool,
    checkpoint: Callable[[], None],
) -> Checked:
    store = Store(home.artifacts)
    problems = legality.problems(pipeline, until)
    nodes = _nodes(pipeline, until, problems)
    for node in nodes.values():
        checkpoint()
        if node.info.is_source:
            problems += _open(node, signed=not quick)
    problems += sign(nodes, pipeline, store, chosen_device)
    for node in nodes.values():
        checkpoint()
        problems += _checked(node)
    problems += _text(pipeline, nodes)
    problems += _sample_texts(pipeline, nodes) + _seen_texts(pipeline, nodes)
    checkpoint()
    estimates = _estimates(nodes, chosen_device)
    checkpoint()
    cached = tuple(node.id for node in nodes.values() if node.signature and store.has(node.signature))
    free_memory, free_disk = devices.free_memory(chosen_device), shutil.disk_usage(existing_parent(home.root)).free
    to_do = {name: estimate for name, estimate in estimates.items() if name not in cached}
    problems += _short(nodes, to_do, free_memory, free_disk, chosen_device) + growing(nodes, estimates)
    measured = _to_measure(nodes, pipeline, home, store, chosen_device) if new or not quick else []
    evaluation = pipeline.evaluation
    engine = 0 if devices.is_accelerator(chosen_device) else ENGINE_MEMORY.measured()
    memory = {node.id: engine + measuring_memory(node, evaluation, chosen_device) for node in measured}
    problems += _measuring_short(nodes, memory, evaluation, free_memory, engine, chosen_device)
    order = {block.id: index for index, block in enumerate(pipeline.blocks)}
    problems.sort(key=lambda problem: order.get(problem.block or "", -1))
    plain = {name: (e.disk_bytes, e.memory_bytes, e.seconds) for name, e in estimates.items()}
    seconds = sum(measuring_seconds(node, evaluation, chosen_device) for node in measured)
    most = max(memory.values(), default=0)
    slowdown = 1.0 if quick and not new else machine.slowdown(str(chosen_device))
    models = {node.id: in_short(node.header) for node in nodes.values() if node.info.is_source and node.header}
    return Checked(tuple(problems), plain, cached, free_memory, free_disk, seconds, most, engine, slowdown, models)


def _nodes(pipeline: Pipeline, until: str | None, problems: list[Problem]) -> dict[str, Node]:
    """All blocks that a run would work on, but those that are wrong in themselves and what follows them."""
    wrong = {problem.block for problem in problems if problem.severity == "error"}
    try:
        blocks = legality.selected(pipeline, until)
    except StudioError:
        return {}
    ids: set[str] = set()
    for block in blocks:  # each after all that it depends on
        if block.id not in wrong and ids.issuperset(pipeline.into(block.id).values()):
            ids.add(block.id)
    return nodes_of(pipeline.without(block.id for block in pipeline.blocks if block.id not in ids), None)


def _open(node: Node, *, signed: bool) -> list[Problem]:
    try:
        source = node.info.load_source()
        if why := source.absent(node.settings):
            return [Problem("warning", why, block=node.id)]
        model = source.open(node.settings)
        if signed:
            node.opened(model)
        else:
            node.seen(model)
        if tokenizer_needs_code(model.header.folder):
            load_tokenizer(model)
    except ConsentNeeded as error:
        return [_code_problem(Path(error.where), error, node.id)]
    except StudioError as error:
        return [Problem("error", error.what, where=error.where, advice=f"{error.why} {error.advice}", block=node.id)]
    return []


def _code_problem(path: Path, error: ConsentNeeded, block: str) -> Problem:
    """A check runs nothing that a model brings, not even what may run."""
    if is_given(code_in(path)):
        message = "The model brings its own code, which a check does not run: what it needs is known when it runs"
        return Problem("warning", message, where=str(path), block=block)
    message = f"{error.what}: {', '.join(sorted(code_in(path).files))} would run with all your rights"
    advice = "Read the files there; if you trust their authors, say yes when the pipeline is run."
    return Problem("error", message, where=str(path), advice=advice, block=block, consent=str(path))


def _checked(node: Node) -> list[Problem]:
    try:
        return node.check()
    except StudioError as error:
        return [Problem("error", str(error), block=node.id)]


def _text(pipeline: Pipeline, nodes: dict[str, Node]) -> list[Problem]:
    evaluation = pipeline.evaluation
    if evaluation.when == "never":
        return []
    try:
        if not evaluation.text.startswith("hub:"):
            load_text(evaluation.text)
    except StudioError as error:
        return [Problem("error", f"Nothing can be measured: {error}")]
    return [problem for node in nodes.values() for problem in _window(node, evaluation.window_size)]


def _sample_texts(pipeline: Pipeline, nodes: dict[str, Node]) -> list[Problem]:
    """The texts of the sample are simple stories for the sample model: for any other one they are a poor choice, which
    is said where it is made."""
    real = {n.id for n in nodes.values() if n.info.is_source and n.header and suited(str(n.location)) != SAMPLE}
    advice = f"Choose '{MIXED}', the bundled texts for real models, or a text that is like what the model is for."
    samples = []
    for node in nodes.values():
        used = [text for text in node.settings.texts().values() if text.partition(":")[0] == SAMPLE]
        if used and node.root is not None and node.root.id in real:
            message = f"{node.title} uses the sample texts, which are made for the sample model"
            samples.append(Problem("warning", message, advice=advice, block=node.id))
    if real and pipeline.evaluation.when != "never" and pipeline.evaluation.text.partition(":")[0] == SAMPLE:
        message = "Metrics are measured on the sample texts, which are made for the sample model"
        samples.append(Problem("warning", message, advice=advice))
    return samples


def _seen_texts(pipeline: Pipeline, nodes: dict[str, Node]) -> list[Problem]:
    """A file has no held-out part: metrics on what was calibrated on or learned are too good."""
    text = pipeline.evaluation.text
    if pipeline.evaluation.when == "never" or is_word(text):
        return []
    measured = _files(text)
    seen = [node for node in nodes.values() if any(measured & _files(name) for name in node.settings.texts().values())]
    message = "Metrics are measured on a text that {} has seen: they will be better than on other texts"
    advice = "Choose another text to measure on."
    return [Problem("warning", message.format(node.title), where=text, advice=advice, block=node.id) for node in seen]


def _files(text: str) -> set[Path]:
    """The files of a text; none for words of the program's own and for what no file can be called."""
    if not is_word(text):
        with contextlib.suppress(BadInput):
            return {file.resolve() for file in content_files(expanded(text))}
    return set()


def _window(node: Node, size: int) -> list[Problem]:
    """A model of fewer positions than the window is measured on shorter ones: that is said before, unless the size is
    the usual one, which nobody chose."""
    positions = positions_of(node.header) if node.header is not None else None
    if not positions or size <= positions or size == Evaluation.model_fields["window_size"].default:
        return []
    message = f"{node.title} has {positions} positions: it is measured in windows of {positions} tokens, not of {size}"
    advice = f"Choose a window of at most {positions} tokens to compare it with other models."
    return [Problem("warning", message, advice=advice, block=node.id)]


def _estimates(nodes: dict[str, Node], device: torch.device) -> dict[str, Expected]:
    expected = {node.id: node.expect(device) for node in nodes.values()}
    return {name: estimate for name, estimate in expected.items() if estimate is not None}


def _to_measure(
    nodes: dict[str, Node], pipeline: Pipeline, home: Home, store: Store, device: torch.device
) -> list[Node]:
    """The blocks whose models nobody has measured yet."""
    measuring = Measuring(home, pipeline.evaluation, device)
    remote = pipeline.evaluation.text.startswith("hub:")  # to look it up could be to download it
    nodes_to_measure: list[Node] = []
    for node in nodes.values():
        if not is_measured(node, pipeline, nodes) or node.root is None:
            continue
        with contextlib.suppress(StudioError):  # `_text` has told why, or `_open` of a source that is not there
            reference = measuring.subject(node.root.output_header) if node.root is not node else None
            there = node.info.is_source or (node.signature and store.has(node.signature))
            if remote or not there or not measuring.is_known(measuring.subject(node.output_header), reference):
                nodes_to_measure.append(node)
    return nodes_to_measure


def _measuring_short(
    nodes: dict[str, Node], memory: dict[str, int], evaluation: Evaluation, free: int, engine: int, device: torch.device
) -> list[Problem]:
    """A warning if what is free will not do for measuring, of the block that takes most. ``engine``: bytes of the
    ``memory`` that are taken already."""
    block = max(memory, key=lambda name: memory[name], default="")
    if not block or memory[block] - engine <= free:
        return []
    message = _too_little(f"Measuring {nodes[block].title}", memory[block], engine, free)
    one = {"num_windows": 1}
    short = {**one, "window_size": min(512, evaluation.window_size)}
    alone = {**short, "compare": False}
    short_said = f"one window of {short['window_size']} tokens"
    for said, changes in (
        ("one window", one),
        (short_said, short),
        (f"{short_said} that is not compared with the source", alone),
    ):
        less = engine + measuring_memory(nodes[block], evaluation.model_copy(update=changes), device)
        if less - engine <= free:
            advice = f"With {said} it would take {bytes_text(less)}."
            return [Problem("warning", message, advice=advice, block=block)]
    return [Problem("warning", message, advice="Close other programs, or measure nothing.", block=block)]


def _short(
    nodes: dict[str, Node], estimates: dict[str, Expected], free_memory: int, free_disk: int, device: torch.device
) -> list[Problem]:
    """Warnings if what is free will not do."""
    problems: list[Problem] = []
    of_methods = {name: e for name, e in estimates.items() if not nodes[name].info.is_source}
    disk = sum(estimate.disk_bytes for estimate in of_methods.values())
    if disk > free_disk:
        message = f"The results will take {bytes_text(disk)} on disk, {bytes_text(free_disk)} are free"
        problems.append(Problem("warning", message, advice="Free some space, or move the workspace to another disk."))
    for name, estimate in of_methods.items():
        if estimate.adds > free_memory:
            in_use = estimate.memory_bytes - estimate.adds
            message = _too_little(nodes[name].title, estimate.memory_bytes, in_use, free_memory)
            advice = _lighter(nodes[name], estimate, free_memory, device)
            problems.append(Problem("warning", message, advice=advice, block=name))
    return problems


def _too_little(title: str, needed: int, in_use: int, free: int) -> str:
    return f"{title} will take {bytes_text(needed)} of memory{taken_text(in_use)} and {bytes_text(free)} are free"


def _lighter(node: Node, whole: Expected, free: int, device: torch.device) -> str:
    """Advice: the first setting with which the block fits, else the one that saves most."""
    savings: list[tuple[int, str]] = []
    for name, value in _LIGHTER:
        field = type(node.settings).model_fields.get(name)
        now = getattr(node.settings, name, None)
        if field is None or now == value or (not isinstance(value, bool) and now is not None and now < value):
            continue
        with contextlib.suppress(StudioError):
            other = node.expect(device, node.settings.replace(**{name: value}))
            if other is not None and other.adds < (1 - _WORTH) * whole.adds:
                said = "on" if value is True else str(value)
                takes = f"With '{field.title}' {said} it would take {bytes_text(other.memory_bytes)}"
                savings.append((other.memory_bytes, takes))
                if other.adds <= free:
                    return f"{takes}."
    least = f"{min(savings)[1]}. " if savings else ""
    return least + (
        "Choose the CPU, or close other programs." if devices.is_accelerator(device) else "Close other programs."
    )


def fitting(pipeline: Pipeline, *, home: Home, device: str | None = None) -> tuple[Pipeline, list[Problem]]:
    """The survey without the blocks that can't work on the model, and why not; from headers alone. Raises `BadInput`
    where nothing is left, or where the model itself is wrong."""
    return without_refused(pipeline, check(pipeline, home=home, device=device, quick=True).problems)
