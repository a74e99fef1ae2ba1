"""Kind `invisible`: text that nobody sees."""

from pathlib import Path

import pytest

from tests.detectors.policy.rules import hits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a\U000e0068\U000e0069\U000e0068\U000e0069b", 4, id="tags"),
        pytest.param("a\u200b\u200c\u200b\u200cb", 4, id="zero-width"),
        pytest.param("a\u200bb\u200bc\u200bd\u200b", 0, id="single ones"),
        pytest.param(
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            0,
            id="a flag",
        ),
    ],
)
def test_hidden_text_is_found(tmp_path: Path, text: str, found: int) -> None:
    """Where it stands in the original; folding takes it away."""
    shown = hits(tmp_path, {"kind": "invisible"}, response=text)

    assert sum(map(len, shown)) == found
