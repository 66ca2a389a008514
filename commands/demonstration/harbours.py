"""House of the Blue Dhow: nights by the water, from Kuwait to Montréal."""

from __future__ import annotations

from commands.demonstration.content import Event, Function, Organisation, Package, Pool, Ticket

_HALL = Ticket("مقعد / Seat", "7.500", ("قاعة",))
_DECK = Ticket("سطح / Deck", "12.250", ("سطح",), "With tea and dates.")

BLUE_DHOW_NIGHTS = Function(
    name="ليالي البغلة الزرقاء · Nights of the Blue Dhow",
    slug="nights-of-the-blue-dhow",
    about=(
        "خمس ليالٍ من أغاني البحر والحكايات والخط العربي على رصيف الميناء القديم.\n\n"
        "Five nights of sea songs, stories and calligraphy on the old harbour quay."
    ),
    starts_in=14,
    days=5,
    zone="Asia/Kuwait",
    currency="KWD",
    location="الكويت / Kuwait City, Kuwait",
    metadata={"edition": 2, "languages": ["ar", "en"], "quay": "North"},
    pools=(
        Pool("قاعة", 260, sold=204, held=9),
        Pool("سطح", 45, sold=39, held=2),
        Pool("ورشة", 18, sold=11, held=7),
        Pool("مأدبة", 120, sold=120),
    ),
    events=(
        Event(
            "افتتاح: أغاني الغوص / Opening: Songs of the Divers", 0, "20:00", 120, "Quay Hall",
            "نهّام وثلاثون صوتًا. One lead singer, thirty voices, and the drums that keep them rowing.",
            (_HALL, Ticket("الصف الأول / Front row", "15.000", ("قاعة",), most=4)),
            slug="songs-of-the-divers",
            featured=True,
        ),
        Event(
            "ورشة الخط: حبر وقصب / Ink and Reed", 1, "17:00", 120, "Chart Room",
            "للمبتدئين. For beginners, left-handed ones too.",
            (Ticket("مقعد / Place", "9.750", ("ورشة",), "Reed pen and ink included.", most=2),),
            slug="ink-and-reed",
        ),
        Event(
            "حكايات الرصيف / Stories of the Quay", 1, "20:30", 90, "Rope Yard",
            "Told in Arabic; a printed summary is handed out in English.",
            (_HALL, Ticket("طفل / Child", "2.000", ("قاعة",))),
            slug="stories-of-the-quay",
        ),
        Event(
            "نزهة على البغلة / Evening Sail", 2, "18:00", 120, "North Quay",
            "ساعتان في الخليج. Two hours in the bay under one sail.",
            (_DECK,),
            slug="evening-sail",
        ),
        Event(
            "مأدبة البحّارة / The Sailors' Table", 3, "20:00", 180, "Quay Hall",
            "Everything that was ever traded, on one table.",
            (Ticket("كرسي / Chair", "24.000", ("مأدبة",), most=6),),
            slug="the-sailors-table",
            featured=True,
        ),
        Event(
            "نجوم بلا بوصلة / Stars without a Compass", 3, "22:30", 60, "North Quay",
            "How to find the way home by eleven stars.",
            (Ticket("دخول / Admission", "1.500"),),
            slug="stars-without-a-compass",
        ),
        Event(
            "ليلة العود / Night of the Oud", 4, "20:00", 120, "Quay Hall",
            "Four ouds from four harbours.",
            (_HALL, Ticket("بث / Stream", "0.750", opens=10)),
            slug="night-of-the-oud",
        ),
    ),
    packages=(
        Package(
            "ثلاث ليالٍ / Three Nights", "19.500", "Divers, stories and ouds.",
            (
                ("افتتاح: أغاني الغوص / Opening: Songs of the Divers", "مقعد / Seat", 1),
                ("حكايات الرصيف / Stories of the Quay", "مقعد / Seat", 1),
                ("ليلة العود / Night of the Oud", "مقعد / Seat", 1),
            ),
        ),
        Package(
            "بحر وقلم / Sea and Pen", "20.250", "Calligraphy and the evening sail, for two.",
            (
                ("ورشة الخط: حبر وقصب / Ink and Reed", "مقعد / Place", 2),
                ("نزهة على البغلة / Evening Sail", "سطح / Deck", 2),
            ),
        ),
    ),
)  # fmt: skip

