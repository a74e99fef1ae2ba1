"""Rule files: YAML in, checked and compiled rules out, or an error with file, line and key."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import yaml

from detectors.policy.kinds import AnyRule
from detectors.policy.rule import Check, Kit, RuleError
from detectors.policy.yaml_place import DuplicateKey, compose, locate, path_of, shown

STARTER = "starter"
"""Names the rules that come with semwatch: all, or one file of them as ``starter:secrets``."""

# Hexadecimal digits: enough to tell the versions of the rules apart.
_DIGEST = 12
_LONGEST_VALUE = 80
# Each has its children in the metrics.
_MAX_RULES = 1_000


class PackError(ValueError):
    """Rules that cannot be used; the message names file, line, key and what is wrong."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a rule file, before its rules are looked at."""

    version: Literal[1]
    defaults: dict[str, Any] = {}
    rules: list[dict[str, Any]]


class Entry(NamedTuple):
    """One rule with its compiled check."""

    rule: AnyRule
    check: Check


class Pack(NamedTuple):
    """Rules that are ready, and the digest that verdicts name them by."""

    entries: tuple[Entry, ...]
    version: str


def load(sources: Sequence[str], kit: Kit, *, disabled: Collection[str] = ()) -> Pack:
    """Read and compile rule files.

    Args:
        sources: paths, ``starter`` for all the rules that come with semwatch, or
            ``starter:<file>`` for some.
        kit: what rules may need.
        disabled: ids of rules to leave out.

    Raises:
        PackError: a file cannot be read or used; file, line and key are named.
    """
    entries: dict[str, Entry] = {}
    for file in files(sources):
        for entry in _read(file, kit):
            if entry.rule.id in entries:
                raise PackError(f"{file}: rule {entry.rule.id!r} stands in another file too")
            entries[entry.rule.id] = entry
    if unknown := sorted(set(disabled) - entries.keys()):
        raise PackError(f"no such rules to leave out: {', '.join(unknown)}")
    kept = tuple(entry for id_, entry in entries.items() if id_ not in disabled)
    if len(kept) > _MAX_RULES:
        raise PackError(f"{len(kept)} rules, and at most {_MAX_RULES} can be used")
    return Pack(kept, _digest(kept))


def files(sources: Sequence[str]) -> list[Path | Traversable]:
    """Return the files that sources name.

    Raises:
        PackError: there is no such file among those that come with semwatch.
    """
    found: list[Path | Traversable] = []
    for source in sources:
        name, _, part = source.partition(":")
        if name != STARTER:
            found.append(Path(source))
            continue
        directory = resources.files("detectors") / "rules"
        known = {f.name.removesuffix(".yaml"): f for f in directory.iterdir()}
        if part and part not in known:
            raise PackError(f"{source}: no such file; there are {', '.join(sorted(known))}")
        found += [known[part]] if part else [known[name] for name in sorted(known)]
    return found


def _read(file: Path | Traversable, kit: Kit) -> list[Entry]:
    try:
        text = file.read_text(encoding="utf-8")
        node = compose(text)
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except DuplicateKey as error:
        raise PackError(f"{file}, line {error.line}: {error}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise PackError(f"{file}: {_words(error)}") from error
    if isinstance(file, Path):
        kit = kit._replace(directory=file.parent)
    return _Reader(file, node, document, kit).entries()


class _Reader:
    """Checks and compiles the rules of one document, and says where one is wrong."""

    def __init__(
        self, file: Path | Traversable, node: yaml.Node | None, document: Any, kit: Kit
    ) -> None:
        self._file = file
        self._node = node
        self._document = document
        self._kit = kit

    def entries(self) -> list[Entry]:
        """Return the rules of the file."""
        try:
            content = msgspec.convert(self._document, _File)
        except msgspec.ValidationError as error:
            raise self._wrong(str(error), path_of(str(error))) from error
        entries = [
            self._entry({**content.defaults, **raw}, place)
            for place, raw in enumerate(content.rules)
        ]
        seen: set[str] = set()
        for place, entry in enumerate(entries):
            if entry.rule.id in seen:
                raise self._wrong(f"id {entry.rule.id!r} stands twice", ("rules", place, "id"))
            seen.add(entry.rule.id)
        return entries

    def _entry(self, raw: Mapping[str, Any], place: int) -> Entry:
        try:
            rule = msgspec.convert(raw, AnyRule)
        except msgspec.ValidationError as error:
            path = path_of(str(error))
            raise self._wrong(str(error), ("rules", place, *path)) from error
        try:
            return Entry(rule, rule.compile(self._kit))
        except RuleError as error:
            raise self._wrong(str(error), ("rules", place, *error.path)) from error

    def _wrong(self, message: str, path: Sequence[str | int]) -> PackError:
        what = message.partition(" - at `$")[0]
        value = _value(self._document, path)
        got = f", got {value}" if value and ", got " not in what.split("`")[-1] else ""
        line = locate(self._node, path)
        return PackError(f"{self._file}, line {line}: {shown(path)}: {what}{got}")


def _value(document: Any, path: Sequence[str | int]) -> str:
    """Write the value that a path leads to, if it is short enough to help."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return "" if isinstance(document, dict | list) else repr(document)[:_LONGEST_VALUE]


def _words(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None or problem is None:
        return str(error) or type(error).__name__
    return f"line {mark.line + 1}: {problem}"


def _digest(entries: Sequence[Entry]) -> str:
    """Name rules by what they say and the models they use: equal for equal content."""
    said = msgspec.json.encode([entry.rule for entry in entries])
    models = [getattr(entry.check, "version", "") for entry in entries]
    return hashlib.sha256(said + msgspec.json.encode(models)).hexdigest()[:_DIGEST]
