"""Records what boto3 sends for each scenario and what the gateway answers, if boto3 then returns or raises what the scenario says.

Run by hand after a change of scenarios or of the gateway, with a Python that has boto3:

    cargo build -p conformance-tests
    python3 conformance-tests/recorded/record.py target/debug/gateway-under-test [NAME ...]

It writes `fixtures/NAME.request.raw` and `fixtures/NAME.response.raw` for the scenarios in `scenarios/*.toml` and exits non-zero,
having written nothing for it, if one does not hold. `cargo test` replays both without Python (tests/recorded).
What differs from one run to the next is left as it was recorded before, so that a diff shows changes alone:
in requests the port, the time, the signature, the invocation id and the machine's description, in answers the date, the request id and the latency.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import tomllib
from base64 import b64decode

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"

# What of a request's head is never the same twice, or tells of the machine alone.
VOLATILE = re.compile(
    rb"(?im)^(host|x-amz-date|authorization|amz-sdk-invocation-id): [^\r\n]*"
    rb"| md/Botocore#[^\r\n]*"
)


class Gateway:
    """The gateway under test, with an environment of its own."""

    def __init__(self, binary, config):
        command = [binary, "--listen", "127.0.0.1:0"]
        if config:
            command += ["--config", str(HERE / config)]
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            command,
            env={},
            cwd=self.folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in self.process.stdout:
            ready = re.match(r"bedrock-gateway is ready on http://127\.0\.0\.1:(\d+)/", line)
            if ready:
                self.port = int(ready[1])
                return
        raise SystemExit("the gateway did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


class Recorder:
    """A socket proxy that keeps what passes, for one connection at a time."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            sent, received = bytearray(), bytearray()
            self.connections.append((sent, received))
            for source, sink, kept in ((client, server, sent), (server, client, received)):
                threading.Thread(target=self.pump, args=(source, sink, kept), daemon=True).start()

    @staticmethod
    def pump(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept.extend(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def scenarios():
    for path in sorted((HERE / "scenarios").glob("*.toml")):
        with path.open("rb") as file:
            yield from tomllib.load(file)["scenario"]


def blobs(value):
    """The arguments with {"$blob": base64} as bytes."""
    if isinstance(value, dict):
        if set(value) == {"$blob"}:
            return b64decode(value["$blob"], validate=True)
        return {name: blobs(member) for name, member in value.items()}
    if isinstance(value, list):
        return [blobs(item) for item in value]
    return value


def timeless(value):
    """The value with every latency 0."""
    if isinstance(value, dict):
        return {
            name: 0 if name == "latencyMs" and isinstance(member, int) else timeless(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [timeless(item) for item in value]
    return value


def same(expected, got, what):
    # Compared as text, since 1 and 1.0 and true are equal in Python.
    expected, got = (json.dumps(timeless(value), sort_keys=True) for value in (expected, got))
    if expected != got:
        raise AssertionError(f"{what}\n  expected {expected}\n  got      {got}")


def check_raised(error, client, raises, status):
    found = error.response["Error"]
    same(raises["code"], found["Code"], "code")
    if "contains" in raises:
        if raises["contains"] not in found["Message"]:
            raise AssertionError(f"message {found['Message']!r}")
    else:
        same(raises["message"], found["Message"], "message")
    same(raises["class"], type(error).__name__, "class")
    modelled = getattr(client.exceptions, raises["class"], ClientError)
    if not isinstance(error, modelled):
        raise AssertionError(f"not a {modelled}")
    if status:
        same(raises["status"], error.response["ResponseMetadata"]["HTTPStatusCode"], "status")
        # boto3 shows some names in both spellings.
        for name, member in json.loads(raises.get("members", "{}")).items():
            same(member, error.response[name], name)


def run(scenario, client):
    """Calls boto3 and holds what it returns or raises against the scenario."""
    raises = scenario.get("raises")
    try:
        answer = getattr(client, scenario["call"])(**blobs(json.loads(scenario["arguments"])))
    except ClientError as error:
        if "events" in scenario or not raises:
            raise
        return check_raised(error, client, raises, True)
    if "events" not in scenario:
        if raises:
            raise AssertionError(f"nothing was raised but {answer} returned")
        del answer["ResponseMetadata"]
        return same(json.loads(scenario["returns"]), answer, "answer")
    events, failed = [], None
    try:
        for event in answer["stream"]:
            events.append(event)
    except EventStreamError as error:
        failed = error
    same(json.loads(scenario["events"]), events, "events")
    if failed and raises:
        return check_raised(failed, client, raises, False)
    if failed or raises:
        raise AssertionError(f"raised {failed!r}")


def request_to_write(path, recorded):
    """The old recording where it differs from the new in volatile headers alone."""
    if path.exists():
        old = path.read_bytes()
        if VOLATILE.sub(b"", old) == VOLATILE.sub(b"", recorded):
            return old
    return recorded


def normalised(answer):
    answer = re.sub(rb"(?im)^(date): [^\r\n]*", rb"\1: (now)", answer, count=1)
    return re.sub(rb"(?im)^(x-amzn-requestid): [^\r\n]*", rb"\1: (id)", answer, count=1)


def decoded(answer):
    """The answer without what is volatile: its chunks, checksums and latencies."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = sorted(head.split(b"\r\n"))
    if b"transfer-encoding: chunked" in head.lower():
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            size = int(size, 16)
            whole, body = whole + body[:size], body[size + 2 :]
        frames = []
        while whole:
            length, headers = (int.from_bytes(whole[at : at + 4], "big") for at in (0, 4))
            frames.append((whole[12 : 12 + headers], whole[12 + headers : length - 4]))
            whole = whole[length:]
        body = b"\n".join(part for frame in frames for part in frame)
    else:
        lines = [line for line in lines if not line.lower().startswith(b"content-length")]
    return lines, re.sub(rb'"latencyMs":\d+', b'"latencyMs":0', body)


def answer_to_write(path, recorded):
    recorded = normalised(recorded)
    if path.exists():
        old = path.read_bytes()
        if decoded(old) == decoded(recorded):
            return old
    return recorded


def record(scenario, recorder):
    client = boto3.client(
        scenario.get("service", "bedrock-runtime"),
        endpoint_url=f"http://127.0.0.1:{recorder.port}/bedrock",
        region_name="us-east-1",
        aws_access_key_id="AKIDRECORDED",
        aws_secret_access_key="secret",
        config=Config(
            signature_version="v4",
            retries={"total_max_attempts": 1},
            parameter_validation=scenario.get("validate", True),
            proxies={},
        ),
    )
    recorder.connections.clear()
    run(scenario, client)
    if len(recorder.connections) != 1:
        raise AssertionError(f"{len(recorder.connections)} connections")
    sent, received = map(bytes, recorder.connections[0])
    client.close()
    name = scenario["name"]
    FIXTURES.mkdir(exist_ok=True)
    request, answer = (FIXTURES / f"{name}.{half}.raw" for half in ("request", "response"))
    request.write_bytes(request_to_write(request, sent))
    answer.write_bytes(answer_to_write(answer, received))


def main(binary, *names):
    os.environ.clear()
    gateways, failed, done = {}, 0, set()
    for scenario in scenarios():
        name = scenario["name"]
        if name in done:
            raise SystemExit(f"two scenarios are named {name}")
        done.add(name)
        if names and name not in names:
            continue
        config = scenario.get("config")
        if config not in gateways:
            gateway = Gateway(binary, config)
            gateways[config] = gateway, Recorder(gateway.port)
        try:
            record(scenario, gateways[config][1])
        except Exception as error:
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}")
    for gateway, _ in gateways.values():
        gateway.stop()
    if not names:
        for fixture in FIXTURES.glob("*.raw"):
            if fixture.name.removesuffix(".raw").rsplit(".", 1)[0] not in done:
                fixture.unlink()
    print(f"boto3 {boto3.__version__}: {len(names or done) - failed} recorded, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1]), *sys.argv[2:]))
