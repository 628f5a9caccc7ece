"""The directory as Open Referral HSDS 3.1 JSON, and back.

Each entry becomes one ``service`` with everything nested in it, the services one ``Page`` (the
list of the HSDS API). Fields that HSDS lacks are attributes of a service. The mapping, field by
field, is in ``docs/developers/hsds.md``; the specification: https://docs.openreferral.org
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from bot.catalog import PLACEHOLDER
from bot.content.entries import Entry, tidy
from bot.directory import HOW

VERSION = "3.1"
SPACE = UUID("6f0d3f0e-6c1c-5d6b-9c1e-0b7f5a0c4b11")
"""Names of ours become the same identifiers in every export."""

TO_STATUS = {"active": "active", "inactive": "inactive", "stopped": "defunct"}
FROM_STATUS = {"defunct": "stopped", "temporarily closed": "inactive"}
MAPPED_TEXTS = {"gives": "description", "who": "eligibility_description"}
MAPPED_TEXTS |= {"how": "application_process"}
OWN_TEXTS = ("how_adult", "after", "say")
LISTS = {"needs": "need", "roles": "role", "applicants": "applicant"}
OWN = ("confidential", "instead_of", "kind")
HOLIDAYS, ALWAYS = "closed on public holidays", "always open"
DAYS = {"daily": "MO,TU,WE,TH,FR,SA,SU", "weekdays": "MO,TU,WE,TH,FR", "weekend": "SA,SU"}
_POSTAL = re.compile(r"(?P<street>.+), (?P<code>\d{4} ?[A-Z]{2}) (?P<city>.+)")

Json = dict[str, Any]
Told = Callable[[str], str]
"""A text of a service by its name, with its facts filled in."""


def page(services: list[Json]) -> Json:
    """Return services as the one page of a list."""
    return {
        "total_items": len(services),
        "total_pages": 1,
        "page_number": 1,
        "size": len(services),
        "first_page": True,
        "last_page": True,
        "empty": not services,
        "contents": services,
    }


def service_of(entry: Entry, told: Told, places: Mapping[str, tuple[str, str]]) -> Json:
    """Return an entry as an HSDS service. ``places`` gives name and province by CBS code."""
    made = _Maker(entry["id"])
    service: Json = {"id": made.id("service"), "name": entry["name"]}
    service["status"] = TO_STATUS[entry["status"]]
    service |= {to: told(name) for name, to in MAPPED_TEXTS.items() if name in entry}
    service |= {key: int(entry[key]) for key in ("minimum_age", "maximum_age") if key in entry}
    if "url" in entry:
        service["url"] = entry["url"]
    if "organization" in entry:
        name = entry["organization"]
        identity = str(uuid5(SPACE, f"organization {name}"))
        service["organization"] = {"id": identity, "name": name, "description": name}
    service |= _assured(entry)
    parts = {
        "phones": [made.part("phone", number=p["number"]) for p in entry.get("phones", ())],
        "additional_urls": _chat(made, entry),
        "schedules": _schedules(made, entry),
        "service_areas": [_area(made, code, places) for code in entry["service_area"]],
        "service_at_locations": _locations(made, entry, places),
        "languages": [made.part("language", code=code) for code in entry.get("languages", ())],
        "cost_options": _cost(made, entry),
        "required_documents": _documents(made, entry, told),
        "contacts": [made.part("contact", name=entry["name"])] if "kind" in entry else [],
        "attributes": list(_attributes(made, entry, told)),
        "metadata": list(_metadata(made, entry)),
    }
    return service | {key: value for key, value in parts.items() if value}


class _Maker:
    """Makes parts of one service, each with an identifier that stays the same."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.count: dict[str, int] = {}

    def id(self, kind: str) -> str:
        number = self.count[kind] = self.count.get(kind, -1) + 1
        return str(uuid5(SPACE, f"{kind} {self.service} {number}"))

    def part(self, kind: str, **values: object) -> Json:
        return {"id": self.id(kind), **values}


def _assured(entry: Entry) -> Json:
    """Return the earliest day, once every field was confirmed."""
    days = [row.get("assured_date", "") for row in entry["provenance"]]
    return {"assured_date": min(days)} if days and all(days) else {}


def _chat(made: _Maker, entry: Entry) -> list[Json]:
    return [made.part("url", label="chat", url=entry["chat"])] if "chat" in entry else []


def _schedules(made: _Maker, entry: Entry) -> list[Json]:
    desk = "phone" if "phones" in entry else "desk"
    ways = {"schedule": desk, "chat_schedule": "chat"}
    return [
        made.part("schedule", attending_type=way, **line)
        for key, way in ways.items()
        for line in _lines(entry.get(key, []))
    ]


def _lines(schedule: Any) -> Iterable[Json]:
    if schedule == "always":
        hours = {"opens_at": "00:00", "closes_at": "24:00"}
        yield {"freq": "WEEKLY", "byday": DAYS["daily"], **hours, "description": ALWAYS}
        return
    for line in schedule:
        days = line["days"]
        named = DAYS.get(days) if isinstance(days, str) else ",".join(days).upper()
        made = {"freq": "WEEKLY", "byday": named}
        made |= {key: line[key] for key in ("opens_at", "closes_at")}
        closed = line.get("holidays", "closed" if days == "weekdays" else "open") == "closed"
        yield made | ({"notes": HOLIDAYS} if closed else {})


