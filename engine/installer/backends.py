"""Builds of torch, and the one for a machine.

A build has the name that ``uv --torch-backend`` takes: cpu, cu130, rocm7.2, xpu. "mps" is the build for Apple's chips,
which the package index has as its only one. Sources of the tables: PyTorch's .ci/manywheel/build_env_setup.py and
build_cuda.sh (compute capabilities), NVIDIA's release notes of CUDA (drivers; any minor version runs on the driver of
its major version), the tables of uv's crate uv-torch (drivers, AMD's targets), PyTorch's page "Getting started on Intel
GPU" (chips).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.base.errors import BadInput
from engine.installer.hardware import Card, Machine, describe

Version = tuple[int, ...]


@dataclass(frozen=True)
class CudaBuild:
    """``linux``, ``windows``: lowest drivers; ``x86_64``, ``aarch64``: compute capabilities that it holds code for."""

    name: str
    linux: Version
    windows: Version
    x86_64: frozenset[int]
    aarch64: frozenset[int] = frozenset()

    def driver(self, machine: Machine) -> Version:
        """The lowest that runs it there; in WSL the driver is the one of Windows."""
        return self.windows if machine.system == "Windows" or machine.wsl else self.linux

    def runs(self, capability: tuple[int, int] | None, architecture: str) -> bool:
        """True for a capability of which it has code: the same major version, the same or a lower minor one. One that
        the driver does not report, as those before 510, counts as run: the test of the installation decides."""
        codes = self.aarch64 if architecture == "aarch64" else self.x86_64
        if capability is None:
            return bool(codes)
        major, minor = capability
        return any(code // 10 == major and code % 10 <= minor for code in codes)


_TURING_TO_BLACKWELL = frozenset({75, 80, 86, 90, 100, 120})
_ARM = frozenset({80, 90, 100, 110, 120})
_MAXWELL_TO_HOPPER = frozenset({50, 60, 70, 75, 80, 86, 90})
CUDA = (
    CudaBuild("cu132", (580,), (580,), _TURING_TO_BLACKWELL, _ARM),
    CudaBuild("cu130", (580,), (580,), _TURING_TO_BLACKWELL, _ARM),
    CudaBuild("cu126", (525, 60, 13), (528, 33), _MAXWELL_TO_HOPPER, frozenset({80, 90})),
    CudaBuild("cu128", (525, 60, 13), (528, 33), _TURING_TO_BLACKWELL, frozenset({90, 100, 120})),
    CudaBuild("cu118", (450, 80, 2), (452, 39), _MAXWELL_TO_HOPPER),
)
"""The first that runs all cards is taken: newer versions of torch come first (cu128 ends before the others)."""
_TARGETS = frozenset({"gfx900", "gfx906", "gfx908", "gfx90a", "gfx942", "gfx1030"})
_TARGETS |= {"gfx1100", "gfx1101", "gfx1102", "gfx1200", "gfx1201"}
ROCM: tuple[tuple[str, frozenset[str]], ...] = (
    ("rocm7.2", _TARGETS | {"gfx950", "gfx1150", "gfx1151"}),
    ("rocm7.1", _TARGETS | {"gfx950", "gfx1150", "gfx1151"}),
    ("rocm6.4", _TARGETS),
)
"""Build -> targets that it holds code for."""
INTEL = (
    (0x5690, 0x56FF),  # Arc A, Flex
    (0xE200, 0xE2FF),  # Arc B
    (0x0BD0, 0x0BFF),  # Data Center Max
    (0x6420, 0x64FF),  # Core Ultra 200V
    (0x7D40, 0x7DFF),  # Core Ultra 100 and 200H
    (0xB080, 0xB0FF),  # Core Ultra 300
)
"""PCI device ids of the chips that PyTorch's build for Intel supports: older graphics in the processor are not."""
PUBLISHED = ("cu130", "cu126", "cu128", "cu118", "rocm7.2", "rocm6.4", "xpu", "cpu", "mps")
"""Builds that the versions of torch which the program takes are published as."""
OLDEST_GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}
"""For the wheels of Qt; those of torch take 2.28."""
OLDEST_MACOS = (14,)
"""For the wheels of bitsandbytes."""


@dataclass(frozen=True)
class Choice:
    """``backend``: a build; ``why``: one sentence; ``advice``: what would make a faster one possible, or ""."""

    backend: str
    why: str
    advice: str = ""


def choose(machine: Machine, builds: Sequence[str] = PUBLISHED, window: bool = True) -> Choice:
    """The build for a machine, of those that there are. Raises `BadInput` for a machine that none runs on."""
    _refuse(machine, window)
    if machine.system == "Darwin":
        return Choice("mps", "Apple's chips compute with Metal")
    notes: list[str] = []
    for vendor, attempt in (("nvidia", _cuda), ("amd", _rocm), ("intel", _xpu)):
        cards = [card for card in machine.cards if card.vendor == vendor]
        if cards:
            choice = attempt(machine, cards, builds)
            if choice.backend != "cpu":
                return choice
            notes.append(choice.why + (f"; {choice.advice}" if choice.advice else ""))
    return Choice("cpu", "there is no GPU that torch computes on", ". ".join(notes))


