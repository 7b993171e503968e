"""Origin of the program that runs: its installer, and the line that updates it there."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.installer.layout import NAME, WINDOWS, Installation, installation_of

Kind = Literal["installer", "sources", "uvx", "uv tool", "pipx", "conda", "uv", "pip", "unknown"]
CARRIES = {
    "sources": "from its source folder",
    "uvx": "by uvx",
    "uv tool": "by uv tool",
    "pipx": "by pipx",
    "conda": "in an environment of conda",
    "uv": "by uv",
    "pip": "by pip",
    "unknown": "by something else than its installer",
}


@dataclass(frozen=True)
class Origin:
    """``installation``: only of what the installer installed; ``command``: the line that updates it, "" where there is
    none."""

    kind: Kind
    installation: Installation | None = None
    command: str = ""

    def __str__(self) -> str:
        if self.installation is not None:
            return "This copy was installed by its installer."
        return f"This copy runs {CARRIES[self.kind]}." if self.kind in ("sources", "uvx") else _installed(self.kind)


def origin(prefix: str = sys.prefix, distribution: importlib.metadata.Distribution | None = None) -> Origin:
    """The origin of the program in an environment. ``distribution``: its metadata, by default that of this process."""
    installation = installation_of(prefix)
    if installation is not None:
        return Origin("installer", installation)
    distribution = distribution or _distribution()
    folder = Path(prefix)
    if distribution is None or _is_editable(distribution):
        return Origin("sources", command="git pull")
    if (folder / "uv-receipt.toml").is_file():
        return Origin("uv tool", command=f"uv tool upgrade {NAME}")
    if any(part.startswith(("archive-v", "environments-v")) for part in folder.parts):
        return Origin("uvx", command=f"uvx --refresh --torch-backend=auto --from {_requirement()} {NAME}")
    if (folder / "pipx_metadata.json").is_file():
        return Origin("pipx", command=f"pipx upgrade {NAME}")
    if (folder / "conda-meta").is_dir():
        return Origin("conda", command=f"{_quoted(sys.executable)} -m pip install --upgrade {_requirement()}")
    by = (distribution.read_text("INSTALLER") or "").strip()
    if by == "uv":
        return Origin("uv", command=f"uv pip install --python {_quoted(sys.executable)} --upgrade {_requirement()}")
    if by == "pip":
        return Origin("pip", command=f"{_quoted(sys.executable)} -m pip install --upgrade {_requirement()}")
    return Origin("unknown")


def _installed(kind: Kind) -> str:
    return f"This copy was installed {CARRIES[kind]}."


def _quoted(path: str) -> str:
    return shlex.quote(path) if not WINDOWS else f'"{path}"' if " " in path else path


def _requirement() -> str:
    """The name with the extra for the window where that is installed."""
    return f"'{NAME}[window]'" if importlib.util.find_spec("PySide6") is not None else NAME


def _distribution() -> importlib.metadata.Distribution | None:
    """Of what runs; None if that lies elsewhere than what is installed by that name, or in a source folder, where an
    installation of it leaves metadata of its own."""
    root = Path(__file__).resolve().parents[2]
    if (root / "pyproject.toml").is_file():
        return None
    try:
        installed = importlib.metadata.distribution(NAME)
    except importlib.metadata.PackageNotFoundError:
        return None
    here = os.path.realpath(str(installed.locate_file(""))) == str(root)
    return installed if here or _is_editable(installed) else None


def _is_editable(distribution: importlib.metadata.Distribution) -> bool:
    try:
        plain = json.loads(distribution.read_text("direct_url.json") or "{}")
        return bool(plain.get("dir_info", {}).get("editable", False))
    except (ValueError, AttributeError):
        return False
