"""GGUF quants: each tensor gets the block type that llama.cpp's mix has for it, and the best blocks of that type."""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.calibration import imatrix
from engine.calibration.head_inputs import HEAD_SHARE, head_gram
from engine.calibration.input_energy import input_energies
from engine.calibration.statistics import Gram
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, compute_dtype_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.details import IMPORTANCE_MATRIX
from engine.contracts.problem import Estimate, Problem
from engine.measure import machine
from engine.methods.costs import rates
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.costs.primitives import ENERGIES, GPTQ, Walk, layer_bytes
from engine.methods.quantization.common import asymmetric
from engine.methods.quantization.common.objective import KlObjective, gather_objective, with_objective
from engine.methods.quantization.common.objective_settings import objective_problems
from engine.methods.quantization.common.table_solver import TableSolver, read_by_head, solving_seconds
from engine.methods.quantization.gguf_quants.mixes import NEED_MATRIX, Choice, choices, gguf_name
from engine.methods.quantization.gguf_quants.offer import GgmlOffer
from engine.methods.quantization.gguf_quants.settings import GgufQuantsSettings
from engine.methods.shared.layers import chosen, head_of, layers_only, not_recognized, pattern_problems
from engine.methods.shared.report import report_damping
from engine.models import ranks
from engine.models.layer import LinearLayer, Report, compared, mask_of, refusing, replace, stacked_masks, stored_weight
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlEmbedding, GgmlLinear
from engine.modules.tied import TiedLinear
from engine.numerics.ggml.gptq import gptq
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.quantize import SEARCHED, quantize
from engine.numerics.quantization.scheme import Scheme
from engine.numerics.workers import largest_first, workers

GATHERING = 0.5
"""Share of the progress that gathering the importance matrix makes up."""
ROWS = 4096
"""Rows of an embedding that one core works on."""


