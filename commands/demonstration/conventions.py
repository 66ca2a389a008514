"""Orizuru Conventions: games, makers, and a convention that is still a draft."""

from __future__ import annotations

from commands.demonstration.content import Event, Function, Organisation, Package, Pool, Ticket

_DAY = Ticket("一日券 / Day ticket", "3500", ("会場",), "All open tables of the day.")
_CHILD = Ticket("小学生 / Child", "800", ("会場",), "Ages six to twelve.")

GAME_CONVENTION = Function(
    name="折鶴ゲームコンベンション",
    slug="orizuru-game-convention",
    about=(
        "三日間、卓上ゲームと折り紙のお祭り。初心者歓迎。\n\n"
        "Three days of board games, paper folding and quiet competition. Most tables speak enough English to lose "
        "graciously."
    ),
    starts_in=48,
    days=3,
    zone="Asia/Tokyo",
    currency="JPY",
    location="大阪 / Osaka, Japan",
    metadata={"edition": 12, "languages": ["ja", "en"], "tables": 160},
    pools=(
        Pool("会場", 1800, sold=1203, held=41),
        Pool("決勝", 60, sold=57, held=1),
        Pool("折り紙", 30, sold=21, held=9),
        Pool("夜の部", 80, sold=80),
    ),
    events=(
        Event(
            "開会式と最初の一手 / Opening and First Move", 0, "10:00", 60, "中央ホール",
            "鐘が鳴ったら、どの卓でも始められます。When the bell rings, any table may begin.",
            (_DAY, _CHILD),
            slug="orizuru-opening",
            featured=True,
        ),
        Event(
            "初めての盤上遊戯 / Board Games from Zero", 0, "11:30", 120, "第一会議室",
            "ルールは全部ここで教えます。We teach everything, slowly.",
            (_DAY, _CHILD),
            slug="board-games-from-zero",
        ),
        Event(
            "千羽鶴ワークショップ / A Thousand Cranes", 0, "14:00", 150, "和室",
            "みんなで千羽。紙は用意してあります。Paper is provided; patience is not.",
            (Ticket("参加券 / Participant", "1500", ("折り紙",), most=2),),
            slug="a-thousand-cranes",
        ),
        Event(
            "予選トーナメント / Qualifying Rounds", 1, "10:00", 420, "中央ホール",
            "十二卓、五回戦。Twelve tables, five rounds.",
            (
                Ticket("選手 / Player", "2000", ("会場",), most=1),
                Ticket("観戦 / Spectator", "500", ("会場",)),
            ),
            slug="qualifying-rounds",
        ),
        Event(
            "デザイナーの夜 / Designers' Night", 1, "19:00", 150, "展望室",
            "未完成のゲームだけ。Unfinished games only; honesty is required.",
            (Ticket("入場 / Admission", "1200", ("夜の部",)),),
            slug="designers-night",
        ),
        Event(
            "決勝 / Final", 2, "13:00", 180, "小劇場",
            "八人、一卓。Eight players, one table, a camera above it.",
            (
                Ticket("指定席 / Reserved seat", "2800", ("決勝",), most=2),
                Ticket("配信 / Stream", "0"),
            ),
            slug="orizuru-final",
            featured=True,
        ),
        Event(
            "古本と駒の市 / Market of Old Books and Pieces", 2, "10:00", 240, "中庭",
            "値切っても怒られません。Haggling is welcome.",
            (Ticket("早入場 / Early entry", "1000", ("会場",), opens=20), Ticket("入場 / Admission", "0")),
            slug="market-of-old-books-and-pieces",
        ),
        Event(
            "閉会と片付け / Closing and Tidying Up", 2, "17:00", 60, "中央ホール",
            "最後まで残った人に、駒をひとつ。Whoever stays to the end takes a piece home.",
            (_DAY,),
            slug="orizuru-closing",
        ),
    ),
    packages=(
        Package(
            "三日間パス / Three-day Pass", "8500", "Opening, learners' tables and closing: a day ticket each.",
            (
                ("開会式と最初の一手 / Opening and First Move", "一日券 / Day ticket", 1),
                ("初めての盤上遊戯 / Board Games from Zero", "一日券 / Day ticket", 1),
                ("閉会と片付け / Closing and Tidying Up", "一日券 / Day ticket", 1),
            ),
        ),
        Package(
            "観戦セット / Spectator Set", "3000", "Qualifying rounds and a reserved seat at the final.",
            (
                ("予選トーナメント / Qualifying Rounds", "観戦 / Spectator", 1),
                ("決勝 / Final", "指定席 / Reserved seat", 1),
            ),
        ),
    ),
)  # fmt: skip

