"""Conference lists: `[{"name", "url", "startDate", "endDate", "city", "country", "online", …}, …]`.

One file is one topic of one year, named after the topic, and the same conference stands in the files of several
topics. Who it is: `conference:<host and path>:<city>:<year-month>`, which is also the key that conference-data's own
check for duplicates begins with (`scripts/utils/mergedConferencesReader.ts`). Measured over its 266 files of 2013 to
2025 (6,298 entries):

* this key makes 5,614 conferences; no two entries that it joins differ in name or date, and none of one file are
  joined;
* without the city, three meetings of one series on one day (Berlin, New York, Yokohama) would become one;
* by name and date instead, the DevFests of several cities would become one; name, date and city make 5,612: they join
  two conferences more, which are listed with two addresses each, and would lose their identity with every new spelling
  of a name;
* by address and year, 44 conferences that meet twice a year would become one;
* the day is left out because dates are corrected after they are published, mostly by days: the corrected conference
  is the same one, and must not be a vanished and a new one.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any
from urllib.parse import SplitResult

from domain.slugs import slugify
from integrations.schedules.addresses import split_address, web_address
from integrations.schedules.faults import Faults, shown
from integrations.schedules.json_tree import record_of
from integrations.schedules.limits import MAX_TEXT, MAX_TITLE
from integrations.schedules.model import Gathering, Json
from integrations.schedules.names import distinct, fitting, proposal
from integrations.schedules.records import Record
from integrations.schedules.talks import bounded
from integrations.schedules.times import date_of

_ENDINGS = re.compile(r"(?:\.json|\.gz)+$", re.IGNORECASE)
_NETWORKS = ("bluesky", "github", "mastodon", "twitter")


def topic_of(name: str) -> str:
    """The topic of a file, which only its name says: `python` of `2024/python.json`."""
    return _ENDINGS.sub("", PurePath(name).name).strip().lower()


def gatherings_of(items: list[Any], name: str, zone: str | None, faults: Faults) -> tuple[Gathering, ...]:
    """The conferences of a list; only to be used if no fault was added.

    Args:
        items: the list.
        name: the file's name.
        zone: IANA name of the zone to note, since lists have none; their dates do not depend on it.
        faults: where everything wrong goes.
    """
    topic = topic_of(name)
    if not topic or len(topic) > MAX_TITLE:
        raise faults.fatal("file", "a list of conferences has its topic from its name; name it python.json, say")
    found: list[Gathering] = []
    places: dict[str, str] = {}
    for index, item in enumerate(items):
        path = f"$[{index}]"
        if not isinstance(item, dict):
            faults.add(path, "no object; a conference has a name, url, startDate and endDate")
            continue
        gathering = _gathering(record_of(item, path, faults), topic, zone, faults)
        if gathering is None:
            continue
        if gathering.external_id in places:
            faults.add(path, f"the same conference as {places[gathering.external_id]}: same address, city and month")
        places.setdefault(gathering.external_id, path)
        found.append(gathering)
    slugs = distinct([(gathering.slug, gathering.external_id) for gathering in found])
    return tuple(replace(gathering, slug=slug) for gathering, slug in zip(found, slugs, strict=True))


def _gathering(record: Record, topic: str, zone: str | None, faults: Faults) -> Gathering | None:
    name = bounded(record.cell("name"), MAX_TITLE, faults)
    url, start, end = record.cell("url"), record.cell("startDate"), record.cell("endDate")
    first = faults.attempt(start.where, date_of, start.text)
    last = faults.attempt(end.where, date_of, end.text)
    for missing in (heading for heading in ("name", "url", "startDate") if not record.cell(heading).text):
        faults.add(record.where, f"has no {missing}, which every conference needs")
    address = split_address(url.text)
    if url.text and address is None:
        faults.add(url.where, f"{shown(url.text)} is no address of the web; write it as https://example.org/2026")
    if first and last and last < first:
        faults.add(end.where, f"the conference ends on {last}, before its first day, {first}")
    city, country = bounded(record.cell("city"), MAX_TEXT, faults), bounded(record.cell("country"), MAX_TEXT, faults)
    metadata = _metadata(record, topic, faults)
    if not name or first is None or address is None:
        return None
    external_id = identity(address, city, first)
    slug = proposal(name, external_id, fallback="conference")
    place = slugify(city, fallback="")
    if place and place not in slug:
        slug = proposal(f"{name} {city}", external_id, fallback="conference")
    return Gathering(
        external_id=external_id,
        name=name,
        slug=slug if str(first.year) in slug else f"{slug}-{first.year}",
        description=None,
        start_date=first,
        end_date=last or first,
        zone=zone,
        location=", ".join(part for part in (city, country) if part) or None,
        image_url=None,
        metadata=metadata,
    )


def identity(address: SplitResult, city: str, first: dt.date) -> str:
    """Who a conference is. Scheme, `www.`, a closing slash and the fragment tell nothing; a query may."""
    host = (address.hostname or "").removeprefix("www.")
    port = f":{address.port}" if address.port else ""
    query = f"?{address.query}" if address.query else ""
    place = " ".join(city.lower().split())
    return "conference:" + fitting(f"{host}{port}{address.path.rstrip('/')}{query}:{place}:{first:%Y-%m}")


def _metadata(record: Record, topic: str, faults: Faults) -> dict[str, Json]:
    metadata: dict[str, Json] = {"topics": [topic]}
    for heading in ("city", "country"):
        if text := record.cell(heading).line:
            metadata[heading] = text
    for heading, name in (("url", "url"), ("cocUrl", "code_of_conduct_url")):
        if url := web_address(record.cell(heading).text):
            metadata[name] = url
    for heading, name in (("online", "online"), ("offersSignLanguageOrCC", "sign_language_or_captions")):
        if text := record.cell(heading).text:
            metadata[name] = text == "true"
    locales = (text.strip() for text in bounded(record.cell("locales"), MAX_TEXT, faults).split(","))
    accounts = {network: bounded(record.cell(network), MAX_TEXT, faults) for network in _NETWORKS}
    collected: dict[str, Json] = {
        "locales": [text for text in locales if text],
        "cfp": _cfp(record, faults),
        "accounts": {network: text for network, text in accounts.items() if text},
    }
    return metadata | {name: value for name, value in collected.items() if value}


def _cfp(record: Record, faults: Faults) -> dict[str, Json]:
    """The call for papers."""
    cell = record.cell("cfpEndDate")
    closes = faults.attempt(cell.where, date_of, cell.text)
    given = {"url": web_address(record.cell("cfpUrl").text), "end_date": closes.isoformat() if closes else None}
    return {name: text for name, text in given.items() if text}