def check(backend: str, machine: Machine, builds: Sequence[str] = PUBLISHED, window: bool = True) -> Choice:
    """A build that a person named. Raises `BadInput` if there is no such build or its system is another one."""
    _refuse(machine, window)
    names = list(dict.fromkeys(builds))
    if backend not in names:
        raise BadInput(f"Unknown build of torch: '{backend}'", advice=f"choose one of: auto, {', '.join(names)}")
    if (backend == "mps") != (machine.system == "Darwin") and backend != "cpu":
        raise BadInput(f"The build '{backend}' does not run on {machine.system}", advice="choose auto or cpu")
    return Choice("mps" if machine.system == "Darwin" else backend, "you chose it")


def device_of(backend: str) -> str:
    """The device of torch that a build is for: rocm's is called cuda as well."""
    return "cuda" if backend.startswith(("cu", "rocm")) else backend


def _refuse(machine: Machine, window: bool) -> None:
    if machine.system == "Darwin" and machine.architecture != "aarch64":
        why = "the last version of torch for Intel's Macs is 2.2, and 2.6 or newer is needed"
        raise BadInput("Compression Studio does not run on this Mac", why=why)
    if machine.system == "Darwin" and machine.release and _numbers(machine.release) < OLDEST_MACOS:
        raise BadInput("Compression Studio needs macOS 14 or newer", why=f"this is {machine.release}")
    if machine.libc == "musl":
        raise BadInput(
            "Compression Studio needs glibc", why="torch is not built for musl, the C library of this system"
        )
    if machine.architecture not in ("x86_64", "aarch64"):
        raise BadInput("Compression Studio needs a 64-bit processor of Intel, AMD or ARM", why=machine.architecture)
    oldest = OLDEST_GLIBC[machine.architecture] if window else (2, 28)
    version = machine.libc.removeprefix("glibc ")
    if machine.libc.startswith("glibc ") and _numbers(version) < oldest:
        needed = ".".join(map(str, oldest))
        what = "The window needs a newer Linux" if window else "Compression Studio needs a newer Linux"
        advice = "install the command line alone: --without-window" if window else ""
        raise BadInput(what, why=f"its C library is {machine.libc}, and {needed} or newer is needed", advice=advice)


def _cuda(machine: Machine, cards: list[Card], builds: Sequence[str]) -> Choice:
    names = " and ".join(describe(card) for card in cards)
    drivers = [_numbers(card.driver) for card in cards if card.driver]
    if not drivers:
        return Choice(
            "cpu", f"{names}: torch can't use it", "install NVIDIA's driver (580 or newer), then run this again"
        )
    offered = [build for build in CUDA if build.name in builds]
    by_cards = [build for build in offered if _all_run(build, cards, machine)]
    some = [build for build in offered if any(build.runs(card.capability, machine.architecture) for card in cards)]
    for build in [*by_cards, *some]:
        if min(drivers) >= build.driver(machine):
            rest = "" if build in by_cards else _left_out(build, cards, machine)
            return Choice(build.name, f"{names}: CUDA {build.name[2:-1]}.{build.name[-1]} runs on this driver", rest)
    if not some:
        return Choice("cpu", f"{names}: no build of torch holds code for it")
    lowest = min(build.driver(machine) for build in by_cards or some)
    needed = ".".join(map(str, lowest))
    return Choice(
        "cpu", f"{names}: the driver is too old", f"install NVIDIA's driver {needed} or newer, then run this again"
    )


def _all_run(build: CudaBuild, cards: list[Card], machine: Machine) -> bool:
    return all(build.runs(card.capability, machine.architecture) for card in cards)


def _left_out(build: CudaBuild, cards: list[Card], machine: Machine) -> str:
    idle = [card.name for card in cards if not build.runs(card.capability, machine.architecture)]
    return f"no one build runs all of these cards; {' and '.join(idle)} can't be used with {build.name}"


def _rocm(machine: Machine, cards: list[Card], builds: Sequence[str]) -> Choice:
    names = " and ".join(describe(card) for card in cards)
    if machine.system != "Linux" or machine.architecture != "x86_64":
        return Choice("cpu", f"{names}: torch's builds for AMD are for Linux")
    targets = {card.target for card in cards if card.target}
    if not targets:
        return Choice("cpu", f"{names}: torch can't use it", "load AMD's driver (amdgpu with kfd), then run this again")
    for name, supported in ROCM:
        if name in builds and targets & supported:
            return Choice(name, f"{names}: ROCm {name[4:]} has code for {', '.join(sorted(targets & supported))}")
    return Choice("cpu", f"{names}: torch has no code for {', '.join(sorted(targets))}")


def _xpu(machine: Machine, cards: list[Card], builds: Sequence[str]) -> Choice:
    chips = [card for card in cards if any(first <= card.device <= last for first, last in INTEL)]
    names = " and ".join(describe(card) for card in chips or cards)
    if not chips:
        return Choice("cpu", f"{names}: torch has no code for it")
    if machine.architecture != "x86_64" or "xpu" not in builds:
        return Choice("cpu", f"{names}: there is no build for it here")
    if not any(card.driver for card in chips) and machine.system == "Linux":
        advice = "install Intel's compute runtime with Level Zero, then run this again"
        return Choice("cpu", f"{names}: torch can't use it", advice)
    return Choice("xpu", f"{names}: torch computes on it through Level Zero")


def _numbers(version: str) -> Version:
    return tuple(int(word) for word in re.findall(r"\d+", version))
