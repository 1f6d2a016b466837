"""The normal form of values that every driver speaks: wire names, blobs, times and unknown members marked."""

import base64
import datetime


def from_normal(value):
    """A case's input as botocore takes it."""
    if isinstance(value, dict):
        if len(value) == 1:
            if "$base64" in value:
                return base64.b64decode(value["$base64"])
            if "$time" in value:
                return datetime.datetime.fromisoformat(value["$time"].replace("Z", "+00:00"))
        return {name: from_normal(member) for name, member in value.items()}
    if isinstance(value, list):
        return [from_normal(item) for item in value]
    return value


def to_normal(value):
    """What botocore returned, as JSON."""
    if isinstance(value, dict):
        if set(value) == {"SDK_UNKNOWN_MEMBER"}:
            return {"$unknown": value["SDK_UNKNOWN_MEMBER"]["name"]}
        return {name: to_normal(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_normal(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return blob(value)
    if isinstance(value, datetime.datetime):
        return time(value)
    if hasattr(value, "read"):
        return blob(value.read())
    return value


def blob(value):
    return {"$base64": base64.b64encode(value).decode()}


def time(value):
    text = value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return {"$time": text + "Z"}


def code(name):
    """An exception frame names its union member in camelCase; the exception itself begins with a capital."""
    return name[:1].upper() + name[1:] if name else name
