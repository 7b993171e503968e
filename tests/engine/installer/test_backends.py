"""The build of torch for a machine: twelve simulated ones, rare ones, and what a person may choose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.installer.backends import PUBLISHED, Choice, check, choose, device_of
from engine.installer.hardware import Source, look, system
from tests.engine.installer.machines_of_people import MACHINES, RARE, Simulated, kfd, smi

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


def test_there_are_twelve() -> None:
    assert len(MACHINES) == 12


@pytest.mark.parametrize("name", [*MACHINES, *RARE])
def test_every_machine_gets_the_build_that_runs_on_it(name: str, tmp_path: Path) -> None:
    simulated, build, words = {**MACHINES, **RARE}[name]
    machine = look(simulated.build(tmp_path))
    try:
        choice = choose(machine)
    except BadInput as refusal:
        choice = Choice("", str(refusal))
    assert choice.backend == build, (machine, choice)
    assert words in f"{machine}: {choice.why}. {choice.advice}"
    assert build in ("", *PUBLISHED)


def test_builds_that_an_installer_has_no_lock_of_are_not_chosen(tmp_path: Path) -> None:
    machine = look(MACHINES["NVIDIA, old driver"][0].build(tmp_path))
    choice = choose(machine, ("cpu", "cu126", "cu130"))
    assert choice.backend == "cpu" and "driver 525.60.13 or newer" in choice.advice


def test_the_command_line_needs_an_older_linux_than_the_window(tmp_path: Path) -> None:
    machine = look(Simulated(libc="glibc 2.31").build(tmp_path))
    assert choose(machine, window=False).backend == "cpu"


@pytest.mark.parametrize(
    ("named", "refused"), [("cpu", ""), ("cu126", ""), ("cuda", "Unknown build of torch: 'cuda'"), ("mps", "Linux")]
)
def test_a_person_may_choose_another(named: str, refused: str, tmp_path: Path) -> None:
    machine = look(MACHINES["NVIDIA, new driver"][0].build(tmp_path))
    if refused:
        with pytest.raises(BadInput, match=refused):
            check(named, machine)
    else:
        assert check(named, machine).backend == named


def test_memory_is_said(tmp_path: Path) -> None:
    """Of the machine, and of a card of AMD, whose driver lists banks."""
    files = {"proc/meminfo": "MemTotal:       65771520 kB\nMemFree:        1000 kB\n", **kfd(1, 110000)}
    banks = "sys/class/kfd/kfd/topology/nodes/1/mem_banks"
    files |= {f"{banks}/{bank}/properties": f"heap_type 1\nsize_in_bytes {8 << 30}\n" for bank in (0, 1, 2)}
    assert str(look(Simulated(files=files).build(tmp_path / "amd"))) == (
        "Linux, x86_64, 63 GiB of memory: AMD GPU (gfx1100, 24 GiB)"
    )
    mac = Simulated(
        system="Darwin",
        architecture="arm64",
        programs={"sw_vers": "echo 15.6", "sysctl": 'case "$2" in hw.memsize) echo 17179869184 ;; *) exit 1 ;; esac'},
    )
    assert "16 GiB of memory" in str(look(mac.build(tmp_path / "mac")))
    assert "of memory" not in str(look(Simulated().build(tmp_path / "unknown")))


def test_a_command_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.installer.hardware.SECONDS", 0.2)
    source = Simulated(programs={"nvidia-smi": "sleep 2"}).build(tmp_path)
    assert look(source).cards == ()


def test_the_system_is_known_without_asking_drivers(tmp_path: Path) -> None:
    source = Simulated(programs={"nvidia-smi": f"touch {tmp_path}/was-run; {smi('A, 580, 1, 9.0')}"}).build(tmp_path)
    assert system(source).cards == () and not (tmp_path / "was-run").exists()
    assert look(source).cards and (tmp_path / "was-run").exists()


def test_this_machine_can_be_looked_at() -> None:
    machine = look(Source())
    assert machine.system and machine.architecture and str(machine)
    assert {device_of(build) for build in PUBLISHED} == {"cuda", "xpu", "cpu", "mps"}
