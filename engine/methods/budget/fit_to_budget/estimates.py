"""Costs of a fit, from shapes alone: the smallest file, the layers that change, bytes, memory, seconds."""

from __future__ import annotations

from collections import Counter

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.budget import BudgetProblem, Option, Target, Unit
from engine.contracts.problem import Estimate
from engine.fit.solver import Solver
from engine.measure import machine
from engine.measure.llama_cpp.rates import NETWORKS, SPEED_SECONDS
from engine.methods.base import FormatOffer, SolvedFormats
from engine.methods.budget.fit_to_budget.rank_offer import no_ranks
from engine.methods.budget.fit_to_budget.removal_limits import PATIENCE, TRIALS, WINDOWS, expert_counts
from engine.methods.budget.fit_to_budget.sampling import SOLVED_INPUTS, SOLVED_ROWS, rows_of
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import PACKS_TABLES, Group, file_budget, groups
from engine.methods.budget.fit_to_budget.width_limits import channel_counts, group_counts
from engine.methods.costs import rates
from engine.methods.costs.bytes import Owners, artifact_bytes, artifact_tensors, is_tied
from engine.methods.costs.gradients import BackwardWalk
from engine.methods.costs.primitives import DECOMPOSITION, GPTQ, Walk
from engine.methods.quantization.common import asymmetric
from engine.methods.quantization.common.objective import with_objective
from engine.methods.quantization.common.table_solver import solving_seconds
from engine.methods.shared.layers import embedding_of, head_of, layers_only
from engine.modules import CompressedModule

ROUNDED = (64, 1024)
"""Rows and inputs of the weight on which the seconds of rounding to a format are measured."""
SOLVED = 256
"""Inputs of the weight on which those of solving are measured."""


def options(group: Group, target: Target, offer: FormatOffer) -> tuple[str, ...]:
    """Formats that all layers of a group may have."""
    offered = [offer.formats(linear, target) for linear in group.tensors]
    return tuple(option for option in offered[0] if all(option in others for others in offered))


def ends_may_stay(target: Target) -> bool:
    """True where a plan may leave the embedding and the head as they came although there are formats for them."""
    return target in PACKS_TABLES and target != "gguf"


def targets(anatomy: Anatomy, settings: FitToBudgetSettings, offer: FormatOffer) -> list[str]:
    """Layers that get a format."""
    changed = [group for group in groups(anatomy, settings.target) if options(group, settings.target, offer)]
    return [linear.name for group in changed for linear in group.tensors]


def module_bytes(group: Group, option: str, offer: FormatOffer) -> int:
    """Bytes of the tensors of a group in this format."""
    modules = [offer.module(linear, option) for linear in group.tensors]
    return sum(t.numel() * t.element_size() for module in modules for t in module.packed_tensors().values())


def smallest(anatomy: Anatomy, settings: FitToBudgetSettings, offer: FormatOffer) -> int:
    """Bytes of the layers that get a format, in the smallest ones: no file is smaller. 0 where none gets one."""
    return sum(
        min(module_bytes(group, option, offer) for option in choice)
        for group in groups(anatomy, settings.target)
        if (choice := options(group, settings.target, offer))
    )


def other_tables(header: CheckpointHeader, anatomy: Anatomy, settings: FitToBudgetSettings, offer: FormatOffer) -> int:
    """Bytes of the embedding and the head where they get no format: every file has them. compressed-tensors stores
    them in 16 bits at least, whatever they came in."""
    changed = set(targets(anatomy, settings, offer))
    tables = [table for table in (embedding_of(anatomy), head_of(anatomy)) if table and table.name not in changed]
    tables = tables[:1] if anatomy.tied else tables
    owners = Owners(table.name for table in tables)
    came = sum(info.nbytes for info in header.tensors if owners.of(info.name) and not is_tied(info, anatomy))
    dense = 2 * sum(table.in_features * table.out_features for table in tables)
    return max(came, dense) if settings.target == "compressed-tensors" else came


