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

\\set ON_ERROR_STOP on
\\if :{{?state}}
\\else
\\set state after
\\endif
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL search_path = pg_catalog, pg_temp; -- so that nothing planted in another schema is called
SET LOCAL statement_timeout = 0;
SELECT count(set_config(s.name, '0', TRUE)) AS release_known
FROM pg_settings AS s WHERE s.name = 'transaction_timeout' \\gset
SET LOCAL quote_all_identifiers = off; -- names are compared as text
SET LOCAL jit = off; -- compiling the query takes longer than running it
SELECT
    'note: this server is PostgreSQL ' || current_setting('server_version') || ', rehearsed was {server}'
WHERE current_setting('server_version_num')::integer / 10000 <> {major};

WITH expected (state, line) AS (
    VALUES
{values}
),

touched (object) AS (
    VALUES
{objects}
),

found AS (
{query}
)

SELECT CASE WHEN f.line IS NULL THEN '- ' || e.line ELSE '+ ' || f.line END AS difference
FROM (SELECT x.line FROM expected AS x WHERE x.state = :'state') AS e
FULL JOIN (
    SELECT y.line FROM found AS y
    WHERE
        split_part(y.line, E'\\t', 2) IN (SELECT t.object FROM touched AS t)
        AND split_part(y.line, E'\\t', 1) NOT IN ({left_out})
) AS f ON f.line = e.line
WHERE e.line IS NULL OR f.line IS NULL
ORDER BY coalesce(e.line, f.line) COLLATE "C", 1;
COMMIT;
"""


def write_drift(rehearsal: Rehearsal) -> str:
    """The text of drift.sql; "" for a release that changes nothing in the catalog."""
    if not rehearsal.touched:
        return ""
    rows = [
        f"        ({literal(state)}, {_escaped(line)})"
        for state, snapshot in (("before", rehearsal.before), ("after", rehearsal.after))
        for line in _lines(snapshot, rehearsal.touched)
    ]
    return _HEAD.format(
        version=one_line(rehearsal.version),
        server=one_line(rehearsal.server).replace("'", ""),
        major=rehearsal.server.partition(".")[0],
        plan=rehearsal.plan[:12],
        values=",\n".join(rows),
        objects=",\n".join(f"        ({_escaped(each)})" for each in rehearsal.touched),
        query=QUERY.read_text(encoding="utf-8").rstrip().removesuffix(";"),
        left_out=", ".join(literal(kind) for kind in sorted(OWNERSHIP)),
    )


def _lines(snapshot: Snapshot, touched: tuple[str, ...]) -> list[str]:
    named = frozenset(touched)
    return [line.text for line in snapshot.without(kinds=OWNERSHIP).lines if line.object in named]


def _escaped(text: str) -> str:
    """A string constant in one line that reads the same whatever standard_conforming_strings says."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t") + "'"
