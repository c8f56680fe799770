"""The formats: read back by what reads them, with texts that try to break out."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest
from junitparser import JUnitXml

from release.cli import run
from release.lint.formats import FORMATS, formatted
from release.lint.run import Choice, Report, make_report
from release.lint.waiving import Waived
from release.model import Finding, Severity, Source, Waiver
from tests.projects import Revision, write_project

NASTY = "a\r\n::error file=x::pwned%0A\x1b[31m]]> & <b> \u2028 ü \ud800".encode("utf-8", "replace").decode()
PLACE = Source("b2", "versions/a, b: c%.py", 7)
FINDINGS = (
    Finding("RL208", Severity.ERROR, NASTY, "scripts/1.0/upgrade.sql", 90, 5, PLACE, "why " + NASTY, "fix " + NASTY),
    Finding("LT05", Severity.WARNING, "Line is too long", "scripts/1.0/upgrade.sql", 12, 131),
    Finding("RL307", Severity.ERROR, "a URL with a password", "", 0, 0, Source("", "alembic.ini", 3)),
    Finding("squawk:ban-drop-table", Severity.WARNING, "dropping", "scripts/1.0/upgrade.sql", 4, 1, PLACE),
)
WAIVER = Waiver(("RL208",), "2027-01-01", NASTY, Source("b2", "versions/b.py", 2))
REPORT = make_report(FINDINGS, (Waived(WAIVER, (FINDINGS[0],)),), Choice())
EMPTY = Report((), (), frozenset())

# Of the schema of OASIS the part that our logs use. By hand, logs of a release, of hostile texts and of no finding have
# been given to Microsoft's `Sarif.Multitool validate` 5.7, which holds the whole schema: no error.
SARIF = json.loads((Path(__file__).parent / "sarif-2.1.0-subset.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_sarif_is_valid(report: Report) -> None:
    log = json.loads(formatted(report, "sarif", "db/"))
    jsonschema.Draft7Validator(SARIF).validate(log)
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_points_at_the_migration_and_tells_what_was_let_through() -> None:
    results = json.loads(formatted(REPORT, "sarif", "db/"))["runs"][0]["results"]
    by_rule = {each["ruleId"]: each for each in results if "suppressions" not in each}
    place = by_rule["RL208"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "db/versions/a%2C%20b%3A%20c%25.py"
    assert place["region"] == {"startLine": 7, "startColumn": 1}
    related = by_rule["RL208"]["relatedLocations"][0]["physicalLocation"]
    assert (related["artifactLocation"]["uri"], related["region"]["startLine"]) == ("scripts/1.0/upgrade.sql", 90)
    (suppressed,) = [each for each in results if "suppressions" in each]
    assert suppressed["suppressions"] == [{"kind": "inSource", "justification": NASTY}]


@pytest.mark.parametrize("wrong", ["version", "runs"])
def test_the_schema_refuses_what_is_wrong(wrong: str) -> None:
    log = json.loads(formatted(REPORT, "sarif"))
    del log[wrong]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SARIF).validate(log)


def test_junit_counts_and_reads_back() -> None:
    root = ElementTree.fromstring(formatted(REPORT, "junit", "db/"))
    cases = root.findall("testsuite/testcase")
    assert (root.get("tests"), root.get("failures"), len(cases)) == ("4", "2", 4)
    assert [[each.tag for each in case] for case in cases].count(["failure"]) == 2
    assert [[each.tag for each in case] for case in cases].count(["skipped"]) == 2
    strict = make_report(FINDINGS, (), Choice(fail_on=Severity.WARNING))
    assert ElementTree.fromstring(formatted(strict, "junit")).get("failures") == "4"
    suites = {suite.get("name"): int(suite.get("tests", "0")) for suite in root}
    assert suites["db/versions/a, b: c%.py"] == 2
    empty = ElementTree.fromstring(formatted(EMPTY, "junit"))
    assert (empty.get("tests"), empty.get("failures"), len(empty.findall("testsuite/testcase"))) == ("1", "0", 1)


# Attributes and children that junit-10.xsd of Jenkins' xUnit plugin allows.
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"}
        | {"file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name", "time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
}


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_junit_holds_nothing_that_a_strict_reader_refuses(report: Report) -> None:
    for element in ElementTree.fromstring(formatted(report, "junit", "db/")).iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
        assert element.tag != "testsuite" or {"name", "tests", "failures", "errors"} <= set(element.attrib)


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_a_common_reader_opens_it(report: Report) -> None:
    junit = JUnitXml.fromstring(formatted(report, "junit", "db/").encode())
    errors = [each for each in report.findings if each.severity is Severity.ERROR]
    assert (junit.tests, junit.failures) == (max(len(report.findings), 1), len(errors))


def test_github_gives_one_command_a_finding_and_no_more() -> None:
    lines = formatted(REPORT, "github", "db/").splitlines()
    assert len(lines) == len(FINDINGS)
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)
    nasty = next(line for line in lines if "RL208" in line)
    properties = nasty.removeprefix("::error ").partition("::")[0]
    assert properties.split(",") == [
        "file=db/versions/a%2C b%3A c%25.py",
        "line=7",
        "col=1",
        "title=RL208 (error)",
    ]
    assert "\x1b" not in nasty
    assert formatted(EMPTY, "github") == ""


def test_gitlab_entries_are_whole_and_unique() -> None:
    entries = json.loads(formatted(make_report(FINDINGS * 2, (), Choice()), "gitlab", "db/"))
    assert len({each["fingerprint"] for each in entries}) == len(entries) == 8
    assert {each["severity"] for each in entries} == {"critical", "minor"}
    assert {"path": "db/alembic.ini", "lines": {"begin": 3}} in [each["location"] for each in entries]


def test_text_commands_no_terminal() -> None:
    text = formatted(REPORT, "text")
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "2 errors, 2 warnings"


@pytest.mark.parametrize("name", FORMATS)
def test_an_annotation_stands_on_the_line_of_the_bad_migration(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What a pull request shows: a migration in a folder of the repository, linted from its top."""
    body = """
    op.add_column("rooms", sa.Column("name", sa.Text()))

    op.alter_column(
        "rooms", "name", nullable=False
    )
    """
    first = Revision("a1", 'op.execute("CREATE TABLE rooms (id bigint)")', 'op.drop_table("rooms")', "number rooms")
    second = Revision("b2", body, 'op.drop_column("rooms", "name")', "name the rooms", "a1")
    (here / "db").mkdir()
    ini = write_project(here / "db", first, second)
    path = "db/migrations/versions/b2_x.py"
    lines = (here / path).read_text(encoding="utf-8").splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "alter_column" in text]
    arguments = ["--from", "a1", "--select", "RL209", "--format", name]
    assert run(["-c", str(ini.relative_to(here)), "lint", *arguments]) == 1
    out = capsys.readouterr().out
    expected = {
        "text": f"{path}:{line}:1: error RL209: ",
        "json": f'"file": "{path}",\n      "line": {line},',
        "sarif": f'"uri": "{path}"\n                }},\n                "region": {{\n{" " * 18}"startLine": {line},',
        "junit": f'<testcase classname="{path}" name="RL209 line {line}: ',
        "github": f"::error file={path},line={line},col=1,title=RL209 (error)::",
        "gitlab": f'"path": "{path}",\n      "lines": {{\n        "begin": {line}\n',
    }
    assert expected[name] in out
