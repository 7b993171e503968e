"""The GPUs of a machine and their drivers, read from commands and files of the system. Nothing is installed or loaded.

Sources: nvidia-smi, /proc/driver/nvidia and /sys/module/nvidia; the topology of amdgpu (kfd), rocminfo; PCI ids in
/sys/bus/pci; xpu-smi and the libraries of Level Zero; sw_vers. A card that PCI shows and no driver reports is a card
without a driver.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from engine.base import children

Vendor = Literal["nvidia", "amd", "intel", "apple"]
SECONDS = 20.0
"""A command of a driver that takes longer has hung."""
VENDORS: dict[str, Vendor] = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}
"""PCI vendor ids."""
LIBRARY_FOLDERS = ("usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib", "usr/local/lib", "usr/lib/aarch64-linux-gnu")
LEVEL_ZERO = "libze_intel_gpu.so.1"
"""The driver of Intel's GPUs in user space."""
WSL_PROGRAMS = "usr/lib/wsl/lib"


@dataclass(frozen=True)
class Card:
    """One GPU. ``capability``: NVIDIA's compute capability, such as (8, 6); ``target``: AMD's, such as "gfx1100";
    ``device``: PCI device id; ``driver``: its version, "" without one, "?" where it does not say."""

    vendor: Vendor
    name: str
    driver: str = ""
    capability: tuple[int, int] | None = None
    target: str = ""
    device: int = 0
    memory_mib: int = 0


@dataclass(frozen=True)
class Machine:
    """A system and its cards. ``system``: as `platform.system`; ``architecture``: "x86_64" or "aarch64" (Apple's arm64
    too); ``libc``: such as "glibc 2.36"; ``release``: of macOS; ``memory``: bytes, 0 where it is not known."""

    system: str
    architecture: str
    cards: tuple[Card, ...] = ()
    wsl: bool = False
    libc: str = ""
    release: str = ""
    memory: int = 0

    def __str__(self) -> str:
        cards = "; ".join(describe(card) for card in self.cards) or "no GPU"
        system = f"{self.system}{f' {self.release}' if self.release else ''}{' in WSL' if self.wsl else ''}"
        memory = f", {self.memory / (1 << 30):.0f} GiB of memory" if self.memory else ""
        return f"{system}, {self.architecture}{memory}: {cards}"


