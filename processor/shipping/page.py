"""The pages that watch the sidecar: /metrics, /livez, /readyz."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from processor.errors import ConfigError


class Answer(NamedTuple):
    """What a page says."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


class Pages:
    """Serves pages from a thread of its own.

    Args:
        host: address to listen at.
        port: of the same; 0 takes a free one.
        answers: by path, called with the Accept header.

    Raises:
        ConfigError: the address cannot be had.
    """

    def __init__(
        self, host: str, port: int, answers: dict[str, Callable[[str | None], Answer]]
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = 10.0  # a scraper that went away holds no thread

            def do_GET(self) -> None:
                page = answers.get(self.path.partition("?")[0])
                answer = page(self.headers.get("Accept")) if page else Answer(b"", status=404)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing: a scrape is no event."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise ConfigError(f"ship.host, ship.port: {error}, values {host!r}, {port}") from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
