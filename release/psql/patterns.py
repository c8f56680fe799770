"""The tokens of psql's SQL lexer as compiled patterns, each jumping as far as the state of the lexer stays the same.

Bytes from 0x80 on count as letters, as in `src/fe_utils/psqlscan.l` (PostgreSQL 15).
"""

from __future__ import annotations

import re

IDENTIFIER = rb"[A-Za-z\x80-\xff_][A-Za-z\x80-\xff_0-9$]*+"
# A single letter that starts a quoted string or U& is no identifier.
WORD = rb"(?![eEbBxXnN]'|[uU]&)" + IDENTIFIER
PLAIN = (
    rb"[ \t\n\r\f\v]++"
    rb"|\d++(?=\.\.)"  # 1..2 is 1, .., 2
    # "trailing junk" is one token with its number
    rb"|(?:\d++\.?+\d*+|\.\d++)(?:[eE][-+](?:\d++(?:" + IDENTIFIER + rb")?+)?+|" + IDENTIFIER + rb")?+"
    rb"|[,.\[\]+*%^<>=~!@#&|`?{}\x00-\x08\x0e-\x1f\x7f]"
    rb"|-(?!-)|/(?!\*)"
    rb"|\$\d++(?:" + IDENTIFIER + rb")?+"
    rb"|::|:=|:(?![A-Za-z\x80-\xff_0-9'\"{:=])"
)
LEADING = re.compile(rb"(?:[ \t\n\r\f\v]++|--[^\n\r]*+)*+")
STEP = re.compile(rb"(?:" + PLAIN + rb")*+")
RUN = re.compile(rb"(?:" + WORD + rb"|[()]|" + PLAIN + rb")*+")
# The same with whole strings in it: for standard strings that surely do not go on.
RUN_STRINGS = re.compile(rb"(?:" + WORD + rb"|'[^']*+'(?![ \t\f\v]*+(?:[\r\n]|--))|[()]|" + PLAIN + rb")*+")
WATCHED = re.compile(WORD)
PARENTHESES = re.compile(rb"'[^']*+'|[()]")
TO_LINE_END = re.compile(rb"[^\n\r]*+")
DOLLAR_TAG = re.compile(rb"\$(?:[A-Za-z\x80-\xff_][A-Za-z\x80-\xff_0-9]*+)?\$")
NAMED = rb"([A-Za-z\x80-\xff_0-9]++)"
VARIABLE = re.compile(rb":(?:" + NAMED + rb"|'" + NAMED + rb"'|\"" + NAMED + rb"\"|\{\?" + NAMED + rb"\})")
SINGLE_BODY = re.compile(rb"(?:[^']++|'')*+")
ESCAPE_BODY = re.compile(rb"(?:[^\\']++|\\.|'')*+", re.DOTALL)
BITS_BODY = re.compile(rb"[^']*+")
DOUBLE_BODY = re.compile(rb"(?:[^\"]++|\"\")*+")
COMMENT_EDGE = re.compile(rb"/\*|\*/")
# A quoted string goes on after white space with a newline in it; within a line that can only be a carriage return.
CONTINUED = re.compile(rb"(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[ \t\n\r\f\v]++|--[^\n\r]*+[\n\r])*+'")
HEADS = {b"create": b"c", b"function": b"f", b"procedure": b"p", b"or": b"o", b"replace": b"r"}
ROUTINE = (b"cf", b"cp", b"corf", b"corp")
