"""The rules behind `PolicyViolation`: read from YAML, compiled, and run over a batch."""
