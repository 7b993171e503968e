"""The command line as one of several processes that miss one another after seconds instead of minutes. The first word
is a folder: each process writes its number there, with its process id."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cli import main
from engine.models import heartbeat, ranks

heartbeat.BEAT_SECONDS, heartbeat.LOST_SECONDS, ranks.FAREWELL_SECONDS = 0.2, 6.0, 0.5

if __name__ == "__main__":
    (Path(sys.argv[1]) / os.environ["RANK"]).write_text(str(os.getpid()), "utf-8")
    sys.exit(main(sys.argv[2:]))
