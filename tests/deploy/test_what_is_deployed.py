"""deploy/: that it says what is so. An image is not built here and no cluster is started; what has a schema or a checker is held
against it, and every command, user, port, secret and metric that is named must be one of ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from services.cli.app import app
from services.organisation_chart import PARTS, durables
from shared.runtime.nats_config import Cluster, cluster_config, users_of
from tests.house import ROOT, RunningHouse

DEPLOY = ROOT / "deploy"
WITH_NATS = set(PARTS) - {"console"}
KUBERNETES = "1.31"


def loaded(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def settings() -> set[str]:
    """The environment variables that `casetrail part`, `postgres` and `up` read."""

    def of(command: Any) -> set[str]:
        own = {name for parameter in command.params for name in _names(parameter.envvar)}
        return own.union(*(of(one) for one in getattr(command, "commands", {}).values()))

    return of(get_command(app)) | {"CASETRAIL_NATS_PASSWORD", "CASETRAIL_LOG_LEVEL"}


def _names(envvar: Any) -> list[str]:
    return [envvar] if isinstance(envvar, str) else list(envvar or ())


# ── NATS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("folder", "nodes"),
    [("nats/cluster", ("nats-1", "nats-2", "nats-3")), ("kubernetes/nats", ("nats-0", "nats-1", "nats-2"))],
)
def test_the_configurations_of_the_cluster_are_those_that_the_command_writes(folder: str, nodes: tuple[str, ...]):
    for node in nodes:
        written = (DEPLOY / folder / f"{node}.conf").read_text(encoding="utf-8")
        assert written == cluster_config(Cluster(node, nodes), durables(), {}), (
            f"casetrail nats config --out deploy/{folder}"
        )


# ── the image ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_image_is_one_that_runs_without_root_and_tells_its_health():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.partition(" ") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    words = [(name, rest.strip()) for name, _, rest in steps]
    assert {name for name, _ in words} <= {
        "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"
    }  # fmt: skip
    assert [rest for name, rest in words if name == "USER"] == ["10001:10001"]
    assert "/healthz" in dict(words)["HEALTHCHECK"]
    command = json.loads(dict(words)["HEALTHCHECK"].partition("CMD ")[2])
    assert command[0] == "python" and compile(command[2], "health check", "exec")
    assert dict(words)["ENTRYPOINT"] == '["casetrail"]'
    for name, rest in words:
        if name == "COPY" and "--from" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest
            assert all(
                f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines() for source in rest.split()[:-1]
            )
    assert not re.search(
        "password|token|secret", " ".join(rest for name, rest in words if name == "ENV"), re.IGNORECASE
    )


# ── Compose ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_compose_runs_two_of_every_part_each_with_its_own_secret_alone():
    (compose,) = loaded(DEPLOY / "compose.yaml")
    services = compose["services"]
    parts = {one["command"][1]: one for one in services.values() if one.get("command", [""])[0] == "part"}
    assert set(parts) == set(PARTS)
    for name, part in parts.items():
        assert part["deploy"]["replicas"] == 2 and part["cap_drop"] == ["ALL"]
        assert services[name.replace("_", "-")] is part, "as the front door calls it"
        secrets = {one if isinstance(one, str) else one["source"] for one in part["secrets"]}
        own = {f"nats-{name.replace('_', '-')}"} if name in WITH_NATS else set[str]()
        assert secrets == {"database", *own}
    named = {
        one if isinstance(one, str) else one["source"] for each in services.values() for one in each.get("secrets", ())
    }
    assert named == set(compose["secrets"])
    files = {one["file"].removeprefix("secrets/") for one in compose["secrets"].values()}
    made = set(
        re.findall(r"^new ([\w-]+)$|>\"\$out/([\w-]+)\"$", (DEPLOY / "make-secrets.sh").read_text(), re.MULTILINE)
    )
    assert files == {a or b for a, b in made} | (set(users_of(durables(), {})) - {"client"})
    for each in services.values():
        assert set(each.get("networks", ())) <= set(compose["networks"])
        assert set(each.get("depends_on", ())) <= set(services)
        for place, _, _ in (volume.partition(":") for volume in each.get("volumes", ())):
            assert place in compose["volumes"] or (DEPLOY / place).exists(), place
        environment = each.get("environment", {})
        assert {name for name in environment if name.startswith("CASETRAIL")} <= settings()


# ── Kubernetes ────────────────────────────────────────────────────────────────────────────────────────────────────────
def rendered() -> list[Any]:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl to render the Kustomize folders")
    made = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY / "kubernetes")], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return list(yaml.safe_load_all(made.stdout))


@pytest.mark.parametrize(
    "path", sorted((DEPLOY / "kubernetes").rglob("*.yaml")), ids=lambda path: str(path.relative_to(DEPLOY))
)
def test_every_object_is_as_kubernetes_wants_it(path: Path):
    for one in loaded(path):
        if one["kind"] != "Kustomization":
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
        else:
            assert all((path.parent / name).exists() for name in one.get("resources", ()))


def test_kubernetes_runs_two_of_every_part_each_with_its_own_secret_alone():
    objects = rendered()
    for one in objects:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    deployments = {one["metadata"]["name"]: one for one in objects if one["kind"] == "Deployment"}
    assert set(deployments) == {f"casetrail-{part.replace('_', '-')}" for part in PARTS}
    services = {one["metadata"]["name"]: one["spec"]["selector"] for one in objects if one["kind"] == "Service"}
    budgets = {one["metadata"]["name"] for one in objects if one["kind"] == "PodDisruptionBudget"}
    for name, one in deployments.items():
        pod = one["spec"]["template"]
        (container,) = pod["spec"]["containers"]
        part = container["args"][1]
        assert one["spec"]["replicas"] == 2 and name == f"casetrail-{part.replace('_', '-')}"
        assert services[name].items() <= pod["metadata"]["labels"].items() and name in budgets
        secrets = {each["valueFrom"]["secretKeyRef"]["key"] for each in container["env"] if "valueFrom" in each}
        assert secrets == ({"url", part} if part in WITH_NATS else {"url"})
        assert {each["name"] for each in container["env"]} <= settings()
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz?here=true"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert not [one for one in objects if one["kind"] == "Secret"], "secrets are named, never contained"


# ── systemd ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_systemd_takes_the_units(tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    for unit in ("casetrail.service", "casetrail@.service"):
        text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
        assert "/opt/casetrail/bin/casetrail" in text
        (tmp_path / unit).write_text(text.replace("/opt/casetrail/bin/casetrail", "/bin/true"))
    console = tmp_path / "casetrail@console.service.d"
    shutil.copytree(DEPLOY / "systemd" / console.name, console)
    for unit in ("casetrail.service", "casetrail@sla_watch.service", "casetrail@console.service"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "casetrail" not in done.stderr, done.stderr


# ── what operators look at ────────────────────────────────────────────────────────────────────────────────────────────
METRIC = re.compile(r"\b((?:casetrail|process)_[a-z_]+)\b")


def test_every_metric_of_alerts_and_dashboard_is_told_by_a_running_house(house: RunningHouse):
    told = house.owner.get("/metrics").text
    known = {line.partition("{")[0].partition(" ")[0] for line in told.splitlines() if not line.startswith("#")}
    (rules,) = loaded(DEPLOY / "prometheus" / "casetrail-alerts.yaml")
    dashboard = json.loads((DEPLOY / "grafana" / "casetrail.json").read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for text in asked for name in METRIC.findall(text)}
    assert named <= known, f"nobody tells {named - known}"
    ours = {name for name in known if name.startswith("casetrail_")} - {"casetrail_position"}
    assert ours <= named, f"nobody looks at {ours - named}"
    assert all(text.count("(") == text.count(")") and text.count("{") == text.count("}") for text in asked)


def test_every_alert_is_explained():
    (rules,) = loaded(DEPLOY / "prometheus" / "casetrail-alerts.yaml")
    page = (ROOT / "docs" / "operate" / "alerts.md").read_text(encoding="utf-8")
    explained = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert explained == [rule["alert"] for rule in alerts]
    for rule in alerts:
        assert rule["annotations"]["runbook"] == f"docs/operate/alerts.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("warning", "critical") and rule["annotations"]["summary"]
