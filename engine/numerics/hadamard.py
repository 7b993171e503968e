"""Hadamard matrices of any order that Paley's constructions and doubling reach, and the fast transform with them.

A Hadamard matrix H of order n has entries ±1 and H Hᵀ = n I. Paley (1933): from the quadratic characters χ of GF(q),
order q + 1 for q ≡ 3 mod 4 (I) and 2 (q + 1) for q ≡ 1 mod 4 (II), q a power of a prime. Sylvester: H ⊗ H₂ doubles.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

AT_ONCE = 128
"""Values that are transformed by one matrix product."""


@dataclass(frozen=True)
class Hadamard:
    """The orthogonal transform x -> x (I_blocks ⊗ H_base ⊗ H_2^doublings)ᵀ / √(base · 2^doublings) of n values.

    ``blocks`` is 1 where a Hadamard matrix of order n is known here. ``construction``: of the base; ``chosen``: blocks
    were requested.
    """

    n: int
    base: int
    doublings: int
    blocks: int
    construction: str
    chosen: bool = False

    @property
    def description(self) -> str:
        """For a person, e.g. "Hadamard of order 576 = 36 · 2^4 (Paley II over GF(17), doubled)"."""
        order = self.base << self.doublings
        power = f"{self.base} · 2^{self.doublings}" if self.base > 1 else f"2^{self.doublings}"
        whole = f"order {order} = {power} ({self.construction})"
        if self.blocks == 1:
            return f"Hadamard of {whole}"
        if self.chosen:
            return f"{self.blocks} blocks of Hadamard of {whole}"
        return f"no Hadamard matrix of order {self.n} is known: {self.blocks} blocks of {whole}"

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        """(…, n) -> (…, n), each row x becomes H x / √order, in the dtype of ``x``; n log n operations but for the
        base. A new tensor."""
        return self._run(x, transposed=False)

    def undo(self, x: torch.Tensor) -> torch.Tensor:
        """The inverse of `apply`, which is also its transpose."""
        return self._run(x, transposed=True)

    def matrix(self, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        """The orthogonal (n, n) matrix M with ``apply(x) == x @ M.T``."""
        return self.undo(torch.eye(self.n, dtype=dtype))

    def _run(self, x: torch.Tensor, transposed: bool) -> torch.Tensor:
        size = 1 << self.doublings
        y = x.reshape(-1, size)
        y = walsh_hadamard(y).view(-1, self.base, size)
        if self.base > 1:
            base = _as(_base, self.base, x)
            y = torch.matmul(base.T if transposed else base, y)
        return y.view(x.shape) / math.sqrt(self.base << self.doublings)


def walsh_hadamard(x: torch.Tensor) -> torch.Tensor:
    """x H for Sylvester's H of order n = 2^k (unscaled): (…, n) -> (…, n), a new tensor.

    Up to 128 values at a time are one small matrix product, which is much faster than as many butterflies.
    """
    n = x.shape[-1]
    done = min(AT_ONCE, n)
    y = torch.matmul(x.reshape(-1, done), _as(_sylvester, done, x))
    while done < n:
        step = min(AT_ONCE, n // done)
        y = torch.matmul(_as(_sylvester, step, x), y.reshape(-1, step, done))
        done *= step
    return y.reshape(x.shape)


@functools.cache
def hadamard(n: int, block: int = 0) -> Hadamard:
    """The transform of ``n`` values: with the smallest base there is, block-diagonal with blocks of the largest power
    of two in ``n`` where no Hadamard matrix of order n is known here. ``block``: of each so many values, a power of two
    that divides ``n``; 0: of all together."""
    if n < 1:
        raise ValueError(f"no transform of {n} values")
    if block:
        if n % block or block & (block - 1):
            raise ValueError(f"no transform of {n} values in blocks of {block}")
        return Hadamard(n, 1, block.bit_length() - 1, n // block, "Sylvester", chosen=True)
    twos = (n & -n).bit_length() - 1
    odd = n >> twos
    for power in range(twos + 1):
        construction = _construction(odd << power)
        if construction:
            doubled = "" if power == twos else ", doubled"
            return Hadamard(n, odd << power, twos - power, 1, construction[0] + doubled)
    return Hadamard(n, 1, twos, odd, "Sylvester")


def signs(n: int, generator: torch.Generator) -> torch.Tensor:
    """A random diagonal of ±1, (n,) float64."""
    return torch.randint(2, (n,), generator=generator).double() * 2 - 1


# -- constructions -----------------------------------------------------------------------------------------------------
def _construction(order: int) -> tuple[str, int, int] | None:
    """Construction of a matrix of this order without doubling: (name, prime, power); None if there is none."""
    if order == 1:
        return "Sylvester", 0, 0
    if order % 4:
        return ("Sylvester", 0, 0) if order == 2 else None
    for name, q, rest in (("I", order - 1, 3), ("II", order // 2 - 1, 1)):
        field = _prime_power(q)
        if field is not None and q % 4 == rest:
            prime, power = field
            digits = f"{prime}^{power}" if power > 1 else str(prime)
            return f"Paley {name} over GF({digits})", prime, power
    return None


def _as(make: Callable[[int], torch.Tensor], order: int, like: torch.Tensor) -> torch.Tensor:
    """The matrix of this order in the dtype and on the device of another tensor."""
    return _cast(make, order, like.dtype, like.device)


@functools.lru_cache(64)
def _cast(make: Callable[[int], torch.Tensor], order: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    return make(order).to(device, dtype)


@functools.cache
def _sylvester(order: int) -> torch.Tensor:
    matrix = torch.ones(1, 1, dtype=torch.float64)
    while len(matrix) < order:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix


@functools.cache
def _base(order: int) -> torch.Tensor:
    """The ±1 matrix of `_construction`, float64."""
    construction = _construction(order)
    assert construction is not None
    words, prime, power = construction
    if words == "Sylvester":
        return _sylvester(order)
    q = prime**power
    chi = _characters(prime, power)
    digits = torch.tensor([[element // prime**k % prime for k in range(power)] for element in range(q)])
    weights = torch.tensor([prime**k for k in range(power)])
    jacobsthal = chi[((digits[:, None] - digits[None]) % prime * weights).sum(-1)]  # χ(a − b)
    core = torch.zeros(q + 1, q + 1, dtype=torch.float64)
    core[0, 1:] = 1
    core[1:, 1:] = jacobsthal
    eye = torch.eye(q + 1, dtype=torch.float64)
    if q % 4 == 3:
        core[1:, 0] = -1
        return core + eye
    core[1:, 0] = 1
    two = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    other = torch.tensor([[1.0, -1.0], [-1.0, -1.0]], dtype=torch.float64)
    return torch.kron(core, two) + torch.kron(eye, other)


def _characters(prime: int, power: int) -> torch.Tensor:
    """χ of all elements of GF(prime^power): 0 for zero, 1 for squares, −1 for the others; (q,) float64.

    An element is a polynomial over GF(p), its coefficients the digits of its number in base p. Modulo a primitive
    polynomial the powers of x run through all elements but zero, and the even ones are the squares.
    """
    q = prime**power
    for tail in itertools.product(range(prime), repeat=power):  # x^power = Σ tail_k x^k
        if tail[0] == 0:
            continue
        chi = torch.zeros(q, dtype=torch.float64)
        element = [1] + [0] * (power - 1)
        for exponent in range(q - 1):
            number = sum(digit * prime**k for k, digit in enumerate(element))
            if chi[number]:
                break  # it came back too early: not primitive
            chi[number] = 1 - 2 * (exponent % 2)
            carry = element[-1]
            element = [(low + carry * t) % prime for low, t in zip([0, *element[:-1]], tail, strict=True)]
        else:
            return chi
    raise AssertionError("every finite field has a primitive polynomial")


def _prime_power(q: int) -> tuple[int, int] | None:
    """(p, k) with q = p^k for an odd prime p, else None."""
    if q < 3 or q % 2 == 0:
        return None
    prime = next((d for d in range(3, math.isqrt(q) + 1, 2) if q % d == 0), q)
    power = 0
    while q % prime == 0:
        q //= prime
        power += 1
    return (prime, power) if q == 1 else None
