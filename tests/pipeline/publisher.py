"""A process for the publishing tests: adds mentions and publishes, again and again, and says each generation."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from made_warehouse import CONFIG, Said, put

from pipeline.home import Home
from pipeline.publish import publish
from pipeline.warehouse import Limits, open_warehouse, transaction


def main(root: str, generations: int) -> None:
    home = Home(Path(root))
    with open_warehouse(home, Limits(threads=1)) as con:
        first = con.execute("SELECT count(*) FROM mentions").fetchall()[0][0]
        sys.stdout.write("ready\n")
        for number in range(first, first + generations):
            # Whole or not at all: a mention that a kill left without its brand would never be a fact.
            with transaction(con):
                put(con, [Said(f"Ziņa {number}", brand=("Lumora", "Kaskāde")[number % 2])], first=number)
            path = publish(home, con, CONFIG)
            sys.stdout.write(f"{int(path.stem)} {number + 1}\n")
            sys.stdout.flush()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
