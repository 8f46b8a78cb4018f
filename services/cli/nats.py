"""NATS on machines of its own: its configuration, from the one source that the embedded server's is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import show
from services.cli.start import refused

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")]
Nodes = Annotated[
    str, typer.Option(metavar="HOST,...", help="The machines of the cluster: three, so that one may be lost.")
]
Readers = Annotated[
    list[str] | None,
    typer.Option(
        "--subscriber", metavar="NAME[=SITE]", show_default=False, help="Somebody downstream who reads the facts."
    ),
]
THREE = "nats-1,nats-2,nats-3"


def config(out: Out = Path("nats"), nodes: Nodes = THREE, subscriber: Readers = None) -> None:
    """Write the configuration of each server of a cluster: HOST.conf.

    Passwords are not in it: each server reads them from its environment (`casetrail nats passwords`).
    """
    from services.anywhere import readers
    from services.organisation_chart import durables
    from shared.runtime.home import replace_file
    from shared.runtime.nats_config import Cluster, cluster_config

    names = _named(nodes)
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        text = cluster_config(Cluster(name, names), durables(), readers(",".join(subscriber or ())))
        replace_file(out / f"{name}.conf", text)
        show.line(str(out / f"{name}.conf"))


def passwords(out: Out = Path("secrets"), nodes: Nodes = THREE, subscriber: Readers = None) -> None:
    """Make a password for each user: one file each, and `nats.env` with all of them for the servers.

    What is there already stays as it is.
    """
    from services.anywhere import readers
    from services.organisation_chart import durables
    from shared.runtime.clock import randomness
    from shared.runtime.home import replace_file
    from shared.runtime.nats_config import Cluster, routes_of, users_of, variable

    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    told: list[str] = []
    for user in ("cluster", *users_of(durables(), readers(",".join(subscriber or ())))):
        if not (out / user).exists():
            replace_file(out / user, f"p{randomness(32).hex()}")  # a letter first: NATS would read digits as a number
        told.append(f"{variable(user)}={(out / user).read_text(encoding='utf-8').strip()}\n")
    names = [f"{node}:{Cluster.routes_port}" for node in _named(nodes)]
    routes = routes_of(names, (out / "cluster").read_text(encoding="utf-8").strip())
    replace_file(out / "nats.env", "".join([*told, f"{variable('routes')}={routes}\n"]))
    show.line(f"{len(told)} passwords in {out}; nats.env has all of them")


def _named(nodes: str) -> list[str]:
    names = [name.strip() for name in nodes.split(",") if name.strip()]
    if not names or len(set(names)) != len(names):
        refused("name each machine once: --nodes nats-1,nats-2,nats-3")
    return names
