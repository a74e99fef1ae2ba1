"""Where in a YAML file a value stands, for messages that a person can follow."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

Path = Sequence[str | int]

# The end of a message of msgspec: "... - at `$.rules[0].severity`".
_PATH = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `(.*?)`")


class DuplicateKey(ValueError):  # noqa: N818 - it says what is wrong
    """A mapping names a key twice, and YAML would silently take the last."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"key {key!r} stands twice")
        self.line = line


def compose(text: str) -> yaml.Node | None:
    """Read a document as nodes, which know their lines.

    Raises:
        yaml.YAMLError: it is no YAML.
        DuplicateKey: a mapping names a key twice.
    """
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    if node is not None:
        _check_keys(node)
    return node


def _check_keys(node: yaml.Node, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise yaml.YAMLError("nested too deep")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise DuplicateKey(str(key.value), line_of(key))
            seen.add(str(key.value))
            _check_keys(value, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, depth + 1)


_DEEPEST = 20


def line_of(node: yaml.Node) -> int:
    """Return the line of a node, from 1."""
    return int(node.start_mark.line) + 1


def path_of(message: str) -> tuple[str | int, ...]:
    """Return the path that a message of msgspec names, with the unknown field at its end.

    Examples:
        >>> path_of("Expected `str`, got `int` - at `$.rules[0].id`")
        ('rules', 0, 'id')
    """
    found = _PATH.search(message)
    steps = _STEP.findall(found[1]) if found else []
    path = [name or int(index) for name, index in steps]
    return (*path, *_UNKNOWN.findall(message))


def locate(node: yaml.Node | None, path: Path) -> int:
    """Return the line of a path, or of what comes nearest above it."""
    line = 1
    for step in path:
        found = next((n for key, n in _children(node) if key == step), None)
        if found is None:
            return line
        node, line = found[1], line_of(found[0])
    return line


def _children(node: Any) -> Iterator[tuple[str | int, tuple[yaml.Node, yaml.Node]]]:
    """Yield each child by key or position: where it begins, and its value."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, (key, value)) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((place, (value, value)) for place, value in enumerate(node.value))


def shown(path: Path) -> str:
    """Write a path as a person would.

    Examples:
        >>> shown(("rules", 0, "id"))
        'rules[0].id'
    """
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).lstrip(".")
