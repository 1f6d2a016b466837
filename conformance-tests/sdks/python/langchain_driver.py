"""Drives LangChain's models on Bedrock; the protocol stands in ../README.md.

An operation is `MODEL.CALL`: `ChatBedrockConverse` or `ChatBedrock`, then `invoke`, `stream` or `structured`.
"""

import functools
import json
import os
from importlib.metadata import version

from botocore.exceptions import ClientError
from langchain_aws import ChatBedrock, ChatBedrockConverse

import line

ENDPOINT = os.environ["CONFORMANCE_ENDPOINT"]
MODELS = {"ChatBedrockConverse": ChatBedrockConverse, "ChatBedrock": ChatBedrock}


def invoke(model, members):
    return members_of(model.invoke(members["messages"]))


def stream(model, members):
    """Chunks add up, as LangChain's own users add them."""
    whole = None
    for chunk in model.stream(members["messages"]):
        whole = chunk if whole is None else whole + chunk
    return members_of(whole)


def structured(model, members):
    return {"value": model.with_structured_output(members["schema"]).invoke(members["messages"])}


CALLS = {"invoke": invoke, "stream": stream, "structured": structured}


def members_of(message):
    content = message.content
    if isinstance(content, list):
        # Chunks of text and of other blocks add up to a list of both.
        content = "".join(block if isinstance(block, str) else block.get("text", "") for block in content)
    return {
        "text": content,
        "tools": [{"name": call["name"], "input": call["args"]} for call in message.tool_calls],
        "invalidTools": len(message.invalid_tool_calls),
        "usage": dict(message.usage_metadata or {}),
        "stop": message.response_metadata.get("stopReason") or message.response_metadata.get("stop_reason"),
    }


@functools.lru_cache(maxsize=None)
def model_of(name, model, options):
    """Each makes a client of boto3's, which takes its time."""
    return MODELS[name](model=model, region_name="us-east-1", endpoint_url=ENDPOINT, **json.loads(options))


def answer(case):
    name, call = case["operation"].split(".")
    members = case["input"]
    model = model_of(name, members["model"], json.dumps(members.get("options", {})))
    if "tools" in members:
        model = model.bind_tools(members["tools"])
    try:
        return {"ok": True, "output": CALLS[call](model, members)}
    except ClientError as error:
        told = error.response["Error"]
        return {
            "ok": False,
            "error": {
                "code": told.get("Code"),
                "message": told.get("Message"),
                "status": error.response["ResponseMetadata"].get("HTTPStatusCode"),
                "typed": type(error) is not ClientError,
            },
        }


line.serve({"sdk": "langchain-aws", "version": version("langchain-aws")}, answer)
