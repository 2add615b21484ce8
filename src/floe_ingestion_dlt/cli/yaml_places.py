"""YAML and JSON as values with the place of each in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import yaml
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.cli.findings import Finding, Path, field_at


@final
@dataclass(frozen=True, slots=True)
class Document:
    """The *value* of a document, and the lines (from 1) of its keys, and of the elements of its lists, by their paths."""

    value: object
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int | None:
        """The line of the value at the path, or of the nearest value around it; parts that the document lacks are passed over."""
        here: Path = ()
        for part in path:
            if (*here, part) in self.lines:
                here = (*here, part)
        return self.lines.get(here)


def parsed(text: str) -> Result[Document, tuple[Finding, ...]]:
    """The document in a *text*; the failure has what is wrong with it: its syntax, or keys that stand twice."""
    try:
        loader = _Loader(text.replace("\t", " ") if _has_tabs_of_json(text) else text)
        root = loader.get_single_node()
        if root is None:
            return Success(Document(None, {}))
        if twice := tuple(_twice(root, (), frozenset())):
            return Failure(twice)
        lines = dict(_lines(root, (), frozenset()))
        return Success(Document(loader.construct_document(root), {(): 1, **lines}))
    except yaml.YAMLError as refused:
        return Failure((_syntax(refused),))
    except RecursionError:
        return Failure(
            (Finding("it is nested too deeply. Write fewer lists and mappings inside each other."),)
        )


@final
class _Loader(yaml.SafeLoader):
    """The safe loader, which also says where a value is none of its type, such as the day 2026-13-45."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - yaml's signature
        try:
            return super().construct_object(node, deep)
        except ValueError as refused:
            raise yaml.constructor.ConstructorError(None, None, str(refused), node.start_mark) from refused


def _has_tabs_of_json(text: str) -> bool:
    """Whether the text is JSON with tabs, which YAML refuses between values; inside of texts, JSON has none."""
    if "\t" not in text:
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _syntax(error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = ", ".join(
        part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part
    )
    text = (
        f"this is no YAML: {said or str(error)}. Mend the line, or put a text with : # {{ }} [ ] into quotes."
    )
    return Finding(text, line=None if mark is None else mark.line + 1)


def _twice(node: yaml.Node, path: Path, above: frozenset[int]) -> Iterator[Finding]:
    """Keys that stand twice in one mapping: YAML would take the last one, and say nothing."""
    if id(node) in above:
        return
    if isinstance(node, yaml.MappingNode):
        seen: dict[object, int] = {}
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else id(key)
            line = key.start_mark.line + 1
            if name in seen and name != "<<":
                text = f"{name} stands twice, first in line {seen[name]}. Remove one of them."
                yield Finding(text, field_at((*path, name)), line)
            seen.setdefault(name, line)
    for part, child, _ in _children(node):
        yield from _twice(child, (*path, part), above | {id(node)})


def _lines(node: yaml.Node, path: Path, above: frozenset[int]) -> Iterator[tuple[Path, int]]:
    if id(node) in above:
        return
    for part, child, line in _children(node):
        yield (*path, part), line
        yield from _lines(child, (*path, part), above | {id(node)})


def _children(node: yaml.Node) -> Iterator[tuple[Any, yaml.Node, int]]:
    """The values in a mapping or list, with the lines of their keys or of themselves."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        yield from ((number, value, value.start_mark.line + 1) for number, value in enumerate(node.value))
