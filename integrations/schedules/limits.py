"""How large a schedule may be, and its parts.

The largest schedules known (a Chaos Communication Congress with all its assemblies, FOSDEM) hold 1,000 to 3,000 talks
in 3 to 10 MB; the limits leave room for several times that, and keep the worst file at a few hundred megabytes and a
few seconds.
"""

from __future__ import annotations

from typing import Final

MAX_PACKED: Final = 8 * 1024 * 1024
"""Bytes of a gzipped file."""

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a file as it is parsed."""

MAX_MEMBERS: Final = 16
"""Members of a gzipped file (RFC 1952, section 2.2); one is usual."""

MAX_DEPTH: Final = 32
"""Elements, objects and arrays inside one another; the formats need eight."""

MAX_ELEMENTS: Final = 500_000
"""XML elements of one file; a talk takes about 25."""

MAX_TOKENS: Final = 2_000_000
"""Strings and brackets of one JSON file; a talk takes about 100."""

MAX_FAULTS: Final = 100
"""Faults told of one file; further ones are counted."""

MAX_TITLE: Final = 500
"""Characters of a heading, as the database's CHECK constraint has it."""

MAX_DESCRIPTION: Final = 100_000
"""Characters of a description, as the database's CHECK constraint has it."""

MAX_TEXT: Final = 2_000
"""Characters of any other text that is kept; of addresses, as the database's CHECK constraint has it."""

MAX_IDENTITY: Final = 200
"""Characters of a foreign identifier; with its kind before it, it fits the database's index in any script."""
