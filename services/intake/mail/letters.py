"""Characters from what mail programs send: encoded words in headers, any charset or none, HTML, and whatever is broken.

Nothing in here raises: a complaint in a damaged mail is still a complaint.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from html.parser import HTMLParser

from charset_normalizer import from_bytes

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,20000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LIKELY = ["utf_8", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251"]
# Programs that say gb2312 send what only gb18030 holds; the larger set reads both.
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "utf-8"}
_SAMPLE = 1 << 15
_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")


def decoded(content: bytes, charset: str | None) -> str:
    """Text of bytes: as declared if that fits, else as UTF-8, else as what is most likely."""
    for name in (_LARGER.get((charset or "").lower(), charset), "utf-8"):
        if not name:
            continue
        try:
            return content.decode(name)
        except (LookupError, ValueError):  # UnicodeError is one
            continue
    if _is_likely_chinese(content[:_SAMPLE]):
        return content.decode("gb18030", errors="replace")
    best = from_bytes(content[:_SAMPLE], cp_isolation=_LIKELY).best()
    return content.decode(best.encoding if best is not None else "cp1252", errors="replace")


def _is_likely_chinese(content: bytes) -> bool:
    """Whether most of what is no ASCII are the 3,755 usual characters of GB 2312; a subject is too short for statistics."""
    usual = others = 0
    for pair in _PAIR.finditer(content):
        usual += 0xB0 <= pair[0][0] <= 0xD7
        others += not 0xB0 <= pair[0][0] <= 0xD7
    alone = sum(byte > 0x7F for byte in content) - 2 * (usual + others)
    return usual > 3 * (others + alone)


def header(raw: str) -> str:
    """A header's value in one line; `raw` is as the parser gives it, with undecodable bytes as surrogates."""
    try:
        text = raw if raw.isascii() else decoded(raw.encode("ascii", "surrogateescape"), None)
    except UnicodeEncodeError:  # the parser has read it already
        text = raw
    text = _BETWEEN.sub(r"\1\2", text)  # between two encoded words a space is not meant
    found: list[str] = []
    waiting, charset, end = b"", "", 0
    for word in _WORD.finditer(text):
        joined = word.start() == end
        if waiting and not (joined and word[1].lower() == charset):
            found.append(decoded(waiting, charset))
            waiting = b""
        found.append(text[end : word.start()])
        # A character of several bytes may begin in one word and end in the next: bytes first, characters afterwards.
        waiting, charset, end = waiting + _bytes(word[2], word[3]), word[1].lower(), word.end()
    if waiting:
        found.append(decoded(waiting, charset))
    return one_line("".join(found) + text[end:])


def _bytes(how: str, content: str) -> bytes:
    raw = content.encode("ascii", "replace")
    if how in "bB":
        try:
            return base64.b64decode(raw + b"=" * (-len(raw) % 4))
        except (binascii.Error, ValueError):
            return raw
    return quopri.decodestring(raw.replace(b"_", b" "), header=False)


def one_line(text: str) -> str:
    """Without line breaks, controls and lone surrogates."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """What may stand in a record: no controls but tabs and line feeds, no halves of characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def text_of_html(html: str) -> str:
    """The words of a page, in lines as a reader would see them; scripts, styles and the invisible head are left out."""
    reader = _Words()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, RecursionError, ValueError):  # what was read until then is the text
        pass
    lines = (" ".join(line.split()) for line in "".join(reader.found).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    UNSEEN = ("script", "style", "head", "title")
    BREAKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote", "ul", "ol")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.UNSEEN and not self._hidden:
            self._hidden = tag
        elif tag in self.BREAKS:
            self.found.append("\n")
        elif tag == "td":
            self.found.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden or tag == "head":
            self._hidden = ""
        elif tag in ("p", "div", "tr", "table"):
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # A line break in HTML is a space.
            self.found.append(data.replace("\n", " "))
