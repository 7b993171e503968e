"""Make the thin installer: ``python .packaging/bundle.py --out dist``.

Needs uv on PATH (its binary goes into the installer) and setuptools. ``--lock PLATFORM:BUILD`` resolves a lock, for
example ``linux-x86_64:cu130``; builds other than that of the package index need PyTorch's own indexes, which uv knows.
``--updates ADDRESS --root FILE`` name the folder of signed updates and the root of trust that the installer carries.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipapp
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.installer.bundle import read, write_release  # noqa: E402
from engine.installer.environment import LOCKED_EXTRAS  # noqa: E402
from engine.version import __version__  # noqa: E402

PYTHON = "3.12"
EXTRAS = LOCKED_EXTRAS
PLATFORMS = {
    "linux-x86_64": "x86_64-manylinux_2_34",
    "linux-aarch64": "aarch64-manylinux_2_39",
    "darwin-aarch64": "aarch64-apple-darwin",
    "windows-x86_64": "x86_64-pc-windows-msvc",
}
"""As locks are named -> as uv names it."""
CARRIED = ("engine/__init__.py", "engine/version.py", "engine/base/__init__.py", "engine/base/errors.py")
CARRIED += ("engine/base/human.py", "engine/base/children.py")
SOURCES = ("engine", "studio", "resources", "tests", ".packaging")
"""Folders of the sdist."""
START = """import sys
from pathlib import Path
from engine.installer.commands import bundle_beside, main
sys.exit(main(bundle=bundle_beside(Path(sys.argv[0]))))
"""
HEADER = """#!/bin/sh
# Compression Studio's installer: run it with sh. It unpacks itself into a folder of its own and removes that again.
set -e
folder=$(mktemp -d "${{TMPDIR:-/tmp}}/compression-studio-installer.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
tail -n +{first} "$0" | tar -xzf - -C "$folder" || {{ echo "The installer is damaged." >&2; exit 1; }}
"$folder/uv" --version >/dev/null 2>&1 || {{
    echo "The installer can't run here: $folder/uv does not start. It is for {platform}." >&2
    echo "If that is this machine, programs may not run in that folder: set TMPDIR to another." >&2
    exit 1
}}
echo "Looking for Python 3.11 or newer; it is fetched where there is none…"
UV_CACHE_DIR="$folder/cache" UV_PYTHON_INSTALL_DIR="$folder/python" "$folder/uv" run --quiet --no-project --no-config \\
    --python '>=3.11' python "$folder/installer.pyz" "$@"
exit $?
"""


def main() -> int:
    """Make all files; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--wheel", type=Path, help="one that is built already")
    parser.add_argument("--uv", type=Path, help="binary to carry; by default that of PATH")
    parser.add_argument("--lock", action="append", default=[], metavar="PLATFORM:BUILD")
    parser.add_argument("--updates", default="", metavar="ADDRESS")
    parser.add_argument("--root", type=Path, help="root.json of the updates")
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    wheel = words.wheel or build_wheel(words.out)
    uv = words.uv or shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on PATH: pip install uv")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        locks: dict[str, Any] = {}
        headless: dict[str, Any] = {}
        (folder / "locks").mkdir(parents=True)
        for item in words.lock:
            platform, build = item.split(":")
            name = f"{platform}-{build}"
            whole = folder / "locks" / f"{name}.txt"
            locks[name] = compile_lock(str(uv), platform, build, whole)
            without = folder / "locks" / f"{name}-without-window.txt"
            headless[name] = compile_lock(str(uv), platform, build, without, whole)
        facts = {"locks": locks, "headless": headless}
        fill(folder, wheel, facts, words.updates, words.root)
        archive = shutil.make_archive(str(words.out / f"compression-studio-{__version__}-update"), "zip", folder)
        shutil.copy2(uv, folder / "uv")
        fill(folder, wheel, facts, words.updates, words.root)
        script = words.out / f"compression-studio-{__version__}-installer.sh"
        write_script(folder, script)
    for path in (wheel, Path(archive), script):
        print(f"{path} {path.stat().st_size}")
    return 0


def build_wheel(out: Path) -> Path:
    """Build wheel and sdist of the sources; gives the wheel."""
    build = "import sys; from setuptools import build_meta as b; out = sys.argv[1]; b.build_sdist(out)"
    build += "; print(b.build_wheel(out))"  # sys.argv is setuptools' own by now
    with tempfile.TemporaryDirectory() as temporary:  # setuptools leaves folders beside the sources
        sources = Path(temporary) / "sources"
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in listed.split("\0"):
            if name and (ROOT / name).is_file():
                (sources / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, sources / name)
        grafts = "".join(f"graft {name}\n" for name in SOURCES)
        (sources / "MANIFEST.in").write_text(grafts + "include *.md *.py *.yml\n", "utf-8")
        command = [sys.executable, "-c", build, str(out.resolve())]
        done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
    return out / done.stdout.splitlines()[-1].strip()


def fill(folder: Path, wheel: Path, locks: dict[str, Any], updates: str, root: Path | None) -> None:
    """Put wheel, installer and root of trust into a bundle's folder and write its ``release.json``. ``locks``: entries
    by the keys "locks" and "headless"."""
    shutil.copy2(wheel, folder / wheel.name)
    write_installer(folder / "installer.pyz")
    if root is not None:
        shutil.copy2(root, folder / "root.json")
    facts = {"version": __version__, "code": code_of(wheel), "python": PYTHON, "wheel": wheel.name, **locks}
    write_release(folder, facts, updates)
    read(folder).check()


def code_of(wheel: Path) -> str:
    """The hash that the program in a wheel says it has."""
    command = [sys.executable, "-P", "-c", "from engine.service.wire import code_hash; print(code_hash())"]
    with tempfile.TemporaryDirectory() as temporary:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(temporary)
        environment = {**os.environ, "PYTHONPATH": temporary}
        done = subprocess.run(command, env=environment, cwd=temporary, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write_installer(target: Path) -> None:
    """The room `engine.installer` with what it imports, as one file that any Python from 3.11 runs."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        rooms = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "engine" / "installer").glob("*.py"))]
        for name in [*CARRIED, *rooms]:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)
        (place / "__main__.py").write_text(START, "utf-8")
        for path in (place, *place.rglob("*")):
            os.utime(path, (1_600_000_000, 1_600_000_000))  # the same sources make the same file
        zipapp.create_archive(place, target, interpreter="/usr/bin/env python3", compressed=True)


def compile_lock(uv: str, platform: str, build: str, target: Path, whole: Path | None = None) -> dict[str, Any]:
    """Resolve a build's packages to requirements with hashes; gives the entry of ``release.json``. Sizes are those that
    the package index names. ``whole``: the lock with the window's packages; the one to be made has its versions, and is
    without them."""
    resolved = target.with_suffix(".toml").with_name(f"pylock.{target.stem.replace('.', '_')}.toml")
    command = [
        uv,
        "pip",
        "compile",
        str(ROOT / "pyproject.toml"),
        "--format",
        "pylock.toml",
        "-o",
        str(resolved),
        "--quiet",
    ]
    command += [f"--python-platform={PLATFORMS[platform]}", f"--python-version={PYTHON}", "--only-binary=:all:"]
    extras = [extra for extra in EXTRAS if whole is None or extra != "window"]
    command += [word for extra in extras for word in ("--extra", extra)]
    command += ["--constraints", str(whole)] if whole is not None else []
    command += [f"--torch-backend={build}"] if build not in ("mps", "default") else []
    subprocess.run(command, check=True)
    return write_lock(tomllib.loads(resolved.read_text("utf-8")), target, resolved)


def write_lock(resolved: dict[str, Any], target: Path, source: Path) -> dict[str, Any]:
    """A ``pylock.toml`` (PEP 751) as requirements, which pip reads too; ``source`` is removed."""
    lines, size = [], 0
    for package in resolved["packages"]:
        wheels = package["wheels"]
        hashes = " ".join(f"--hash=sha256:{wheel['hashes']['sha256']}" for wheel in wheels)
        marker = f" ; {package['marker']}" if "marker" in package else ""
        lines.append(f"{package['name']}=={package['version']}{marker} {hashes}")
        size += max(int(wheel.get("size", 0)) for wheel in wheels)
    target.write_text("\n".join(lines) + "\n", "utf-8")
    source.unlink(missing_ok=True)
    return {"file": f"locks/{target.name}", "bytes": size, "packages": len(lines)}


def write_script(folder: Path, target: Path) -> None:
    """A script of the shell that holds a bundle."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
    header = HEADER.format(first=HEADER.count("\n") + 1, platform=f"{os.uname().sysname} on {os.uname().machine}")
    target.write_bytes(header.encode() + packed.getvalue())
    target.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