def estimate(
    header: CheckpointHeader,
    anatomy: Anatomy,
    settings: FitToBudgetSettings,
    device: torch.device,
    offer: FormatOffer,
) -> Estimate:
    """Bytes on disk of a plan that spends all of the size on the weights alike; memory of the walks; seconds of the
    walks, the searches and of building twice."""
    modules: dict[str, CompressedModule | torch.Tensor] = {}
    for group, option in _likely(header, anatomy, settings, offer).items():
        for linear in group.tensors:
            modules[linear.name] = offer.module(linear, option)
    disk = artifact_bytes(header, anatomy, modules)
    walk = Walk.of(settings, GPTQ)
    linears = layers_only(anatomy).linears
    sampled = settings.model_copy(update={"num_samples": min(settings.fisher_samples, settings.num_samples)})
    backward = BackwardWalk(Walk.of(sampled), settings.sequence_length, ())
    builds = 2.0 if settings.guard else 1.0
    analysis = walk.seconds(linears, device) + backward.seconds(anatomy, device)
    analysis += _pricing_seconds(anatomy, settings, device, offer)
    build = Estimate(0, walk.memory(header, anatomy, device), walk.seconds(linears, device))
    if settings.rounding == "gptq":
        build = asymmetric.with_originals(build, walk, layers_only(anatomy), settings.gptaq_alpha, device)
    building = build.seconds or 0.0
    if settings.rounding == "gptq" and settings.target in PACKS_TABLES:
        building += solving_seconds(settings, anatomy, device)
    once = seconds = analysis + builds * building
    again = 0
    read = min(WINDOWS, settings.num_samples) / settings.num_samples * walk.seconds(linears, device)
    if settings.remove_layers and not anatomy.not_alike:  # all of it once more, for the model without them
        again += 1
        seconds += once + TRIALS * (PATIENCE + 1) * read
    searched = []  # trials of the searches that first walk through the model
    if settings.remove_experts:
        searched.append(len(expert_counts(anatomy)))
    if settings.remove_widths:
        trials = len(channel_counts(anatomy, settings)) + len(group_counts(anatomy, settings))
        searched.append(trials)
        if settings.remove_layers and not anatomy.not_alike and trials:  # once more, in a model with fewer layers
            searched.append(trials)
            seconds += analysis
    for trials in filter(None, searched):
        again += 1
        seconds += once + walk.seconds(linears, device) + trials * read
    if settings.factorize and not no_ranks(settings.target):
        factorized = 2 if again else 1  # the best of the smaller models too
        again += factorized
        factoring = Walk.of(settings, DECOMPOSITION, walks=3)  # for the prices, for the plan, and of the original then
        seconds += factorized * (once + factoring.seconds(linears, device))
    if settings.needs_speed:
        seconds += SPEED_SECONDS * (NETWORKS + len(formats(anatomy, settings, offer)))
    builds *= 1 + again
    table = 4 * anatomy.vocabulary * anatomy.hidden_size
    memory = max(2 * table, build.memory_bytes, backward.memory(anatomy, device))
    estimate = Estimate(disk, memory, seconds + builds * (header.nbytes + disk) / rates.BYTES_PER_SECOND)
    if settings.rounding != "gptq":
        return estimate
    return with_objective(estimate, settings, anatomy, {linear.name for linear in linears}, device)


def _pricing_seconds(
    anatomy: Anatomy, settings: FitToBudgetSettings, device: torch.device, offer: FormatOffer
) -> float:
    """Seconds of rounding the rows that are priced to every format, and of solving a few of them."""
    weights, columns = Counter[str](), dict[tuple[int | None, str, str], int]()
    for group in groups(anatomy, settings.target):
        for linear in group.tensors:
            for option in options(group, settings.target, offer):
                weights[option] += linear.in_features * min(linear.out_features, rows_of(option, linear.in_features))
                if group.end != "embedding":  # those that read one tensor are solved together
                    columns[linear.layer, linear.input_group, option] = min(linear.in_features, SOLVED_INPUTS)
    seconds = sum(count * _seconds_per_weight(offer, option, str(device)) for option, count in weights.items())
    if settings.rounding == "gptq" and isinstance(offer, SolvedFormats):
        solved = Counter[str]()
        for (_, _, option), count in columns.items():
            solved[option] += count
        seconds += sum(count * _seconds_per_column(offer, option, str(device)) for option, count in solved.items())
    return seconds


