"""What one client may make the server hold, and for how long."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Bounds on one request before anything of it is executed.

    Attributes:
        max_body_bytes: Largest request body, in bytes (413 above it).
        body_timeout_seconds: Longest wait for the whole body once its head is read, in seconds (408 after it).
        max_url_bytes: Longest path and query string together, in bytes (414 above it).
        max_json_depth: Deepest nesting of lists and maps in a body, or in a JSON parameter of a URL (400 above it).
        max_list_items: Longest list in a body, or in a JSON parameter of a URL (400 above it).
        max_head_bytes: Largest request line and header fields together, in bytes (431 above it).
        head_timeout_seconds: Longest wait for a whole head, from the connection's or the head's first byte, in seconds
            (408 after it).
        send_timeout_seconds: Longest time for which a client may leave a written answer unread, in seconds (the
            connection is cut after it).
    """

    max_body_bytes: int = 256 * 1024
    body_timeout_seconds: float = 10.0
    max_url_bytes: int = 8 * 1024
    max_json_depth: int = 64
    max_list_items: int = 1000
    max_head_bytes: int = 32 * 1024
    head_timeout_seconds: float = 10.0
    send_timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        faults = [f"{field.name} must be above 0" for field in fields(self) if getattr(self, field.name) <= 0]
        if self.max_json_depth > 200:  # noqa: PLR2004 - coercing an input value costs four Python frames a level
            faults.append("max_json_depth must be at most 200: input values are coerced recursively")
        if self.max_url_bytes > self.max_head_bytes:
            faults.append("max_url_bytes must not exceed max_head_bytes: the URL is a part of the head")
        if faults:
            raise ValueError("; ".join(faults))
