"""The stream: bytes in, verdicts and metrics out."""
