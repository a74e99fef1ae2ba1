"""Prometheus rules, made from a table of objectives and the catalogue of metrics."""
