"""Label values bounded by construction: an allow-list, or the first so many."""

from collections.abc import Callable, Iterable

OTHER = "other"
# Prometheus accepts more; a longer value is a text, not a name.
_MAX_CHARACTERS = 64


class Label:
    """Admits the values of one metric label; what is beyond them becomes ``other``.

    Args:
        name: the label's name.
        allowed: the only values admitted; empty admits the first ``max_values`` seen.
        overflow: called with the label's name for each value folded into ``other``.

    Examples:
        >>> app = Label("app", max_values=1)
        >>> app.admit("shop"), app.admit("bank"), app.admit("shop")
        ('shop', 'other', 'shop')
    """

    def __init__(
        self,
        name: str,
        *,
        allowed: Iterable[str] = (),
        max_values: int = 50,
        overflow: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._name = name
        self._values = {value[:_MAX_CHARACTERS] for value in allowed}
        self._open = 0 if self._values else max_values
        self._overflow = overflow

    def admit(self, value: str) -> str:
        """Return the value, cut to 64 characters, or ``other``."""
        value = value[:_MAX_CHARACTERS]
        if value in self._values:
            return value
        if len(self._values) < self._open:
            self._values.add(value)
            return value
        self._overflow(self._name)
        return OTHER
