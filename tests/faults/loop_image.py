"""A file system in a file: what a copy of that file holds is what the disk would hold after a power cut."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.frame import CannotRunHere
from tests.faults.surroundings import needs


def _run(*words: str | Path) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotRunHere(f"{words[0]} refuses here: {done.stderr.strip()}")


def make(image: Path, megabytes: int = 400) -> None:
    """An empty ext4 file system in a sparse file. Raises CannotRunHere."""
    needs("mkfs.ext4", package="e2fsprogs")
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", "-F", image)


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Where its files are within the block; everybody may go through. Raises CannotRunHere where no image may be mounted."""
    with _mount("-o", "loop,noatime", image) as place:
        yield place


@contextmanager
def memory(megabytes: int) -> Iterator[Path]:
    """A small file system in memory."""
    with _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs") as place:
        yield place


@contextmanager
def _mount(*words: str | Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise CannotRunHere("only root may mount a file system")
    place = Path(tempfile.mkdtemp(prefix="casetrail-mount-"))
    try:
        _run("mount", *words, place)
        place.chmod(0o711)
        try:
            yield place
        finally:
            _unmount(place)
    finally:
        with suppress(OSError):
            place.rmdir()


def _unmount(place: Path) -> None:
    """What was killed a moment ago may still hold a file."""
    deadline = time.monotonic() + 15
    while (done := subprocess.run(["umount", str(place)], capture_output=True, text=True, check=False)).returncode:
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.05)


@contextmanager
def standing_still(pids: Sequence[int]) -> Iterator[None]:
    """Within the block none of these processes does anything."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def copy(image: Path, to: Path) -> None:
    """As the disk is at this moment: what the system still has in memory is not in it."""
    subprocess.run(["cp", "--sparse=always", str(image), str(to)], check=True)
    assert shutil.disk_usage(to.parent).free > 100 << 20, "the disk is nearly full"