MAKERS_FAIR = Function(
    name="태엽 공방 축제 · Clockwork Makers' Fair",
    slug="clockwork-makers-fair",
    about=(
        "톱니바퀴, 오르골, 자동인형. 만지고, 고치고, 다시 만듭니다.\n\n"
        "Gears, music boxes and automata: touch them, mend them, make them again."
    ),
    starts_in=120,
    days=2,
    zone="Asia/Seoul",
    currency="KRW",
    location="서울 / Seoul, South Korea",
    metadata={"edition": 4, "workbenches": 48},
    pools=(Pool("Benches", 48, sold=40, held=2), Pool("Hall", 700, sold=96), Pool("Automata theatre", 110, sold=12)),
    events=(
        Event(
            "열린 작업대 / Open Benches", 0, "10:00", 480, "Hall A",
            "Bring something broken.",
            (Ticket("Bench hour", "12000", ("Benches",), most=3), Ticket("Visitor", "5000", ("Hall",))),
            slug="open-benches",
        ),
        Event(
            "오르골 만들기 / Make a Music Box", 0, "13:00", 180, "Workshop 1",
            "Eighteen notes, one melody, your own.",
            (Ticket("Kit and bench", "65000", ("Benches",), most=2),),
            slug="make-a-music-box",
            featured=True,
        ),
        Event(
            "자동인형 극장 / Automata Theatre", 0, "19:00", 70, "Black Box",
            "No electricity, no actors, one key.",
            (
                Ticket("Seat", "22000", ("Automata theatre",)),
                Ticket("Student", "14000", ("Automata theatre",)),
            ),
            slug="automata-theatre",
        ),
        Event(
            "Lecture: Escapements, or How to Stop on Time", 1, "11:00", 60, "Hall B",
            "Why clocks tick, and what it costs them.",
            (Ticket("Seat", "6000", ("Hall",)),),
        ),
        Event(
            "Repair Duel", 1, "14:00", 90, "Hall A",
            "Two menders, two identical alarm clocks, one missing spring.",
            (Ticket("Visitor", "5000", ("Hall",)),),
        ),
        Event(
            "Parade of Small Machines", 1, "16:30", 45, "Courtyard",
            "Anything that walks by itself may enter.",
            (Ticket("Entrant", "0", most=1), Ticket("Visitor", "0")),
        ),
    ),
    packages=(
        Package(
            "Maker's Day", "70000", "The music box and an evening at the automata theatre.",
            (
                ("오르골 만들기 / Make a Music Box", "Kit and bench", 1),
                ("자동인형 극장 / Automata Theatre", "Student", 1),
            ),
        ),
    ),
)  # fmt: skip

NEXT_CONVENTION = Function(
    name="折鶴ゲームコンベンション札幌",
    slug="orizuru-game-convention-sapporo",
    about="準備中。A draft: the programme is not public yet.",
    starts_in=413,
    days=2,
    zone="Asia/Tokyo",
    currency="JPY",
    location="札幌 / Sapporo, Japan",
    metadata={"edition": 13},
    pools=(Pool("会場", 900),),
    events=tuple(
        Event(
            f"{title} (draft)", day, at, 120, "未定",
            "To be announced.",
            (Ticket("一日券 / Day ticket", "3800", ("会場",), opens=300),),
            published=False,
        )
        for title, day, at in (
            ("Sapporo Opening", 0, "10:00"),
            ("Snow Table Tournament", 0, "13:00"),
            ("Night of Long Games", 0, "19:00"),
            ("Folding with Gloves", 1, "10:00"),
            ("Sapporo Final", 1, "13:00"),
            ("Sapporo Closing", 1, "17:00"),
        )
    ),
    packages=(
        Package(
            "二日間パス / Two-day Pass", "7000", "Opening and closing.",
            (
                ("Sapporo Opening (draft)", "一日券 / Day ticket", 1),
                ("Sapporo Closing (draft)", "一日券 / Day ticket", 1),
            ),
        ),
    ),
    active=False,
)  # fmt: skip

ORIZURU = Organisation(
    name="折鶴コンベンション · Orizuru Conventions",
    slug="orizuru-conventions",
    zone="Asia/Tokyo",
    functions=(GAME_CONVENTION, MAKERS_FAIR, NEXT_CONVENTION),
)
