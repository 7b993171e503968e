"""The package for Debian: built, unpacked into a folder as dpkg does, started."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.version import __version__

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
ROOT = Path(__file__).resolve().parents[3]
INSTALLER = """#!/bin/sh
echo "installer $@"
mkdir -p "$COMPRESSION_STUDIO_HOME/program/bin"
printf '#!/bin/sh\\necho "program $@"\\n' > "$COMPRESSION_STUDIO_HOME/program/bin/compression-studio"
chmod +x "$COMPRESSION_STUDIO_HOME/program/bin/compression-studio"
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Built around a small installer."""
    spec = importlib.util.spec_from_file_location("deb", ROOT / ".packaging" / "deb.py")
    assert spec is not None and spec.loader is not None
    deb = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(deb)
    (tmp_path / "installer.sh").write_text(INSTALLER, "utf-8")
    built: Path = deb.build(tmp_path / "installer.sh", tmp_path)
    return built


def test_the_package_is_unpacked_and_started(package: Path, tmp_path: Path) -> None:
    fields = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
    assert f"Version: {__version__}\n" in fields and "Package: compression-studio\n" in fields
    assert "Depends: libc6 (>= 2.3" in fields and "libglib2.0-0t64 | libglib2.0-0, " in fields
    root = tmp_path / "root"
    subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert len(files) == 5 and all(name.startswith("usr/") for name in files)
    assert all((root / name).stat().st_mode & 0o022 == 0 for name in files), "nobody else may write"
    command = root / "usr" / "bin" / "compression-studio"
    command.write_text(command.read_text("utf-8").replace("/usr/lib", f"{root}/usr/lib"), "utf-8")
    environment = {**os.environ, "COMPRESSION_STUDIO_HOME": str(tmp_path / "data")}
    for words, shown in (([], "installer \nprogram \n"), (["methods"], "program methods\n")):
        done = subprocess.run([command, *words], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == shown


@pytest.mark.skipif(not shutil.which("unshare") or os.geteuid() != 0, reason="needs root for a chroot")
def test_the_package_is_installed_started_and_removed_in_a_chroot(package: Path, tmp_path: Path) -> None:
    """dpkg itself, in a root whose system folders are those of this machine with a layer of their own above them."""
    lines = [
        "set -e",
        f"cd {tmp_path}",
        "mkdir layers && mount -t tmpfs tmpfs layers && mkdir layers/up layers/work layers/root",
        "root=$PWD/layers/root && mkdir -p $root/usr $root/var/lib/dpkg/info $root/var/lib/dpkg/updates $root/data",
        "mkdir -p $root/var/log $root/etc $root/tmp $root/dev && touch $root/var/lib/dpkg/status",
        "for link in bin sbin lib lib64; do test ! -e /$link || ln -s usr/$link $root/$link; done",
        "mount -t overlay overlay -o lowerdir=/usr,upperdir=layers/up,workdir=layers/work $root/usr",
        "mount --bind /dev $root/dev",
        f"cp {package} $root/package.deb",
        "chroot $root dpkg --force-depends --install /package.deb",
        "chroot $root env COMPRESSION_STUDIO_HOME=/data /usr/bin/compression-studio methods",
        "(cd layers/up && find . -type f) | sort",
        "chroot $root dpkg --remove compression-studio",
        "echo left: $(find layers/up -type f)",
    ]
    done = subprocess.run(["unshare", "-m", "sh", "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    if "mount" in done.stderr and "denied" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "installer" in done.stdout and "program methods" in done.stdout
    assert "./bin/compression-studio" in done.stdout and "./share/applications/" in done.stdout
    assert done.stdout.rstrip().endswith("left:")
