"""The names that a method, a compressed module or an export format of another package may use.

::

    from engine.plugin import LayerSettings, MethodInfo, setting

Importing this module loads neither torch nor transformers: each name is loaded when it is first used, so that the
settings of a method stay torch-free. `resources/help/developers/api.md` says what a plug-in is and what is promised:

- A name listed here stays, with its arguments, for all releases with the same first number.
- A name that is replaced keeps working for two more releases and for a year at least; using it gives a
  `DeprecationWarning` that names the new one and the release that drops the old one.
- Everything else in `engine` may move from release to release.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.architecture.anatomy import Anatomy, Layer, Linear
    from engine.base.errors import BadInput, Cancelled, OutOfMemory, RunFailed
    from engine.calibration.settings import CalibrationSettings
    from engine.calibration.statistics import Energy, Gram, GramAndMagnitude, Magnitude, Peaks, Statistic
    from engine.calibration.tokens import calibration_tokens
    from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, walk
    from engine.calibration.walk import share as share_of_rank
    from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
    from engine.contracts.method_settings import MethodSettings
    from engine.contracts.problem import Estimate, Problem
    from engine.contracts.settings import Settings, setting
    from engine.export.base import ROUNDED, ExportFormat
    from engine.export.folder import Progress as ExportProgress
    from engine.export.folder import dense_tensors, loaded_parts, read_tensors
    from engine.export.options import DtypeOptions, ExportOptions
    from engine.export.safetensors_format import SafetensorsFormat
    from engine.methods.base import Comparing, Method, MethodInfo, Reshaping, Rule, Targeting
    from engine.methods.costs.bytes import artifact_bytes
    from engine.methods.costs.primitives import Solve, Train, Walk, calibration_bytes
    from engine.methods.costs.primitives import rounding_bytes as working_bytes
    from engine.methods.costs.training import training_estimate
    from engine.methods.quantization.common.factors import quantized_factors
    from engine.methods.quantization.common.factors import report as factors_report
    from engine.methods.quantization.common.layer_rounding import LayerRounding
    from engine.methods.quantization.common.rounding import activations_of as activation_format
    from engine.methods.quantization.common.rounding import estimate as rounding_estimate
    from engine.methods.quantization.common.rounding import problems as rounding_problems
    from engine.methods.quantization.common.rounding import targets as rounding_targets
    from engine.methods.quantization.common.rounding_settings import RoundingSettings
    from engine.methods.quantization.common.weights import (
        Granularity,
        WeightSettings,
        ZeroPointSettings,
        granularity_setting,
    )
    from engine.methods.registry import register_method
    from engine.methods.shared.layers import (
        LayerSettings,
        embedding_of,
        head_of,
        layers_only,
        not_recognized,
        pattern_problems,
    )
    from engine.methods.shared.layers import chosen as chosen_linears
    from engine.methods.shared.orders import masks_lost, quantized_already
    from engine.models.fusing import fuse_norms, norms_read
    from engine.models.layer import LinearLayer, refusing
    from engine.models.layer import compared as layer_report
    from engine.models.model import Model, Part
    from engine.models.ranks import broadcast_object
    from engine.models.scaling import Scaling, apply_scales, scalings
    from engine.models.stage import Stage
    from engine.modules.base import CompressedModule
    from engine.modules.low_rank import LowRankLinear
    from engine.modules.quantized import QuantizedLinear
    from engine.numerics.exponents import powers_of_two
    from engine.numerics.quantization.packing import pack, packed_width, unpack
    from engine.numerics.quantization.quantize import dequantize, quantize
    from engine.numerics.quantization.scheme import Clip, Quantized, Scheme
    from engine.training.batches import text_batches
    from engine.training.language_model import LanguageModeling
    from engine.training.loop import train
    from engine.training.model import close_after_training, open_for_training
    from engine.training.objective import Batch, Group, Objective
    from engine.training.settings import TrainingSettings


@dataclass(frozen=True)
class Renamed:
    """A name of an earlier release: the one that replaced it, and the release that drops it."""

    to: str
    until: str


HOMES: dict[str, str] = {
    # Description and settings (none of these loads torch)
    "Settings": "engine.contracts.settings",
    "setting": "engine.contracts.settings",
    "MethodSettings": "engine.contracts.method_settings",
    "LayerSettings": "engine.methods.shared.layers",
    "WeightSettings": "engine.methods.quantization.common.weights",
    "ZeroPointSettings": "engine.methods.quantization.common.weights",
    "CalibrationSettings": "engine.calibration.settings",
    "TrainingSettings": "engine.training.settings",
    "Comparing": "engine.methods.base",
    "Method": "engine.methods.base",
    "MethodInfo": "engine.methods.base",
    "Reshaping": "engine.methods.base",
    "Rule": "engine.methods.base",
    "Targeting": "engine.methods.base",
    "register_method": "engine.methods.registry",
    "masks_lost": "engine.methods.shared.orders",
    "quantized_already": "engine.methods.shared.orders",
    # Problems and errors (no torch)
    "Estimate": "engine.contracts.problem",
    "Problem": "engine.contracts.problem",
    "BadInput": "engine.base.errors",
    "Cancelled": "engine.base.errors",
    "OutOfMemory": "engine.base.errors",
    "RunFailed": "engine.base.errors",
    # Models and their layers
    "Anatomy": "engine.architecture.anatomy",
    "Layer": "engine.architecture.anatomy",
    "Linear": "engine.architecture.anatomy",
    "CheckpointHeader": "engine.checkpoints.checkpoint",
    "TensorInfo": "engine.checkpoints.checkpoint",
    "chosen_linears": "engine.methods.shared.layers:chosen",
    "embedding_of": "engine.methods.shared.layers",
    "head_of": "engine.methods.shared.layers",
    "layers_only": "engine.methods.shared.layers",
    "not_recognized": "engine.methods.shared.layers",
    "pattern_problems": "engine.methods.shared.layers",
    "LinearLayer": "engine.models.layer",
    "refusing": "engine.models.layer",
    "Model": "engine.models.model",
    "Part": "engine.models.model",
    "Stage": "engine.models.stage",
    "CompressedModule": "engine.modules.base",
    # Calibration
    "Energy": "engine.calibration.statistics",
    "Gram": "engine.calibration.statistics",
    "GramAndMagnitude": "engine.calibration.statistics",
    "Magnitude": "engine.calibration.statistics",
    "Statistic": "engine.calibration.statistics",
    "calibration_tokens": "engine.calibration.tokens",
    "BATCH_TOKENS": "engine.calibration.walk",
    "InputGroup": "engine.calibration.walk",
    "LayerStep": "engine.calibration.walk",
    "compute_dtype_of": "engine.calibration.walk",
    "share_of_rank": "engine.calibration.walk:share",
    "walk": "engine.calibration.walk",
    "Peaks": "engine.calibration.statistics",
    "norms_read": "engine.models.fusing",
    "broadcast_object": "engine.models.ranks",
    # Scaling
    "fuse_norms": "engine.models.fusing",
    "Scaling": "engine.models.scaling",
    "apply_scales": "engine.models.scaling",
    "scalings": "engine.models.scaling",
    # Rounding
    "pack": "engine.numerics.quantization.packing",
    "packed_width": "engine.numerics.quantization.packing",
    "unpack": "engine.numerics.quantization.packing",
    "dequantize": "engine.numerics.quantization.quantize",
    "quantize": "engine.numerics.quantization.quantize",
    "Clip": "engine.numerics.quantization.scheme",
    "Quantized": "engine.numerics.quantization.scheme",
    "Scheme": "engine.numerics.quantization.scheme",
    "QuantizedLinear": "engine.modules.quantized",
    "RoundingSettings": "engine.methods.quantization.common.rounding_settings",
    "Granularity": "engine.methods.quantization.common.weights",
    "granularity_setting": "engine.methods.quantization.common.weights",
    "LayerRounding": "engine.methods.quantization.common.layer_rounding",
    "rounding_problems": "engine.methods.quantization.common.rounding:problems",
    "rounding_targets": "engine.methods.quantization.common.rounding:targets",
    "rounding_estimate": "engine.methods.quantization.common.rounding:estimate",
    "activation_format": "engine.methods.quantization.common.rounding:activations_of",
    "quantized_factors": "engine.methods.quantization.common.factors",
    "factors_report": "engine.methods.quantization.common.factors:report",
    "LowRankLinear": "engine.modules.low_rank",
    "powers_of_two": "engine.numerics.exponents",
    # Training
    "text_batches": "engine.training.batches",
    "LanguageModeling": "engine.training.language_model",
    "train": "engine.training.loop",
    "close_after_training": "engine.training.model",
    "open_for_training": "engine.training.model",
    "Batch": "engine.training.objective",
    "Group": "engine.training.objective",
    "Objective": "engine.training.objective",
    # Costs and reports
    "artifact_bytes": "engine.methods.costs.bytes",
    "Solve": "engine.methods.costs.primitives",
    "Train": "engine.methods.costs.primitives",
    "Walk": "engine.methods.costs.primitives",
    "calibration_bytes": "engine.methods.costs.primitives",
    "working_bytes": "engine.methods.costs.primitives:rounding_bytes",
    "training_estimate": "engine.methods.costs.training",
    "layer_report": "engine.models.layer:compared",
    # Export formats
    "ROUNDED": "engine.export.base",
    "ExportFormat": "engine.export.base",
    "SafetensorsFormat": "engine.export.safetensors_format",
    "ExportOptions": "engine.export.options",
    "DtypeOptions": "engine.export.options",
    "ExportProgress": "engine.export.folder:Progress",
    "dense_tensors": "engine.export.folder",
    "loaded_parts": "engine.export.folder",
    "read_tensors": "engine.export.folder",
}
"""Public name -> the module that defines it, with ":" and its name there where that is another one."""
RENAMED: dict[str, Renamed] = {}
"""Names of earlier releases that still work."""
__all__ = [
    "BATCH_TOKENS",
    "ROUNDED",
    "Anatomy",
    "BadInput",
    "Batch",
    "CalibrationSettings",
    "Cancelled",
    "CheckpointHeader",
    "Clip",
    "Comparing",
    "CompressedModule",
    "DtypeOptions",
    "Energy",
    "Estimate",
    "ExportFormat",
    "ExportOptions",
    "ExportProgress",
    "Gram",
    "GramAndMagnitude",
    "Granularity",
    "Group",
    "InputGroup",
    "LanguageModeling",
    "Layer",
    "LayerRounding",
    "LayerSettings",
    "LayerStep",
    "Linear",
    "LinearLayer",
    "LowRankLinear",
    "Magnitude",
    "Method",
    "MethodInfo",
    "MethodSettings",
    "Model",
    "Objective",
    "OutOfMemory",
    "Part",
    "Peaks",
    "Problem",
    "Quantized",
    "QuantizedLinear",
    "Reshaping",
    "RoundingSettings",
    "Rule",
    "RunFailed",
    "SafetensorsFormat",
    "Scaling",
    "Scheme",
    "Settings",
    "Solve",
    "Stage",
    "Statistic",
    "Targeting",
    "TensorInfo",
    "Train",
    "TrainingSettings",
    "Walk",
    "WeightSettings",
    "ZeroPointSettings",
    "activation_format",
    "apply_scales",
    "artifact_bytes",
    "broadcast_object",
    "calibration_bytes",
    "calibration_tokens",
    "chosen_linears",
    "close_after_training",
    "compute_dtype_of",
    "dense_tensors",
    "dequantize",
    "embedding_of",
    "factors_report",
    "fuse_norms",
    "granularity_setting",
    "head_of",
    "layer_report",
    "layers_only",
    "loaded_parts",
    "masks_lost",
    "norms_read",
    "not_recognized",
    "open_for_training",
    "pack",
    "packed_width",
    "pattern_problems",
    "powers_of_two",
    "quantize",
    "quantized_already",
    "quantized_factors",
    "read_tensors",
    "refusing",
    "register_method",
    "rounding_estimate",
    "rounding_problems",
    "rounding_targets",
    "scalings",
    "setting",
    "share_of_rank",
    "text_batches",
    "train",
    "training_estimate",
    "unpack",
    "walk",
    "working_bytes",
]


if not TYPE_CHECKING:  # a type checker would take every name for one that is there

    def __getattr__(name: str) -> Any:
        if name in RENAMED:
            renamed = RENAMED[name]
            text = f"engine.plugin.{name} is called {renamed.to} now; {renamed.until} drops the old name"
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            return __getattr__(renamed.to)
        if name not in HOMES:
            raise AttributeError(f"module 'engine.plugin' has no attribute '{name}'")
        module, _, own_name = HOMES[name].partition(":")
        value = getattr(importlib.import_module(module), own_name or name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
