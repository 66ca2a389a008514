"""The Northern Lantern Fellowship: installations and a convocation."""

from __future__ import annotations

from commands.demonstration.content import Event, Function, Organisation, Package, Pool, Ticket

_BANQUET = (
    Ticket("Banquet seat", "85.00", ("Cloth Hall tables",), "Four courses, wine and coffee.", most=8),
    Ticket("Table of eight", "640.00", ("Whole tables",), "A table of your own near the stage.", most=2),
    Ticket("Banquet seat, vegetarian", "85.00", ("Cloth Hall tables",), "Four courses without meat or fish.", most=8),
)
_OPEN_SEAT = Ticket("Open seat", "12.00", ("Chapel seats",))

THREE_LANTERNS = Function(
    name="Installation of the Lodge of the Three Lanterns",
    slug="three-lanterns-installation",
    about=(
        "Two days around the installation of the lodge's new officers: ceremony, banquet, and a programme for "
        "companions and guests, who are welcome at everything but the rehearsal."
    ),
    starts_in=21,
    days=2,
    zone="Europe/Brussels",
    currency="EUR",
    location="Ghent, Belgium",
    metadata={"dressCode": "Dark suit or regalia", "lodgeNumber": 333, "languages": ["nl", "fr", "en"]},
    pools=(
        Pool("Chapel seats", 220, sold=131, held=6),
        Pool("Cloth Hall tables", 240, sold=226, held=4),
        Pool("Whole tables", 12, sold=10, held=2),
        Pool("Boat", 40, sold=40),
    ),
    events=(
        Event(
            "Reception of the Delegations", 0, "17:30", 120, "Guild House",
            "A glass in the courtyard, names at the door, and a first look at the hall.",
            (Ticket("Reception", "18.00", ("Chapel seats",)),),
        ),
        Event(
            "Lantern-lit Concert of Early Brass", 0, "20:30", 75, "Old Chapel",
            "Five players, eleven instruments, and music written for towers.",
            (_OPEN_SEAT, Ticket("Open seat, under 18", "5.00", ("Chapel seats",))),
        ),
        Event(
            "Officers' Rehearsal", 1, "09:00", 90, "Old Chapel",
            "For those who take part in the ceremony. Places are given out by the secretary.",
            (Ticket("Participant", "0.00", shown=False),),
            published=False,
        ),
        Event(
            "Installation Ceremony", 1, "14:00", 120, "Old Chapel",
            "The lodge's officers are installed for the year. Guests are seated in the gallery.",
            (
                Ticket("Member", "0.00", ("Chapel seats",), "Bring your regalia.", most=1),
                Ticket("Guest in the gallery", "10.00", ("Chapel seats",), most=4),
            ),
            featured=True,
        ),
        Event(
            "Installation Banquet", 1, "19:00", 240, "Cloth Hall",
            "Four courses, three toasts, and a string trio that takes requests.",
            _BANQUET,
            slug="three-lanterns-banquet",
            featured=True,
        ),
        Event(
            "Companions' Canal Tour", 1, "10:30", 90, "Grass Quay",
            "A slow boat through the old port, with waffles, while the lodge rehearses.",
            (Ticket("Boat seat", "16.00", ("Boat",)),),
        ),
        Event(
            "Farewell Breakfast", 1, "08:00", 90, "Guild House",
            "Coffee, bread and the morning papers.",
            (Ticket("Breakfast", "14.50"),),
            slug="three-lanterns-breakfast",
        ),
    ),
    packages=(
        Package(
            "Guest Day", "99.00", "Gallery seat, canal tour and a seat at the banquet.",
            (
                ("Installation Ceremony", "Guest in the gallery", 1),
                ("Companions' Canal Tour", "Boat seat", 1),
                ("Installation Banquet", "Banquet seat", 1),
            ),
        ),
        Package(
            "Both Evenings", "92.00", "The concert and the banquet.",
            (
                ("Lantern-lit Concert of Early Brass", "Open seat", 1),
                ("Installation Banquet", "Banquet seat", 1),
            ),
        ),
    ),
)  # fmt: skip

_DAY_SEAT = Ticket("Day delegate", "35.00", ("Assembly seats",), "Papers, lunch and coffee.")

