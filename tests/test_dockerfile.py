"""The Dockerfile installs what pyproject.toml asks for, and nothing that it does not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Where Debian's name is not PyPI's after python3-.
_IN_DEBIAN = {"pymilter": "python3-milter"}
# The driver of the quarantine's other database is an extra of ours, and part of the image.
_MORE = {"python3-psycopg"}


def test_the_libraries_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[^\w-]", one)[0] for one in project["dependencies"]]
    wanted = {_IN_DEBIAN.get(name, f"python3-{name}") for name in names}
    installed = set(re.findall(r"python3-[\w-]+", (ROOT / "Dockerfile").read_text()))
    assert installed == wanted | _MORE
