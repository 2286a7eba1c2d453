"""A site without end, on loopback: pages of reviews marked up for machines, each leading to the next.

`python -m crawlers.bench_site --reviews 1` prints its address as one line of JSON, then serves until it is
ended. Page N of chain C is `/C?page=N`: always the same words, no two alike.
"""

from __future__ import annotations

import argparse
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_DAYS = 28


class _Handler(BaseHTTPRequestHandler):
    """One connection; how many reviews a page has is set on the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        number = parse_qs(parts.query).get("page", ["1"])[0]
        found = parts.path != "/robots.txt" and number.isdecimal()
        reviews = getattr(self.server, "reviews", 1)
        body = page(parts.path.strip("/"), int(number), reviews).encode() if found else b"Nothing here\n"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""


def page(chain: str, number: int, reviews: int = 1) -> str:
    """The HTML of one page."""
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": f"Tālrunis {chain}",
        "review": [_review(chain, number, place) for place in range(reviews)],
    }
    return (
        f"<!doctype html><html lang=lv><head><title>{chain}</title>"
        f'<script type="application/ld+json">{json.dumps(product, ensure_ascii=False)}</script></head>'
        f'<body><h1>Tālrunis {chain}</h1><nav><a rel="next" href="/{chain}?page={number + 1}">Tālāk</a></nav>'
        "</body></html>"
    )


def _review(chain: str, number: int, place: int) -> dict[str, Any]:
    """The older the further down: newest first, as shops have it."""
    year, day = 2025 - number // 12 // _DAYS % 20, number // 12 % _DAYS
    return {
        "@type": "Review",
        "@id": f"#r-{chain}-{number}-{place}",
        "reviewBody": f"Zvanu kvalitāte laba, {number}. reizi pērku un {place + 1}. reizi brīnos.",
        "reviewRating": {"@type": "Rating", "ratingValue": number % 5 + 1, "bestRating": 5},
        "author": {"@type": "Person", "name": f"Pircējs {number % 997}"},
        "datePublished": f"{year}-{12 - number % 12:02d}-{_DAYS - day:02d}",
    }


def main() -> None:
    """Serves in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m crawlers.bench_site", description="A site without end.")
    parser.add_argument("--reviews", type=int, default=1, help="reviews on a page")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.reviews = parser.parse_args().reviews  # type: ignore[attr-defined]
    sys.stdout.write(json.dumps({"origin": f"http://127.0.0.1:{server.server_port}"}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
