"""Splits model texts into tokens; comments and continued lines are gone, places are kept."""

from __future__ import annotations

import re
from typing import NamedTuple

from annarchy_ml.importers.equations.faults import Section, fault

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<gradient>d[A-Za-z_]\w*\s*/\s*dt\b)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<op>\*\*|<=|>=|==|!=|\+=|-=|\*=|/=|[-+*/%^<>!&|=])
    | (?P<mark>[():,;.])
    """,
    re.VERBOSE,
)
_ADVICE = {
    "[": "an index cannot stand in an equation",
    "{": "use parentheses ( )",
    "'": "a text cannot stand in an equation",
    '"': "a text cannot stand in an equation",
}
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=")


class Token(NamedTuple):
    """One token: ``number``, ``gradient``, ``name``, ``op``, ``mark`` or ``end``."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(section: Section, start: int = 0, end: int | None = None) -> list[Token]:
    """All tokens of a section, newlines included.

    Raises:
        EquationError: At a character that belongs to no token.
    """
    text, tokens, position = section.text, [], start
    stop = len(text) if end is None else end
    while position < stop:
        match = _TOKEN.match(text, position, stop)
        if match is None:
            wrong = text[position]
            message = f"'{wrong}' cannot stand in an equation"
            where = section.span(position, position + 1)
            raise fault("equation.syntax", message, section, where, _ADVICE.get(wrong, ""))
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match[kind], position, match.end()))
        position = match.end()
    return tokens


def statements(section: Section, continued: bool = True) -> list[list[Token]]:
    """The tokens of each statement, without newlines; each ends with a token ``end``.

    Args:
        section: the text.
        continued: whether a line without assignment continues the statement before it.

    Raises:
        EquationError: If a parenthesis is left open, or a character belongs to no token.
    """
    found: list[list[Token]] = []
    for line in _lines(section):
        joins = continued and found and not line.after_semicolon and not _assigns(line.tokens)
        if joins:
            found[-1].extend(line.tokens)
        else:
            found.append(list(line.tokens))
    for tokens in found:
        tokens.append(Token("end", "", tokens[-1].end, tokens[-1].end))
    return found


class _Line(NamedTuple):
    tokens: list[Token]
    after_semicolon: bool


def _lines(section: Section) -> list[_Line]:
    """Tokens between line ends and semicolons, parentheses kept together."""
    lines: list[_Line] = []
    current: list[Token] = []
    opened: list[Token] = []
    semicolon = False
    for token in [*tokenize(section), Token("newline", "\n", 0, 0)]:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")" and opened:
            opened.pop()
        ends = token.kind == "newline" or token.text == ";"
        if not ends:
            current.append(token)
        elif not opened or token.text == ";":
            if current:
                lines.append(_Line(current, semicolon))
                current = []
            semicolon = token.text == ";"
    if opened:
        first = opened[-1]
        where = section.span(first.start, first.end)
        raise fault("equation.syntax", "'(' is never closed", section, where, "add a ')'")
    return lines


def _assigns(tokens: list[Token]) -> bool:
    """Whether an assignment stands outside of parentheses and before the first ``:``."""
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == ":":
            return False
        if depth == 0 and token.text in ASSIGNMENTS:
            return True
    return False
