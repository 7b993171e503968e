"""Lists over the layers of a model as settings hold them: what their words mean in a model, and the fewest words that
mean it. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.architecture.anatomy import Anatomy, Linear
from engine.methods.shared.layers import matches


def picked(linears: Sequence[Linear], patterns: Iterable[str]) -> set[str]:
    """Names of the linears that these patterns mean."""
    listed = list(patterns)
    return {linear.name for linear in linears if any(matches(linear, pattern) for pattern in listed)}


def shortest(anatomy: Anatomy, names: set[str]) -> list[str]:
    """Patterns that mean exactly these linears: roles where all of a role are meant, ``model.layers.3.*`` where all of
    a layer are, and single names."""
    linears, remaining, found_patterns = anatomy.linears, set(names), list[str]()
    for role in dict.fromkeys(linear.role for linear in linears):
        members = {linear.name for linear in linears if linear.role == role}
        if members <= remaining and role != "other":
            found_patterns.append(role)
            remaining -= members
    for layer in anatomy.layers:
        members = {linear.name for linear in layer.linears}
        rest = members & remaining
        if len(rest) > 1 and members <= names:
            found_patterns.append(f"{layer.name}.*")
            remaining -= members
    return found_patterns + [linear.name for linear in linears if linear.name in remaining]


def layer_numbers(words: Iterable[str]) -> set[int]:
    """Layer numbers of a list that may hold ranges: "3", "25-27"; other words mean none."""
    numbers = set[int]()
    for word in words:
        first, dash, last = str(word).partition("-")
        if first.strip().isdigit() and (not dash or last.strip().isdigit()):
            numbers |= set(range(int(first), int(last if dash else first) + 1))
    return numbers


def linear_values(anatomy: Anatomy, entries: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Linear -> what the first PATTERN=VALUE that means it gives it; and those that mean no linear of this model, or
    are half typed."""
    values, others = dict[str, str](), list[str]()
    for entry in entries:
        pattern, _, value = (part.strip() for part in entry.rpartition("="))
        meant = picked(anatomy.linears, [pattern]) if pattern and value else set()
        others += [] if meant else [entry]
        values |= {name: value for name in meant if name not in values}
    return values, others


def shortest_values(anatomy: Anatomy, values: Mapping[str, str]) -> list[str]:
    """PATTERN=VALUE that give exactly these: one for a role or a layer where all of it has one value."""
    entries = []
    for value in dict.fromkeys(values.values()):
        names = {name for name, other in values.items() if other == value}
        entries += [f"{pattern}={value}" for pattern in shortest(anatomy, names)]
    return entries
