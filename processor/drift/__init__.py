"""Drift: what is watched over the stream of scores; the only package that knows river."""
