"""Drives boto3 with its default settings; the protocol stands in README.md."""

import os
import threading

import boto3
import botocore.exceptions
from botocore import xform_name
from botocore.config import Config

import line
from normal import blob, code, from_normal, to_normal
from wire import from_wire

ENDPOINT = os.environ["CONFORMANCE_ENDPOINT"]
SERVICES = ("bedrock-runtime", "bedrock")

# A call runs in one thread from beginning to end, so what is seen of it on the way is kept there.
seen = threading.local()
making = threading.Lock()


class Tee:
    """A response body that keeps what is read from it."""

    def __init__(self, body):
        self.body = body
        self.kept = bytearray()

    def stream(self, *args, **kwargs):
        for chunk in self.body.stream(*args, **kwargs):
            self.kept += chunk
            yield chunk

    def close(self):
        self.body.close()


def client(service, **options):
    with making:
        made = boto3.client(service, endpoint_url=ENDPOINT, **options)
    made.meta.events.register("before-send", on_attempt)
    made.meta.events.register("before-parse", on_answer)
    return made


def on_attempt(**_):
    seen.attempts += 1


def on_answer(response_dict, **_):
    seen.status = response_dict["status_code"]
    seen.headers = {name.lower(): value for name, value in response_dict["headers"].items()}
    body = response_dict["body"]
    if hasattr(body, "stream"):
        response_dict["body"] = seen.body = Tee(body)
    else:
        seen.body = body


SHARED = {service: client(service) for service in SERVICES}
# Recorded requests are sent again as they were, also those that this version would not let pass.
REPLAYING = client("bedrock-runtime", config=Config(parameter_validation=False))


def answer(case):
    recorded = case["input"].get("$wire")
    if recorded is not None:
        caller = REPLAYING
    else:
        caller = client(case["service"]) if case.get("fresh") else SHARED[case["service"]]
    service = caller.meta.service_model
    if case["operation"] not in service.operation_names:
        return {"unsupported": "this version has no such operation"}
    operation = service.operation_model(case["operation"])
    members = from_normal(case["input"]) if recorded is None else from_wire(operation, recorded)
    seen.attempts, seen.status, seen.headers, seen.body = 0, None, {}, b""
    events = []
    try:
        output = getattr(caller, xform_name(case["operation"]))(**members)
        output.pop("ResponseMetadata")
        for name in stream_members(operation):
            for event in output.pop(name):
                events.append(to_normal(event))
        result = {"ok": True, "output": to_normal(output)}
    except botocore.exceptions.ParamValidationError as error:
        if "Unknown parameter" not in str(error):
            raise
        return {"unsupported": "this version has no such member: " + str(error).splitlines()[-1]}
    except botocore.exceptions.EventStreamError as error:
        # botocore has one class for every exception frame; it is the modelled one if its code is a member of the stream.
        result = failure(error, error.response["Error"].get("Code") in operation.get_event_stream_output().members)
    except botocore.exceptions.ClientError as error:
        result = failure(error, type(error) is not botocore.exceptions.ClientError)
    except Exception as error:  # noqa: BLE001 - what the SDK raises is the result
        result = {"ok": False, "error": {"code": type(error).__name__, "message": str(error), "status": None, "typed": False}}
    if operation.has_event_stream_output:
        result["events"] = events
    result["attempts"] = seen.attempts
    result["status"] = seen.status
    result["headers"] = seen.headers
    result["requestId"] = seen.headers.get("x-amzn-requestid")
    if case.get("raw"):
        kept = seen.body.kept if isinstance(seen.body, Tee) else seen.body
        # A streamed body was read into the output already.
        result["raw"] = blob(kept) if isinstance(kept, (bytes, bytearray)) else result["output"]["body"]
    return result


def stream_members(operation):
    stream = operation.get_event_stream_output()
    return [name for name, shape in operation.output_shape.members.items() if stream is not None and shape is stream]


def failure(error, typed):
    told = error.response["Error"]
    return {
        "ok": False,
        "error": {
            "code": code(told.get("Code")),
            "message": told.get("Message"),
            "status": error.response.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            "typed": typed,
        },
    }


line.serve({"sdk": "boto3", "version": boto3.__version__}, answer)
