"""A real Prometheus of a test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.waiting import wait_until

from clamgate.harness.ports import free_port

CONF = Path(__file__).parents[2] / "conf"
RULES = CONF / "prometheus" / "clamgate.rules.yml"


def why_not() -> str | None:
    """Return why there can be none here, None if there can."""
    missing = [name for name in ("prometheus", "promtool") if shutil.which(name) is None]
    return f"{missing[0]} is not installed (Debian: apt install prometheus)" if missing else None


class PrivatePrometheus:
    """Scrapes one filter every second, which it may take to answer; evaluates rules more often.

    Args:
        folder: Where its conf and data go.
        target: The port of the filter.
        rules: A file of rules.
    """

    def __init__(self, folder: Path, target: int, rules: Path) -> None:
        self._folder = folder
        self._port = free_port()
        conf = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "250ms"},
            "rule_files": [str(rules)],
            "scrape_configs": [
                {
                    "job_name": "clamgate",
                    "scrape_timeout": "1s",
                    "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
                }
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(conf))  # JSON is YAML
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        log = self._folder / "prometheus.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._folder}/prometheus.yml",
                    f"--storage.tsdb.path={self._folder}/data",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._ready, "Prometheus", 60.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(30)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what an expression comes to now: a sample for each label set."""
        data = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        result: list[dict[str, Any]] = data["data"]["result"]
        return result

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Return the alerts that fire, by name."""
        found = self._get("/api/v1/alerts")["data"]["alerts"]
        return {one["labels"]["alertname"]: one for one in found if one["state"] == "firing"}

    def trouble(self) -> list[str]:
        """Return what it has to say of the last scrape, if there was one, and of the rules."""
        targets = self._get("/api/v1/targets")["data"]["activeTargets"]
        groups = self._get("/api/v1/rules")["data"]["groups"]
        said = [one["lastError"] for one in targets]
        said += [rule.get("lastError", "") for group in groups for rule in group["rules"]]
        return [text for text in said if text]

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=30) as answer:
            data: dict[str, Any] = json.load(answer)
        assert data["status"] == "success", data
        return data

    def _ready(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self._port}/-/ready"
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
