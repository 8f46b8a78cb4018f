"""Whatever the documents tell somebody to type is typed here, in order, in a fresh home, and must show what they show.

A fenced block marked `console` holds commands (`$ …`) and their output; a line with … in it is shortened and not compared.
A fenced block with a file name (```python subscriber.py) is a file that lies where the commands are typed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.house import ROOT, running_house
from tests.postgres import database_at

HOW_TO = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/how-to").glob("*.md"))
OPERATE = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/operate").glob("*.md"))
DOCUMENTS = ["README.md", "docs/tutorial.md", *HOW_TO, *OPERATE]
STARTS = ("python3 run.py", "casetrail up", "casetrail demo", "casetrail down", "export PATH=")
"""What starts and stops a house: here it runs already."""
REFUSALS = ("Refused by a rule", "Not allowed", "Invalid", "Not found", "Who is asking?")
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Typed:
    """One command and the lines shown under it."""

    command: str
    shown: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether the document shows how it is refused."""
        return bool(self.shown) and self.shown[0] in REFUSALS


def text_of(document: str) -> str:
    """With this year's case numbers."""
    year = datetime.now(ZoneInfo("Asia/Shanghai")).year
    return re.sub(r"-20\d\d-(?=\d{5})", f"-{year}-", (ROOT / document).read_text(encoding="utf-8"))


def files(document: str) -> dict[str, str]:
    return {name: body for _, name, body in FENCE.findall(text_of(document)) if name}


def typed(document: str) -> Iterator[Typed]:
    for language, _, body in FENCE.findall(text_of(document)):
        if language != "console":
            continue
        joined = re.sub(r"\\\n\s*", "", body)
        for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
            command, *shown = part.strip().splitlines()
            yield Typed(command, tuple(line for line in shown if line.strip()))


def as_script(commands: list[Typed], out: Path) -> str:
    """One shell for all of them, so that a variable set by one is there for the next."""
    lines = [
        f"{{ {one.command}\n}} > {shlex.quote(str(out))}/{number} 2>&1; echo $? > {shlex.quote(str(out))}/{number}.exit"
        for number, one in enumerate(commands)
    ]
    return "\n".join(lines)


def shims(folder: Path) -> Path:
    """`casetrail` and `python3` as somebody has them who set the path as the README says."""
    folder.mkdir()
    for name, words in (("casetrail", [sys.executable, "-m", "services.cli"]), ("python3", [sys.executable])):
        shim = folder / name
        shim.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(words)} "$@"\n')
        shim.chmod(0o755)
    return folder


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def to_type(document: str) -> list[Typed]:
    """Its commands, but for those that start and stop a house."""
    return [one for one in typed(document) if not one.command.startswith(STARTS)]


@pytest.mark.slow
@pytest.mark.parametrize("document", list(filter(to_type, DOCUMENTS)))
def test_what_is_written_works(document: str, tmp_path: Path):
    commands = to_type(document)
    split = any(one.command == "casetrail up --split" for one in typed(document))
    desk, out = tmp_path / "desk", tmp_path / "out"
    desk.mkdir()
    out.mkdir()
    (desk / "screen.jpg").write_bytes(b"\xff\xd8\xff a photograph")
    for name, body in files(document).items():
        (desk / name).write_text(body, encoding="utf-8")
    with running_house(tmp_path, split=split) as house:
        env = {
            **os.environ,
            "PATH": f"{shims(tmp_path / 'bin')}:{os.environ['PATH']}",
            "CASETRAIL_HOME": str(house.home),
            "CASETRAIL_SERVER": house.url,
        }
        if any("$DATABASE" in one.command for one in commands):
            env["DATABASE"] = database_at(tmp_path)
        subprocess.run(["bash", "-c", as_script(commands, out)], cwd=desk, env=env, timeout=600, check=False)
    for number, one in enumerate(commands):
        said = (out / str(number)).read_text(encoding="utf-8")
        code = int((out / f"{number}.exit").read_text())
        assert (code != 0) == one.refused, f"{document}: $ {one.command}\nexit {code}\n{said}"
        for line in one.shown:
            if "…" not in line:
                assert squeezed(line).strip() in squeezed(said), (
                    f"{document}: $ {one.command}\nshown: {line}\nsaid:  {said}"
                )


def test_every_document_is_named_in_the_readme():
    """Nobody finds a page that nothing leads to."""
    pages = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")]
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = [page.rpartition("/")[0] + "/" for page in pages]
    assert [
        page for page, folder in zip(pages, folders, strict=True) if page not in told and f"({folder})" not in told
    ] == []


def test_links_between_documents_lead_somewhere():
    dead = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists() and not target.endswith(".png")
    ]
    assert dead == []
