"""One JSON line in, one JSON line out: the loop that both Python drivers share."""

import concurrent.futures
import json
import sys
import threading
import traceback

WORKERS = 32


def serve(greeting, answer):
    """Answers the cases of standard input side by side until it ends.

    `answer(case)` returns the members of the result; an exception out of it is a fault of the driver itself.
    """
    lock = threading.Lock()
    out = sys.stdout
    # Whatever a library prints must not fall between the lines of the protocol.
    sys.stdout = sys.stderr

    def write(members):
        text = json.dumps(members)
        with lock:
            out.write(text + "\n")
            out.flush()

    def run(case):
        try:
            write({"id": case["id"], **answer(case)})
        except Exception:  # noqa: BLE001 - reported to the runner
            write({"id": case["id"], "broken": traceback.format_exc()})

    write(greeting)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for line in sys.stdin:
            if line.strip():
                pool.submit(run, json.loads(line))
