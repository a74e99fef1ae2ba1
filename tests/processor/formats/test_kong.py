"""Kong's log of a request to a model is an interaction, where payloads are logged."""

import json
from typing import Any

from processor.decode import decode
from tests.processor.formats.one import one, raw
from tests.processor.formats.test_openai_pair import RESPONSE

_ASKED = {"messages": [{"role": "user", "content": "Is shipping free?"}], "temperature": 0.5}
_META = {
    "provider_name": "openai",
    "request_model": "small-1",
    "response_model": "small-1-2026-05-01",
    "llm_latency": 1500,
    "request_mode": "oneshot",
}
LOG: dict[str, Any] = {
    "started_at": 1_700_000_000_250,
    "workspace_name": "shop",
    "service": {"name": "help-bot"},
    "route": {"name": "returns"},
    "request": {"id": "r-1", "headers": {"x-conversation-id": "c-1"}, "method": "POST"},
    "response": {"status": 200, "size": 812},
    "ai": {
        "proxy": {
            "meta": _META,
            "usage": {"prompt_tokens": 12, "completion_tokens": 5, "cost": 0.1},
            "payload": {"request": json.dumps(_ASKED), "response": json.dumps(RESPONSE)},
        }
    },
}


def plugin(**fields: object) -> dict[str, Any]:
    """Return a log whose plugin has other fields."""
    return LOG | {"ai": {"proxy": LOG["ai"]["proxy"] | fields}}


def test_a_log_with_payloads_is_an_interaction() -> None:
    """They are JSON in strings, or objects."""
    found = one(LOG)

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert (found.id, found.time, found.latency_seconds) == ("r-1", 1_700_000_000.25, 1.5)
    assert (found.app, found.route, found.model) == ("help-bot", "returns", "small-1-2026-05-01")
    assert (found.conversation_id, found.input_tokens, found.output_tokens) == ("c-1", 12, 5)
    assert found.provenance.sampling == {"temperature": 0.5}
    assert one(plugin(payload={"request": _ASKED, "response": RESPONSE})).prompt == found.prompt


def test_payloads_that_are_not_logged_are_redacted() -> None:
    """The gateway logs them on request only."""
    assert one(plugin(payload={})).redacted == {"prompt", "history", "response"}


def test_payloads_beyond_the_limit_are_cut() -> None:
    """The gateway cuts them amid their JSON."""
    found = one(plugin(payload={"request": json.dumps(_ASKED), "response": '{"choices": [{"me'}))

    assert (found.prompt, found.response) == ("Is shipping free?", None)
    assert found.truncated == {"response"}


def test_a_request_to_no_model_is_passed_over() -> None:
    """A gateway serves others too."""
    assert decode(raw(LOG | {"ai": {}})) == ((), 1)
