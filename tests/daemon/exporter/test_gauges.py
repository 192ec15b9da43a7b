from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, generate_latest

from clamgate.clamd.protocol import Stats
from clamgate.daemon.exporter.gauges import Gauges
from clamgate.daemon.figures import ClamdFigures, Figures

MADE = time.mktime(time.strptime("Tue Nov 24 08:35:05 2026"))
ONE, OTHER = "unix:/c", "tcp:host:3310"


def told(gauges: Gauges) -> list[str]:
    registry = CollectorRegistry()
    registry.register(gauges)
    return generate_latest(registry).decode().splitlines()


def test_every_label_set_is_there_before_anything_is_known() -> None:
    lines = told(Gauges([ONE, OTHER]))
    for line in (
        'clamgate_clamd_up{clamd="unix:/c"} 0.0',
        'clamgate_clamd_threads_max{clamd="tcp:host:3310"} 0.0',
        'clamgate_reloads_total{outcome="refused"} 0.0',
        'clamgate_resident_memory_bytes{process="expirer"} 0.0',
        'clamgate_workers{state="serving"} 0.0',
        "clamgate_accepting 0.0",
    ):
        assert line in lines
    assert not any("quarantine" in line for line in lines)


def test_what_the_master_said() -> None:
    clamd = ClamdFigures(2, 0, "ClamAV 1.4.6/27456/Tue Nov 24 08:35:05 2026", 3)
    figures = Figures(
        accepting=True,
        workers={"serving": 2},
        restarts=4,
        reloads={"done": 5},
        generation=6,
        connections=7,
        in_flight=8,
        waiting=9,
        spool_memory=10,
        spool_disk=11,
        clamds={ONE: clamd, "unix:/of-an-old-conf": clamd},
        quarantine=(12, 13),
        memory={"master": 14},
    )
    lines = told(Gauges([ONE], lambda: MADE + 60, figures))
    for line in (
        "clamgate_accepting 1.0",
        'clamgate_workers{state="serving"} 2.0',
        "clamgate_worker_restarts_total 4.0",
        'clamgate_reloads_total{outcome="done"} 5.0',
        "clamgate_generation 6.0",
        "clamgate_connections 7.0",
        "clamgate_messages_in_flight 8.0",
        "clamgate_messages_waiting 9.0",
        "clamgate_spool_memory_bytes 10.0",
        "clamgate_spool_disk_bytes 11.0",
        'clamgate_clamd_up{clamd="unix:/c"} 1.0',
        'clamgate_clamd_in_use{clamd="unix:/c"} 3.0',
        'clamgate_clamd_database_version{clamd="unix:/c"} 27456.0',
        'clamgate_clamd_database_age_seconds{clamd="unix:/c"} 60.0',
        "clamgate_quarantine_messages 12.0",
        "clamgate_quarantine_bytes 13.0",
        'clamgate_resident_memory_bytes{process="master"} 14.0',
    ):
        assert line in lines
    assert not any("old-conf" in line for line in lines)


def test_what_clamds_said() -> None:
    lines = told(Gauges([ONE], stats={ONE: Stats(queue=5, live=4, idle=3, most=12)}))
    assert 'clamgate_clamd_queue_items{clamd="unix:/c"} 5.0' in lines
    assert 'clamgate_clamd_threads_live{clamd="unix:/c"} 4.0' in lines
    assert 'clamgate_clamd_threads_idle{clamd="unix:/c"} 3.0' in lines
    assert 'clamgate_clamd_threads_max{clamd="unix:/c"} 12.0' in lines
