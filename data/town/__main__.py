"""`python -m data.town --port 0`: prints the address as one line of JSON, then serves until interrupted."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from data.town.server import bind
from data.town.town import SEED, UNTIL, Town


def main() -> None:
    """Serve the town in the foreground."""
    parser = argparse.ArgumentParser(
        prog="python -m data.town", description="Serve the sample town on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--until", type=date.fromisoformat, default=UNTIL, help="last day, YYYY-MM-DD")
    parser.add_argument("--log", type=Path, help="a file for what is asked, a path a line")
    chosen = parser.parse_args()
    log = chosen.log.open("w", encoding="utf-8") if chosen.log else None
    running = bind(Town(chosen.seed, chosen.until), chosen.port, log=log)
    sys.stdout.write(
        json.dumps({"origin": running.origin, "seed": chosen.seed, "until": str(chosen.until)}) + "\n"
    )
    sys.stdout.flush()
    try:
        running.server.serve_forever()
    except KeyboardInterrupt:
        running.server.server_close()


if __name__ == "__main__":
    main()
