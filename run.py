#!/usr/bin/env python3
"""The two commands of a bare machine, `python3 run.py demo` and `python3 run.py test`, and a few more.

Makes .venv beside this file, installs the pinned dependencies into it, and hands over to the program inside. Needs a
Python from 3.11 on with pip; no venv package of the distribution, no make, no git. The standard library only.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python can read this far, and deserves an answer)
    sys.exit("run.py: this is Python " + sys.version.split()[0] + "; Casetrail needs 3.11 or newer: python3.11 run.py")

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

USAGE = """python3 run.py demo     a year of complaints at three sites, to look at
python3 run.py up       an empty system
python3 run.py down     stop it
python3 run.py test     every check and every test; further words go to pytest: test -k ledger
python3 run.py check    the checks that run nothing: ruff, pyright, import-linter
python3 run.py bench    the measurements, which need an idle hour; by topic: bench writes, bench http, …; bench --help lists them
python3 run.py faults   kill, cut, wipe and flip things on purpose, and check that nothing was lost: faults --help
python3 run.py WORD …   any other word of the casetrail command: status, board, import, …"""

CHECKS = {
    "ruff": ["-m", "ruff", "check", "--output-format", "concise", "."],
    "pyright": ["-m", "pyright"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
}


def main(word: str, *rest: str) -> int:
    # No `match` and no `:=` in this file: an older Python must be able to parse it to be told that it is too old.
    if word in ("help", "-h", "--help"):
        print(USAGE)
        return 0
    if word == "test":
        prepare("test")
        return test(*rest)
    if word == "check":
        prepare("test")
        return bool(check())
    if word == "bench":
        prepare("test")
        crosscheck()
        peers()
        os.chdir(ROOT)
        return become("-m", "bench", *rest)
    if word == "faults":
        prepare("test")
        os.chdir(ROOT)
        return become("-m", "tests.faults", *rest)
    prepare()
    # -P: the directory in which somebody types this is theirs; nothing in it may shadow our modules.
    return become("-P", "-m", "services.cli", word, *rest)


# -- the environment --------------------------------------------------------------------------------------------------


def prepare(extra: str = "") -> None:
    """Makes .venv hold exactly what the pins say. Costs a few milliseconds when it already does."""
    if VENV.exists() and not usable():
        shutil.rmtree(VENV)
    wanted = fingerprint()
    stamps = [VENV / "casetrail-installed-test", *([] if extra else [VENV / "casetrail-installed"])]
    if any(stamp.exists() and stamp.read_text() == wanted for stamp in stamps):
        return
    if not VENV.exists():
        step("making .venv", make_venv)
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    step("installing the pinned dependencies", lambda: install("-c", str(ROOT / "constraints.txt"), "-e", what))
    stamps[-1].write_text(wanted)


def fingerprint() -> str:
    """Changes whenever what is installed may no longer be what is wanted, also when the directory was moved."""
    seen = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        seen.update((ROOT / name).read_bytes())
    return seen.hexdigest()


def usable() -> bool:
    """Whether .venv is whole and of this Python's version."""
    try:
        made_with = (VENV / "pyvenv.cfg").read_text()
    except OSError:
        return False
    return PYTHON.exists() and f"= {sys.version_info.major}.{sys.version_info.minor}." in made_with


def own_pip() -> bool:
    """Whether this Python's pip can install into another environment: `pip --python`, from 22.3 on."""
    from importlib import metadata  # slow to import, and a warm start does not come here

    if not util.find_spec("pip"):
        return False
    major, minor = metadata.version("pip").split(".")[:2]
    return (int(major), int(minor)) >= (22, 3)


def make_venv() -> None:
    # Debian splits ensurepip from python3 but leaves the venv module in, so `--without-pip` works where plain venv
    # fails. It is also two seconds faster; the pip that is there installs into the new environment.
    bare = ["--without-pip"] if own_pip() else []
    if bare or util.find_spec("ensurepip"):
        made = subprocess.run([sys.executable, "-m", "venv", *bare, str(VENV)], check=False)
        if made.returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    stop("this Python can make no environment: install pip (Debian: apt install python3-pip), then say the same again")


def pip_install(*what: str) -> bool:
    inside = not own_pip()
    pip = [str(PYTHON), "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-warn-script-location"]
    return subprocess.run([*pip, "install", *quiet, *what], check=False).returncode == 0


def install(*what: str) -> None:
    if not pip_install(*what):
        stop(
            "pip could not install the dependencies; its own words stand above. Without a way to PyPI, name a\n"
            "        mirror with PIP_INDEX_URL=https://… (and PIP_CERT=… for its certificate), or a directory of\n"
            "        wheels with PIP_NO_INDEX=1 PIP_FIND_LINKS=DIR, and say the same again"
        )


