"""Kong AI Gateway's log: what a request was, with the payloads of its AI plugins."""

from functools import partial

from detectors.base import Interaction
from processor.formats.draft import Draft
from processor.formats.marks import is_cut_json
from processor.formats.openai_pair import events_of, fill
from processor.formats.part import Parts, joined, one
from processor.formats.values import Fields, at, count, fields, first, seconds, time


def is_log(document: Fields) -> bool:
    """Return whether an object is a request that went through an AI plugin."""
    found = document.get("ai")
    return isinstance(found, dict) and "started_at" in document


def decode(document: Fields) -> Parts:
    """Read the call of each AI plugin that made one."""
    calls = [plugin for plugin in document["ai"].values() if _is_call(plugin)]
    if not calls:
        return Parts(others=1)
    return joined(one(partial(_interaction, document, call)) for call in calls)


def _is_call(plugin: object) -> bool:
    return isinstance(plugin, dict) and ("meta" in plugin or "payload" in plugin)


def _interaction(document: Fields, plugin: Fields) -> Interaction:
    return _draft(document, plugin).interaction()


def _draft(document: Fields, plugin: Fields) -> Draft:
    meta, usage = fields(plugin.get("meta")), fields(plugin.get("usage"))
    asked, answered = (at(plugin, "payload", side) for side in ("request", "response"))
    headers = fields(at(document, "request", "headers"))
    milliseconds = seconds(meta.get("llm_latency"))
    found = Draft(
        id=first(at(document, "request", "id")),
        time=time(document.get("started_at")),
        app=first(
            at(document, "service", "name"),
            document.get("workspace_name"),
            document.get("workspace"),
        ),
        route=first(at(document, "route", "name")),
        conversation_id=first(headers.get("x-conversation-id"), headers.get("x-session-id")),
        latency_seconds=None if milliseconds is None else milliseconds / 1000,
    )
    fill(found, fields(asked), _response(answered))
    found.model = first(meta.get("response_model"), found.model, meta.get("request_model"))
    found.input_tokens = count(usage.get("prompt_tokens"))
    found.output_tokens = count(usage.get("completion_tokens"))
    _mark(found, asked, {"prompt", "history"})
    _mark(found, answered, {"response"})
    return found


def _response(value: object) -> object:
    if isinstance(value, str):
        return events_of(value) or fields(value)
    return value


def _mark(found: Draft, value: object, places: set[str]) -> None:
    """Say what is not there: payloads are logged on request only, and up to a size."""
    if value is None:
        found.redacted |= places
    elif is_cut_json(value):
        found.truncated |= places
