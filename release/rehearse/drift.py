"""drift.sql: compare the objects that a release touches with what was rehearsed, on any database, with psql alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.catalog.snapshot import OWNERSHIP, QUERY
from release.sql.read.quote import literal, one_line

if TYPE_CHECKING:
    from release.catalog.snapshot import Snapshot
    from release.rehearse.verdict import Rehearsal

DRIFT = "drift.sql"

_HEAD = """\
-- Release {version}: drift
-- Compares the objects that the release touches with what was rehearsed on PostgreSQL {server}: in the state before
-- the upgrade, or after it. Reads only. Prints the lines that differ: "-" was rehearsed and is not here, "+" is here
-- and was not rehearsed; no line: no drift. Owners and grants are left out. Plan {plan}.
--
--     psql -X -At -d DATABASE -v state=before -f drift.sql      (or state=after, which goes without saying)
--
-- Texts of the catalog differ a little between major versions of PostgreSQL.
-- Machinery (settings), what was rehearsed, machinery again: this is the same in every release, and checked once by
--     sed -n '/^-- >>> machinery/,/^-- <<< machinery/p' drift.sql | sha256sum

"""
_SETTINGS = """\
-- >>> machinery drift.settings 1
\\set ON_ERROR_STOP on
\\if :{?state}
\\else
\\set state after
\\endif
SET client_encoding = 'UTF8';
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL search_path = pg_catalog, pg_temp; -- so that nothing planted in another schema is called
SET LOCAL statement_timeout = 0;
SELECT count(set_config(s.name, '0', TRUE)) AS release_known
FROM pg_settings AS s WHERE s.name = 'transaction_timeout' \\gset
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off; -- names are compared as text
SET LOCAL jit = off; -- compiling the query takes longer than running it
-- <<< machinery drift.settings 1
"""
_DATA = """
-- What was rehearsed: the server, the objects that the release touches, and a line of the catalog for each part of them

SELECT length(set_config('release.drift', jsonb_agg(to_jsonb(d))::text, TRUE)) AS release_data
FROM (VALUES
    ('server', {server}),
{rows}
) AS d (kind, line) \\gset

"""
_COMPARES = """\
-- >>> machinery drift 1
SELECT format('note: this server is PostgreSQL %s, rehearsed was %s', current_setting('server_version'), d.line)
FROM jsonb_to_recordset(current_setting('release.drift')::jsonb) AS d (kind text, line text)
WHERE
    d.kind = 'server'
    AND split_part(d.line, '.', 1) <> (current_setting('server_version_num')::integer / 10000)::text;

WITH rehearsed AS (
    SELECT
        d.kind,
        d.line
    FROM jsonb_to_recordset(current_setting('release.drift')::jsonb) AS d (kind text, line text)
),

found AS (
{query}
)

SELECT CASE WHEN f.line IS NULL THEN '- ' || e.line ELSE '+ ' || f.line END AS difference
FROM (SELECT x.line FROM rehearsed AS x WHERE x.kind = :'state') AS e
FULL JOIN (
    SELECT y.line FROM found AS y
    WHERE
        split_part(y.line, E'\\t', 2) IN (SELECT t.line FROM rehearsed AS t WHERE t.kind = 'touched')
        AND split_part(y.line, E'\\t', 1) NOT IN ({left_out})
) AS f ON f.line = e.line
WHERE e.line IS NULL OR f.line IS NULL
ORDER BY coalesce(e.line, f.line) COLLATE "C", 1;
COMMIT;
-- <<< machinery drift 1
"""


def write_drift(rehearsal: Rehearsal) -> str:
    """The text of drift.sql; "" for a release that changes nothing in the catalog, or did not get to its end."""
    if not rehearsal.touched or not rehearsal.upgraded:
        return ""
    lines = [("touched", each) for each in rehearsal.touched]
    for state, snapshot in (("before", rehearsal.before), ("after", rehearsal.after)):
        lines += [(state, line) for line in _lines(snapshot, rehearsal.touched)]
    server = one_line(rehearsal.server)
    head = _HEAD.format(version=one_line(rehearsal.version), server=server, plan=rehearsal.plan[:12])
    rows = ",\n".join(f"    ({literal(kind)}, {_escaped(line)})" for kind, line in lines)
    compares = _COMPARES.format(
        query=QUERY.read_text(encoding="utf-8").rstrip().removesuffix(";"),
        left_out=", ".join(literal(kind) for kind in sorted(OWNERSHIP)),
    )
    return head + _SETTINGS + _DATA.format(server=literal(server), rows=rows) + compares


def _lines(snapshot: Snapshot, touched: tuple[str, ...]) -> list[str]:
    named = frozenset(touched)
    return [line.text for line in snapshot.without(kinds=OWNERSHIP).lines if line.object in named]


def _escaped(text: str) -> str:
    """A string constant in one line that reads the same whatever standard_conforming_strings says."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t") + "'"