def _area(made: _Maker, code: str, places: Mapping[str, tuple[str, str]]) -> Json:
    name = "Nederland" if code == "NL" else places.get(code, (code, ""))[0]
    return made.part("service_area", name=name, extent=code, extent_type="text")


def _locations(made: _Maker, entry: Entry, places: Mapping[str, tuple[str, str]]) -> list[Json]:
    if "address" not in entry:
        return []
    location = made.part("location", location_type="physical", name=entry["address"])
    found = _POSTAL.fullmatch(entry["address"])
    codes = entry["service_area"]
    if found and codes[0] in places:
        address = made.part("address", address_1=found["street"], city=found["city"])
        address |= {"state_province": places[codes[0]][1], "postal_code": found["code"]}
        location["addresses"] = [address | {"country": "NL", "address_type": "physical"}]
    return [made.part("service_at_location", location=location)]


def _cost(made: _Maker, entry: Entry) -> list[Json]:
    return [made.part("cost_option", option=entry["cost"])] if "cost" in entry else []


def _documents(made: _Maker, entry: Entry, told: Told) -> list[Json]:
    return [made.part("document", document=told("bring"))] if "bring" in entry else []


def _attributes(made: _Maker, entry: Entry, told: Told) -> Iterable[Json]:
    owner = str(uuid5(SPACE, f"service {entry['id']} 0"))

    def own(kind: str, value: str, **more: object) -> Json:
        link = {"link_id": owner, "link_type": kind, "link_entity": "service"}
        return made.part("attribute", **link, value=value, **more)

    yield own("lucht_id", entry["id"])
    for key, kind in LISTS.items():
        yield from (own(kind, name, taxonomy_term=_term(kind, name)) for name in entry.get(key, ()))
    yield from (own(key, entry[key]) for key in OWN if key in entry)
    yield from (own(key, told(key)) for key in OWN_TEXTS if key in entry)
    for key in (*MAPPED_TEXTS, *OWN_TEXTS, "bring"):
        if PLACEHOLDER.search(entry.get(key, "")):
            yield own(f"template_{key}", entry[key])


def _term(kind: str, name: str) -> Json:
    identity = str(uuid5(SPACE, f"term {kind} {name}"))
    return {"id": identity, "code": name, "name": name, "description": f"{kind} ({name})"} | {
        "taxonomy": f"Lucht {kind}"
    }


def _metadata(made: _Maker, entry: Entry) -> Iterable[Json]:
    """Say of each field where it was read, and who confirmed it; no address of a person."""
    owner = str(uuid5(SPACE, f"service {entry['id']} 0"))
    for row in entry["provenance"]:
        year = row["year"] if row["year"] != "unknown" else ""
        actions = [("read", year, row["source"])]
        if "assured_date" in row:
            how = row.get("assured_how", "assured")
            actions.append((how, row["assured_date"], row["assured_by"]))
        for name in row["fields"]:
            for kind, day, who in actions:
                yield made.part(
                    "metadata",
                    resource_id=owner,
                    resource_type="service",
                    last_action_date=day,
                    last_action_type=kind,
                    field_name=name,
                    previous_value="",
                    replacement_value=_plain(entry.get(name, "")),
                    updated_by=who,
                )


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = (",".join(map(str, v.values())) if isinstance(v, dict) else str(v) for v in value)
    return "; ".join(parts)


# -- back


def entry_from(service: object) -> tuple[Entry, list[str]]:
    """Return an HSDS service as an entry, and every problem of its shape.

    What the entry says is not checked here: it is read like any other YAML afterwards.
    """
    read = _Read(service if isinstance(service, dict) else {})
    if not isinstance(service, dict):
        read.problems.append("is no service; every item of 'contents' must be an object")
    return tidy(read.entry()), read.problems


