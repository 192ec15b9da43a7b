from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from clamgate.quarantine import schema
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.schema import create_tables, metadata, open_engine


def test_several_at_a_time_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create_tables(open_engine(url)), range(8)))
    assert set(inspect(open_engine(url)).get_table_names()) == set(metadata.tables)


def test_who_makes_an_sqlite_file_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pauses = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            other.rollback()

        monkeypatch.setattr(schema, "sleep", pause)
        create_tables(open_engine(f"sqlite:///{path}"))
    assert len(pauses) == 1


def test_an_sqlite_file_that_somebody_keeps_to_himself_is_not_waited_for_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_BUSY", 0.1)
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="database is locked"):
            create_tables(open_engine(f"sqlite:///{path}"))


def test_a_missing_driver_is_named() -> None:
    """As where python3-psycopg is not installed."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from clamgate.quarantine.schema import open_engine\n"
        "open_engine('postgresql://user@host/database')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == (
        "clamgate.quarantine.errors.QuarantineError: QuarantineIndex needs the Python module "
        "psycopg: install it (Debian: python3-psycopg for PostgreSQL)"
    )


def test_a_url_of_nothing_we_know_is_refused() -> None:
    with pytest.raises(QuarantineError, match=r"oracle9://x: .*write it as sqlite:"):
        open_engine("oracle9://x")


def test_a_file_of_sqlite_is_looked_for_below_the_root() -> None:
    assert open_engine("sqlite:////a/b.db", "/root").url.database == "/root/a/b.db"
    assert open_engine("sqlite:////a/b.db").url.database == "/a/b.db"
