"""Splits the text of an expression into tokens, and says what is wrong where it cannot."""

from __future__ import annotations

import re
from typing import NamedTuple

from annarchy_ml.diagnostics.core import Diagnostic, ModelError, Span

_DOTTED = {
    "lt": "<", "gt": ">", "leq": "<=", "geq": ">=", "le": "<=", "ge": ">=",
    "eq": "==", "neq": "!=", "ne": "!=", "and": "and", "or": "or", "not": "not",
}  # fmt: skip
_PLAIN = {
    "&lt;=": "<=", "&gt;=": ">=", "&lt;": "<", "&gt;": ">", "&amp;&amp;": "and",
    "&&": "and", "||": "or", "!": "not",
}  # fmt: skip
_LEMS_OPERATORS = frozenset(
    {".lt.", ".gt.", ".leq.", ".geq.", ".eq.", ".neq.", ".and.", ".or.", *"+-*/^"}
)
_WORDS = "|".join(_DOTTED)
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>(?:[0-9]+(?:\.(?!(?:{_WORDS})\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | \.(?P<dotted>{_WORDS})\.
    | (?P<op>&lt;=|&gt;=|&lt;|&gt;|&amp;&amp;|<=|>=|==|!=|&&|\|\||[-+*/^<>!])
    | (?P<mark>[(),])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_ADVICE = {
    "=": "to compare, write .eq.",
    "[": "an index cannot stand in an expression",
    "{": "use parentheses ( )",
    "%": "there is no remainder operator",
    "&": "write .and.",
    "|": "write .or.",
    ".": "an operator such as .gt. has a dot on both sides",
    ";": "an expression is a single value, without ';'",
}


class Token(NamedTuple):
    """One token; `text` is the operator's or name's main spelling, or the number's digits."""

    kind: str
    text: str
    start: int
    end: int
    in_lems: bool = True


class ExprSyntaxError(ModelError):
    """An expression that cannot be read; it carries exactly one diagnostic."""

    @property
    def diagnostic(self) -> Diagnostic:
        """What is wrong and where."""
        return self.diagnostics[0]


class Places:
    """Turns offsets in a text into spans, given where the text starts."""

    def __init__(self, text: str, base: Span | None) -> None:
        self.text = text
        self._base = base
        self._one_line = "\n" not in text

    def span(self, start: int, end: int) -> Span | None:
        """The span from one offset up to another; it ends with its first line."""
        base = self._base
        if base is None:
            return None
        if self._one_line:
            return Span(base.file, base.line, base.column + start, max(1, end - start))
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        stop = end if line_end < 0 else min(end, line_end)
        line = base.line + self.text.count("\n", 0, start)
        column = start - line_start + (base.column if line_start == 0 else 1)
        return Span(base.file, line, column, max(1, stop - start))


def tokenize(text: str, places: Places) -> list[Token]:
    """All tokens of a text; the last has the kind "end".

    Raises:
        ExprSyntaxError: At the first character that belongs to no token.
    """
    tokens: list[Token] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unexpected(text, position, places)
        kind = match.lastgroup or ""
        spelled = match[kind]
        start, end = match.start(kind), match.end()
        in_lems = True
        if kind in ("dotted", "op"):
            start = start - 1 if kind == "dotted" else start
            in_lems = text[start:end] in _LEMS_OPERATORS
            spelled = _DOTTED[spelled] if kind == "dotted" else _PLAIN.get(spelled, spelled)
            kind = "op"
        tokens.append(Token(kind, spelled, start, end, in_lems))
        if kind == "end":
            return tokens
        position = end


def _unexpected(text: str, position: int, places: Places) -> ExprSyntaxError:
    while text[position].isspace():
        position += 1
    wrong = text[position]
    message = f"'{wrong}' cannot stand in an expression"
    diagnostic = Diagnostic(
        "expr.syntax", message, places.span(position, position + 1), hint=_ADVICE.get(wrong, "")
    )
    return ExprSyntaxError(diagnostic)
