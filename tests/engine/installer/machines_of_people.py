"""Twelve simulated machines and more: fake commands of drivers and a fake /sys in a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.installer.hardware import Source

SMI = """case "$*" in *compute_cap*) {capable} ;; esac
cat <<'END'
{lines}
END"""


@dataclass(frozen=True)
class Simulated:
    """``pci``: (vendor, device, class) of cards; ``files``: below the root; ``programs``: name -> body of a script."""

    pci: tuple[tuple[str, str, str], ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    system: str = "Linux"
    architecture: str = "x86_64"
    libc: str = "glibc 2.39"

    def build(self, root: Path) -> Source:
        """Write it into a folder."""
        for number, (vendor, device, kind) in enumerate(self.pci):
            folder = root / "sys" / "bus" / "pci" / "devices" / f"0000:0{number}:00.0"
            folder.mkdir(parents=True)
            for name, value in (("vendor", vendor), ("device", device), ("class", kind)):
                (folder / name).write_text(f"{value}\n", "utf-8")
        for name, text in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        programs = dict(self.programs)
        if self.system == "Linux":
            programs["getconf"] = f"echo {self.libc}" if self.libc != "musl" else "exit 1"
        for name, body in programs.items():
            path = root / name if "/" in name else root / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
            path.chmod(0o755)
        (root / "lib").mkdir(exist_ok=True)
        if self.libc == "musl":
            (root / "lib" / "ld-musl-x86_64.so.1").touch()
        path_of_shell = "/usr/bin:/bin"  # for cat and echo of the scripts; drivers of this machine are hidden below
        hidden = ("nvidia-smi", "rocminfo", "xpu-smi", "sw_vers", "sysctl")
        for name in hidden:
            if not (root / "bin" / name).exists() and name not in {Path(word).name for word in programs}:
                script = root / "bin" / name
                script.parent.mkdir(parents=True, exist_ok=True)
                script.write_text("#!/bin/sh\nexit 127\n", "utf-8")
                script.chmod(0o755)
        return Source(root, {"PATH": f"{root / 'bin'}:{path_of_shell}"}, self.system, self.architecture)


def smi(*cards: str, old: bool = False) -> str:
    """An nvidia-smi that lists cards: ``name, driver, MiB, capability``. ``old``: it does not know compute_cap."""
    lines = [card if not old else ", ".join(card.split(", ")[:3]) for card in cards]
    return SMI.format(capable='echo "Field compute_cap is not valid"; exit 2' if old else ":", lines="\n".join(lines))


def kfd(number: int, target: int) -> dict[str, str]:
    """A GPU in the topology of amdgpu; node 0 is the processor."""
    nodes = "sys/class/kfd/kfd/topology/nodes"
    properties = f"simd_count 96\ngfx_target_version {target}\nvendor_id 4098\n"
    return {
        f"{nodes}/0/properties": "cpu_cores_count 16\ngfx_target_version 0\n",
        f"{nodes}/{number}/properties": properties,
    }


NVIDIA, AMD, INTEL = "0x10de", "0x1002", "0x8086"
VGA, ACCELERATOR = "0x030000", "0x030200"
ZERO = "usr/lib/x86_64-linux-gnu/libze_intel_gpu.so.1"
MACHINES: dict[str, tuple[Simulated, str, str]] = {
    "NVIDIA, old driver": (
        Simulated(
            ((NVIDIA, "0x1b80", VGA),),
            programs={"nvidia-smi": smi("NVIDIA GeForce GTX 1080, 470.256.02, 8119, 6.1", old=True)},
        ),
        "cu118",
        "CUDA 11.8",
    ),
    "NVIDIA, new driver": (
        Simulated(
            ((NVIDIA, "0x2684", VGA),), programs={"nvidia-smi": smi("NVIDIA GeForce RTX 4090, 580.82.07, 24564, 8.9")}
        ),
        "cu130",
        "CUDA 13.0",
    ),
    "NVIDIA without a driver": (Simulated(((NVIDIA, "0x2684", VGA),)), "cpu", "install NVIDIA's driver"),
    "two NVIDIA": (
        Simulated(
            ((NVIDIA, "0x1b80", VGA), (NVIDIA, "0x2204", VGA)),
            programs={
                "nvidia-smi": smi(
                    "NVIDIA GeForce GTX 1080, 580.82.07, 8192, 6.1", "NVIDIA GeForce RTX 3090, 580.82.07, 24576, 8.6"
                )
            },
        ),
        "cu126",
        "CUDA 12.6",
    ),
    "AMD, supported": (Simulated(((AMD, "0x744c", VGA),), kfd(1, 110000)), "rocm7.2", "gfx1100"),
    "AMD, not supported": (Simulated(((AMD, "0x67df", VGA),), kfd(1, 80003)), "cpu", "no code for gfx803"),
    "Intel Arc": (Simulated(((INTEL, "0x56a0", VGA),), {ZERO: ""}), "xpu", "Level Zero"),
    "Intel graphics in the processor": (Simulated(((INTEL, "0x3e92", VGA),), {ZERO: ""}), "cpu", "no code for it"),
    "Mac with Apple's chip": (
        Simulated(system="Darwin", architecture="arm64", programs={"sw_vers": "echo 15.6"}),
        "mps",
        "Metal",
    ),
    "Mac with Intel's chip": (
        Simulated(system="Darwin", architecture="x86_64", programs={"sw_vers": "echo 13.7"}),
        "",
        "does not run on this Mac",
    ),
    "processor only": (Simulated(((VGA, "0x1111", "0x020000"),)), "cpu", "no GPU"),
    "NVIDIA in WSL": (
        Simulated(
            files={"proc/version": "Linux version 6.6.87.2-microsoft-standard-WSL2"},
            programs={"usr/lib/wsl/lib/nvidia-smi": smi("NVIDIA GeForce RTX 3080, 560.94, 10240, 8.6")},
        ),
        "cu126",
        "CUDA 12.6",
    ),
}
"""Name -> machine, build, words of what is said."""
RARE: dict[str, tuple[Simulated, str, str]] = {
    "Blackwell, driver of 2025": (
        Simulated(programs={"nvidia-smi": smi("NVIDIA GeForce RTX 5090, 570.169, 32607, 12.0")}),
        "cu128",
        "CUDA 12.8",
    ),
    "two that no build runs together": (
        Simulated(programs={"nvidia-smi": smi("Titan Xp, 580.82.07, 12288, 6.1", "RTX 5090, 580.82.07, 32607, 12.0")}),
        "cu130",
        "Titan Xp can't be used with cu130",
    ),
    "Kepler": (
        Simulated(programs={"nvidia-smi": smi("Tesla K80, 470.256.02, 11441, 3.7")}),
        "cpu",
        "no build of torch",
    ),
    "driver of 2018": (
        Simulated(programs={"nvidia-smi": smi("NVIDIA GeForce GTX 1080, 410.48, 8119, 6.1", old=True)}),
        "cpu",
        "too old",
    ),
    "no nvidia-smi": (
        Simulated(
            ((NVIDIA, "0x2230", ACCELERATOR),),
            {"proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.144.03  Release"},
        ),
        "cu126",
        "CUDA 12.6",
    ),
    "nvidia-smi that fails": (
        Simulated(((NVIDIA, "0x2230", VGA),), programs={"nvidia-smi": "echo no devices; exit 9"}),
        "cpu",
        "driver",
    ),
    "AMD by rocminfo": (
        Simulated(programs={"rocminfo": "echo '  Name:                    gfx90a'"}),
        "rocm7.2",
        "gfx90a",
    ),
    "AMD card and graphics": (Simulated(files={**kfd(1, 100306), **kfd(2, 120001)}), "rocm7.2", "code for gfx1201"),
    "AMD without a driver": (Simulated(((AMD, "0x744c", VGA),)), "cpu", "load AMD's driver"),
    "Intel Arc without Level Zero": (Simulated(((INTEL, "0xe20b", VGA),)), "cpu", "Level Zero"),
    "Intel graphics beside NVIDIA": (
        Simulated(
            ((INTEL, "0x7d55", VGA), (NVIDIA, "0x28a0", VGA)),
            {ZERO: ""},
            {"nvidia-smi": smi("NVIDIA GeForce RTX 4060, 560.35.05, 8188, 8.9")},
        ),
        "cu126",
        "CUDA 12.6",
    ),
    "Grace Hopper": (
        Simulated(architecture="aarch64", programs={"nvidia-smi": smi("NVIDIA GH200 480GB, 580.65.06, 97871, 9.0")}),
        "cu130",
        "CUDA 13.0",
    ),
    "an old Linux": (Simulated(libc="glibc 2.31"), "", "glibc 2.31, and 2.34 or newer is needed"),
    "musl": (Simulated(libc="musl"), "", "glibc"),
    "an old macOS": (
        Simulated(system="Darwin", architecture="arm64", programs={"sw_vers": "echo 13.1"}),
        "",
        "macOS 14",
    ),
    "Python of Intel's Macs on Apple's chip": (
        Simulated(system="Darwin", architecture="x86_64", programs={"sysctl": "echo 1", "sw_vers": "echo 14.5"}),
        "mps",
        "Metal",
    ),
    "32 bits": (Simulated(architecture="i686"), "", "64-bit"),
}
