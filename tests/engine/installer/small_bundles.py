"""Bundles of a program that is a script of the shell, and a uv that installs it: installations within milliseconds."""

from __future__ import annotations

import subprocess
from pathlib import Path

from engine.installer import steps
from engine.installer.bundle import Bundle, lock_name, read, write_release
from engine.installer.hardware import system
from engine.installer.layout import Installation
from engine.installer.steps import Plan

PROGRAM = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/../calls"
case "$1" in
  --version) echo "(code CODE)" VERSION ;;
  compress) VERDICT; while [ "$1" != --out ]; do shift; done; mkdir -p "$2" ;;
  verify) test -d "$2" || exit 1 ;;
esac
"""
UV = """#!/bin/sh -e
echo "$@" >> "{log}"
case "$1 $2" in
  "venv --python") mkdir -p "$4/bin"; env echo "version_info = 3.12.4" > "$4/pyvenv.cfg"
     echo '#!/bin/sh' > "$4/bin/python"; chmod +x "$4/bin/python" ;;
  *) for word; do last=$word; done
     {trouble}
     case "$last" in *.whl) folder=$(dirname "$4")
       cp "${{last#*file://}}" "$folder/compression-studio"; chmod +x "$folder/compression-studio" ;; esac ;;
esac
"""


def bundle(
    folder: Path, version: str, code: str = "aaaa", verdict: str = "true", trouble: str = ":", uv: bool = True
) -> Bundle:
    """A bundle with a lock for the processor. ``verdict``: command of the program's test; ``trouble``: of uv before it
    installs; ``uv``: carries it, as installers do and archives of updates do not."""
    (folder / "locks").mkdir(parents=True)
    (folder / "program.whl").write_text(
        PROGRAM.replace("VERSION", version).replace("CODE", code).replace("VERDICT", verdict), "utf-8"
    )
    (folder / "locks" / "cpu.txt").write_text("torch==2.13.0 --hash=sha256:00\n", "utf-8")
    if uv:
        (folder / "uv").write_text(UV.format(log=folder.parent / "uv.log", trouble=trouble), "utf-8")
        (folder / "uv").chmod(0o755)
    names = {"linux-x86_64-cpu", lock_name(system(), "cpu")}
    locks = {name: {"file": "locks/cpu.txt", "bytes": 1000, "packages": 1} for name in sorted(names)}
    facts = {"version": version, "code": code, "python": "3.12", "wheel": "program.whl", "locks": locks}
    facts["headless"] = {name: {**lock, "bytes": 400} for name, lock in locks.items()}
    write_release(folder, facts)
    return read(folder)


def started(installation: Installation) -> str:
    """The version that the launcher starts."""
    done = subprocess.run([installation.launcher, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def plan(made: Bundle, backend: str = "cpu", fresh: bool = False) -> Plan:
    """Of a bundle with its lock."""
    return Plan(made, backend, made.locks["linux-x86_64-cpu"], fresh=fresh)


def two_versions(folder: Path) -> Installation:
    """An installation below a folder with the versions 1.0-1 and 1.1-2."""
    installation = Installation(folder / "data" / "program")
    for name, version, code in (("first", "1.0", "aaaa"), ("second", "1.1", "bbbb")):
        steps.install(installation, plan(bundle(folder / name, version, code)), print)
    return installation
