"""The door: bytes of a schedule in, gatherings out, or everything that is wrong with the file."""

from __future__ import annotations

import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from integrations.schedules import conference_list, frab_json, frab_xml
from integrations.schedules.edition import gathering_of
from integrations.schedules.faults import Faults
from integrations.schedules.json_tree import parse_json
from integrations.schedules.limits import MAX_BYTES, MAX_MEMBERS, MAX_PACKED
from integrations.schedules.model import Format, Gatherings
from integrations.schedules.times import zone_of
from integrations.schedules.xml_tree import parse_xml

_GZIP: Final = b"\x1f\x8b"
_XML: Final = (b"<", BOM_UTF16_LE, BOM_UTF16_BE)  # JSON is never in UTF-16
_JSON: Final = (b"{", b"[")


def read_schedule(name: str, data: bytes, *, default_zone: str | None = None) -> Gatherings:
    """Everything that a schedule says.

    The format is told from the content; the name says only the topic of a conference list, and heads the report of
    faults. A file is taken whole or not at all, and all its faults are told at once. Pure: the same bytes under the
    same name give equal answers, and no clock, file or network is looked at (but the zones of the IANA database).

    Args:
        name: the file's name or path.
        data: its bytes, gzipped or not; at most `limits.MAX_BYTES` when unpacked.
        default_zone: IANA name of the zone for a file that names none. Needed where times of day come without offset.

    Raises:
        BrokenSchedule: for any file that is no complete schedule in one of the three formats.
    """
    faults = Faults(name)
    zone = faults.attempt("--timezone", zone_of, default_zone or "")
    data = _unpacked(data, faults)
    head = data[:1024].removeprefix(BOM_UTF8).lstrip()
    if head.startswith(_XML):
        record = frab_xml.edition_record(parse_xml(data, faults), faults)
        result = Gatherings(Format.FRAB_XML, (gathering_of(record, zone, faults),))
    elif head.startswith(_JSON):
        document = parse_json(data, faults)
        if isinstance(document, list):
            items = conference_list.gatherings_of(document, name, zone.key if zone else None, faults)
            result = Gatherings(Format.CONFERENCE_LIST, items)
        else:
            assert isinstance(document, dict)  # it begins with a brace
            record = frab_json.edition_record(document, faults)
            result = Gatherings(Format.FRAB_JSON, (gathering_of(record, zone, faults),))
    else:
        what = "no schedule: neither XML nor a JSON object or list" if data else "the file is empty"
        raise faults.fatal("file", what)
    faults.settle()
    return result


def _unpacked(data: bytes, faults: Faults) -> bytes:
    """The content of a gzipped file (RFC 1952), in as many members as it comes; anything else as it is."""
    if not data.startswith(_GZIP):
        if len(data) > MAX_BYTES:
            raise faults.fatal("file", f"larger than {MAX_BYTES // 2**20} MiB")
        return data
    if len(data) > MAX_PACKED:
        raise faults.fatal("file", f"larger than {MAX_PACKED // 2**20} MiB, gzipped")
    content = bytearray()
    for _ in range(MAX_MEMBERS):
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            content += member.decompress(data, MAX_BYTES + 1 - len(content))
        except zlib.error as error:
            raise faults.fatal("file", f"damaged: gzip cannot unpack it ({error})") from None
        if len(content) > MAX_BYTES:
            raise faults.fatal("file", f"larger than {MAX_BYTES // 2**20} MiB when unpacked")
        if not member.eof:
            raise faults.fatal("file", "damaged: the gzipped file ends in the middle")
        data = member.unused_data.lstrip(b"\0")  # tapes and some servers pad with zeros
        if not data:
            return bytes(content)
    raise faults.fatal("file", f"more than {MAX_MEMBERS} gzipped files in one")
