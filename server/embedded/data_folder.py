"""The folder of one embedded server, and the account that the server runs under.

Layout of ``<data folder>/<server>/``, which belongs to the account that runs Boxoffice:

- ``lock``: held with flock for as long as the server is in use, contains the pid of its holder;
- ``log``: what the server printed since its last start;
- ``data/``: the server's own files, the only part that the server itself may write.

An ordinary user runs the servers as itself. Root does not: PostgreSQL refuses uid 0, and a Valkey under root would
hand root to whoever gets hold of its password. Root therefore starts them as the user ``boxoffice`` where there is
one and as ``nobody`` elsewhere, and only ``data/`` belongs to that user. Root writes nothing inside ``data/``, so
that a planted symbolic link gains nothing.

That user must be able to reach the data and the program, and both often lie below a directory that is closed to it,
such as a clone in ``/root``. No directory that exists is ever opened up for it. Instead, data moves to a new folder
of a random name in ``/var/lib/boxoffice`` with a symbolic link in its place, by which the next start finds it; and
the program is copied beside the data (about 25 MB for PostgreSQL), once for each version.
"""

import fcntl
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from server.embedded.errors import DataFolderInUseError, EmbeddedServerError

ROOTS_FOLDER = Path("/var/lib/boxoffice")
"""Where root keeps the data of folders that an unprivileged user cannot reach."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that servers run as when Boxoffice runs as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A claimed folder: nobody else starts a server on it while the claim lasts."""

    path: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The server's own files; absent until `make_data`."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What the server printed since its last start."""
        return self.path / "log"

    def make(self, name: str) -> Path:
        """Return a new, empty folder ``name`` that belongs to the server's account, in place of a half-made one."""
        folder = self.path / name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        if self.account is not None:
            try:
                os.chown(folder, self.account.uid, self.account.gid)
            except OSError as error:
                raise EmbeddedServerError(
                    f"{folder} cannot be given to the user {self.account.name}: {error}. "
                    "Choose a data folder on a file system with owners, or start Boxoffice as an ordinary user."
                ) from error
        return folder


@contextmanager
def claim(folder: Path, server: str) -> Iterator[DataFolder]:
    """Hold ``folder`` for ``server`` (its name is that of a folder inside), making it if it is not there.

    Raises:
        DataFolderInUseError: another process holds it.
        EmbeddedServerError: it belongs to another user, or its moved data is gone.
    """
    account = _account()
    try:
        path = _settle(folder.absolute(), server, account)
        lock = (path / "lock").open("a+")
    except OSError as error:
        raise EmbeddedServerError(
            f"The data folder {folder} cannot be used: {error}. Choose one that this user may write."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise DataFolderInUseError(
                f"The data folder {path} is in use by the process {holder}. Stop that one, or choose another folder."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield DataFolder(path, account)


def program(home: DataFolder, package: str, pattern: str) -> Path:
    """Return the executable ``pattern`` of the wheel that installs ``package``, where the server's account can run it.

    The wheel is not imported: its helpers are not needed, and importing one of them makes folders in the home
    directory.

    Raises:
        EmbeddedServerError: the wheel is not installed, or not for this platform.
    """
    spec = find_spec(package)
    origin = Path((spec.submodule_search_locations or [""])[0]) if spec else None
    executable = next(origin.glob(pattern), None) if origin else None
    if origin is None or executable is None:
        raise EmbeddedServerError(
            f"The Python package {package} is not installed for this platform. "
            "Install what requirements.lock names, or give the URL of a server of your own."
        )
    if home.account is None or (executable.stat().st_mode & stat.S_IROTH and _open_to_all(executable)):
        return executable
    copy = home.path / f"program-{version(package)}"
    if not copy.exists():
        for old in home.path.glob("program-*"):
            shutil.rmtree(old)
        _copy_installation(origin, copy)
    return copy / executable.relative_to(origin.parent)


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in ("boxoffice", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL does not run as root, and there is no user boxoffice or nobody to run it as. "
        "Start Boxoffice as an ordinary user, or give it DATABASE_URL and REDIS_URL."
    )


def _settle(folder: Path, server: str, account: Account | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / server
    if not home.exists() and not home.is_symlink():
        if account is None or _open_to_all(folder):
            home.mkdir(mode=0o700)
        else:
            with suppress(FileExistsError):
                ROOTS_FOLDER.mkdir(parents=True)
                ROOTS_FOLDER.chmod(0o755)  # whatever the umask
            home.symlink_to(tempfile.mkdtemp(prefix=f"{server}-", dir=ROOTS_FOLDER))
        if account is not None:
            home.chmod(0o711)  # the account passes through to data/, and sees nothing else
    if not home.exists():
        raise EmbeddedServerError(
            f"{home} points to {home.readlink()}, which is gone. Put it back, or remove the link to start afresh."
        )
    owner = home.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedServerError(
            f"The data folder {home} belongs to the user id {owner}. "
            "Start Boxoffice as that user, or choose another folder."
        )
    return home.resolve()


def _open_to_all(path: Path) -> bool:
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path.resolve(), *path.resolve().parents))


def _copy_installation(package: Path, target: Path) -> None:
    partial = target.with_name("program.partial")
    if partial.exists():
        shutil.rmtree(partial)
    # Wheels keep the shared libraries that they bring in a sibling folder, found relative to the executable.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            ignored = shutil.ignore_patterns("*.py", "*.a", "__pycache__", "include", "pgxs")
            shutil.copytree(part, partial / part.name, ignore=ignored)
    for step in (partial, *partial.rglob("*")):
        step.chmod(0o755)  # an installation under a strict umask is closed to the account
    partial.rename(target)
