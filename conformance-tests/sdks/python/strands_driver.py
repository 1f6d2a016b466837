"""Drives a Strands agent on its model for Bedrock; the protocol stands in ../README.md.

The one operation is `agent`: a prompt, and one tool whose every call is answered alike.
"""

import os
from importlib.metadata import version

from botocore.exceptions import ClientError
from strands import Agent
from strands.models import BedrockModel
from strands.tools import PythonAgentTool

import line

ENDPOINT = os.environ["CONFORMANCE_ENDPOINT"]


def answer(case):
    members = case["input"]
    model = BedrockModel(model_id=members["model"], endpoint_url=ENDPOINT, region_name="us-east-1", streaming=members.get("streaming", True))
    made = []
    agent = Agent(model=model, tools=[tool(members["tool"], made)], system_prompt=members.get("system"), callback_handler=None)
    try:
        result = agent(members["prompt"])
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
    usage = result.metrics.accumulated_usage
    return {
        "ok": True,
        "output": {
            "text": "".join(block.get("text", "") for block in result.message["content"]),
            "stop": result.stop_reason,
            "tools": made,
            "usage": {name: usage[name] for name in ("inputTokens", "outputTokens", "totalTokens")},
            "roles": [message["role"] for message in agent.messages],
        },
    }


def tool(told, made):
    """A tool that notes its calls and answers as told."""

    def call(use, **_):
        made.append({"name": use["name"], "input": use["input"]})
        return {"toolUseId": use["toolUseId"], "status": "success", "content": [{"text": told["answer"]}]}

    spec = {"name": told["name"], "description": told["description"], "inputSchema": {"json": told["schema"]}}
    return PythonAgentTool(told["name"], spec, call)


line.serve({"sdk": "strands-agents", "version": version("strands-agents")}, answer)
