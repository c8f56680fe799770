"""The templates say nothing of a page that its value does not have: no branch needs to be taken to find out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import jinja2
import pytest
from jinja2 import nodes

import release.plan
import release.render
from release.plan.pages import PreflightPage, ScriptPage, VerifyPage
from release.plan.runbook import RunbookPage
from release.render.machinery import PARTS

TEMPLATES = Path(release.render.__file__).parents[1] / "templates"
# what each page is laid out with, beside what that includes
PAGES = {
    "monitor.sql.j2": VerifyPage,
    "preflight.sql.j2": PreflightPage,
    "script.sql.j2": ScriptPage,
    "plain/script.sql.j2": ScriptPage,
    "runbook.md.j2": RunbookPage,
    "verify.sql.j2": VerifyPage,
}
PARSER = jinja2.Environment(autoescape=True)

Types = dict[str, Any]


@cache
def names() -> dict[str, Any]:
    """What annotations may name, though a module imports it for mypy alone."""
    found = vars(import_module("release.model.syntax")) | vars(import_module("release.model"))
    found |= vars(import_module("release.config"))
    for file in sorted(Path(release.plan.__file__).parent.glob("[!_]*.py")):
        found |= vars(import_module(f"release.plan.{file.stem}"))
    for room in ("columns", "removals"):
        found |= vars(import_module(f"release.sql.facts.{room}"))
    return found


@cache
def attributes(value: type) -> dict[str, Any]:
    hints = get_type_hints(value, localns=names())
    for name, each in vars(value).items():
        if isinstance(each, property) and each.fget:
            hints[name] = get_type_hints(each.fget, localns=names())["return"]
    return hints


def parsed(template: str) -> nodes.Template:
    return PARSER.parse((TEMPLATES / template).read_text(encoding="utf-8"))


def reached(template: str) -> Iterator[str]:
    """A template, all that it includes or imports, and its parts of the fixed text."""
    yield template
    tree = parsed(template)
    others: list[nodes.Include | nodes.Import] = [*tree.find_all(nodes.Include), *tree.find_all(nodes.Import)]
    for each in others:
        assert isinstance(each.template, nodes.Const)
        yield from reached(each.template.value)
    for part in fixed_parts(tree):
        yield from reached(part)


def fixed_parts(tree: nodes.Template) -> Iterator[str]:
    """What a template lays out with the global of that name, which gives it no page."""
    for call in tree.find_all(nodes.Call):
        match call:
            case nodes.Call(node=nodes.Name(name="machinery"), args=[nodes.Const(value=name), _]):
                yield f"machinery/{name}.sql.j2"


class Reader:
    """The types of what a template names, and what none of them has."""

    def __init__(self, page: type) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.seen = 0

    def read(self, node: nodes.Node, known: Types) -> None:
        match node:
            case nodes.For(target=target, iter=iterated):
                self.type_of(iterated, known)
                known = known | self.bound(target, self.type_of(iterated, known))
            case nodes.Getattr():
                self.type_of(node, known)
                return
        for child in node.iter_child_nodes():
            self.read(child, known)
            match child:
                case nodes.Assign(target=nodes.Name(name=name), node=value):
                    known = known | {name: self.type_of(value, known)}

    def bound(self, target: nodes.Node, of: Any) -> Types:
        """What a loop over a tuple calls each of its elements, or the parts of each."""
        element = get_args(of)[0] if get_origin(of) is tuple else None
        match target:
            case nodes.Name(name=name):
                return {name: element}
            case nodes.Tuple(items=items) if get_origin(element) is tuple:
                parts = zip(items, get_args(element), strict=True)
                return {item.name: part for item, part in parts if isinstance(item, nodes.Name)}
        return {}

    def type_of(self, node: nodes.Node, known: Types) -> Any:
        match node:
            case nodes.Name(name="page"):
                return self.page
            case nodes.Name(name=name):
                return known.get(name)
            case nodes.Getitem(node=whole):
                return next(iter(get_args(self.type_of(whole, known))), None)
            case nodes.Getattr(node=owner, attr=attribute):
                of = self.type_of(owner, known)
                if get_origin(of) in {UnionType, Union}:
                    (of,) = (each for each in get_args(of) if each is not type(None))
                if not is_dataclass(of) or not isinstance(of, type):
                    return None
                self.seen += 1
                if attribute not in attributes(of):
                    self.wrong.append(f"line {node.lineno}: {of.__name__} has no {attribute}")
                return attributes(of).get(attribute)
        return None


@pytest.mark.parametrize("template", PAGES)
def test_a_page_has_all_that_its_templates_name(template: str) -> None:
    wrong: list[str] = []
    for each in dict.fromkeys(reached(template)):
        reader = Reader(PAGES[template])
        reader.read(parsed(each), {})
        wrong += [f"{each}, {line}" for line in reader.wrong]
        assert reader.seen or "page." not in (TEMPLATES / each).read_text(encoding="utf-8")
    assert not wrong


FIXED_TEMPLATES = sorted({f"machinery/{name}.sql.j2" for parts in PARTS.values() for name in parts})


@pytest.mark.parametrize("template", FIXED_TEMPLATES)
def test_fixed_text_knows_no_page(template: str) -> None:
    """Nor does all that it includes: it could not be the same in every release."""
    for each in dict.fromkeys(reached(template)):
        assert [name.lineno for name in parsed(each).find_all(nodes.Name) if name.name == "page"] == [], each


def test_scripts_have_the_parts_that_are_told_of() -> None:
    """What `release machinery` prints the checksum of is what the templates lay out, in that order."""
    script, plain = (list(fixed_parts(parsed(each))) for each in ("script.sql.j2", "plain/script.sql.j2"))
    found = {
        "upgrade.sql, rollback.sql": script,
        **{f"{name}.sql": list(fixed_parts(parsed(f"{name}.sql.j2"))) for name in ("preflight", "verify", "monitor")},
    }
    assert script == plain
    assert found == {kind: [f"machinery/{name}.sql.j2" for name in parts] for kind, parts in PARTS.items()}


def test_every_template_is_of_a_page() -> None:
    files = {file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*.j2")}
    assert files == {each for template in PAGES for each in reached(template)}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{{ page.about.version }}{{ page.none }}", "ScriptPage has no none"),
        (
            "{% if page.guard.postgis %}{{ page.guard.postgis.nothing }}{% endif %}",
            "PostgisPart has no nothing",
        ),
        (
            "{% for each in page.segments %}{{ each.number }}{{ each.what }}{% endfor %}",
            "SegmentPart has no what",
        ),
        ("{% for number, each in page.opening %}{{ each.why }}{% endfor %}", "Statement has no why"),
        ("{% set first = page.segments[0] %}{{ first.how }}", "SegmentPart has no how"),
    ],
)
def test_what_is_missing_is_seen(text: str, wrong: str) -> None:
    reader = Reader(ScriptPage)
    reader.read(PARSER.parse(text), {})
    assert reader.wrong == [f"line 1: {wrong}"]
