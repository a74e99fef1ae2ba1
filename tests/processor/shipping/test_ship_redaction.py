"""What a rule takes out leaves the host nowhere, and what holds no JSON does not pass by it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.config import Redaction
from processor.errors import ConfigError
from processor.shipping.redaction import Redactor, Refused

ADDRESS = "ann@example.org"
EMAIL = r"[\w.]+@[\w.]+"

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def rule(path: str | tuple[str, ...], action: str = "mask", pattern: str = "") -> Redaction:
    """Return a rule as the settings hold it."""
    return msgspec.convert({"path": path, "action": action, "pattern": pattern}, Redaction)


def redact(line: bytes, *rules: Redaction, hash_key: str = "k") -> bytes:
    """Return what leaves the host."""
    return Redactor(rules, hash_key=hash_key).read(line)[1]


@pytest.mark.parametrize(
    ("rules", "line", "left"),
    [
        pytest.param([rule("a", "drop")], b'{"a":1,"b":2}', b'{"b":2}', id="drop"),
        pytest.param([rule("a.b", "drop")], b'{"a":{"b":1}}', b'{"a":{}}', id="drop-inside"),
        pytest.param([rule("a.*", "drop")], b'{"a":[1,2]}', b'{"a":[]}', id="drop-items"),
        pytest.param([rule("a")], b'{"a":{"b":1}}', b'{"a":"[redacted]"}', id="mask-object"),
        pytest.param([rule("a.*.t")], b'{"a":[{"t":"x"}]}', b'{"a":[{"t":"[redacted]"}]}', id="*"),
        pytest.param([rule("**.t")], b'{"a":[{"t":"x"}]}', b'{"a":[{"t":"[redacted]"}]}', id="**"),
        pytest.param([rule("**.t")], b'{"t":{"t":"x"}}', b'{"t":"[redacted]"}', id="outermost"),
        pytest.param([rule(("a.b",))], b'{"a.b":"x"}', b'{"a.b":"[redacted]"}', id="dotted-key"),
        pytest.param([rule("no")], b'{"a": 1}', b'{"a":1}', id="absent"),
        pytest.param([rule("a.b")], b'{"a":"text"}', b'{"a":"text"}', id="no-object"),
        pytest.param(
            [rule("**", "mask", EMAIL)],
            b'{"a":["to ann@example.org."],"n":1}',
            b'{"a":["to [redacted]"],"n":1}',
            id="pattern",
        ),
        pytest.param([rule("**", "mask", r"\d{4}")], b'[12345,"x"]', b'["[redacted]","x"]', id="n"),
        pytest.param([rule("a"), rule("a", "drop")], b'{"a":1}', b"{}", id="in-order"),
    ],
)
def test_a_rule_does_what_it_says(rules: list[Redaction], line: bytes, left: bytes) -> None:
    """For keys, items and depths."""
    assert redact(line, *rules) == left


def test_without_rules_a_line_stays_as_it_is() -> None:
    """Byte for byte."""
    line = b'{ "a" : 1.0, "a": "\\u00e4" }'

    assert redact(line) == line


@pytest.mark.parametrize(
    "line",
    [
        b'{"m": "ann@example.org", "m": "none"}',
        b'{"m": "ann\\u0040example.org"}',
        b'{"m": "\\u0061nn@example.org"}',
        b'{"x": [[{"m": "ann@example.org"}]]}',
    ],
)
def test_nothing_hides_in_the_notation(line: bytes) -> None:
    """Neither under a repeated key nor behind an escape."""
    assert ADDRESS.encode() not in redact(line, rule("**", "mask", EMAIL))


@given(document=_json, action=st.sampled_from(["mask", "hash"]))
def test_no_text_that_a_pattern_finds_is_left(document: object, action: str) -> None:
    """At any depth of any document, with the rest as it was."""
    line = msgspec.json.encode({"rest": document, "deep": [{"m": f"to {ADDRESS}!"}]})
    left = msgspec.json.decode(redact(line, rule("deep.**", action, EMAIL)))

    assert ADDRESS not in left["deep"][0]["m"]
    assert left["rest"] == document


def test_a_hash_tells_equal_from_different() -> None:
    """And means nothing without the key."""
    first, same, other = (
        redact(b'{"a":"%s"}' % text, rule("a", "hash")) for text in (b"x", b"x", b"y")
    )

    assert first == same != other
    assert redact(b'{"a":"x"}', rule("a", "hash"), hash_key="other") != first


@pytest.mark.parametrize("line", [b"text", b"{", b'{"a": NaN}', b"\xff", b'{"a":"\\ud800"}'])
def test_a_line_without_json_is_refused_or_shipped_as_told(line: bytes) -> None:
    """Rules cannot be applied to it."""
    assert Redactor([], refuse_not_json=False).read(line) == (None, line)
    with pytest.raises(Refused) as caught:
        Redactor([rule("a")]).read(line)
    assert caught.value.reason == "not_json"


def test_a_line_nested_too_deeply_is_never_shipped_past_rules() -> None:
    """Also where lines without JSON are: it may well be JSON."""
    line = b"[" * 100_000 + b'"ann@example.org"' + b"]" * 100_000
    with pytest.raises(Refused) as caught:
        Redactor([rule("**", "mask", EMAIL)], refuse_not_json=False).read(line)

    assert caught.value.reason == "too_deep"
    assert ADDRESS not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("response", ["response"]),
        ("passages.*.text", ["passages"]),
        ("user", None),
        ("absent", None),
    ],
)
def test_a_masked_text_of_an_event_says_so(path: str, marked: list[str] | None) -> None:
    """Or the mask would be judged as what the bot said."""
    line = b'{"response":"x","passages":[{"text":"y"}],"user":"z"}'

    assert msgspec.json.decode(redact(line, rule(path))).get("redacted") == marked


def test_a_pattern_runs_in_linear_time() -> None:
    """One that takes a backtracking engine longer than any test is done."""
    line = b'{"a":"%s"}' % (b"a" * 50_000)

    assert redact(line, rule("a", "mask", r"(a+)+$b?c")) == line


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (rule("a..b"), r"ship\.redact\[0\]\.path: an empty key, value 'a\.\.b'"),
        (rule("a", "mask", "("), r"ship\.redact\[0\]\.pattern: missing \).*, value '\('"),
        (rule("a", "mask", "(?=x)"), r"ship\.redact\[0\]\.pattern: invalid perl operator"),
        (rule("a", "mask", "x*"), r"matches the empty text, value 'x\*'"),
        (rule("a", "drop", "x"), "drop takes whole fields"),
        (rule("**", "drop"), "drop takes whole fields"),
    ],
)
def test_a_rule_that_cannot_be_used_stops_the_start(broken: Redaction, says: str) -> None:
    """With its number, key and value."""
    with pytest.raises(ConfigError, match=says):
        Redactor([broken])


def test_a_hash_needs_a_key() -> None:
    """Without one a short text could be found by trying."""
    with pytest.raises(ConfigError, match=r"ship\.hash_key is empty"):
        Redactor([rule("a", "hash")])
