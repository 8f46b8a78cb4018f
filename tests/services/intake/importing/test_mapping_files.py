"""A mapping file says every fault with its key, the rule and the way out."""

from __future__ import annotations

import pytest

from services.intake.importing.load import load_mapping
from shared.kernel.errors import Invalid, Unknown
from tests.services.intake.importing.conftest import MAPPING, Write, example


def complaint_about(write: Write, old: str, new: str) -> str:
    assert old in MAPPING
    with pytest.raises(Invalid) as caught:
        load_mapping(write("m.toml", MAPPING.replace(old, new)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("description =", "descripton =", "fields.descripton: unknown key; did you mean 'description'?"),
        ("description =", "descripton =", "fields.description: is needed"),
        ("name =", "nam =", "source.nam: unknown key; did you mean 'name'?"),
        ("[maps.ways]", "[map.ways]", "map: unknown key; did you mean 'maps'?"),
        ('format = "%d', 'fromat = "%d', "fields.received_at.fromat: unknown key; did you mean 'format'?"),
        ('"post"', '"letter"', "maps.ways.'Brief': channel cannot be 'letter'; known: telephone, fax"),
        ('"telephone"', '"telefone"', "did you mean 'telephone'?"),
        ('"closed"', '"done"', "fields.state.constant: state cannot be 'done'"),
        ('map = "ways"', 'map = "way"', "there is no [maps.way]; did you mean 'ways'?"),
        (', format = "%d.%m.%Y"', "", "dates are never guessed"),
        ("%d.%m.%Y", "%d.%m.", "does not name a day"),
        ("%d.%m.%Y", "%x", "%x cannot be used"),
        ("%d.%m.%Y", "%d.%m.%Y %I:%M", "%I (twelve hours) needs %p"),
        ('zone = "Europe/Berlin"', "", "has no offset (%z): declare [source] zone"),
        ("Europe/Berlin", "Berlin", "source.zone: unknown time zone 'Berlin'"),
        ("Europe/Berlin", "../x", "source.zone: unknown time zone"),
        ("[source]", '[source]\nencoding = "hex"', "source.encoding: unknown encoding 'hex'"),
        ("[source]", '[source]\nsite = "Main"', "a site code has 1 to 32 characters"),
        ("[source]", '[source]\nlanguage = "German"', "BCP 47"),
        ("[source]", '[source]\ndelimiter = ";;"', "source.delimiter"),
        ("[source]", '[source]\ncolumns = ["no", "no"]', "names no more than once"),
        (
            "[source]",
            '[source]\ncolumns = ["no", "day", "txt", "way"]',
            "there is no column 'text'; did you mean 'txt'?",
        ),
        ('"text"', '{ column = "text", constant = "x" }', "needs exactly one of"),
        ('"text"', "{ }", "needs exactly one of"),
        ('"text"', '{ column = "text", format = "%Y" }', "format: goes only with"),
        ('"text"', '{ digest = ["*"] }', "digest: goes only with external_ref"),
        ('"text"', '{ join = ["*"] }', '"*" goes only with digest'),
        ('"text"', '{ column = "text", match = "(" }', "not a regular expression"),
        ("[maps.ways]", "rank = { constant = 5 }\n[maps.ways]", "a rank is a whole number from 1"),
        ("[maps.ways]", 'safety_hazard = { constant = "yes" }\n[maps.ways]', "is true or false, without quotes"),
        ("[maps.ways]", 'customer_no = { constant = "客户" }\n[maps.ways]', "fields.customer_no.constant"),
    ],
)
def test_faults_are_named(write: Write, old: str, new: str, said: str) -> None:
    assert said in complaint_about(write, old, new)


def test_all_faults_are_named_at_once(write: Write) -> None:
    said = complaint_about(write, '"post"', '"letter"\nFax = "telefax"')
    assert "m.toml has 2 faults" in said
    assert "letter" in said
    assert "telefax" in said


def test_broken_toml_and_missing_files_are_plain_answers(write: Write) -> None:
    with pytest.raises(Invalid, match="is not TOML"):
        load_mapping(write("m.toml", "[source"))
    with pytest.raises(Invalid, match="is not TOML"):
        load_mapping(write("m.toml", b"\xff"))
    with pytest.raises(Unknown):
        load_mapping(example("nothing"))


@pytest.mark.parametrize("name", ["car-defects-zh", "cfpb-2013-2017", "repair-cafe", "nhtsa-complaints"])
def test_the_examples_are_sound(name: str) -> None:
    assert load_mapping(example(name)).source.name
