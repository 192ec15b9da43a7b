"""`clamgate quarantine export`: messages as they came, to a file or a program."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any, BinaryIO

import click

from clamgate.cli.options import conf_option
from clamgate.cli.quarantine.fields import json_record
from clamgate.cli.quarantine.opened import Failures, Opened, opened
from clamgate.cli.quarantine.options import ids_argument, selecting, selection_of
from clamgate.quarantine.index import Row


@click.command()
@conf_option
@selecting
@click.option(
    "-o",
    "--output",
    type=click.File("wb", lazy=False),
    default="-",
    help="The file to write, instead of standard output.",
)
@click.option(
    "--tar", "as_tar", is_flag=True, help="Write a tar file of ID.eml, and ID.json beside each."
)
@ids_argument
def export(
    conf: str, ids: tuple[str, ...], output: BinaryIO, *, as_tar: bool, **options: Any
) -> None:
    """Write messages out byte for byte: one as it is, or any number as a tar file.

    They are as dangerous as they came: another program's scanner may well find what is in them.
    """
    failures = Failures()
    with opened(conf) as place:
        rows = place.chosen(ids, selection_of(options))
        if as_tar:
            _write_tar(place, rows, output, failures)
        elif len(rows) == 1:
            if output.isatty():
                raise click.UsageError("this is a terminal: name a file with --output, or pipe it")
            output.write(place.quarantine.content(rows[0]))
        else:
            raise click.UsageError(f"{len(rows)} messages fit: --tar writes any number of them")
    output.flush()
    failures.leave()


def _write_tar(place: Opened, rows: list[Row], output: BinaryIO, failures: Failures) -> None:
    with tarfile.open(fileobj=output, mode="w|") as archive:
        for row in rows:
            with failures.noted():
                content = place.quarantine.content(row)
                known = json.dumps(json_record(row, place.quarantine.record(row)), indent=2)
                _add(archive, f"{row.id}.eml", content, row.stored_at)
                _add(archive, f"{row.id}.json", f"{known}\n".encode(), row.stored_at)


def _add(archive: tarfile.TarFile, name: str, content: bytes, time: float) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mtime = int(time)
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(content))