CONVOCATION = Function(
    name="Grand Convocation of the Northern Lantern",
    slug="grand-convocation",
    about=(
        "Every second year the lodges of the fellowship meet for four days of business, lectures and music. Most "
        "lectures are open to everybody; the sessions of business are for delegates."
    ),
    starts_in=95,
    days=4,
    zone="Europe/London",
    currency="GBP",
    location="York, United Kingdom",
    metadata={"theme": "Light handed on", "delegates": 640, "quietRoom": True},
    pools=(
        Pool("Assembly seats", 640, sold=388, held=17),
        Pool("Lecture seats", 180, sold=92),
        Pool("Dinner seats", 400, sold=393, held=1),
        Pool("Minster tour", 25, sold=20, held=5),
        Pool("Workshop benches", 16, sold=16),
    ),
    events=(
        Event(
            "Opening of the Convocation", 0, "10:00", 120, "Assembly Rooms",
            "Roll call of the lodges, and the lighting of the first lantern.",
            (_DAY_SEAT, Ticket("Observer", "15.00", ("Assembly seats",))),
            featured=True,
            children=(
                Event(
                    "Welcome for First-time Delegates", 0, "08:45", 45, "Card Room",
                    "Who sits where, when to stand, and where the good coffee is.",
                    (Ticket("First-time delegate", "0.00", most=1),),
                ),
                Event(
                    "Standard Bearers' Procession", 0, "09:30", 30, "Museum Gardens",
                    "Forty standards and two bands cross the gardens. Free to watch.",
                ),
            ),
        ),
        Event(
            "Business Session: Accounts and Elections", 0, "14:00", 180, "Assembly Rooms",
            "For delegates of the lodges.",
            (_DAY_SEAT,),
        ),
        Event(
            "Lecture: How Lighthouses Learned to Speak", 1, "11:00", 60, "Merchant Hall",
            "From open fires to coded flashes: four hundred years of keeping ships apart.",
            (Ticket("Lecture seat", "9.00", ("Lecture seats",)), Ticket("Student", "4.00", ("Lecture seats",))),
        ),
        Event(
            "Workshop: Gilding a Letter", 1, "14:00", 150, "Print Studio",
            "Size, leaf, burnish. You take your letter home.",
            (Ticket("Bench", "48.00", ("Workshop benches",), "Materials included.", most=2),),
        ),
        Event(
            "Evensong and Minster Tour", 2, "16:30", 120, "South Door",
            "Behind the choir, up the tower, and down again before the bells.",
            (Ticket("Tour", "22.00", ("Minster tour",), most=4),),
        ),
        Event(
            "Lecture: The Arithmetic of Old Guilds", 2, "11:00", 60, "Merchant Hall",
            "What a guild earned, whom it fed, and how it counted both.",
            (Ticket("Lecture seat", "9.00", ("Lecture seats",)), Ticket("Student", "4.00", ("Lecture seats",))),
        ),
        Event(
            "Convocation Dinner", 2, "19:30", 210, "Railway Hall",
            "Dinner between the locomotives. Carriages at eleven.",
            (
                Ticket("Dinner seat", "72.50", ("Dinner seats",), most=6),
                Ticket("Dinner seat with wine", "94.00", ("Dinner seats",), most=6),
            ),
            featured=True,
        ),
        Event(
            "Closing and Handing on of the Lantern", 3, "12:00", 60, "Assembly Rooms",
            "The lantern goes to the lodge that keeps it for two years.",
            (_DAY_SEAT,),
        ),
    ),
    packages=(
        Package(
            "Delegate", "165.00", "All sessions of business and the dinner.",
            (
                ("Opening of the Convocation", "Day delegate", 1),
                ("Business Session: Accounts and Elections", "Day delegate", 1),
                ("Closing and Handing on of the Lantern", "Day delegate", 1),
                ("Convocation Dinner", "Dinner seat", 1),
            ),
        ),
        Package(
            "Two Lectures", "16.00", "Both lectures in the Merchant Hall.",
            (
                ("Lecture: How Lighthouses Learned to Speak", "Lecture seat", 1),
                ("Lecture: The Arithmetic of Old Guilds", "Lecture seat", 1),
            ),
        ),
    ),
)  # fmt: skip

QUIET_HARBOUR = Function(
    name="Instalación de la Logia del Puerto Tranquilo",
    slug="puerto-tranquilo-installation",
    about="La logia más austral de la hermandad instala a sus oficiales y abre sus puertas a la ciudad por un día.",
    starts_in=402,
    days=1,
    zone="America/Santiago",
    currency="CLP",
    location="Valparaíso, Chile",
    metadata={"idiomas": ["es", "en"], "logia": 777},
    pools=(Pool("Salón", 120, sold=14), Pool("Comedor", 90, sold=3), Pool("Lancha", 30)),
    events=(
        Event(
            "Visita guiada a la casa de la logia", 0, "10:00", 60, "Casa de la logia",
            "La biblioteca, la escalera de caracol y el faro del patio.",
            (Ticket("Entrada", "3000", ("Salón",)),),
        ),
        Event(
            "Ceremonia de instalación", 0, "12:00", 90, "Salón de los Faroles",
            "Abierta a familiares y amigos.",
            (Ticket("Invitado", "0", ("Salón",), most=4),),
            featured=True,
        ),
        Event(
            "Almuerzo de los oficiales", 0, "14:00", 150, "Comedor",
            "Caldillo, pan amasado y brindis breves.",
            (Ticket("Cubierto", "24500", ("Comedor",)), Ticket("Cubierto infantil", "9900", ("Comedor",))),
        ),
        Event(
            "Paseo en lancha por la bahía", 0, "17:00", 60, "Muelle",
            "Una hora entre lobos marinos y grúas.",
            (Ticket("Pasaje", "7500", ("Lancha",), opens=90),),
        ),
        Event(
            "Taller: nudos de marinero", 0, "16:00", 60, "Patio",
            "Ocho nudos que no se sueltan y uno que sí.",
            (Ticket("Cupo", "4000", opens=90),),
        ),
        Event(
            "Concierto de cuecas al anochecer", 0, "20:00", 90, "Plaza de la Escalera",
            "Traiga pañuelo. Entrada liberada con reserva.",
            (Ticket("Reserva", "0"),),
        ),
    ),
    packages=(
        Package(
            "Jornada completa", "27000", "Visita y almuerzo.",
            (
                ("Visita guiada a la casa de la logia", "Entrada", 1),
                ("Almuerzo de los oficiales", "Cubierto", 1),
            ),
        ),
    ),
)  # fmt: skip

NORTHERN_LANTERN = Organisation(
    name="Northern Lantern Fellowship",
    slug="northern-lantern-fellowship",
    zone="Europe/Brussels",
    functions=(THREE_LANTERNS, CONVOCATION, QUIET_HARBOUR),
)
