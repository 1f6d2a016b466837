"""Drives the AWS CLI v1, one process a case, as a shell script would; the protocol stands in README.md."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile

import awscli
from awscli.botocore import xform_name
from awscli.botocore.session import get_session

import line
from normal import time

ENDPOINT = os.environ["CONFORMANCE_ENDPOINT"]
AWS = os.path.join(os.path.dirname(sys.executable), "aws")
MODELS = {name: get_session().get_service_model(name) for name in ("bedrock-runtime", "bedrock")}
SENT = re.compile(r"Sending http request")
FAILED = re.compile(r"\((?P<code>[^)]*)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (?P<message>.*)", re.DOTALL)
HTTP_STATUS = re.compile(r'"(?:GET|POST) [^"]* HTTP/1\.1" (?P<status>\d+)')


class Unsupported(Exception):
    """Something that this command line cannot be told."""


def answer(case):
    service = MODELS[case["service"]]
    if case["operation"] not in service.operation_names:
        return {"unsupported": "this version has no such operation"}
    operation = service.operation_model(case["operation"])
    if operation.has_event_stream_output:
        return {"unsupported": "the CLI v1 has no streaming commands"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            arguments, body = command(case, operation, folder)
        except Unsupported as reason:
            return {"unsupported": str(reason)}
        run = subprocess.run(
            [AWS, "--debug", "--no-paginate", "--output", "json", "--endpoint-url", ENDPOINT, case["service"], xform_name(case["operation"], "-"), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if run.returncode == 0:
            output = to_normal(operation.output_shape, json.loads(run.stdout or "{}"))
            if body is not None:
                with open(body, "rb") as file:
                    output["body"] = {"$base64": base64.b64encode(file.read()).decode()}
            result = {"ok": True, "output": output}
        else:
            result = failure(run.stderr, operation)
    result["attempts"] = len(SENT.findall(run.stderr))
    statuses = HTTP_STATUS.findall(run.stderr)
    result["status"] = int(statuses[-1]) if statuses else None
    if not result["ok"]:
        result["error"]["status"] = result["status"]
    return result


def command(case, operation, folder):
    """The arguments of a case: its members as one JSON document, a streamed body as a file in and a file out."""
    members = dict(case["input"])
    arguments = []
    out = None
    if operation.has_streaming_output:
        # With a file to write to, the required members must stand on the command line.
        body = members.pop("body")
        path = os.path.join(folder, "in")
        with open(path, "wb") as file:
            file.write(base64.b64decode(body["$base64"]))
        arguments += ["--body", "fileb://" + path]
        for name, member in members.items():
            arguments += ["--" + xform_name(name, "-"), member]
        out = os.path.join(folder, "out")
        arguments.append(out)
        return arguments, out
    path = os.path.join(folder, "input.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(from_normal(members), file)
    return ["--cli-input-json", "file://" + path], None


def from_normal(value):
    """The CLI v1 takes the text of a blob in JSON as its bytes, so bytes that are no text cannot be said."""
    if isinstance(value, dict):
        if set(value) == {"$base64"}:
            try:
                return base64.b64decode(value["$base64"]).decode("utf-8")
            except UnicodeDecodeError:
                raise Unsupported("the CLI v1 cannot take binary blobs inside JSON") from None
        if set(value) == {"$time"}:
            return value["$time"]
        return {name: from_normal(member) for name, member in value.items()}
    if isinstance(value, list):
        return [from_normal(item) for item in value]
    return value


def to_normal(shape, value):
    """The CLI prints plain JSON, so the model says which strings are blobs and times."""
    if value is None:
        return None
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return value
        if set(value) == {"SDK_UNKNOWN_MEMBER"}:
            return {"$unknown": value["SDK_UNKNOWN_MEMBER"]["name"]}
        return {name: to_normal(shape.members[name], member) if name in shape.members else member for name, member in value.items()}
    if shape.type_name == "list":
        return [to_normal(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {name: to_normal(shape.value, member) for name, member in value.items()}
    if shape.type_name == "blob":
        return {"$base64": value}
    if shape.type_name == "timestamp":
        return time(parse_time(value))
    return value


def parse_time(text):
    from awscli.botocore.utils import parse_timestamp

    return parse_timestamp(text)


def failure(stderr, operation):
    # What a person sees stands last, after all that --debug tells.
    found = FAILED.match(stderr.rpartition("\nAn error occurred ")[2])
    if found is None:
        last = [text for text in stderr.splitlines() if text.strip()][-1:]
        return {"ok": False, "error": {"code": "Unknown", "message": "".join(last), "status": None, "typed": False}}
    named = {shape.name for shape in operation.error_shapes}
    # The CLI prints the code; it can raise no class, so a modelled code is as typed as it gets.
    return {"ok": False, "error": {"code": found["code"], "message": found["message"].rstrip("\n"), "status": None, "typed": found["code"] in named}}


line.serve({"sdk": "aws-cli", "version": awscli.__version__}, answer)
