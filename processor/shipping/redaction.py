"""What must not leave the host: fields dropped, masked or hashed before a line is sent."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec
import re2

from processor.config import Redaction
from processor.errors import ConfigError

MASK = "[redacted]"
_HASH_CHARACTERS = 16
# Texts of the native event whose judgement must know that they are masked (docs/events.md).
_TEXTS = frozenset(
    {
        *(("prompt",), ("system_prompt",), ("response",), ("context",)),
        *(("passages", "*", "text"), ("history", "*", "text")),
    }
)

Refusal = Literal["not_json", "too_deep"]


class Refused(ValueError):  # noqa: N818 - it names what became of the line
    """A line that does not leave the host; the message is the reason alone."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


class Redactor:
    """Applies rules to the JSON of a line; without rules lines stay as they are.

    A line under rules is written anew, so that nothing hides in a repeated key or an escape.

    Args:
        rules: applied in order, each to what the one before has left.
        hash_key: secret of the hashes; without it a short text can be found by trying.
        refuse_not_json: whether a line that holds no JSON stays here.

    Raises:
        ConfigError: a rule cannot be used.
    """

    def __init__(
        self, rules: Sequence[Redaction], *, hash_key: str = "", refuse_not_json: bool = True
    ) -> None:
        self._rules = [_Rule(number, rule, hash_key) for number, rule in enumerate(rules)]
        self._refuse_not_json = refuse_not_json

    def read(self, line: bytes) -> tuple[Any, bytes]:
        """Return the document of a line, None where there is none, and what may leave the host.

        Raises:
            Refused: nothing of it may.
        """
        try:
            document = msgspec.json.decode(line)
            if not self._rules:
                return document, line
            for rule in self._rules:
                document = rule.apply(document)
            return document, msgspec.json.encode(document)
        except msgspec.DecodeError as error:
            if self._refuse_not_json:
                raise Refused("not_json") from error
        except RecursionError as error:
            if self._rules:
                raise Refused("too_deep") from error
        return None, line


def segments(path: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a path: a tuple as it is, a text split at its dots.

    Examples:
        >>> segments("user.email"), segments(("attributes", "user.email"))
        (('user', 'email'), ('attributes', 'user.email'))
    """
    return tuple(path.split(".")) if isinstance(path, str) else path


class _Rule:
    def __init__(self, number: int, rule: Redaction, hash_key: str) -> None:
        self._path = segments(rule.path)
        self._drops = rule.action == "drop"
        place = f"ship.redact[{number}]"
        if not all(self._path):
            raise ConfigError(f"{place}.path: an empty key, value {rule.path!r}")
        if self._drops and (rule.pattern or self._path[-1] == "**"):
            raise ConfigError(
                f"{place}: drop takes whole fields, "
                f"values path {rule.path!r}, pattern {rule.pattern!r}"
            )
        if rule.action == "hash" and not hash_key:
            raise ConfigError(f"{place}.action: ship.hash_key is empty, value 'hash'")
        conceal = _hasher(hash_key) if rule.action == "hash" else _mask
        self._replace = _within(rule.pattern, conceal, place) if rule.pattern else conceal
        self._hides_text = not self._drops and not rule.pattern and self._path in _TEXTS

    def apply(self, document: Any) -> Any:
        """Return the document without what the rule takes out of it."""
        if self._hides_text and isinstance(document, dict):
            _mark(document, self._path[0])
        return self._visit(document, self._path)

    def _visit(self, value: Any, path: tuple[str, ...]) -> Any:
        if not path:
            return self._replace(value)
        key, rest = path[0], path[1:]
        if key == "**":
            return self._everywhere(value, rest)
        for name in _matching(value, key):
            if self._drops and not rest:
                del value[name]
            else:
                value[name] = self._visit(value[name], rest)
        return value

    def _everywhere(self, value: Any, rest: tuple[str, ...]) -> Any:
        """Apply the rest of the path here and at every depth below."""
        if isinstance(value, dict | list):
            for name in _matching(value, "*"):
                value[name] = self._everywhere(value[name], rest)
            return self._visit(value, rest) if rest else value
        return value if rest else self._replace(value)


def _matching(value: Any, key: str) -> Iterable[Any]:
    """Return the keys or positions that a segment names, the last first: they may be deleted."""
    if isinstance(value, dict):
        return list(value) if key == "*" else [key] if key in value else []
    if isinstance(value, list):
        return range(len(value) - 1, -1, -1) if key == "*" else []
    return []


def _mark(document: dict[str, Any], field: str) -> None:
    """Say in a native event that a text of it is not what was said."""
    marked = document.get("redacted", [])
    if document.get(field) and isinstance(marked, list) and field not in marked:
        document["redacted"] = [*marked, field]


def _mask(_value: Any) -> str:
    return MASK


def _hasher(key: str) -> Callable[[Any], str]:
    def conceal(value: Any) -> str:
        content = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
        digest = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
        return f"hash:{digest[:_HASH_CHARACTERS]}"

    return conceal


def _within(pattern: str, conceal: Callable[[Any], str], place: str) -> Callable[[Any], Any]:
    """Return a function that conceals what a pattern finds in a text, in linear time."""
    options = re2.Options()
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        raise ConfigError(f"{place}.pattern: {reason}, value {pattern!r}") from error
    if expression.search(""):
        raise ConfigError(f"{place}.pattern: matches the empty text, value {pattern!r}")

    def replace(value: Any) -> Any:
        if isinstance(value, str):
            return expression.sub(lambda match: conceal(match[0]), value)
        if isinstance(value, dict | list | bool) or value is None:
            return value
        return conceal(value) if expression.search(str(value)) else value

    return replace
