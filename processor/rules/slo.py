"""The table of semantic objectives: one TOML file, checked before anything is made from it."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from processor.errors import ConfigError
from processor.rules.duration import seconds

Severity = Literal["page", "ticket"]

# Braces would be a label's place in the texts of an alert, or a template of Prometheus.
_Text = Annotated[str, Meta(pattern=r"^[^{}]+$")]
_Duration = Annotated[str, Meta(pattern=r"^[1-9][0-9]*[smhd]$")]
_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z_]*$")]
_Words = Annotated[str, Meta(pattern=r"^([A-Z][a-z]+)+$")]
_Url = Annotated[str, Meta(pattern=r"^https?://\S+$")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class Links(_Table, frozen=True):
    """Where runbook and dashboards are read."""

    runbook: _Url
    grafana: _Url


class Window(_Table, frozen=True):
    """A pair of windows: over both, so many times the budget is too much.

    ``burn`` is in multiples of the budget, ``hold`` and ``keep`` say how long an alert waits
    before it fires and goes on after it would not.
    """

    long: _Duration
    short: _Duration
    burn: Annotated[float, Meta(gt=0)]
    severity: Severity
    hold: _Duration = msgspec.field(name="for")
    keep: _Duration


class Slo(_Table, frozen=True):
    """An objective: at least this share of what could be judged is good.

    Bad is a verdict of ``signal``, or, with ``conversations``, an intent that was not settled.
    ``first`` bad ones within five minutes page at once; 0 for none.
    """

    name: _Name
    objective: Annotated[float, Meta(gt=0, lt=1)]
    alert: _Words
    bad: _Text
    signal: str = ""
    conversations: bool = False
    first: Annotated[int, Meta(ge=0)] = 0

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.objective, 6)


class Table(_Table, frozen=True):
    """All objectives, and what their alerts have in common."""

    links: Links
    window: Annotated[tuple[Window, ...], Meta(min_length=1)]
    slo: Annotated[tuple[Slo, ...], Meta(min_length=1)]


def load(path: Path) -> Table:
    """Read the table.

    Raises:
        ConfigError: file, key and value of what cannot be used.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        table = msgspec.convert(document, Table)
    except msgspec.ValidationError as error:
        value = _value_at(document, str(error))
        raise ConfigError(f"{path}: {error}, value {value!r}") from error
    _check(table, path)
    return table


def _value_at(document: Any, message: str) -> Any:
    """Follow the path that a validation message names, such as ``$.slo[0].objective``."""
    path = re.findall(r"\w+", message.rpartition("`$")[2]) if "`$" in message else []
    for key in path + re.findall(r"unknown field `(.*?)`", message):
        try:
            document = document[int(key)] if isinstance(document, list) else document[key]
        except (KeyError, IndexError, TypeError, ValueError):
            break
    return document


def _check(table: Table, path: Path) -> None:
    """Refuse values that are each valid and together are not."""
    for key in ("name", "alert"):
        values = [getattr(slo, key) for slo in table.slo]
        if len(set(values)) < len(values):
            raise ConfigError(f"{path}: slo.{key}: must differ, values {values!r}")
    for slo in table.slo:
        if bool(slo.signal) == slo.conversations:
            raise ConfigError(
                f"{path}: slo {slo.name!r}: either signal or conversations, values "
                f"{slo.signal!r} and {slo.conversations!r}"
            )
        if not re.fullmatch(r"[a-z_]*", slo.signal):
            raise ConfigError(f"{path}: slo {slo.name!r}: signal: no name, value {slo.signal!r}")
    for window in table.window:
        if seconds(window.short) >= seconds(window.long):
            raise ConfigError(
                f"{path}: window.short must be shorter than window.long, values "
                f"{window.short!r} and {window.long!r}"
            )
    longs = [window.long for window in table.window]
    if len(set(longs)) < len(longs):
        raise ConfigError(f"{path}: window.long: must differ, values {longs!r}")
