"""The OpenAPI document: valid, complete, and true."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.doors.attacked import OPEN_TO_EVERYONE, Attacked

PROBLEM = {"$ref": "#/components/schemas/Problem"}


def test_it_is_openapi_3_1(attacked: Attacked) -> None:
    assert attacked.openapi["openapi"].startswith("3.1")
    validate(attacked.openapi, cls=OpenAPIV31SpecValidator)


def test_every_operation_says_who_may_and_how_it_says_no(attacked: Attacked) -> None:
    names: set[str] = set()
    for path, methods in attacked.openapi["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["operationId"] not in names
            names.add(operation["operationId"])
            if path in OPEN_TO_EVERYONE:
                continue
            assert operation["security"] == [{"bearer": []}], path
            for status in ("401", "403", "404", "409", "412", "413", "415", "422", "503"):
                said = operation["responses"][status]["content"]
                assert said == {"application/problem+json": {"schema": PROBLEM}}, (path, status)


def test_every_command_has_an_example(attacked: Attacked) -> None:
    routes = [operation for _, _, operation in attacked.operations() if "requestBody" in operation]
    assert len(routes) > 40
    for operation in routes:
        content = operation["requestBody"]["content"]
        assert "application/octet-stream" in content or "example" in content["application/json"], operation[
            "operationId"
        ]


def test_a_command_is_not_said_to_take_what_has_been_erased(attacked: Attacked) -> None:
    commands = attacked.openapi["components"]["schemas"]
    assert not any("Erased" in str(schema) for schema in commands.values())
    assert commands["ReceiveComplaint"]["properties"]["description"]["type"] == "string"