class GgufQuants:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: GgufQuantsSettings) -> list[Problem]:
        """Tensors without a type that fits, patterns that mean nothing, a model without recognized layers."""
        problems = pattern_problems(anatomy, settings.ignore)
        if settings.source == "text" and not anatomy.layers:
            problems.append(not_recognized(anatomy, "Round to nearest without an importance matrix"))
        if settings.method == "gptq" and settings.importance != "text":
            message = "GPTQ gathers on a text what it needs: the setting of the importance matrix has no effect"
            problems.append(Problem("warning", message, advice="Choose the rounding 'nearest' for it"))
        if settings.source == "file" and not settings.imatrix:
            problems.append(
                Problem("error", "No file of an importance matrix is given", advice="Choose one, or a text")
            )
        if settings.save_imatrix and settings.source == "text":
            try:
                refuse_other_file(anatomy, settings)
            except BadInput as error:
                problems.append(Problem("error", error.what, where=error.where, advice=error.advice))
        if settings.method == "gptq":
            problems += objective_problems(anatomy, settings.objective)
        types = chosen_types(anatomy, settings)
        linears = {linear.name for linear in anatomy.linears} - {getattr(anatomy.head, "name", anatomy.head)}
        blind = [x for name, x in types.items() if x.type in NEED_MATRIX and name in linears]
        if blind and settings.source == "none":
            message = f"{blind[0].type} needs an importance matrix: without one it says little about the weights"
            advice = "Gather the matrix on a text, read it from a file, or choose IQ3_S or a K type"
            problems.append(Problem("error", message, where=blind[0].gguf_name, advice=advice))
        unfit = {name: choice for name, choice in types.items() if not choice.type and choice.inputs % 32}
        if unfit:
            name, choice = next(iter(unfit.items()))
            more = f" (and {len(unfit) - 1} more)" if len(unfit) > 1 else ""
            severity = "error" if len(unfit) == len(types) else "warning"
            message = f"{name}{more} has {choice.inputs} inputs, which no block of 32 weights divides"
            problems.append(Problem(severity, message, where=name, advice="It is left as it is"))  # type: ignore[arg-type]
        return problems

    def targets(self, anatomy: Anatomy, settings: GgufQuantsSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return {name for name, choice in chosen_types(anatomy, settings).items() if choice.type}

    def offer(self, settings: GgufQuantsSettings) -> GgmlOffer:
        """See `engine.methods.base.Budgeted`."""
        return GgmlOffer(settings.damping if settings.method == "gptq" else None)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: GgufQuantsSettings, device: torch.device
    ) -> Estimate:
        """Bytes of the tensor files to about a percent; memory on top of the program's own; seconds of the passes and
        of the searches."""
        linears = {linear.name: linear for linear in anatomy.linears}
        modules: dict[str, CompressedModule | torch.Tensor] = {}
        seconds = 0.0
        for name, choice in chosen_types(anatomy, settings).items():
            if choice.type:
                linear = linears.get(name)
                rows = anatomy.vocabulary if linear is None else linear.out_features
                modules[name] = GgmlLinear(choice.type, rows, choice.inputs)
                seconds += rows * choice.inputs * _seconds_per_weight(choice.type, str(device))
        table = anatomy.vocabulary * anatomy.hidden_size
        largest = max(table, *(x.in_features * x.out_features for x in anatomy.linears))
        memory = max(4 * table, layer_bytes(anatomy)) + 30 * min(devices.at_once(device, SEARCHED), largest)
        if settings.source == "text":
            walk = Walk.of(settings, GPTQ if settings.method == "gptq" else ENERGIES)
            seconds += walk.seconds(layers_only(anatomy).linears, device)
            memory = max(memory, walk.memory(header, anatomy, device))
            if settings.method == "gptq" and not read_by_head(anatomy).isdisjoint(modules):
                seconds += solving_seconds(settings, anatomy, device)
        disk = artifact_bytes(header, anatomy, modules)
        estimate = Estimate(
            disk, memory, seconds + rates.unpacking(header) + (header.nbytes + disk) / rates.BYTES_PER_SECOND
        )
        if settings.method == "gptq":
            layers = layers_only(anatomy)
            estimate = asymmetric.with_originals(estimate, Walk.of(settings), layers, settings.gptaq_alpha, device)
            estimate = with_objective(estimate, settings, anatomy, modules, device)
        return estimate

    def apply(self, model: Model, settings: GgufQuantsSettings, stage: Stage) -> Model:
        """Quantize in place. RunFailed names the layer with a NaN or with scales beyond float16."""
        run = GgufRun(model, settings, stage)
        if settings.method == "gptq":
            run.calibrate()
        else:
            run.nearest()
        run.report_types()
        return model


def refuse_other_file(anatomy: Anatomy, settings: GgufQuantsSettings) -> None:
    """Raise `BadInput` if saving the importance matrix would replace what is not one of this model and this text."""
    inputs = {gguf_name(linear): linear.in_features for linear in anatomy.linears}
    inputs |= {choice.gguf_name: choice.inputs for choice in chosen_types(anatomy, settings).values()}
    imatrix.refuse_other(Path(settings.save_imatrix), inputs, Path(settings.text).name)


def chosen_types(anatomy: Anatomy, settings: GgufQuantsSettings) -> dict[str, Choice]:
    """The types of each target linear, of the embedding and of the head."""
    reached = layers_only(anatomy) if settings.method == "gptq" else anatomy
    mix_words = {"mix": ""}
    return choices(
        anatomy,
        settings.type,
        has_matrix=settings.source != "none",
        linears=chosen(reached, settings.ignore),
        overrides=settings.overrides,
        embedding=mix_words.get(settings.token_embedding_type, settings.token_embedding_type),
        output=mix_words.get(settings.output_tensor_type, settings.output_tensor_type),
    )


@dataclass(frozen=True)
class Replacement:
    """A quantized layer that is not yet in place, and its statistics."""

    module: GgmlLinear
    report: Report


