"""What the three shops sell: the same range under each brand, each product with what people review it for."""

from __future__ import annotations

from functools import cache

from data.town.entries import Product
from data.town.phrases import brands

_PLAN = ("signal", "internet", "billing", "support", "app", "roaming", "contract")
_HOME = ("internet", "billing", "support", "delivery", "app", "contract")
_PHONE = ("delivery", "shop", "support", "billing")
_RANGE = (
    ("plan-start", "Start", 9, _PLAN, "json-ld"),
    ("plan-family", "Family", 29, _PLAN, "json-ld"),
    ("plan-unlimited", "Unlimited", 24, _PLAN, "json-ld"),
    ("plan-senior", "Senior", 7, (*_PLAN, "shop"), "microdata"),
    ("home-internet", "Home Internet 500", 19, _HOME, "json-ld"),
    ("router-5g", "5G Router Talo", 149, ("internet", "delivery", "support", "shop"), "microdata"),
    ("phone-lumio-12", "Lumio 12", 399, _PHONE, "json-ld"),
    ("phone-fenora-s5", "Fenora S5", 599, _PHONE, "microdata"),
    ("phone-kestra-mini", "Kestra Mini", 179, _PHONE, "json-ld"),
)


@cache
def products() -> tuple[Product, ...]:
    """All products of all brands; `key` is unique in the town."""
    return tuple(
        Product(f"{brand.key}/{key}", brand.key, f"{brand.name} {name}", price, touchpoints, markup)  # type: ignore[arg-type]
        for brand in brands()
        for key, name, price, touchpoints, markup in _RANGE
    )


@cache
def sold_for(brand: str, touchpoint: str) -> tuple[Product, ...]:
    """The products of a brand that people review for a touchpoint; never empty."""
    return tuple(each for each in products() if each.brand == brand and touchpoint in each.touchpoints)
