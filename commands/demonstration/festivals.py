"""Saltmarsh Stages: festivals of music, and a season from before there were functions."""

from __future__ import annotations

from commands.demonstration.content import Event, Function, Organisation, Package, Pool, Season, Ticket


def _seats(pool: str, full: str, reduced: str, *, opens: int | None = None) -> tuple[Ticket, ...]:
    """The two prices of most concerts."""
    return (
        Ticket("Full price", full, (pool,), opens=opens),
        Ticket("Concession", reduced, (pool,), "Students, seniors, and those out of work.", opens=opens),
    )


WIND_AND_STRINGS = Function(
    name="Saltmarsh Festival of Wind and Strings",
    slug="wind-and-strings",
    about=(
        "Four days of music on the western shore, from solo harp at breakfast to a marquee that dances until two. "
        "Weather is part of the programme."
    ),
    starts_in=35,
    days=4,
    zone="Europe/Dublin",
    currency="EUR",
    location="Galway, Ireland",
    metadata={"edition": 9, "camping": True, "stages": ["Marquee", "Boathouse", "Chapel", "Strand"]},
    pools=(
        Pool("Marquee", 900, sold=655, held=22),
        Pool("Boathouse", 140, sold=129, held=3),
        Pool("Chapel", 80, sold=72, held=8),
        Pool("Workshop chairs", 24, sold=24),
        Pool("Festival site", 1200, sold=655, held=22),
    ),
    events=(
        Event(
            "Opening Night: The Long Tide", 0, "20:00", 150, "Marquee",
            "An orchestra of forty fiddles, and whoever they can persuade to sing.",
            (
                *_seats("Marquee", "34.00", "26.00"),
                Ticket("Front rows", "52.00", ("Marquee", "Festival site"), most=4),
            ),
            featured=True,
        ),
        Event(
            "Harp before Breakfast", 1, "08:00", 45, "Chapel",
            "One harp, one candle, forty-five minutes.",
            _seats("Chapel", "12.00", "9.00"),
        ),
        Event(
            "Reed-making for the Patient", 1, "10:30", 150, "Boathouse Loft",
            "Cane, knife and thread. Bring reading glasses and no hurry.",
            (Ticket("Chair", "40.00", ("Workshop chairs",), "Materials included.", most=2),),
        ),
        Event(
            "Session on the Strand", 1, "15:00", 180, "Strand",
            "Bring an instrument or an umbrella.",
            (Ticket("Wristband", "5.00", ("Festival site",)),),
        ),
        Event(
            "Three Cellos and a Storm", 1, "20:00", 90, "Boathouse",
            "New pieces for low strings and field recordings.",
            _seats("Boathouse", "22.00", "16.00"),
        ),
        Event(
            "Children's Whistle Band", 2, "11:00", 60, "Marquee",
            "Whistles are provided. Ear plugs, too.",
            (
                Ticket("Child", "4.00", ("Marquee",)),
                Ticket("Accompanying adult", "0.00", ("Marquee",), "One with each child.", most=2),
            ),
        ),
        Event(
            "Masterclass: Breathing in Circles", 2, "14:00", 120, "Boathouse Loft",
            "For players of wind instruments, from the second year on.",
            (
                Ticket("Player", "35.00", ("Workshop chairs",), most=1),
                Ticket("Listener", "8.00", ("Boathouse",)),
            ),
        ),
        Event(
            "The Great Saltmarsh Ceilidh", 2, "21:00", 300, "Marquee",
            "Called dances until eleven, uncalled ones after.",
            (
                Ticket("Dancer", "18.00", ("Marquee", "Festival site")),
                Ticket("Family of four", "54.00", ("Marquee",), "Two adults, two children.", most=2),
            ),
            featured=True,
        ),
        Event(
            "Songs for a Ferry", 3, "12:00", 75, "Pier",
            "Sung from the deck, heard from the pier.",
            (Ticket("On deck", "20.00", ("Chapel",)), Ticket("On the pier", "0.00")),
        ),
        Event(
            "Closing Concert: Low Water", 3, "17:00", 105, "Marquee",
            "Everyone who is still standing, on one stage.",
            _seats("Marquee", "28.00", "20.00"),
        ),
        Event(
            "Crew Supper", 3, "20:00", 120, "Marquee",
            "For the crew. Not on sale.",
            published=False,
        ),
    ),
    packages=(
        Package(
            "Weekend Pass", "89.00", "Opening, ceilidh and closing concert, with the Strand in between.",
            (
                ("Opening Night: The Long Tide", "Full price", 1),
                ("Session on the Strand", "Wristband", 1),
                ("The Great Saltmarsh Ceilidh", "Dancer", 1),
                ("Closing Concert: Low Water", "Full price", 1),
            ),
        ),
        Package(
            "Chamber Pair", "30.00", "The harp and the cellos.",
            (
                ("Harp before Breakfast", "Full price", 1),
                ("Three Cellos and a Storm", "Full price", 1),
            ),
        ),
    ),
)  # fmt: skip

