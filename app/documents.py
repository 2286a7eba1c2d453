"""Documents that leave the house: one self-contained HTML file, style inside, no script, nothing fetched."""

from __future__ import annotations

from html import escape
from pathlib import Path

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_HERE = Path(__file__).parent


def document(title: str, body: str, *styles: str) -> str:
    """A whole document. `body` is markup whose every foreign part was escaped; `styles` are files of
    this folder."""
    style = "".join((_HERE / name).read_text(encoding="utf-8") for name in styles)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<style>{style}</style></head><body>{body}</body></html>\n"
    )
