"""What made-up things are called. Every name is invented; cities stand for their zone and currency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from domain.slugs import slugify


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to gather."""

    city: str
    zone: str
    currency: str


PLACES = (
    Place("Ghent", "Europe/Brussels", "EUR"),
    Place("Porto", "Europe/Lisbon", "EUR"),
    Place("Galway", "Europe/Dublin", "EUR"),
    Place("Leeds", "Europe/London", "GBP"),
    Place("Zürich", "Europe/Zurich", "CHF"),
    Place("Halifax", "America/Halifax", "CAD"),
    Place("Denver", "America/Denver", "USD"),
    Place("Recife", "America/Recife", "BRL"),
    Place("Nairobi", "Africa/Nairobi", "KES"),
    Place("Kuwait City", "Asia/Kuwait", "KWD"),
    Place("Osaka", "Asia/Tokyo", "JPY"),
    Place("Wellington", "Pacific/Auckland", "NZD"),
)

ORGANISERS = ("Lantern", "Harbour", "Orchard", "Compass", "Meridian", "Foxglove", "Granite", "Willow")
ORGANISER_KINDS = ("Guild", "Society", "Assembly", "Collective", "Circle", "Trust")

GATHERINGS = ("Festival", "Convention", "Congress", "Installation", "Symposium", "Fair", "Gathering", "Games")
THEMES = ("Midsummer", "Riverside", "Winter Light", "Open Workshop", "Old Maps", "New Music", "Tall Ships", "Clockwork")

_MANNERS = ("Opening", "Morning", "Open-air", "Candlelit", "Hands-on", "Grand", "Quiet", "Late", "Family", "Closing")
_FORMS = (
    "Concert",
    "Workshop",
    "Banquet",
    "Lecture",
    "Rehearsal",
    "Tournament",
    "Reception",
    "Guided Walk",
    "Panel",
    "Ceremony",
    "Screening",
    "Market",
)
_SUBJECTS = (
    "Bridges",
    "Bells",
    "Gardens",
    "Lanterns",
    "Rivers",
    "Instruments",
    "Orchards",
    "Letters",
    "Tides",
    "Stars",
)

ROOMS = ("Great Hall", "North Gallery", "Courtyard", "Library", "Studio Two", "Old Chapel", "Terrace", "Workshop")
TRACKS = ("Music", "Craft", "Ideas", "Food", "Outdoors")

EVENT_DESCRIPTIONS = (
    "Doors open half an hour before; latecomers are seated at the first pause.",
    "For beginners and old hands alike. Everything you need is provided.",
    "An hour of listening, an hour of questions, and tea in between.",
    "Held outdoors in any weather; bring a coat and sensible shoes.",
    None,
)
FUNCTION_DESCRIPTIONS = (
    "Several days of music, craft and conversation, for the town and its guests.",
    "Members and visitors meet once a year to show, to learn and to eat together.",
    "A small programme in large rooms, with long breaks.",
)

TICKETS = ("Standard", "Concession", "Front rows", "Balcony", "Supporter", "Standing")
PACKAGES = ("Weekend Pass", "Day Pass", "Evening Bundle", "Friends' Bundle")


@cache
def titles() -> tuple[tuple[str, str], ...]:
    """Titles of events, each with its slug."""
    made = [f"{manner} {form}: {subject}" for manner in _MANNERS for form in _FORMS for subject in _SUBJECTS]
    return tuple((title, slugify(title, fallback="event")) for title in made)
