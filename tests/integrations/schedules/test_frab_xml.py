import datetime as dt

import pytest

from tests.integrations.schedules.writing import GUID, event, faults, gathering, xml


def test_events_stand_in_rooms_or_directly_in_a_day() -> None:
    inside = xml(event("<room>Hall</room>"))
    directly = inside.replace(b"<room name='Hall'>", b"").replace(b"</room></day>", b"</day>")

    assert gathering(directly).talks == gathering(inside).talks


def test_elements_that_are_not_known_are_passed_over() -> None:
    plain = xml(event())
    extended = plain.replace(b"<room name", b"<break><title>Tea</title></break><room name")

    assert gathering(extended) == gathering(plain)


def test_a_room_that_lists_a_talk_names_its_place_unless_the_talk_does() -> None:
    (listed,) = gathering(xml(event())).talks
    (said,) = gathering(xml(event("<room>Foyer</room>"))).talks

    assert (listed.location, said.location) == ("Hall", "Foyer")


def test_everything_that_is_kept_of_a_talk() -> None:
    inner = """
      <date>2024-05-04T10:00:00+02:00</date><duration>00:45</duration>
      <slug>moot-1-opening</slug><url>https://moot.example/1</url><logo>/logo.png</logo>
      <subtitle>And
         welcome</subtitle><track color="red">Main</track><type>lecture</type><language>en</language>
      <abstract>Short.</abstract><description><p>Long <b>and</b> deep.</p></description>
      <recording><license>CC BY 4.0</license><optout>true</optout></recording>
      <persons><person id="1" email="ada@example.org">Ada</person><person id="2"> Grace
        Hopper </person><person id="3"/></persons>
      <links><link href="https://a.example">A</link><link href="mailto:ada@example.org">Mail</link></links>
      <attachments><attachment href="/slides.pdf" type="slides"/></attachments>
      <video_download_url/><x:unknown xmlns:x="y">z</x:unknown>"""
    conference = "<title>Moot</title><base_url>https://moot.example/x/</base_url>"
    (talk,) = gathering(
        xml(event(inner, attributes=f'guid="{GUID.upper()}" id="1"'), conference=conference),
        default_zone="Europe/Berlin",
    ).talks

    assert talk.external_id == f"guid:{GUID}"
    assert (talk.title, talk.slug, talk.location) == ("Opening", "moot-2024-1-opening", "Hall")
    assert talk.description == "Short.\n\nLong and deep."
    assert talk.start.isoformat() == "2024-05-04T08:00:00+00:00"
    assert talk.end
    assert talk.end.isoformat() == "2024-05-04T08:45:00+00:00"
    assert talk.zone == "Europe/Berlin"
    assert talk.image_url == "https://moot.example/logo.png"
    assert talk.metadata == {
        "subtitle": "And welcome",
        "track": "Main",
        "type": "lecture",
        "language": "en",
        "url": "https://moot.example/1",
        "speakers": ["Ada", "Grace Hopper"],
        "links": [{"url": "https://a.example", "title": "A"}],
        "attachments": [{"url": "https://moot.example/slides.pdf"}],
        "recording": {"license": "CC BY 4.0", "opt_out": True},
    }


def test_of_a_speaker_nothing_but_the_name_is_read() -> None:
    persons = '<persons><person id="1" guid="x" email="ada@example.org">Ada</person></persons>'
    found = gathering(xml(event(persons), before="<persons><person><name>Ada</name><bio>b</bio></person></persons>"))

    assert found.talks[0].metadata == {"speakers": ["Ada"]}
    assert found.metadata == {}


def test_nothing_but_title_and_start_is_needed() -> None:
    (talk,) = gathering(xml(event(attributes=""))).talks

    assert (talk.external_id, talk.end, talk.description, dict(talk.metadata)) == ("title:opening", None, None, {})


def test_pretalx_writes_days_before_hours() -> None:
    long = event("<duration>1:02:30</duration>")

    by_pretalx = gathering(xml(long, before='<generator name="pretalx" version="2026.1"/>')).talks[0]
    by_others = gathering(xml(long)).talks[0]

    assert by_pretalx.end == by_pretalx.start + dt.timedelta(days=1, hours=2, minutes=30)
    assert by_others.end == by_others.start + dt.timedelta(hours=1, minutes=2, seconds=30)


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b"<iCalendar/>", "line 1, <iCalendar>", "no schedule; the outermost element"),
        (b"<schedule>\n</schedule>", "line 1, <schedule>", "has no <conference>"),
        (b"<schedule><conference><title>A</title></conference></schedule>", "line 1, <schedule>", "has no <day>"),
    ],
)
def test_what_is_no_schedule_is_refused(data: bytes, where: str, what: str) -> None:
    (fault,) = faults(data)

    assert fault.where == where
    assert fault.what.startswith(what)


def test_a_schedule_may_have_days_without_talks() -> None:
    assert gathering(xml()).talks == ()


def test_faults_name_the_line_and_the_element_or_attribute() -> None:
    long = event("<duration>long</duration>", attributes=f'id="{"9" * 201}"')
    found = faults(xml(event(title="") + "\n" + long))

    assert [fault.where for fault in found] == ["line 4, <event>", "line 5, <duration>", "line 5, <event id>"]
