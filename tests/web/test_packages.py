import json
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def test_every_package_is_pinned_to_one_version() -> None:
    package = json.loads((WEB / "package.json").read_text())
    versions = package["dependencies"] | package["devDependencies"]

    assert {name: version for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


def test_the_lock_file_holds_hashes_and_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = {path: entry for path, entry in lock["packages"].items() if path}

    assert {path for path, entry in packages.items() if "resolved" in entry} == set()
    assert {path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")} == set()
