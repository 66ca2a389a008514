"""What can go wrong with an embedded server.

EmbeddedServerError
└── DataFolderInUseError
"""


class EmbeddedServerError(Exception):
    """An embedded server cannot be started; the message says what would be right."""


class DataFolderInUseError(EmbeddedServerError):
    """Another process runs a server on the same data folder."""