# -- checks and tests -------------------------------------------------------------------------------------------------


def check() -> list[str]:
    """Runs every check, also after one has failed; the names of those that did."""
    return [name for name, words in CHECKS.items() if not heading(name, lambda words=words: inside(*words) == 0)]


def test(*rest: str) -> int:
    started = time.monotonic()
    failed = check()
    crosscheck()
    from_debian()
    told = "checks: " + (f"FAILED: {', '.join(failed)}" if failed else "all passed")
    env = {"CASETRAIL_CHECKS": f"{told}, {time.monotonic() - started:.1f} s"}
    if os.environ.get("CI") == "true":
        env["CASETRAIL_NO_SKIPS"] = "1"  # where everything can be had, a skipped test is a test that was not run
    # The whole suite uses every core; a chosen part stays in one process, where -s and --pdb work.
    # Tests of one file share a house; in the order of the tree the long ones come first and the quick ones fill up. A fourth of
    # their time tests wait for processes to start and to end: one more of them than there are cores uses that.
    workers = [] if rest else ["-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile", "--no-loadscope-reorder"]
    print("\n== pytest", flush=True)
    # pytest speaks last, so that its closing line is the last line: `-p run` makes it tell our summary just before.
    # The suite starts hundreds of processes of ours; where compiled modules are not kept, each would compile them all again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "pycache"))
    tests = inside("-m", "pytest", "-p", "run", *workers, *rest, env=env)
    return tests or bool(failed)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A hook that pytest calls before its closing line."""
    told = os.environ.get("CASETRAIL_CHECKS")
    if told:
        terminalreporter.write_line(told, red="FAILED" in told, green="FAILED" not in told)


def crosscheck() -> None:
    """Working time is counted by other libraries as well. Where they cannot be had, those tests skip and say so."""
    compared("crosscheck", "two libraries that count working time, and pandas,")


def peers() -> None:
    """What people would use instead is measured beside ours. Where it cannot be had, those measurements are left out."""
    compared("bench", "Django, DBOS and gunicorn")


def compared(extra: str, what: str) -> None:
    """Installs an extra that nothing of ours needs."""
    stamp, wanted = VENV / f"casetrail-installed-{extra}", fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return

    def fetch() -> None:
        if pip_install("-c", str(ROOT / "constraints.txt"), "-e", f"{ROOT}[{extra}]"):
            stamp.write_text(wanted)
        else:
            say("not to be had; the comparison with other libraries will be skipped")

    step(f"installing {what} for the comparison with ours", fetch)


def from_debian() -> None:
    """What some tests need besides Python. Where we may, it is installed; else those tests skip and say so."""
    browser = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    # Playwright brings a Node of its own, which needs a library that the barest Debian lacks.
    if not browser or (sys.platform == "linux" and not ctypes.util.find_library("atomic")):
        apt_install("Chromium and Chinese fonts", "the browser tests", "chromium fonts-noto-cjk libatomic1")
    if sys.platform == "linux" and not any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")):
        apt_install("libfaketime", "the tests of clocks that jump", "faketime")


def apt_install(what: str, used_by: str, packages: str) -> None:
    if not (Path("/etc/debian_version").exists() and shutil.which("apt-get") and os.geteuid() == 0):
        say(f"no {what} here: {used_by} will be skipped (on Debian: apt install {packages})")
        return

    def fetch() -> None:
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in ("update -qq", f"install -qq -y --no-install-recommends {packages}"):
            done = subprocess.run(["apt-get", *words.split()], env=apt, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                say(f"apt-get could not install {what}: {used_by} will be skipped\n{done.stderr.strip()}")
                return

    step(f"installing {what} with apt-get for {used_by}", fetch)


# -- small words ------------------------------------------------------------------------------------------------------


def inside(*words: str, env: dict[str, str] | None = None) -> int:
    return subprocess.run([str(PYTHON), *words], cwd=ROOT, env={**os.environ, **(env or {})}, check=False).returncode


def become(*words: str) -> int:
    """Replaces this process, so that signals and the exit code are the program's own."""
    os.execv(PYTHON, [str(PYTHON), *words])


def say(what: str) -> None:
    print(f"run.py: {what}", flush=True)


def stop(why: str) -> None:
    sys.exit(f"run.py: {why}")


def step(what: str, do: Callable[[], None]) -> None:
    print(f"run.py: {what} …", end=" ", flush=True)
    started = time.monotonic()
    do()
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def heading(name: str, do: Callable[[], bool]) -> bool:
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    passed = do()
    print(f"   {name}: {'passed' if passed else 'FAILED'}, {time.monotonic() - started:.1f} s", flush=True)
    return passed


if __name__ == "__main__":
    try:
        sys.exit(main(*(sys.argv[1:] or ["help"])))
    except KeyboardInterrupt:
        sys.exit(130)
