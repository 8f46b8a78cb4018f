"""The door for files: bytes are stored as they are, by their hash, or not at all."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from tests.doors.attacked import Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")


def stored(attacked: Attacked) -> set[str]:
    """Everything below the folder of files."""
    folder = attacked.house.home / "files"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def nothing_stored(attacked: Attacked) -> Iterator[None]:
    before = stored(attacked)
    yield
    assert stored(attacked) == before


def send(attacked: Attacked, content: bytes, content_type: str, **headers: str) -> httpx.Response:
    named = {
        b"content-type": content_type.encode("latin-1"),
        **{name.encode(): value.encode() for name, value in headers.items()},
    }
    return attacked.owner.http.post("/files", content=content, headers=named)


def multipart(*parts: bytes, boundary: str = "x") -> tuple[bytes, str]:
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return body, f"multipart/form-data; boundary={boundary}"


FILE = b'Content-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: image/png\r\n\r\n%s'


def test_what_comes_back_is_what_was_sent_whatever_it_claims_to_be(attacked: Attacked) -> None:
    content = b"<script>alert(document.cookie)</script>" + bytes(range(256))
    said = send(attacked, content, "text/html").json()
    assert said == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "media_type": "text/html"}
    back = attacked.owner.get(f"/files/{said['sha256']}")
    assert back.content == content
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["content-disposition"].startswith("attachment")
    assert back.headers["x-content-type-options"] == "nosniff"


def test_a_zip_bomb_stays_packed(attacked: Attacked) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", b"\0" * 50_000_000)
    content = packed.getvalue()
    assert len(content) < 100_000
    for headers in ({}, {"content-encoding": "gzip"}):
        said = send(attacked, content, "application/zip", **headers).json()
        assert said["bytes"] == len(content)
    assert sum((attacked.house.home / "files" / name).stat().st_size for name in stored(attacked)) < 1_000_000


@pytest.mark.parametrize(
    "name", [b"../../../etc/passwd", b"..\\\\x", b"a/b", b"\xff\xfe", b"x" * 300, b"con", b"a%00b"]
)
def test_the_name_in_a_form_names_nothing_here(attacked: Attacked, name: bytes) -> None:
    content = b"the picture " + hashlib.sha256(name).digest()
    body, content_type = multipart(FILE % (name, content))
    said = send(attacked, body, content_type).json()
    assert said["sha256"] == hashlib.sha256(content).hexdigest()
    digest = said["sha256"]
    assert f"{digest[:2]}/{digest}" in stored(attacked)
    assert all(path.split("/")[-1] == path[3:] for path in stored(attacked))


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "image",
        "image/",
        "/png",
        "image/png/x",
        "a b/c",
        "image/" + "x" * 200,
        "é/é" * 40,
        "../../x",
        "text/html\tx",
        "*/*",
        "image/png, text/html",
    ],
)
def test_a_media_type_is_a_media_type(attacked: Attacked, content_type: str) -> None:
    answer = send(attacked, b"x", content_type)
    if content_type == "":
        assert answer.json()["media_type"] == "application/octet-stream"
        (attacked.house.home / "files" / answer.json()["sha256"][:2] / answer.json()["sha256"]).unlink()
    else:
        says_no(answer, 422, field="Content-Type")


@pytest.mark.usefixtures("nothing_stored")
def test_an_empty_file_is_none(attacked: Attacked) -> None:
    says_no(send(attacked, b"", "image/png"), 422, rule="G-FILE")
    body, content_type = multipart(FILE % (b"empty.png", b""))
    says_no(send(attacked, body, content_type), 422, rule="G-FILE")


FORMS: dict[str, tuple[bytes, str]] = {
    "no boundary": (multipart(FILE % (b"a", b"b"))[0], "multipart/form-data"),
    "another boundary": (multipart(FILE % (b"a", b"b"))[0], "multipart/form-data; boundary=y"),
    "a boundary of nothing": (multipart(FILE % (b"a", b"b"))[0], "multipart/form-data; boundary="),
    "a boundary without end": (b"--x\r\n", "multipart/form-data; boundary=" + "x" * 5_000),
    "nothing": (b"", "multipart/form-data; boundary=x"),
    "noise": (bytes(range(256)) * 100, "multipart/form-data; boundary=x"),
    "cut off": (multipart(FILE % (b"a", b"b" * 1_000))[0][:-20], "multipart/form-data; boundary=x"),
    "only a field": multipart(b'Content-Disposition: form-data; name="file"\r\n\r\nx'),
    "two files": multipart(FILE % (b"a", b"b"), FILE % (b"c", b"d")),
    "a part without a name": multipart(b"Content-Type: image/png\r\n\r\nx"),
    "a part without headers": multipart(b"x"),
    "many fields": multipart(*[b'Content-Disposition: form-data; name="f"\r\n\r\nx'] * 100),
    "a large field": multipart(b'Content-Disposition: form-data; name="f"\r\n\r\n' + b"x" * 2_000_000),
    "a header without end": (b"--x\r\nContent-Disposition: " + b"x" * 1_000_000, "multipart/form-data; boundary=x"),
    "a name without end": multipart(FILE % (b"x" * 50_000, b"y")),
    "a charset of nonsense": (multipart(b'Content-Disposition: form-data; name="_charset_"\r\n\r\nrot13')[0], "multipart/form-data; boundary=x; charset=rot13"),
    "a charset that is none": (multipart(FILE % (b"\xff", b"d"))[0].replace(b"file", b"\xff"), "multipart/form-data; boundary=x; charset=nonsense"),
}  # fmt: skip


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_that_cannot_be_read(attacked: Attacked, form: tuple[bytes, str]) -> None:
    says_no(send(attacked, *form), 413, 422)


@pytest.mark.usefixtures("nothing_stored")
def test_a_form_past_100_mb_is_refused_while_it_streams(attacked: Attacked) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"--x\r\n" + FILE % (b"large.png", b"")
        for _ in range(1_600):
            yield b"x" * 65_536

    answer = attacked.owner.http.post(
        "/files", content=pieces(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    says_no(answer, 413)


@pytest.mark.parametrize(
    "name",
    [
        "0" * 63,
        "0" * 65,
        "G" * 64,
        "A" * 64,
        "../ledger.sqlite",
        "..%2fledger.sqlite",
        "%2e%2e%2fadmin.token",
        ".incoming",
        "00/" + "0" * 64,
    ],
)
def test_only_hashes_name_files(attacked: Attacked, name: str) -> None:
    says_no(attacked.owner.http.get(f"/files/{name}"), 404)
