"""Drives Anthropic's SDK through its client for Bedrock; the protocol stands in ../README.md."""

import os

import anthropic

import line

client = anthropic.AnthropicBedrock(base_url=os.environ["CONFORMANCE_ENDPOINT"])


def create(members):
    return {"ok": True, "output": client.messages.create(**members).to_dict()}


def stream(members):
    """The helper that folds a stream into a message, and the events that it was folded from."""
    events = []
    with client.messages.stream(**members) as stream:
        for event in stream:
            # The SDK tells more than the wire does; these are what came.
            if event.type.startswith(("message_", "content_block_")):
                events.append({event.type: {}})
        return {"ok": True, "output": stream.get_final_message().to_dict(), "events": events}


CALLS = {"messages.create": create, "messages.stream": stream}


def answer(case):
    try:
        return CALLS[case["operation"]](case["input"])
    except anthropic.APIStatusError as error:
        return {
            "ok": False,
            "status": error.status_code,
            "requestId": error.response.headers.get("x-amzn-requestid"),
            "error": {
                "code": type(error).__name__,
                "message": error.message,
                "status": error.status_code,
                "typed": type(error) is not anthropic.APIStatusError,
            },
        }
    except anthropic.APIError as error:
        return {"ok": False, "error": {"code": type(error).__name__, "message": str(error), "status": None, "typed": False}}


line.serve({"sdk": "anthropic", "version": anthropic.__version__}, answer)