WIND_FESTIVAL = Function(
    name="Φεστιβάλ των Ανέμων",
    slug="festival-ton-anemon",
    about=(
        "Χαρταετοί, πανιά και πνευστά στην προκυμαία.\n\n"
        "Kites, sails and wind instruments along the waterfront."
    ),
    starts_in=210,
    days=3,
    zone="Europe/Athens",
    currency="EUR",
    location="Θεσσαλονίκη / Thessaloniki, Greece",
    metadata={"edition": 1, "beaufort": {"least": 2, "most": 6}},
    pools=(Pool("Προκυμαία", 800, sold=35), Pool("Αποθήκη", 160, sold=22), Pool("Ιστιοφόρο", 24, sold=16)),
    events=(
        Event(
            "Χαρταετοί στην προκυμαία / Kites on the Waterfront", 0, "11:00", 240, "Προκυμαία",
            "Bring a kite, or build one with us.",
            (Ticket("Kite kit", "6.00", ("Προκυμαία",)), Ticket("Spectator", "0.00")),
            slug="kites-on-the-waterfront",
            featured=True,
        ),
        Event(
            "Μαθήματα ιστιοπλοΐας / Sailing for Beginners", 0, "10:00", 180, "Μαρίνα",
            "Three hours, one bay, no previous knowledge.",
            (Ticket("Place on board", "38.00", ("Ιστιοφόρο",), most=3),),
            slug="sailing-for-beginners",
        ),
        Event(
            "Κλαρίνα του βορρά / Clarinets of the North", 0, "21:00", 120, "Αποθήκη Γ",
            "Five clarinets and a davul.",
            (Ticket("Seat", "18.00", ("Αποθήκη",)), Ticket("Student", "11.00", ("Αποθήκη",))),
            slug="clarinets-of-the-north",
        ),
        Event(
            "Panel: What Is a Harbour For?", 1, "18:00", 75, "Αποθήκη Γ",
            "Freight, ferries, fish, or an evening walk.",
            (Ticket("Seat", "0.00", ("Αποθήκη",)),),
        ),
        Event(
            "Αγώνας μικρών σκαφών / Small Boat Race", 1, "12:00", 150, "Κόλπος",
            "Anything under five metres that floats.",
            (Ticket("Crew", "12.00", opens=60, least=2, most=6), Ticket("Spectator", "0.00", ("Προκυμαία",))),
            slug="small-boat-race",
        ),
        Event(
            "Τελευταίος άνεμος / Last Wind", 2, "20:30", 120, "Προκυμαία",
            "All kites up, with lights on their tails.",
            (Ticket("Spectator", "5.00", ("Προκυμαία",)),),
            slug="last-wind",
        ),
    ),
    packages=(
        Package(
            "Αέρας / Air", "22.00", "A kite kit, the clarinets and the last wind.",
            (
                ("Χαρταετοί στην προκυμαία / Kites on the Waterfront", "Kite kit", 1),
                ("Κλαρίνα του βορρά / Clarinets of the North", "Student", 1),
                ("Τελευταίος άνεμος / Last Wind", "Spectator", 1),
            ),
        ),
    ),
)  # fmt: skip

