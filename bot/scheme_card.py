"""What a card says about a scheme: whether it fits, what asking can cost, who advises for free.

Pure. No word stands here: they are ``conversations/words/schemes.yaml``. An amount is told with its
year, and only when its source has one and nobody contradicts it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from babel.lists import format_list

from bot.directory import AMSTERDAM, Service
from bot.schemes import KINDS, RISKS, Figure, Limit, Scheme
from bot.voice import Voice, locale_of, money, percent, place_name

APPLIES = ("either", "parent", "intermediary", "child", "school", "nothing", "automatic")


@dataclass(frozen=True, slots=True)
class About:
    """The sentences about one scheme; empty: there is nothing to say."""

    fit: str = ""
    warning: str = ""
    advice: str = ""
    residence: str = ""
    applies: str = ""
    papers: str = ""
    amounts: str = ""
    limit: str = ""
    savings: str = ""

    def data(self) -> dict[str, str]:
        """Return them as plain data."""
        return asdict(self)

    def without(self, said: Collection[str]) -> About:
        """Return them without what this reply said already of every scheme in it."""
        again = {name: "" for name in ("fit", "residence") if getattr(self, name) in said}
        return replace(self, **again)


def about(voice: Voice, service: Service, part: str) -> About:
    """Say what there is to say about a service that is a scheme.

    ``part`` is a kind of advice, or ``card``. Where asking can cost something, known or not looked
    into, it always says so, and who gives free advice first.
    """
    scheme = voice.directory.scheme(service)
    if scheme is None or part not in (*KINDS, "card"):
        return About()
    careful = About(
        warning=_warning(voice, scheme, part),
        advice=_advice(voice, scheme, part),
        residence=_residence(voice, scheme),
    )
    if part == "card":
        return careful
    return replace(
        careful,
        fit=voice.scheme_word(f"fit_{part}"),
        applies=" ".join(_applies(voice, scheme)),
        papers="" if service.has("bring") else _papers(voice, scheme),
        amounts=_amounts(voice, scheme),
        limit=_limit(voice, scheme),
        savings=_savings(voice, scheme),
    )


def _warning(voice: Voice, scheme: Scheme, part: str) -> str:
    """Name every risk that is known, or else say that nobody has looked into it."""
    known, unknown = _general(scheme)
    said = [voice.scheme_word(f"risk_{risk}") for risk in known]
    if unknown and not said and part in ("advice", "card"):
        return voice.scheme_word("risk_unknown")
    return " ".join(said)


def _advice(voice: Voice, scheme: Scheme, part: str) -> str:
    """Name who gives free advice first, on the gravest of the risks that are known."""
    known, unknown = _general(scheme)
    if not known and not (unknown and part in ("advice", "card")):
        return ""
    return _adviser(voice, "advice_first", known[0] if known else "unknown")


def _residence(voice: Voice, scheme: Scheme) -> str:
    """Say it to everybody, so that nobody has to tell how they stay here.

    Only who said in this conversation that it is no question for them is spared it.
    """
    risk = scheme.risk("residence")
    if risk == "no" or voice.answers.get("residence") == "settled":
        return ""
    word = "risk_residence" if risk == "yes" else "risk_residence_maybe"
    advice = _adviser(voice, "advice_residence", "residence")
    return " ".join(text for text in (voice.scheme_word(word), advice) if text)


def _general(scheme: Scheme) -> tuple[list[str], bool]:
    """Return the known risks that anybody can run, and whether there may be others."""
    risks = {risk: scheme.risk(risk) for risk in RISKS if risk != "residence"}
    return [risk for risk, is_so in risks.items() if is_so == "yes"], "unknown" in risks.values()


def _adviser(voice: Voice, word: str, risk: str) -> str:
    """Say who advises and how they are reached; another adviser when this one was withdrawn."""
    advisers = voice.directory.schemes.advisers
    names = (advisers.get(risk, ""), *advisers.values())
    services = (voice.service(one) for one in names)
    found = next((service for service in services if service and service.active), None)
    if found is None:
        return ""
    phone = found.phones[0].number if found.phones else ""
    where = phone or found.chat or found.url or found.address
    return voice.scheme_word(word, name=voice.apart(found.name), where=voice.plain(where))


def _applies(voice: Voice, scheme: Scheme) -> Iterator[str]:
    who = set(scheme.applicants)
    if {"parent", "intermediary"} <= who:
        who = who - {"parent", "intermediary"} | {"either"}
    yield from (voice.scheme_word(f"applies_{name}") for name in APPLIES if name in who)


def _papers(voice: Voice, scheme: Scheme) -> str:
    papers = [voice.scheme_word(f"paper_{name}") for name in scheme.bring]
    return voice.scheme_word("bring", list=_listed(voice, papers)) if papers else ""


def _amounts(voice: Voice, scheme: Scheme) -> str:
    """Say the newest amounts that may be told here, with their year."""
    here = voice.answers.get("place", "")
    told = [f for f in scheme.figures if f.source.shown and f.place in ("", here)]
    year = max((figure.source.year or 0 for figure in told), default=0)
    said = [_amount(voice, figure) for figure in told if figure.source.year == year]
    if not said:
        return ""
    word = "amounts" if year == voice.now.year else "amounts_old"
    return voice.scheme_word(word, year=str(year), list=_listed(voice, said))


def _amount(voice: Voice, figure: Figure) -> str:
    return voice.scheme_word(
        "amount_most" if figure.most else "amount",
        label=voice.scheme_word(f"for_{figure.label}"),
        amount=money(voice.language, figure.cents),
        per=voice.scheme_word(f"per_{figure.per}"),
    )


def _limit(voice: Voice, scheme: Scheme) -> str:
    told, today = voice.answers.get("place", ""), voice.now.astimezone(AMSTERDAM).date()
    place = voice.directory.places.current(told, today)
    limit = voice.directory.norms(today).limit(scheme.id, place)
    if limit is None or not limit.source.shown:
        return ""
    return voice.scheme_word(
        "limit",
        place=place_name(voice, place),
        year=str(limit.source.year),
        pct=_percentages(voice, limit),
    )


def _percentages(voice: Voice, limit: Limit) -> str:
    low, high = (percent(voice.language, pct) for pct in (limit.low, limit.high))
    return low if low == high else voice.scheme_word("limit_range", low=low, high=high)


def _savings(voice: Voice, scheme: Scheme) -> str:
    if scheme.assets != "yes":
        return ""
    known = [row for row in voice.directory.schemes.norms.assets if row.source.shown]
    if scheme.income.type != "pct_bijstandsnorm" or not known:
        return voice.scheme_word("savings")
    newest = max(known, key=lambda row: row.source.year or 0)
    amounts = {name: money(voice.language, cents) for name, cents in newest.amounts.items()}
    return voice.scheme_word("savings_limit", year=str(newest.source.year), **amounts)


def _listed(voice: Voice, items: Iterable[str]) -> str:
    return format_list(list(items), locale=locale_of(voice.language))
