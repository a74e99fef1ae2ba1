"""Traces that come in several records: gathered, and their model calls handed on with documents."""
