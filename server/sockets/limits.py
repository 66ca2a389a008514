"""What one socket may make the server hold, and for how long."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    """Bounds on one socket.

    Attributes:
        max_message_bytes: Largest message, in bytes (closed with 1009 above it).
        max_json_depth: Deepest nesting of lists and maps in a message (4400 above it).
        max_list_items: Longest list in a message (4400 above it).
        messages_per_second: How many frames of any kind may come in a second (1008 above it).
        max_operations: How many operations may be under way at once (an error for each above it).
        init_timeout_seconds: Longest wait for `connection_init`, in seconds (4408 after it).
        ping_seconds: How often the server asks whether the client is there, and how long it waits to hear so, in
            seconds (1011 after it).
        send_timeout_seconds: Longest time for which a client may leave what was sent unread, in seconds (the connection
            is cut after it).
    """

    max_message_bytes: int = 256 * 1024
    max_json_depth: int = 64
    max_list_items: int = 1000
    messages_per_second: int = 100
    max_operations: int = 100
    init_timeout_seconds: float = 5.0
    ping_seconds: float = 20.0
    send_timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        faults = [f"{field.name} must be above 0" for field in fields(self) if getattr(self, field.name) <= 0]
        if faults:
            raise ValueError("; ".join(faults))