MIDNIGHT_SUN = Function(
    name="Midnattsol Jazz Days",
    slug="midnattsol-jazz-days",
    about="Three days without a night: concerts at noon and at midnight, in the same light.",
    starts_in=160,
    days=3,
    zone="Europe/Oslo",
    currency="NOK",
    location="Tromsø, Norway",
    metadata={"edition": 3, "sunset": None},
    pools=(Pool("Skipshallen", 420, sold=118, held=4), Pool("Kabelbanen", 60, sold=55), Pool("Fjord boat", 90)),
    events=(
        Event(
            "Midnight Opening", 0, "23:30", 120, "Skipshallen",
            "A big band plays the sun down. The sun stays.",
            _seats("Skipshallen", "390.00", "250.00"),
            featured=True,
        ),
        Event(
            "Lunch Trio", 1, "12:00", 60, "Bibliotekstrappa",
            "Piano, bass, drums, fish soup.",
            (Ticket("Soup and music", "180.00"),),
        ),
        Event(
            "Cable Car Quartet", 1, "18:00", 75, "Kabelbanen",
            "Up with the cable car, down on foot if you like.",
            (Ticket("Ride and concert", "345.00", ("Kabelbanen",)),),
        ),
        Event(
            "Improvisation for People Who Count", 1, "14:00", 120, "Studio 2",
            "A workshop for those who play from paper and would like to stop.",
            (Ticket("Participant", "290.00", opens=45),),
        ),
        Event(
            "Fjord Boat: Brass on Deck", 2, "13:00", 150, "Quay 4",
            "Eight brass players, ninety passengers, no wind if we are lucky.",
            (Ticket("Passenger", "520.00", ("Fjord boat",), opens=30), Ticket("Child", "210.00", ("Fjord boat",))),
        ),
        Event(
            "Night That Isn't", 2, "22:00", 240, "Skipshallen",
            "Four bands, one stage, blackout curtains drawn back.",
            _seats("Skipshallen", "450.00", "300.00"),
        ),
    ),
    packages=(
        Package(
            "Two Midnights", "760.00", "First and last night.",
            (("Midnight Opening", "Full price", 1), ("Night That Isn't", "Full price", 1)),
        ),
    ),
)  # fmt: skip

WINTER_LIGHTS = Function(
    name="Winter Lights Weekend",
    slug="winter-lights-weekend",
    about="A short festival of lamps and choirs in the darkest month. It is over; see you next year.",
    starts_in=-22,
    days=2,
    zone="Europe/London",
    currency="GBP",
    location="Edinburgh, United Kingdom",
    metadata={"edition": 5, "visitors": 3120},
    pools=(Pool("Close", 300, sold=284), Pool("Kirk", 200, sold=200)),
    events=(
        Event(
            "Lamp Procession", 0, "17:00", 60, "High Close",
            "Four hundred paper lamps, carried downhill.",
            (Ticket("Lamp bearer", "6.00", ("Close",)),),
        ),
        Event(
            "Choirs in the Stairwells", 0, "19:00", 90, "Old Town",
            "Six choirs, six stairwells, one map.",
            (Ticket("Map", "10.00", ("Close",)),),
        ),
        Event(
            "Workshop: Lamps from Letters", 1, "11:00", 120, "Reading Room",
            "Fold what you no longer need to keep.",
            (Ticket("Participant", "15.00"),),
        ),
        Event(
            "Shadow Theatre for the Very Young", 1, "14:00", 45, "Reading Room",
            "A fox, a moon, a hat.",
            (Ticket("Child", "3.00"), Ticket("Grown-up", "5.00")),
        ),
        Event(
            "Carols by One Candle", 1, "17:30", 75, "Kirk",
            "The candle goes round; so does the tune.",
            (Ticket("Pew seat", "8.00", ("Kirk",)),),
        ),
        Event(
            "Putting out the Lamps", 1, "20:00", 30, "High Close",
            "Everybody takes one home.",
        ),
    ),
)  # fmt: skip

SEASON = Season(
    starts_in=9,
    zone="Europe/Dublin",
    currency="EUR",
    pools=(Pool("Recital room", 64, sold=50, held=6),),
    events=(
        Event(
            "Lunchtime Recitals", 0, "13:00", 50, "Recital Room",
            "Music every second week. Each recital has tickets of its own.",
            children=(
                Event(
                    "Lunchtime Recital: Lute", 0, "13:00", 50, "Recital Room",
                    "Fourteen courses and none of them lunch.",
                    _seats("Recital room", "10.00", "6.00"),
                    featured=True,
                ),
                Event(
                    "Lunchtime Recital: Two Pianos", 14, "13:00", 50, "Recital Room",
                    "Four hands, two lids, one page-turner.",
                    _seats("Recital room", "10.00", "6.00"),
                ),
                Event(
                    "Lunchtime Recital: Voice and Viol", 28, "13:00", 50, "Recital Room",
                    "Songs of departure, in order of distance.",
                    _seats("Recital room", "10.00", "6.00", opens=14),
                ),
            ),
        ),
        Event(
            "Open Day at the Boathouse", 17, "10:00", 360, "Boathouse",
            "Look behind the stage, try the organ, eat cake.",
            children=(
                Event(
                    "Organ for Ten Fingers and Two Feet", 17, "11:00", 60, "Boathouse",
                    "Everybody gets three minutes and a bow.",
                    (Ticket("Slot", "0.00", most=1),),
                ),
                Event(
                    "Behind the Curtain", 17, "14:00", 45, "Boathouse",
                    "A tour of ropes, pulleys and superstitions.",
                    (Ticket("Tour", "3.00"),),
                ),
            ),
        ),
        Event(
            "Annual Raffle Evening", 40, "19:00", 180, "Recital Room",
            "Neither part of a festival nor of a season: simply an evening.",
            (Ticket("Raffle book", "10.00"),),
        ),
    ),
)  # fmt: skip

SALTMARSH = Organisation(
    name="Saltmarsh Stages",
    slug="saltmarsh-stages",
    zone="Europe/Dublin",
    functions=(WIND_AND_STRINGS, MIDNIGHT_SUN, WINTER_LIGHTS),
    seasons=(SEASON,),
)
