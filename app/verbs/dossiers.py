"""`sayso dossier`: the evidence of a campaign as files that leave the house."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, existing_home

if TYPE_CHECKING:
    from pipeline.dossier import Dossier


def dossier(
    campaign: Annotated[
        str | None, typer.Argument(help="Id of a campaign.  [default: every one that was not dismissed]")
    ] = None,
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the files.  [default: exports/]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the dossier of a campaign: one self-contained HTML page, and JSON.

    What, where, since when, by how many accounts, quotes, evidence both ways, effect, and the hashes of the
    archived originals with their collection times. With --json it is printed instead. `sayso summary
    --json` and `sayso alert list` name campaigns.
    """
    from app.output import say
    from pipeline.actions import verdicts
    from pipeline.dossier import dossier as build
    from pipeline.snapshot import Snapshot

    place = existing_home(home)
    said = verdicts(place)
    with Snapshot.open(place) as snapshot:
        ids = [campaign] if campaign else [row["campaign_id"] for row in snapshot.rows("dossier.ids")]
        made = [build(snapshot, name, landing=place.landing, said=said) for name in ids]
    if as_json:
        typer.echo(made[0].to_json() if campaign else "[" + ",\n".join(one.to_json() for one in made) + "]")
        return
    for path in (path for one in made for path in write(one, out or place.exports)):
        say(str(path))
    if not made:
        say("No campaign stands in the published snapshot.")


def write(found: Dossier, folder: Path) -> list[Path]:
    """The page and the JSON of a dossier; each file appears when it is whole."""
    from app.dossier_page import page
    from pipeline.files import file_name, whole

    contents = {"html": page(found), "json": found.to_json() + "\n"}
    paths = []
    for form, text in contents.items():
        path = folder / f"dossier-{file_name(found.campaign_id)}.{form}"
        with whole(path) as file:
            file.write(text.encode("utf-8"))
        paths.append(path)
    return paths