@dataclass
class GgufRun:
    """One run of the method over one model."""

    model: Model
    settings: GgufQuantsSettings
    stage: Stage
    energies: dict[str, torch.Tensor] = field(default_factory=dict)
    pool: ThreadPoolExecutor | None = None
    objective: KlObjective | None = None
    solver: TableSolver | None = None

    def __post_init__(self) -> None:
        anatomy = self.model.anatomy
        self.choices = {name: choice for name, choice in chosen_types(anatomy, self.settings).items() if choice.type}
        self.linears = {x.name: x for x in anatomy.linears if x.name in self.choices}
        self.embedding = anatomy.embeddings[0] if anatomy.embeddings else None
        self.head = head_of(anatomy)

    # -- nearest -------------------------------------------------------------------------------------------------------
    def nearest(self) -> None:
        """Round all tensors, with the importance matrix if there is one."""
        settings, share = self.settings, 0.0
        if settings.source == "text":
            share = GATHERING
            self.gather((0.0, share))
            self.save_matrix()
        elif settings.source == "file":
            self.read_matrix()
        with workers(self.stage.device) as self.pool:
            for part in self.stage.parts(self.model, span=(share, 1.0)):
                linears = [linear for linear in part.linears if linear.name in self.linears]
                results = largest_first(self.pool, self.round_linear, linears, lambda x: x.in_features * x.out_features)
                for linear, result in zip(linears, results, strict=True):
                    self.stage.checkpoint()
                    self.replace(linear, result)
                self.quantize_ends(part)

    @property
    def table(self) -> str | None:
        """The module whose table the head reads, where it gets a type: its own, or that of the embedding."""
        name = self.embedding if self.model.anatomy.tied else self.model.anatomy.head
        return name if name in self.choices else None

    def gather(self, span: tuple[float, float]) -> None:
        """Gather the importance matrix on a text: of the linears, and of the head. An embedding that is tied to it gets
        what the head is multiplied with. ``span``: as of `input_energies`."""
        head, table = self.model.anatomy.head, self.table
        names = {*self.linears, *((head,) if head and table else ())}
        if not names:
            return
        self.energies = input_energies(self.model, self.settings, self.stage, names, span)
        if table is not None and head in self.energies:
            self.energies[table] = self.energies.pop(head)

    def round_linear(self, linear: Linear) -> Replacement:
        """The quantized equal of a linear. Changes nothing: layers may be worked on at once."""
        weight = LinearLayer(self.model, linear).weight
        blocks = self.as_it_came(linear.name)
        if blocks is None:
            blocks = self.blocks(linear.name, weight, self.energies.get(linear.name))
        return self.replacement(linear, weight, blocks)

    def read_matrix(self) -> None:
        """Take the importance matrix of a file, by the names that GGUF files have for the tensors."""
        file = Path(self.settings.imatrix)
        stored, said = imatrix.read(file), imatrix.facts(file)
        self.stage.detail(IMPORTANCE_MATRIX, {"file": file.name, **dataclasses.asdict(said)}, keep=True)
        missing = []
        for name, choice in self.choices.items():
            values = stored.get(choice.gguf_name)
            if values is None or len(values) != choice.inputs:
                missing += [choice.gguf_name] if name in self.linears else []
            else:
                self.energies[name] = values.to(self.stage.device)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            text = f"The importance matrix does not fit {missing[0]}{more}: rounded without it"
            self.stage.log(text, "warning")

    def save_matrix(self) -> None:
        """Write the importance matrix where it is asked for."""
        if self.settings.save_imatrix and ranks.is_main():
            refuse_other_file(self.model.anatomy, self.settings)
            imatrix.write(
                Path(self.settings.save_imatrix),
                {self.choices[name].gguf_name: values for name, values in self.energies.items()},
                text=Path(self.settings.text).name,
                chunks=self.settings.num_samples,
                chunk_size=self.settings.sequence_length,
            )

    # -- GPTQ ----------------------------------------------------------------------------------------------------------
    def calibrate(self) -> None:
        """Walk through the layers and solve the linears that read one tensor together."""
        settings, stage = self.settings, self.stage
        if settings.save_imatrix:  # that of the model as it came; GPTQ itself sees what compressed layers give
            self.gather((0.0, 0.0))
            self.save_matrix()
        begin = 0.0
        if self.table is not None and self.as_it_came(self.table) is None:
            gram = head_gram(self.model, settings, stage)
            if gram is not None:
                self.solver, begin = TableSolver(gram, stage, damping=settings.damping), HEAD_SHARE
        tokens = calibration_tokens(self.model, settings, stage)
        self.objective, span = gather_objective(self.model, settings, stage, tokens, self.linears, begin)
        asymmetric.calibrate_gptq(
            self.model,
            stage,
            tokens.to(stage.device),
            settings.gptaq_alpha,
            on_group=self.solve,
            batch=max(1, BATCH_TOKENS // settings.sequence_length),
            compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
            prepare=self.quantize_ends,
            targets=self.linears,
            span=span,
        )

    def solve(self, input_group: InputGroup[Gram]) -> None:
        """Quantize the linears of an input group, those of one type at once: outputs do not know of each other."""
        gram = input_group.statistic.matrix()
        of_type: dict[str, list[Linear]] = defaultdict(list)
        for linear in input_group.linears:
            stored = self.as_it_came(linear.name) if linear.name in self.linears else None
            if stored is not None:
                weight = LinearLayer(self.model, linear).weight
                self.replace(linear, self.replacement(linear, weight, stored, output_error=0.0))
            elif linear.name in self.linears:
                of_type[self.choices[linear.name].type].append(linear)
        for kind, linears in of_type.items():
            layers = [LinearLayer(self.model, linear) for linear in linears]
            weights = [layer.weight for layer in layers]
            target = asymmetric.target(
                torch.cat(weights), input_group.statistic, gram, self.settings.damping, self.settings.gptaq_alpha
            )
            names = ", ".join(linear.name for linear in linears)
            with refusing("quantized", names):
                solution = gptq(
                    target,
                    gram.clone(),
                    FORMATS[kind],
                    damping=self.settings.damping,
                    mask=stacked_masks(layers),
                    hessian=None if self.objective is None else self.objective.of(linears),
                )
            report_damping(self.stage, names, self.settings.damping, solution.damping, "rounded to nearest")
            blocks = torch.split(solution.quantized.codes, [len(weight) for weight in weights])
            for linear, weight, rows in zip(linears, weights, blocks, strict=True):
                replacement = self.replacement(linear, weight, rows.contiguous(), output_error=solution.error)
                self.replace(linear, replacement)
                replacement.module.cache_dense_weight(torch.float32)

    # -- both ----------------------------------------------------------------------------------------------------------
    def as_it_came(self, name: str) -> torch.Tensor | None:
        """The blocks of a weight that is read from a GGUF file in the very type that it is to get, if nothing has
        changed it since: as llama.cpp does, they are taken over. None for all others."""
        packed, kind = self.model.packed(f"{name}.weight"), self.choices[name].type
        if packed is None or packed.layout != "ggml" or packed.options["type"] != kind or packed.options.get("turned"):
            return None
        blocks, now = packed.tensors["blocks"], getattr(self.model.get(name), "weight", None)
        if not isinstance(now, torch.Tensor) or len(now) != len(blocks):
            return None
        if now.is_meta:  # it was not even loaded
            return blocks
        pieces = zip(torch.split(blocks.to(now.device), ROWS), torch.split(now.detach(), ROWS), strict=True)
        alike = (
            torch.equal(dequantize(some, FORMATS[kind]), rows.float()) and rows.isfinite().all()
            for some, rows in pieces
        )
        return blocks.to(now.device) if all(alike) else None

    def blocks(self, name: str, weight: torch.Tensor, energy: torch.Tensor | None) -> torch.Tensor:
        """The blocks of a weight (out, in)."""
        with refusing("quantized", name):
            return quantize(weight, self.choices[name].type, energy)

    def by_rows(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        """The same of the embedding or the head, some thousand rows at a time, on all cores."""
        if (stored := self.as_it_came(name)) is not None:
            return stored
        if self.solver is not None and name == self.table:
            scheme, mask = Scheme(self.choices[name].type), mask_of(self.model.get(name))
            return self.solver.solve(name, weight, scheme, mask=mask).codes
        energy, pieces = self.energies.get(name), torch.split(weight, ROWS)
        mapped = map if self.pool is None else self.pool.map
        return torch.cat(list(mapped(lambda rows: self.blocks(name, rows, energy), pieces)))

    def replacement(self, linear: Linear, weight: torch.Tensor, blocks: torch.Tensor, **more: float) -> Replacement:
        """A layer with these blocks of a weight (out, in), and ``more`` metrics in its report."""
        bias = LinearLayer(self.model, linear).bias
        module = GgmlLinear(self.choices[linear.name].type, *weight.shape, bias=bias, transposed=linear.transposed)
        module.blocks = blocks
        metrics, before, after = compared(weight, module)
        return Replacement(module, ({**metrics, **more}, before, after))

    def replace(self, linear: Linear, replacement: Replacement) -> None:
        """Replace a linear and report it."""
        LinearLayer(self.model, linear).replace(replacement.module)
        self.stage.layer(linear.name, *replacement.report)

    def quantize_ends(self, part: Part) -> None:
        """Quantize the embedding and the head, where they lie in this part."""
        if self.embedding is not None and self.embedding in self.choices and part.owns(self.embedding):
            self._embedding(self.embedding)
        if self.head is None or not part.owns(self.head.name):
            return
        if self.head.name in self.choices:
            weight = LinearLayer(self.model, self.head).weight
            self.replace(self.head, self.replacement(self.head, weight, self.by_rows(self.head.name, weight)))
        elif self.model.anatomy.tied and self.embedding is not None:
            self._tie(self.head.name, self.embedding)

    def _embedding(self, name: str) -> None:
        module = self.model.get(name)
        factor = GgmlEmbedding.factor_of(module)
        if factor is None:
            del self.choices[name]
            self.stage.log(f"{name} is left as it is: {type(module).__name__} does more than look up rows", "warning")
            return
        weight = stored_weight(module).float()
        table = GgmlEmbedding(self.choices[name].type, *weight.shape, factor=factor)
        table.blocks = self.by_rows(name, weight)
        replace(self.model, name, table)
        self.stage.layer(name, *compared(weight, table))
        if self.model.anatomy.tied and self.head is not None:
            self._tie(self.head.name, name)

    def _tie(self, head: str, embedding: str) -> None:
        """Let the head read the packed embedding. Done again after a resume, and never harmful."""
        if isinstance(self.model.get(embedding), GgmlEmbedding):
            replace(self.model, head, TiedLinear(embedding))

    def report_types(self) -> None:
        """Add the types and their numbers of tensors to the report."""
        counts: dict[str, int] = {}
        for choice in self.choices.values():
            counts[choice.type] = counts.get(choice.type, 0) + 1
        self.stage.detail("types", dict(sorted(counts.items())), keep=True)


@functools.cache
def _seconds_per_weight(kind: str, device: str) -> float:
    """Measured on a small weight."""
    weight = torch.linspace(-1.0, 1.0, 64 * 1024, device=device).view(1024, 64).t().contiguous()
    seconds = machine.seconds(f"search of 64 x 1024: {kind}", device, lambda: quantize(weight, kind))
    return seconds / weight.numel()
