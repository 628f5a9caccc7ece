"""Forms about schemes, norms and limits: read strictly, answered in codes for words. Pure.

Amounts are written as on Dutch paper (``1.331,43``) or as in the files (``1331.43``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.content.scheme_shelf import Fact
from bot.content.schemes import BASES, HOUSEHOLDS

Raw = Mapping[str, str]
Wrong = dict[str, str]
"""What is wrong, in codes for words, by field."""

SAVINGS = ("yes", "no")
LOWEST, HIGHEST = 50, 250
"""Percentages of the norm outside of which somebody mistyped."""

_AMOUNT = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d{1,6})(?:[.,](\d{2}))?")
_PCT = re.compile(r"(\d{2,3})(?:\s*(?:-|tot|to|–)\s*(\d{2,3}))?")


def amount_of(text: str) -> str:
    """Return an amount in euros as the files write it (``1331.43``); empty when it is none."""
    plain = text.replace("€", "").replace(",-", "").strip()
    found = _AMOUNT.fullmatch(plain)
    if not found:
        return ""
    euros = str(int(found[1].replace(".", "")))
    return f"{euros}.{found[2]}" if found[2] else euros


def cents(amount: str) -> int:
    """Return an amount of the files in cents."""
    euros, _, rest = amount.partition(".")
    return int(euros) * 100 + int(rest or 0) if euros.isdecimal() else 0


def percentage_of(text: str) -> str:
    """Return a percentage or a range as the files write it (``120-130``); empty: it is none."""
    found = _PCT.fullmatch(text.replace("%", "").strip())
    if not found:
        return ""
    low, high = int(found[1]), int(found[2] or found[1])
    if not LOWEST <= low <= high <= HIGHEST:
        return ""
    return str(low) if low == high else f"{low}-{high}"


def amounts_in(fact: Fact) -> dict[str, str]:
    """Return the amounts of a fact by the name of their field, in the order of its file."""
    if fact.kind == "figure":
        return {"amount": str(fact.row.get("amount", ""))}
    if fact.kind == "assets":
        return {name: str(fact.row.get(name, "")) for name in ("single", "family")}
    if fact.kind != "norm":
        return {}
    rows = fact.row.get("households", {})
    return {
        f"{household}.{pct}": str(amount)
        for household in HOUSEHOLDS
        for pct, amount in rows.get(household, {}).items()
    }


def read_amounts(fact: Fact, raw: Raw) -> tuple[dict[str, str], Wrong]:
    """Read every amount of a fact; what follows from a norm must agree with it."""
    found = {name: amount_of(raw.get(name, "")) for name in amounts_in(fact)}
    wrong = {name: "amount" for name, amount in found.items() if not amount}
    if fact.kind == "norm" and not wrong:
        wrong |= {name: "basis" for name in found if _differs(name, found)}
    return found, wrong


def _differs(name: str, amounts: Mapping[str, str]) -> bool:
    """Say whether a percentage does not follow from its norm: two cents are for rounding."""
    household, pct = name.split(".")
    norm = amounts.get(f"{household}.100", "")
    return not norm or abs(cents(amounts[name]) - cents(norm) * int(pct) / 100) > 2


def values_of(fact: Fact, amounts: Mapping[str, str]) -> dict[str, object]:
    """Return amounts as the row of a fact holds them."""
    if fact.kind != "norm":
        return dict(amounts)
    rows: dict[str, dict[int, str]] = {}
    for name, amount in amounts.items():
        household, pct = name.split(".")
        rows.setdefault(household, {})[int(pct)] = amount
    return {"households": rows}


def read_norm(raw: Raw, asked: int) -> tuple[dict[str, dict[int, str]], bool, Wrong]:
    """Read a new norm: the amounts by household, and whether one was worked out by us.

    The norm itself is needed. The percentage that the chat asks about is worked out when the
    source does not print it.
    """
    rows: dict[str, dict[int, str]] = {}
    wrong: Wrong = {} if raw.get("basis") in BASES else {"basis": "choice"}
    derived = False
    for household in HOUSEHOLDS:
        norm = amount_of(raw.get(f"{household}.100", ""))
        printed = raw.get(f"{household}.{asked}", "").strip()
        limit = amount_of(printed) if printed else _share(norm, asked)
        derived |= not printed and asked != 100
        rows[household] = {100: norm, asked: limit}
        wrong |= {} if norm else {f"{household}.100": "amount"}
        both = {f"{household}.{pct}": amount for pct, amount in rows[household].items()}
        if norm and not limit:
            wrong[f"{household}.{asked}"] = "amount"
        elif norm and _differs(f"{household}.{asked}", both):
            wrong[f"{household}.{asked}"] = "basis"
    return rows, derived, wrong


def _share(norm: str, pct: int) -> str:
    """Return a percentage of an amount, rounded to a cent as the tables are."""
    if not norm:
        return ""
    whole = (cents(norm) * pct + 50) // 100
    return f"{whole // 100}.{whole % 100:02}"


def read_limit(raw: Raw) -> tuple[dict[str, str], Wrong]:
    """Read the limit of a scheme in a municipality: what it is called, how high, and savings."""
    name, pct = " ".join(raw.get("name", "").split())[:80], percentage_of(raw.get("pct", ""))
    wrong = {} if name else {"name": "missing"}
    wrong |= {} if pct else {"pct": "percentage"}
    values = {"name": name, "pct": pct}
    if raw.get("assets") in SAVINGS:
        values["assets"] = raw["assets"]
    return values, wrong
