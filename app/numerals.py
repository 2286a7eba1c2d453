"""Numbers and dates in charts, in the form of the page's language."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.i18n import Language, locale


@cache
def numerals(language: Language) -> dict[str, Any]:
    """Vega's `locale`: numbers as d3-format, dates as d3-time-format take them."""
    form = locale(language)
    symbols = form.number_symbols["latn"]
    tight = form.percent_formats[None].pattern.endswith("0%")
    by_month, by_day = form.months["stand-alone"], form.days["stand-alone"]
    week = (6, 0, 1, 2, 3, 4, 5)
    return {
        "number": {
            "decimal": symbols["decimal"], "thousands": symbols["group"], "grouping": [3],
            "currency": ["", ""], "percent": "%" if tight else "\u00a0%",
        },
        "time": {
            "dateTime": "%c", "date": "%x", "time": "%X", "periods": ["AM", "PM"],
            "days": [by_day["wide"][day] for day in week],
            "shortDays": [by_day["abbreviated"][day] for day in week],
            "months": [by_month["wide"][month] for month in range(1, 13)],
            "shortMonths": [by_month["abbreviated"][month] for month in range(1, 13)],
        },
    }  # fmt: skip
