"""One TOML file plus ``SEMWATCH_*`` environment overrides, checked before anything starts."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from processor.errors import ConfigError

_Positive = Annotated[int, Meta(gt=0)]
_Seconds = Annotated[float, Meta(gt=0)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Text = Annotated[str, Meta(min_length=1)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class Kafka(_Section, frozen=True):
    """How to reach the brokers; one section, rendered for both Kafka clients."""

    bootstrap_servers: _Text = "localhost:9092"
    group: _Text = "semwatch"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = ""
    ssl_ca_file: str = ""
    ssl_certificate_file: str = ""
    ssl_key_file: str = ""
    session_timeout_seconds: _Seconds = 30.0
    commit_interval_seconds: _Seconds = 0.5


class Topics(_Section, frozen=True):
    """Names, partitions and retention of the topics; partitions are never changed later."""

    events: _Text = "semwatch.events"
    features: _Text = "semwatch.features"
    verdicts: _Text = "semwatch.verdicts"
    alarms: _Text = "semwatch.alarms"
    dead_letters: _Text = "semwatch.dead-letters"
    partitions: _Positive = 8
    replication: _Positive = 1
    retention_hours: _Positive = 168
    max_message_bytes: _Positive = 8 << 20


class Worker(_Section, frozen=True):
    """The stream processor itself."""

    host: _Text = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8088
    batch_events: _Positive = 64
    batch_seconds: _Seconds = 0.05
    stall_seconds: _Seconds = 120.0
    max_event_bytes: _Positive = 1 << 20
    detectors: tuple[Literal["grounding"], ...] = ("grounding",)


class Embedding(_Section, frozen=True):
    """The sentence encoder."""

    model: str = ""
    backend: Literal["torch", "openvino"] = "torch"
    threads: Annotated[int, Meta(ge=0)] = 0
    batch_texts: _Positive = 32
    cache_texts: _Positive = 50_000
    sha256: str = ""


class Grounding(_Section, frozen=True):
    """The grounding detector."""

    threshold: _Share = 0.5


class Drift(_Section, frozen=True):
    """The statistics kept per series."""

    delta: Annotated[float, Meta(gt=0, lt=1)] = 0.002
    min_events: _Positive = 100
    max_series: _Positive = 10_000


class Labels(_Section, frozen=True):
    """Which values metric labels may take; what is beyond them is counted as ``other``."""

    apps: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    max_values: _Positive = 50


class Config(_Section, frozen=True):
    """All of semwatch's settings, with their defaults."""

    kafka: Kafka = Kafka()
    topics: Topics = Topics()
    worker: Worker = Worker()
    embedding: Embedding = Embedding()
    grounding: Grounding = Grounding()
    drift: Drift = Drift()
    labels: Labels = Labels()


_PREFIX = "SEMWATCH_"
_FILE = "SEMWATCH_CONFIG"  # the path of this file
# Read elsewhere: Faust's own settings, the suite's own switches.
_NOT_SETTINGS = ("SEMWATCH_FAUST_", "SEMWATCH_TEST_")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the settings: defaults, then the file, then the environment.

    A variable is ``SEMWATCH_<SECTION>_<KEY>``; lists are separated by commas.

    Raises:
        ConfigError: file, key and value of what cannot be used.
    """
    if path is None and environ.get(_FILE):
        path = Path(environ[_FILE])
    document = _read(path) if path else {}
    config = _convert(document, str(path))
    for name, section, key, value in _overrides(environ):
        document.setdefault(section, {})[key] = value
        config = _convert(document, f"environment variable {name}", value=value, lax=True)
    _check(config, str(path or "defaults"))
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    settings = {
        f"{_PREFIX}{section}_{key}".upper(): (section, key)
        for section in Config.__struct_fields__
        for key in type(getattr(Config(), section)).__struct_fields__
    }
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or name == _FILE or name.startswith(_NOT_SETTINGS):
            continue
        if name not in settings:
            raise ConfigError(f"environment variable {name}: no such setting")
        section, key = settings[name]
        value: Any = environ[name]
        if isinstance(getattr(getattr(Config(), section), key), tuple):
            value = [item.strip() for item in value.split(",") if item.strip()]
        yield name, section, key, value


def _convert(
    document: dict[str, Any], place: str, *, value: Any = None, lax: bool = False
) -> Config:
    try:
        return msgspec.convert(document, Config, strict=not lax)
    except msgspec.ValidationError as error:
        shown = value if lax else _value_at(document, str(error))
        raise ConfigError(f"{place}: {error}, value {_masked(str(error), shown)}") from error


def _value_at(document: Any, message: str) -> Any:
    """Follow the path that a validation message ends with, such as ``$.kafka.group``."""
    path = message.rpartition("`$")[2].rstrip("`").lstrip(".") if "`$" in message else ""
    for key in path.split(".") if path else ():
        name = key.partition("[")[0]
        if not isinstance(document, dict) or name not in document:
            break
        document = document[name]
    return document


def _masked(message: str, value: Any) -> str:
    # A table may hold the password, also under a misspelt name.
    return "(hidden)" if "password" in message or "{" in repr(value) else repr(value)


def _check(config: Config, place: str) -> None:
    """Refuse settings that are each valid and together are not."""
    kafka, topics = config.kafka, config.topics
    if kafka.security_protocol.startswith("SASL") and not kafka.sasl_username:
        raise ConfigError(
            f"{place}: kafka.sasl_username is empty, security_protocol is "
            f"{kafka.security_protocol!r}"
        )
    if bool(kafka.ssl_certificate_file) != bool(kafka.ssl_key_file):
        raise ConfigError(
            f"{place}: kafka.ssl_certificate_file and kafka.ssl_key_file go together, "
            f"values {kafka.ssl_certificate_file!r} and {kafka.ssl_key_file!r}"
        )
    for key in ("ssl_ca_file", "ssl_certificate_file", "ssl_key_file"):
        file = getattr(kafka, key)
        if file and not Path(file).is_file():
            raise ConfigError(f"{place}: kafka.{key}: no such file, value {file!r}")
    names = (topics.events, topics.features, topics.verdicts, topics.alarms, topics.dead_letters)
    if len(set(names)) < len(names):
        raise ConfigError(f"{place}: topics: names must differ, values {names!r}")
