"""Make a package for Debian and Ubuntu: ``python .packaging/deb.py INSTALLER.sh --out dist``; needs dpkg-deb.

It holds the thin installer, a desktop entry and a command, no library: the first start installs for the person who
started it, in that person's data folder, so that versions lie beside each other and roll back as everywhere else.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.installer.backends import OLDEST_GLIBC  # noqa: E402

NAME = "compression-studio"
LIBRARIES = (
    *("libdbus-1-3", "libegl1", "libfontconfig1", "libgl1", "libglib2.0-0t64 | libglib2.0-0", "libx11-xcb1"),
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0"),
    *("libxcb-shape0", "libxcb-xkb1", "libxkbcommon-x11-0", "libxkbcommon0"),
)
"""Packages of what Qt's wheels load of the system; a server without the window needs none of them."""
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
"""As Debian names them -> as `OLDEST_GLIBC` does."""
CONTROL = """Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: Compression Studio contributors <noreply@invalid>
Section: science
Priority: optional
Installed-Size: {kibibytes}
Depends: libc6 (>= {glibc})
Recommends: {libraries}
Description: studio that makes language models smaller
 Prune, distill, quantize and factorize language models, and export them for
 llama.cpp, vLLM and transformers. The first start finds the GPU, says how much
 will be fetched, and installs into the data folder of the user.
"""
COMMAND = """#!/bin/sh
# Starts the version that this user has installed; without one, installs it first.
data=${COMPRESSION_STUDIO_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/compression-studio}
program=$data/program/bin/compression-studio
[ -x "$program" ] || sh /usr/lib/compression-studio/installer.sh || exit 1
[ -x "$program" ] || exit 0
exec "$program" "$@"
"""
ENTRY = """[Desktop Entry]
Type=Application
Version=1.5
Name=Compression Studio
Comment=Make language models smaller
Exec=compression-studio
Icon=compression-studio
Terminal=true
Categories=Science;Development;
"""


def main() -> None:
    """Build it; prints its path."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("installer", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    print(build(words.installer, words.out))


def build(installer: Path, out: Path) -> Path:
    """Build the package of an installer; gives its path."""
    (line,) = re.findall(r'__version__ = "(.+)"', (ROOT / "engine" / "version.py").read_text("utf-8"))
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary)
        tree.chmod(0o755)
        _put(tree / "usr/lib/compression-studio/installer.sh", installer, 0o755)
        _put(tree / "usr/bin" / NAME, COMMAND, 0o755)
        _put(tree / "usr/share/applications" / f"{NAME}.desktop", ENTRY, 0o644)
        icon = (ROOT / "resources" / "icons" / "low_rank.svg").read_text("utf-8").replace("currentColor", "#4c8dff")
        _put(tree / "usr/share/icons/hicolor/scalable/apps" / f"{NAME}.svg", icon, 0o644)
        _put(tree / "usr/share/doc" / NAME / "copyright", ROOT / "LICENSE", 0o644)
        kibibytes = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
        glibc = ".".join(map(str, OLDEST_GLIBC[ARCHITECTURES[architecture.strip()]]))
        facts = {"name": NAME, "version": line, "architecture": architecture.strip(), "kibibytes": kibibytes}
        facts |= {"glibc": glibc, "libraries": ", ".join(LIBRARIES)}
        _put(tree / "DEBIAN" / "control", CONTROL.format(**facts), 0o644)
        target = out / f"{NAME}_{line}_{architecture.strip()}.deb"
        command = [
            "dpkg-deb",
            "--build",
            "--root-owner-group",
            "-Znone",
            str(tree),
            str(target),
        ]  # uv is packed already
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return target


def _put(path: Path, content: str | Path, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.parents:
        if folder.name in ("usr", "DEBIAN", "lib", "bin", "share"):
            folder.chmod(0o755)
    if isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        path.write_text(content, "utf-8")
    path.chmod(mode)


if __name__ == "__main__":
    main()
