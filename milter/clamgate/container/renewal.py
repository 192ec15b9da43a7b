"""The filter's conf brought up to date while the container runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clamgate.config.problems import Findings
from clamgate.container.checks import check_filter_conf
from clamgate.container.effective import Confs
from clamgate.container.environment import read_environment
from clamgate.container.layout import Layout
from clamgate.container.memory import memory_limit
from clamgate.container.programs import FILTER
from clamgate.core.settings import Settings


def renew_filter_conf(confs: Confs) -> Settings:
    """Write anew what the mounted conf and the environment come to. If it is wrong, nothing is.

    Raises:
        ConfError: It cannot be used; each problem names who wrote it.
        ContainerError: It cannot be read or written.
    """
    conf = confs.make_filter()
    settings, _ = check_filter_conf(conf, confs.path(FILTER))
    confs.put_filter(conf)
    return settings


def renew_from_beside(folder: Path, environ: Mapping[str, str], layout: Layout) -> None:
    """Do so from a process that was started in the container beside the services.

    Args:
        folder: Where the confs in effect are.
        environ: The environment, which is the container's.
        layout: Where the mounted confs are.

    Raises:
        ConfError, ContainerError: As above.
    """
    wishes = read_environment(environ, Findings())
    renew_filter_conf(Confs(layout, wishes, folder, memory_limit(), lambda _: None))
