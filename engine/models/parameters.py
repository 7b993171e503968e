"""Numbers of parameters of models, dense or compressed."""

from __future__ import annotations

from engine.models.model import Model


def dense_parameters(model: Model) -> int:
    """Parameters of the dense equal of a model, tied ones counted once. Needs no weights."""
    compressed = compressed_parameters(model)
    seen: set[int] = set()
    total = sum(compressed.values())
    inside = tuple(f"{name}." for name in compressed)
    for name, module in model.module.named_modules():
        if name in compressed or name.startswith(inside):
            continue
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                total += parameter.numel()
    return total


def compressed_parameters(model: Model) -> dict[str, int]:
    """Parameters of the dense equal of each compressed module, by name; none for a tied head and for what is only
    added."""
    linears = {
        linear.name: (linear.in_features + linear.bias) * linear.out_features for linear in model.anatomy.linears
    }
    outside = model.anatomy.vocabulary * model.anatomy.hidden_size
    tied = model.anatomy.head if model.anatomy.tied else None
    return {
        name: 0 if name == tied or module.ADDED else linears.get(name, outside)
        for name, module in model.compressed().items()
    }