LANTERN_FLEET = Function(
    name="Fête des lanternes flottantes",
    slug="lanternes-flottantes",
    about=(
        "Trois soirées au bord du canal : musique, papier, lumière. Les lanternes sont repêchées et réparées pour "
        "l'année suivante."
    ),
    starts_in=62,
    days=3,
    zone="America/Toronto",
    currency="CAD",
    location="Montréal, Canada",
    metadata={"edition": 7, "langues": ["fr", "en"], "lanternes": 2400},
    pools=(Pool("Quai", 500, sold=140), Pool("Atelier", 20, sold=12, held=8), Pool("Péniche", 70, sold=61, held=2)),
    events=(
        Event(
            "Atelier : plier sa lanterne", 0, "16:00", 90, "Pavillon",
            "Papier, colle, bougie : on apporte seulement ses mains.",
            (Ticket("Place", "15.00", ("Atelier",)),),
        ),
        Event(
            "Première mise à l'eau", 0, "20:30", 60, "Quai des Tisserands",
            "Huit cents lanternes, un accordéon.",
            (Ticket("Lanterne", "8.00", ("Quai",)), Ticket("Spectateur", "0.00")),
            featured=True,
        ),
        Event(
            "Contes sous le pont", 1, "18:00", 60, "Pont tournant",
            "Pour les petits, et pour ceux qui l'ont été.",
            (Ticket("Enfant", "4.00", ("Quai",)), Ticket("Adulte", "7.50", ("Quai",))),
        ),
        Event(
            "Souper sur la péniche", 1, "19:30", 150, "Péniche Libellule",
            "Trois services, une écluse.",
            (Ticket("Couvert", "68.00", ("Péniche",), most=6),),
        ),
        Event(
            "Fanfare à reculons", 2, "17:00", 75, "Départ du Pavillon",
            "Vingt musiciens qui ne voient pas où ils vont.",
        ),
        Event(
            "Dernière flottille", 2, "20:30", 75, "Quai des Tisserands",
            "Toutes les lanternes à la fois, puis le silence.",
            (Ticket("Lanterne", "8.00", ("Quai",)), Ticket("Spectateur", "0.00")),
        ),
    ),
    packages=(
        Package(
            "Plier et flotter", "20.00", "L'atelier et une lanterne à la première mise à l'eau.",
            (("Atelier : plier sa lanterne", "Place", 1), ("Première mise à l'eau", "Lanterne", 1)),
        ),
    ),
)  # fmt: skip

SEA_SONGS = Function(
    name="Sea Songs Symposium",
    slug="sea-songs-symposium",
    about="Two days of papers, listening and rowing for those who collect what sailors sang.",
    starts_in=745,
    days=2,
    zone="Asia/Muscat",
    currency="OMR",
    location="Muscat, Oman",
    metadata={"edition": 6, "callForPapers": True},
    pools=(Pool("Auditorium", 150), Pool("Rowing boats", 32)),
    events=(
        Event(
            "Keynote: One Tune, Nine Harbours", 0, "10:00", 60, "Auditorium",
            "How a melody travels without anyone writing it down.",
            (Ticket("Delegate", "18.500", ("Auditorium",)), Ticket("Student", "6.000", ("Auditorium",))),
        ),
        Event(
            "Paper Session: Pulling, Hauling, Waiting", 0, "11:30", 120, "Auditorium",
            "Six papers on the work behind the rhythm.",
            (Ticket("Delegate", "18.500", ("Auditorium",)),),
        ),
        Event(
            "Listening Room", 0, "15:00", 180, "Archive",
            "Wire, wax and tape, played on the machines they were made for.",
            (Ticket("Hour", "2.500"),),
        ),
        Event(
            "Evening of Requests", 0, "20:00", 120, "Courtyard",
            "If somebody here knows it, it will be sung.",
            (Ticket("Seat", "4.000", ("Auditorium",)),),
        ),
        Event(
            "Rowing Practicum", 1, "07:00", 90, "Corniche",
            "Sing in time or go in circles.",
            (Ticket("Bench", "7.250", ("Rowing boats",), opens=365),),
        ),
        Event(
            "Closing Discussion: Who Owns a Chorus?", 1, "11:00", 90, "Auditorium",
            "Rights, wrongs and refrains.",
            (Ticket("Delegate", "18.500", ("Auditorium",)),),
        ),
    ),
    packages=(
        Package(
            "Delegate Pass", "45.000", "Keynote, papers and closing discussion.",
            (
                ("Keynote: One Tune, Nine Harbours", "Delegate", 1),
                ("Paper Session: Pulling, Hauling, Waiting", "Delegate", 1),
                ("Closing Discussion: Who Owns a Chorus?", "Delegate", 1),
            ),
        ),
    ),
)  # fmt: skip

BLUE_DHOW = Organisation(
    name="بيت البغلة الزرقاء · House of the Blue Dhow",
    slug="house-of-the-blue-dhow",
    zone="Asia/Kuwait",
    functions=(BLUE_DHOW_NIGHTS, LANTERN_FLEET, WIND_FESTIVAL, SEA_SONGS),
)