def _seconds_per_weight(offer: FormatOffer, option: str, device: str) -> float:
    """Seconds of rounding a weight, measured on a small layer."""
    rows, inputs = ROUNDED
    weight = torch.linspace(-1.0, 1.0, rows * inputs, device=device).view(inputs, rows).t().contiguous()
    energy = torch.ones(inputs, device=device)
    name = f"{type(offer).__name__}: rounding of {rows} x {inputs} to {option}"
    return machine.seconds(name, device, lambda: offer.rounded(weight, option, energy)) / weight.numel()


def _seconds_per_column(offer: SolvedFormats, option: str, device: str) -> float:
    """Seconds of solving a column of a few rows, measured on a small layer; about 0 where it is rounded to nearest."""
    rows, inputs = SOLVED_ROWS, SOLVED
    weight = torch.linspace(-1.0, 1.0, rows * inputs, device=device).view(inputs, rows).t().contiguous()
    solver = offer.solver(torch.eye(inputs, device=device))
    if solver is None:
        return 0.0

    def solved() -> torch.Tensor:
        part = solver(weight, option)
        return weight if part is None else part

    return machine.seconds(f"{type(offer).__name__}: solving of {rows} x {inputs} to {option}", device, solved) / inputs


def formats(anatomy: Anatomy, settings: FitToBudgetSettings, offer: FormatOffer) -> tuple[str, ...]:
    """Names of all formats that any layer may have."""
    offered = (options(group, settings.target, offer) for group in groups(anatomy, settings.target))
    return tuple(dict.fromkeys(name for names in offered for name in names))


def _likely(
    header: CheckpointHeader, anatomy: Anatomy, settings: FitToBudgetSettings, offer: FormatOffer
) -> dict[Group, str]:
    """A plan by the number of bits alone: each bit less makes the error of a weight four times as large."""
    changed = {
        group.name: group for group in groups(anatomy, settings.target) if options(group, settings.target, offer)
    }
    if not changed:
        return {}
    units = []
    for group in changed.values():
        sizes = {option: module_bytes(group, option, offer) for option in options(group, settings.target, offer)}
        priced = [
            Option(id=option, bytes=size, loss=group.parameters * 4.0 ** (-8 * size / group.parameters))
            for option, size in sizes.items()
        ]
        names = tuple(linear.name for linear in group.linears)
        units.append(
            Unit(
                name=group.name,
                layers=names,
                layer=group.layer,
                role=group.role,
                parameters=group.parameters,
                options=tuple(priced),
            )
        )
    least = {
        linear.name: offer.module(linear, min(unit.options, key=lambda option: option.bytes).id)
        for unit in units
        for linear in changed[unit.name].tensors
    }
    tensors = sum(nbytes for _, nbytes in artifact_tensors(header, anatomy, least).values())
    fixed = tensors - sum(min(option.bytes for option in unit.options) for unit in units)
    if settings.target == "gguf":
        fixed += _header_bytes(header, anatomy)
    problem = BudgetProblem(target=settings.target, model="", text="", tokens=0, fixed_bytes=fixed, units=tuple(units))
    solver = Solver(problem, {})
    try:
        plan = solver.plan(file_budget(settings, anatomy))
    except BadInput:
        plan = solver.plan(solver.smallest)
    return {group: plan.choices[name] for name, group in changed.items()}


def _header_bytes(header: CheckpointHeader, anatomy: Anatomy) -> int:
    """About what the head of a GGUF file takes: tensors, and tokens with the merges that make them."""
    tokens = anatomy.vocabulary
    return 70 * len(header.tensors) + 16 * tokens + 20 * max(0, tokens - 256)
