"""What people most often mean where the configuration is no TOML. Never shows what they wrote."""

from __future__ import annotations

import ast
import re

from syseventd.config.faults import join

_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")
_BARE_TEXT = re.compile(r"[A-Za-z_/~.@*:%-]")
"""How what should be text goes on where no number, date or switch can."""
_BARE_BEGINNING = re.compile(r"""=\s*[^\s"'\[{]*\s*$""")
"""The end of a line's part in which a value without quotes has begun."""
_KEYS = re.compile(
    r"Cannot (declare|redefine namespace|mutate immutable namespace) (\(.*\))( twice)? (\(at .*\))"
)
"""Where the parser shows the parts of a key as Python would write them."""
_CURLY = re.compile("[\u2018-\u201f]")
"""The quotes that word processors and web pages make of straight ones."""
_STRAIGHT = '; quotes are straight in TOML: "5m"'
_BACKSLASH = ("Unescaped '\\'", "Invalid hex value", "Escaped character is not")
"""How the parser begins to speak of a backslash in double quotes."""
_SINGLE_QUOTES = (
    r"; in double quotes a backslash begins an escape: write it in single quotes: '…\…'"
)
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off"})


def in_words(problem: str) -> str:
    """The parser's words, with keys as TOML has them: `[targets.crm] stands twice`."""
    matched = _KEYS.fullmatch(problem)
    if matched is None:
        return problem
    what, keys, twice, position = matched.groups()
    block = f"[{join('', *ast.literal_eval(keys))}]"
    if twice:
        return f"{block} stands twice {position}; write all of it under one heading"
    return f"Cannot {what} {block} {position}"


def hint(text: str, problem: str) -> str:
    """What to write, as the end of the parser's words on `text`; "" where that is not known."""
    if problem.startswith(_BACKSLASH):
        return _SINGLE_QUOTES
    position = _POSITION.search(problem)
    if position is None:
        unclosed = "at end of document" in problem
        last = text.rstrip().rpartition("\n")[2]
        return _STRAIGHT if unclosed and _CURLY.search(last) else ""
    line, column = text.split("\n")[int(position[1]) - 1], int(position[2]) - 1
    if _CURLY.search(line[: column + 1]):
        return _STRAIGHT
    word = re.split(r"[\s,\]}#]", line[column:], maxsplit=1)[0]
    if not _BARE_TEXT.match(word) or not _is_in_value(problem, line[:column]):
        return ""
    if word.lower() in _SWITCHES:
        return "; a switch is true or false, in small letters and without quotes"
    return '; text stands in quotes, durations and addresses too: "5m"'


def _is_in_value(problem: str, before: str) -> bool:
    """Whether the parser stopped in what should be a value. `before` is its line until there."""
    if problem.startswith("Invalid value"):
        return True
    if problem.startswith("Expected newline"):
        return _BARE_BEGINNING.search(before) is not None
    return problem.startswith("Unclosed") and before[-1:].isalnum()
