"""Why something was not done, as data: what whoever asked can change, and ask again.

Each kind is a value with a type of its own in the schema. A command raises `Rejected` with all that it found; nothing
it did stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol


class ErrorCode(Enum):
    """What kind of reason it is, for programs that do not know the type."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"


class UserError(Protocol):
    """What all kinds have.

    Attributes:
        typename: its type in the schema.
        field: the way to the argument that is wrong, as clients name it (`("input", "startDate")`); None where it is
            none in particular.
        message: what is wrong, and what would be right.
        code: its kind.
    """

    typename: ClassVar[str]

    @property
    def field(self) -> tuple[str, ...] | None:
        """The way to the argument."""

    @property
    def message(self) -> str:
        """In words."""

    @property
    def code(self) -> ErrorCode:
        """For programs."""


class Rejected(Exception):
    """A command that does nothing, with every reason."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__(*(each.message for each in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """A value that cannot be right, whatever is in the database; or one that is missing."""

    typename: ClassVar[str] = "InvalidInput"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.INVALID


@dataclass(frozen=True, slots=True)
class Taken:
    """A name that must be unique, and that something else has."""

    typename: ClassVar[str] = "Taken"
    field: tuple[str, ...] | None
    message: str
    suggestion: str | None
    code: ErrorCode = ErrorCode.TAKEN


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no such thing; or none that may be seen, which is the same."""

    typename: ClassVar[str] = "NotFound"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class NotPermitted:
    """A thing that may be seen, and not changed."""

    typename: ClassVar[str] = "NotPermitted"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.FORBIDDEN


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """Something that was changed since it was read: to be read again, and decided again."""

    typename: ClassVar[str] = "VersionConflict"
    field: tuple[str, ...] | None
    message: str
    current_version: int
    code: ErrorCode = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class OwnerIsDeleted:
    """Something that cannot come back before what it belongs to does."""

    typename: ClassVar[str] = "OwnerIsDeleted"
    field: tuple[str, ...] | None
    message: str
    code: ErrorCode = ErrorCode.CONFLICT
