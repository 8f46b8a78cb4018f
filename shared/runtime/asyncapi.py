"""AsyncAPI 3 for commands and facts, made from the same classes that the services run on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.events.catalogue import CATALOGUE
from shared.runtime.nats_names import COMMANDS, FACTS, STREAM
from shared.runtime.service import Service

_REF = "#/components/schemas/{model}"
_CE_HEADERS = {
    "ce-id": "position, as text", "ce-source": "urn:casetrail:<ledger id>:<epoch>", "ce-type": "casetrail.<aggregate>.<Event>",
    "ce-subject": "stream id", "ce-time": "when it happened, RFC 3339", "ce-recordedtime": "when it was recorded",
    "ce-position": "the number of the fact, and of the message", "ce-streamversion": "version within its stream",
    "ce-actor": "who", "ce-service": "which service decided it", "ce-correlation": "what belongs together",
    "ce-causation": "position of the fact that led to this one", "ce-sha256": "SHA-256 of the body",
}  # fmt: skip
_COMMAND_HEADERS = {
    "Authorization": "Bearer <token>", "Idempotency-Key": "the command id", "If-Match": 'the expected version, "7"',
}  # fmt: skip


def document(services: Sequence[Service]) -> dict[str, Any]:
    """The whole document."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {"Answer": _answer()}
    for topic, kind in CATALOGUE.items():
        name = topic.replace(".", "_")
        schemas[name] = _schema(kind, schemas)
        messages[name] = _message(topic, kind.__doc__, name, _CE_HEADERS)
        channels[name] = _channel(
            f"{FACTS}.{{site}}.{topic}", name, {"site": {"description": "site code, or _ where there is none"}}
        )
        operations[f"send_{name}"] = {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
    for service in services:
        for handles in service.handles:
            name = f"{service.name}_{handles.command.__name__}"
            schemas[name] = _schema(handles.command, schemas)
            messages[name] = _message(handles.command.__name__, handles.command.__doc__, name, _COMMAND_HEADERS)
            channels[name] = _channel(f"{COMMANDS}.{service.prefix}.{handles.command.door()}", name, {})
            channels[name]["messages"]["Answer"] = {"$ref": "#/components/messages/Answer"}
            operations[f"receive_{name}"] = {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
                "reply": {
                    "channel": {"$ref": f"#/channels/{name}"},
                    "messages": [{"$ref": f"#/channels/{name}/messages/Answer"}],
                },
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Casetrail",
            "version": "0.1.0",
            "description": f"Facts as CloudEvents in binary mode on the JetStream stream {STREAM}; commands by request and reply, "
            "with complaint_id in the body. A refusal is an answer.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = kind.model_json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    return schema


def _message(title: str, doc: str | None, schema: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "name": title,
        "title": title,
        "summary": (doc or "").strip().splitlines()[0] if doc else title,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", "description": of} for name, of in headers.items()},
        },
        "payload": {"$ref": _REF.format(model=schema)},
    }


def _channel(address: str, message: str, parameters: dict[str, Any]) -> dict[str, Any]:
    channel: dict[str, Any] = {"address": address, "messages": {message: {"$ref": f"#/components/messages/{message}"}}}
    if parameters:
        channel["parameters"] = parameters
    return channel


def _answer() -> dict[str, Any]:
    status = {"type": "string", "description": "as in HTTP: 200, 409, 412, 422 …"}
    return {
        "name": "Answer",
        "title": "Answer",
        "summary": "What the command led to, or the problem document that says no",
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {"status": status}},
        "payload": {"type": "object"},
    }
