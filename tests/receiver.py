"""An OTLP receiver for tests: a loopback HTTP server that decodes with opentelemetry-proto.

It takes what a Collector takes, and stands in for one; it is no Collector.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Receiver:
    """Takes OTLP over HTTP as a Collector does.

    Args:
        status: what it answers.
    """

    def __init__(self, status: int = 200) -> None:
        self.requests: list[Any] = []
        self.bodies: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kinds: dict[str, Any] = {
                    "/v1/logs": ExportLogsServiceRequest,
                    "/v1/traces": ExportTraceServiceRequest,
                }
                receiver.requests.append(kinds[self.path].FromString(body))
                receiver.bodies.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def logs(self) -> list[Any]:
        """All log records."""
        return [
            record
            for request in self.requests
            if isinstance(request, ExportLogsServiceRequest)
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    @property
    def spans(self) -> list[Any]:
        """All spans."""
        return [
            span
            for request in self.requests
            if isinstance(request, ExportTraceServiceRequest)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def attributes(thing: Any) -> dict[str, Any]:
    """Return attributes as plain values."""
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in thing.attributes}
