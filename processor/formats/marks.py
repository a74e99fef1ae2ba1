"""What stands in a log where a text was masked or cut, as the producers write it."""

import re

from processor.formats.values import json

# Where the whole text is this, nothing of what was said is left. LiteLLM, OpenInference, Langfuse,
# and the words that people configure.
_REDACTED = frozenset(
    {
        "redacted-by-litellm",
        "redacted by litellm. 'litellm.turn_off_message_logging=true'",
        "__redacted__",
        "<fully masked due to failed mask function>",
        "[redacted]",
        "<redacted>",
        "(redacted)",
        "{redacted}",
        "redacted",
    }
)
_MAX_REDACTED = max(map(len, _REDACTED))

# LiteLLM leaves the beginning and the end of a text, Langfuse nothing of it, others the beginning.
_CUT = re.compile(
    r"\(litellm_truncated (?:skipped )?\d+ chars|<truncated due to size exceeding limit>"
    r"|[\[(<](?:\.\.\.|…)?\s?truncated[^\])>\n]{0,40}[\])>]\s*\Z",
    re.IGNORECASE,
)


def redacted(text: str) -> bool:
    """Return whether nothing of the text is left.

    Examples:
        >>> redacted("redacted-by-litellm"), redacted("It was redacted.")
        (True, False)
    """
    return len(text) <= _MAX_REDACTED + 2 and text.strip().casefold() in _REDACTED


def cut(text: str) -> bool:
    """Return whether a part of the text is missing.

    Examples:
        >>> cut("Refunds are ... (litellm_truncated 812 chars) ... of it."), cut("We [truncated]")
        (True, True)
        >>> cut("It is truncated."), cut("Use [truncated] for short lists.")
        (False, False)
    """
    return _CUT.search(text) is not None


def is_cut_json(value: object) -> bool:
    """Return whether a string begins as JSON and does not end as such: a limit has cut it.

    Examples:
        >>> is_cut_json('[{"role": "us'), is_cut_json("[1]"), is_cut_json("Hello")
        (True, False, False)
    """
    if not isinstance(value, str) or value[:2] not in ("[{", '{"', '["'):
        return False
    return json(value) is None
