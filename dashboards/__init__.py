"""Grafana as code: a module a dashboard, its generated JSON beside it.

The only package that knows the Grafana SDK; ``make dashboards`` writes the JSON.
"""
