"""Files that somebody names on the command line."""

from __future__ import annotations

from pathlib import Path

from services.cli import show


def text_of(file: Path) -> str:
    """Its text; ends the command with what is wrong and exit code 2 when it cannot be read or is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise show.typed_wrongly(f"{file} cannot be read ({error.strerror})", field="FILE") from None
    except UnicodeDecodeError:
        raise show.typed_wrongly(f"{file} is not UTF-8", field="FILE") from None
