"""A recorded HTTP request as the arguments of the call that makes it again."""

import base64
import json
import re
from urllib.parse import unquote

LABEL = re.compile(r"\{([^}]*)\}")


def from_wire(operation, recorded):
    """`recorded` has the raw `path`, the `headers` in lower case and the `body` as text."""
    members = labels(operation.http["requestUri"], recorded["path"])
    shape = operation.input_shape
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header":
            value = recorded["headers"].get(member.serialization["name"].lower())
            if value is not None:
                members[name] = value
    payload = shape.serialization.get("payload")
    if payload is not None:
        members[payload] = recorded["body"].encode()
    else:
        members.update(value_of(shape, json.loads(recorded["body"])))
    return members


def labels(template, path):
    pattern = "".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", template))
    found = re.fullmatch(pattern, path)
    return dict(zip(LABEL.findall(template), map(unquote, found.groups())))


def value_of(shape, value):
    """On the wire blobs are base64 text; botocore wants bytes."""
    if value is None or getattr(shape, "is_document_type", False):
        return value
    if shape.type_name == "structure":
        return {name: value_of(shape.members[name], member) for name, member in value.items()}
    if shape.type_name == "list":
        return [value_of(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {name: value_of(shape.value, member) for name, member in value.items()}
    if shape.type_name == "blob":
        return base64.b64decode(value)
    return value
