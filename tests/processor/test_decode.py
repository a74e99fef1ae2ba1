"""Bytes become an interaction or a reason, and the reason gives nothing away."""

import json
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.base import Interaction
from processor.config import Format
from processor.decode import decode
from processor.errors import Reason, Undecodable
from processor.formats.native import NativeEvent

MARKER = "zqxjk"

HOSTILE = [
    pytest.param(b"", "empty", id="nothing"),
    pytest.param(b" \n", "not_json", id="space"),
    pytest.param(b'{"prompt": "%s"}' % (b"a" * 1000), "too_large", id="large"),
    pytest.param(b'{"prompt": "\xff"}', "not_utf8", id="Latin-1"),
    pytest.param(b'{"prompt": "\xed\xa0\x80"}', "not_utf8", id="surrogate in UTF-8"),
    pytest.param('{"prompt": "a"}'.encode("utf-16"), "not_utf8", id="UTF-16"),
    pytest.param(b"\x1f\x8b\x08\x00", "not_utf8", id="gzip"),
    pytest.param(b"hello", "not_json", id="text"),
    pytest.param(b'{"prompt": "a"', "not_json", id="cut"),
    pytest.param(b'{"prompt": "a"} {}', "not_json", id="two documents"),
    pytest.param(b"{'prompt': 'a'}", "not_json", id="Python"),
    pytest.param(b'\xef\xbb\xbf{"prompt": "a"}', "not_json", id="byte order mark"),
    pytest.param(b'{"prompt": "\\ud800"}', "not_json", id="lone surrogate"),
    pytest.param(b'{"prompt": "a", "x": NaN}', "not_json", id="NaN"),
    pytest.param(b'{"prompt": "a", "x": 1e999}', "not_json", id="infinite"),
    pytest.param(b'{"prompt": "a\nb"}', "not_json", id="line feed in a string"),
    pytest.param(b"\x00\x00\x00\x00\x01\x00{}", "not_json", id="Avro"),
    pytest.param(b"\x00\x00\x00\x00\x01{}", "no_text", id="nothing behind a schema's number"),
    pytest.param(b"[" + b"1," * 10_000 + b"1]", "too_many", id="a long list"),
    pytest.param(b"[[]]", "wrong_type", id="list in a list"),
    pytest.param(b"[" * 100_000, "too_deep", id="nested without end"),
    pytest.param(b'{"x": ' * 20_000 + b"1" + b"}" * 20_000, "too_deep", id="nested objects"),
    pytest.param(b"\xff" * 9, "not_protobuf", id="no protobuf"),
    pytest.param(b"null", "wrong_type", id="null"),
    pytest.param(b"[]", "wrong_type", id="empty list"),
    pytest.param(b'"prompt"', "not_json", id="string"),
    pytest.param(b'{"prompt": 1}', "wrong_type", id="number for text"),
    pytest.param(b'{"prompt": "a", "passages": [{}]}', "wrong_type", id="passage without text"),
    pytest.param(b"{}", "no_text", id="empty object"),
    pytest.param(b'{"prompt": null, "response": null}', "no_text", id="nulls"),
    pytest.param(b'{"text": "a"}', "no_text", id="another schema"),
    pytest.param(b'{"outcome": {"kind": "handoff"}}', "no_text", id="outcome of nothing"),
    pytest.param(b'{"conversation_id": "c", "outcome": null}', "no_text", id="no outcome"),
]


@pytest.mark.parametrize(("raw", "reason"), HOSTILE)
def test_what_is_no_event_has_a_reason(raw: bytes, reason: Reason) -> None:
    """The reason becomes a metric label, the message says where."""
    limit = 500 if reason == "too_large" else 1 << 20
    form: Format = "otlp_proto" if reason == "not_protobuf" else "auto"
    [part] = decode(raw, max_bytes=limit, format=form).parts

    assert isinstance(part, Undecodable)
    assert part.reason == reason
    assert str(part).partition(":")[0] == reason


def test_every_reason_has_its_record() -> None:
    """The set of reasons is closed, and the table above knows it."""
    assert {param.values[1] for param in HOSTILE} == set(get_args(Reason))


def test_a_record_at_the_limit_is_read() -> None:
    """The limit is the largest size that is taken."""
    raw = b'{"prompt": "a"}'

    [part] = decode(raw, max_bytes=len(raw)).parts

    assert isinstance(part, Interaction)
    assert part.prompt == "a"


def test_a_large_record_is_not_parsed() -> None:
    """The limit holds for what is no JSON too: it bounds the work."""
    [part] = decode(b"\xff" * 101, max_bytes=100).parts

    assert str(part) == "too_large: 101 bytes, the limit is 100"


# Values with the marker in their texts and keys, also where an event has something else.
_words = st.builds("{}{}{}".format, st.text(max_size=3), st.just(MARKER), st.text(max_size=3))
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)
_fields = st.sampled_from(NativeEvent.__struct_fields__) | _words
_documents = _values | st.dictionaries(_fields, _values, max_size=6)


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Return the JSON of a document full of markers, as it is or damaged."""
    raw = json.dumps(draw(_documents), ensure_ascii=draw(st.booleans())).encode()
    at = draw(st.integers(0, len(raw)))
    return raw[:at] + draw(st.sampled_from([b"", b"\xff", b'"', b"{", b"\\", b"0"])) + raw[at:]


@given(raw=st.binary() | records())
@example(raw=b'{"prompt": "a", "time": "' + MARKER.encode() + b'"}')
@example(raw=b'{"prompt": "a", "context": {"' + MARKER.encode() + b'": 1e999}}')
def test_any_bytes_are_an_interaction_or_undecodable(raw: bytes) -> None:
    """No text of the record is in the message, nor in a cause that a traceback would show."""
    for found in decode(raw).parts:
        if isinstance(found, Undecodable):
            assert MARKER not in str(found)
            assert found.__cause__ is None
            assert found.__suppress_context__ or found.__context__ is None


@given(raw=records())
def test_decoding_is_a_function_of_the_bytes(raw: bytes) -> None:
    """A replay reads the same."""
    assert repr(decode(raw)) == repr(decode(raw))