class _Read:
    """One service on its way back."""

    def __init__(self, service: Json) -> None:
        self.service = service
        self.problems: list[str] = []
        self.attributes = self.parts(service, "attributes")

    def parts(self, owner: Json, key: str) -> list[Json]:
        found = owner.get(key, [])
        if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
            self.problems.append(f"'{key}' must be a list of objects; see the HSDS schema")
            return []
        return found

    def text(self, owner: Json, key: str) -> str:
        found = owner.get(key, "")
        if found is None:
            return ""
        if not isinstance(found, str):
            self.problems.append(f"'{key}' must be a text; put it in quotes")
            return ""
        return found.strip()

    def inner(self, owner: Json, key: str) -> Json:
        found = owner.get(key) or {}
        if not isinstance(found, dict):
            self.problems.append(f"'{key}' must be an object; see the HSDS schema")
            return {}
        return found

    def own(self, kind: str) -> list[str]:
        named = (a for a in self.attributes if a.get("link_type") == kind)
        return [value for a in named if (value := self.text(a, "value"))]

    def entry(self) -> Entry:
        service = self.service
        entry: Entry = {"id": next(iter(self.own("lucht_id")), "") or _slug(service.get("name"))}
        entry |= {key: self.text(service, key) for key in ("name", "url")}
        entry["organization"] = self.text(self.inner(service, "organization"), "name")
        status = self.text(service, "status")
        entry["status"] = FROM_STATUS.get(status, status)
        entry |= {key: self._age(key) for key in ("minimum_age", "maximum_age")}
        entry |= {key: self.own(kind) for key, kind in LISTS.items()}
        entry |= {key: next(iter(self.own(key)), "") for key in OWN}
        entry |= {
            key: self._own_text(key, self.text(service, to)) for key, to in MAPPED_TEXTS.items()
        }
        entry |= {key: self._own_text(key, next(iter(self.own(key)), "")) for key in OWN_TEXTS}
        entry["bring"] = self._own_text("bring", self._first("required_documents", "document"))
        entry["phones"] = [
            {"number": self.text(p, "number")} for p in self.parts(service, "phones")
        ]
        entry["chat"] = self._chat()
        entry["address"] = self._address()
        entry["service_area"] = [
            self.text(a, "extent") for a in self.parts(service, "service_areas")
        ]
        entry["languages"] = [self.text(a, "code") for a in self.parts(service, "languages")]
        entry["cost"] = self._first("cost_options", "option")
        entry |= self._schedules()
        entry["provenance"] = self._provenance()
        return entry

    def _first(self, key: str, name: str) -> str:
        return next((self.text(part, name) for part in self.parts(self.service, key)), "")

    def _age(self, key: str) -> str:
        age = self.service.get(key)
        if age is None:
            return ""
        if isinstance(age, bool) or not isinstance(age, int | float) or age != int(age):
            self.problems.append(f"'{key}' must be a whole number of years")
            return ""
        return str(int(age))

    def _own_text(self, key: str, text: str) -> str:
        """Return the text with its facts quoted again, unless the words were changed."""
        for template in self.own(f"template_{key}"):
            words = PLACEHOLDER.split(template)[::2]
            if re.fullmatch(".+".join(re.escape(word) for word in words), text, re.DOTALL):
                return template
        return text

    def _chat(self) -> str:
        links = self.parts(self.service, "additional_urls")
        return next((self.text(link, "url") for link in links if link.get("label") == "chat"), "")

    def _address(self) -> str:
        for place in self.parts(self.service, "service_at_locations"):
            location = self.inner(place, "location")
            if name := self.text(location, "name"):
                return name
            for address in self.parts(location, "addresses"):
                town = f"{self.text(address, 'postal_code')} {self.text(address, 'city')}".strip()
                return ", ".join(part for part in (self.text(address, "address_1"), town) if part)
        return ""

    def _schedules(self) -> Entry:
        found: Entry = {"schedule": [], "chat_schedule": []}
        for part in self.parts(self.service, "schedules"):
            key = "chat_schedule" if part.get("attending_type") == "chat" else "schedule"
            if part.get("description") == ALWAYS:
                found[key] = "always"
            elif isinstance(found[key], list):
                found[key].append(self._hours(part))
        return found

    def _hours(self, part: Json) -> Entry:
        byday = self.text(part, "byday")
        if self.text(part, "freq") not in ("", "WEEKLY") or "interval" in part:
            self.problems.append("a schedule that is not weekly; only weekly hours are known here")
        days: str | list[str] = next((name for name, all_ in DAYS.items() if all_ == byday), "")
        days = days or [day.strip().lower() for day in byday.split(",")]
        line: Entry = {"days": days}
        line |= {key: self.text(part, key)[:5] for key in ("opens_at", "closes_at")}
        closed = self.text(part, "notes") == HOLIDAYS
        if closed != (days == "weekdays"):
            line["holidays"] = "closed" if closed else "open"
        return line

    def _provenance(self) -> list[Entry]:
        sources: dict[str, Entry] = {}
        for part in self.parts(self.service, "metadata"):
            name, kind = self.text(part, "field_name"), part.get("last_action_type")
            day, who = self.text(part, "last_action_date"), self.text(part, "updated_by")
            row = sources.setdefault(name, {"source": "", "year": ""})
            if kind == "read":
                row |= {"source": who, "year": day[:4] or "unknown"}
            elif kind in ("assured", *HOW):
                row |= {"assured_date": day, "assured_by": who}
                row |= {"assured_how": kind} if kind in HOW else {}
        rows: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for name, row in sources.items():
            rows.setdefault(tuple(row.items()), []).append(name)
        return [{"fields": names, **dict(row)} for row, names in rows.items()]


def _slug(name: object) -> str:
    """Make an id of a name, for a service that comes from elsewhere."""
    words = re.findall(r"[a-z0-9]+", str(name or "").casefold())
    return re.sub(r"^[0-9_]+", "", "_".join(words))[:28].strip("_")