@dataclass(frozen=True)
class Source:
    """Commands and files that are read. ``root``: of the file system; ``environment``: PATH is looked up in it."""

    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    system: str = field(default_factory=platform.system)
    architecture: str = field(default_factory=platform.machine)

    def text(self, path: str) -> str:
        """The content of a file below ``root``; "" where there is none."""
        try:
            return (self.root / path).read_text("utf-8", "replace").strip()
        except OSError:
            return ""

    def output(self, program: str, *words: str) -> str | None:
        """The output of a program; None where there is none, and where it fails or hangs."""
        folders = [self.environment.get("PATH", ""), str(self.root / WSL_PROGRAMS)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        try:
            path = children.find_program(program, os.pathsep.join(folders))
            with children.start_command([path, *words], self.environment, **pipes) as process:
                try:
                    output, _ = process.communicate(timeout=SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    return None
        except OSError:
            return None
        return output.decode("utf-8", "replace") if process.returncode == 0 else None


def describe(card: Card) -> str:
    """A card in a few words."""
    kind = f"compute capability {card.capability[0]}.{card.capability[1]}" if card.capability else card.target
    memory = f"{card.memory_mib / 1024:.0f} GiB" if card.memory_mib else ""
    driver = "no driver" if not card.driver else "" if card.driver == "?" else f"driver {card.driver}"
    words = ", ".join(word for word in (kind, memory, driver) if word)
    return f"{card.name} ({words})" if words else card.name


def look(source: Source | None = None) -> Machine:
    """The machine, or the one that ``source`` shows."""
    source = source or Source()
    if source.system == "Darwin":
        return _mac(source)
    pci = _pci(source)
    cards = [*_nvidia(source, pci), *_amd(source, pci), *_intel(source, pci)]
    return replace(system(source), cards=tuple(cards))


def system(source: Source | None = None) -> Machine:
    """The machine without its cards: no command of a driver is run."""
    source = source or Source()
    if source.system == "Darwin":
        return replace(_mac(source), cards=())
    names = {"AMD64": "x86_64", "arm64": "aarch64", "ARM64": "aarch64"}
    wsl = source.system == "Linux" and "microsoft" in source.text("proc/version").lower()
    architecture = names.get(source.architecture, source.architecture)
    return Machine(source.system, architecture, (), wsl, _libc(source), memory=_memory(source))


def _mac(source: Source) -> Machine:
    translated = (source.output("sysctl", "-n", "sysctl.proc_translated") or "").strip() == "1"
    release = (source.output("sw_vers", "-productVersion") or "").strip()
    memory = _whole(source.output("sysctl", "-n", "hw.memsize"))
    if source.architecture != "arm64" and not translated:
        return Machine("Darwin", source.architecture, release=release, memory=memory)
    return Machine("Darwin", "aarch64", (Card("apple", "Apple GPU", "?"),), release=release, memory=memory)


def _memory(source: Source) -> int:
    """Bytes of main memory."""
    if source.system == "Windows":
        words = ("-NoProfile", "-Command", "(Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory")
        return _whole(source.output("powershell", *words))
    match = re.search(r"^MemTotal:\s+(\d+) kB$", source.text("proc/meminfo"), re.M)
    return int(match[1]) * 1024 if match else 0


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.strip().isdecimal() else 0


def _libc(source: Source) -> str:
    """Of Linux; "" elsewhere."""
    if source.system != "Linux":
        return ""
    shown = source.output("getconf", "GNU_LIBC_VERSION")
    if shown:
        return shown.strip()
    return "musl" if any((source.root / "lib").glob("ld-musl-*")) else ""


def _pci(source: Source) -> list[Card]:
    """Display and 3D controllers, without drivers."""
    cards = []
    for folder in sorted(source.root.glob("sys/bus/pci/devices/*")):
        here = folder.relative_to(source.root).as_posix()
        vendor = VENDORS.get(source.text(f"{here}/vendor").lower())
        if vendor and source.text(f"{here}/class").lower().startswith("0x03"):
            device = source.text(f"{here}/device").lower()
            number = int(device, 16) if re.fullmatch(r"0x[0-9a-f]+", device) else 0
            titles = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel", "apple": "Apple"}
            cards.append(Card(vendor, f"{titles[vendor]} card {device}", device=number))
    return cards


def _nvidia(source: Source, pci: list[Card]) -> list[Card]:
    query = ("--format=csv,noheader,nounits",)
    shown = source.output("nvidia-smi", "--query-gpu=name,driver_version,memory.total,compute_cap", *query)
    if shown is None:  # drivers before 510 know no compute_cap
        shown = source.output("nvidia-smi", "--query-gpu=name,driver_version,memory.total", *query)
    cards = []
    for line in (shown or "").splitlines():
        words = [word.strip() for word in line.split(",")]
        if len(words) >= 3 and re.fullmatch(r"[\d.]+", words[1]):
            memory = int(words[2]) if words[2].isdigit() else 0
            match = re.fullmatch(r"(\d+)\.(\d+)", words[3]) if len(words) > 3 else None
            capability = (int(match[1]), int(match[2])) if match else None
            cards.append(Card("nvidia", words[0], words[1], capability, memory_mib=memory))
    if cards:
        return cards
    plain = source.text("sys/module/nvidia/version")
    match = re.search(r"Module(?: for \S+)?\s+([\d.]+)", source.text("proc/driver/nvidia/version"))
    driver = plain if re.fullmatch(r"[\d.]+", plain) else match[1] if match else ""
    return [Card("nvidia", card.name, driver, device=card.device) for card in pci if card.vendor == "nvidia"]


def _amd(source: Source, pci: list[Card]) -> list[Card]:
    """By the driver's own topology, which needs no ROCm; else by rocminfo."""
    cards = []
    for file in sorted(source.root.glob("sys/class/kfd/kfd/topology/nodes/*/properties")):
        here = file.relative_to(source.root)
        match = re.search(r"^gfx_target_version (\d+)$", source.text(here.as_posix()), re.M)
        if match and int(match[1]):
            memory = _bank_bytes(source, here.parent) >> 20
            cards.append(Card("amd", "AMD GPU", "?", target=_gfx(int(match[1])), memory_mib=memory))
    if not cards:
        targets = re.findall(r"^\s*Name:\s+(gfx\w+)\s*$", source.output("rocminfo") or "", re.M)
        cards = [Card("amd", "AMD GPU", "?", target=target) for target in targets]
    return cards or [card for card in pci if card.vendor == "amd"]


def _bank_bytes(source: Source, node: Path) -> int:
    """Of a node of kfd, in all banks of its own memory."""
    total = 0
    for file in sorted((source.root / node).glob("mem_banks/*/properties")):
        text = source.text(file.relative_to(source.root).as_posix())
        match = re.search(r"^size_in_bytes (\d+)$", text, re.M)
        total += int(match[1]) if match else 0
    return total


def _gfx(number: int) -> str:
    """``110001`` -> "gfx1101", ``90010`` -> "gfx90a": major in decimal, minor and stepping in hexadecimal digits."""
    return f"gfx{number // 10000}{number // 100 % 100:x}{number % 100:x}"


def _intel(source: Source, pci: list[Card]) -> list[Card]:
    """Those of PCI; without it, as in WSL, those that xpu-smi lists."""
    level_zero = any((source.root / folder / LEVEL_ZERO).exists() for folder in LIBRARY_FOLDERS)
    listed = source.output("xpu-smi", "discovery", "--dump", "2,4") or ""  # columns: name, PCI device id
    rows = re.findall(r'^"?([^",\n]+)"?,"?(0x[0-9a-fA-F]+)"?$', listed, re.M)
    driver = "?" if level_zero or rows else ""
    cards = [card for card in pci if card.vendor == "intel"]
    if not cards:
        cards = [Card("intel", name, device=int(device, 16)) for name, device in rows]
    return [Card("intel", card.name, driver, device=card.device) for card in cards]
