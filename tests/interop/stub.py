"""An OpenAI-compatible server on the loopback: whatever it is asked, it answers the same."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

QUESTION = "When do I get my money back?"
ANSWER = "Refunds are paid within five days."
SYSTEM = "Answer from the terms alone."
MODEL = "small-1"

_USAGE = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}


@contextmanager
def serving() -> Iterator[str]:
    """Serve; the value is what a client takes for its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked.get("stream"):
            lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in _chunks()]
            self._send("text/event-stream", "".join([*lines, "data: [DONE]\n\n"]))
        elif self.path.endswith("/responses"):
            self._send("application/json", json.dumps(_response()))
        else:
            self._send("application/json", json.dumps(_completion()))

    def log_message(self, *_: Any) -> None:
        """Keep silent."""

    def _send(self, content_type: str, body: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _completion() -> dict[str, Any]:
    message = {"role": "assistant", "content": ANSWER}
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": f"{MODEL}-2026-05-01",
        "system_fingerprint": "fp_stub",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _USAGE,
    }


def _chunks() -> Iterator[dict[str, Any]]:
    words = [f"{word} " for word in ANSWER.split(" ")]
    words[-1] = words[-1].rstrip()
    for delta in ({"role": "assistant", "content": ""}, *({"content": word} for word in words)):
        yield _chunk([{"index": 0, "delta": delta, "finish_reason": None}])
    yield _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    yield _chunk([]) | {"usage": _USAGE}


def _chunk(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": f"{MODEL}-2026-05-01",
        "choices": choices,
    }


def _response() -> dict[str, Any]:
    content = {"type": "output_text", "text": ANSWER, "annotations": []}
    message = {"type": "message", "id": "msg", "role": "assistant", "status": "completed"}
    return {
        "id": "resp-stub",
        "object": "response",
        "created_at": 1_700_000_000,
        "model": f"{MODEL}-2026-05-01",
        "status": "completed",
        "output": [message | {"content": [content]}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {"input_tokens": 12, "output_tokens": 6, "total_tokens": 18},
    }
