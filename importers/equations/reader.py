"""Goes through the tokens of a statement, and says what is wrong where it cannot go on."""

from __future__ import annotations

from annarchy_ml.diagnostics.core import Span
from annarchy_ml.importers.equations.faults import EquationError, Section, fault
from annarchy_ml.importers.equations.tokens import Token


class TokenReader:
    """The tokens of one statement.

    Attributes:
        at: position of the next token.
    """

    def __init__(self, tokens: list[Token], section: Section) -> None:
        self.tokens = tokens
        self.section = section
        self.at = 0

    @property
    def next(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """The next token, which is then behind."""
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *texts: str) -> Token | None:
        """The next token if it is one of these."""
        return self.take() if self.next.text in texts and self.next.kind != "end" else None

    def expect(self, text: str, why: str) -> Token:
        """The next token, which must be this one.

        Raises:
            EquationError: If it is another.
        """
        if self.next.text != text or self.next.kind == "end":
            raise self.wrong(f"'{text}' is missing {why}")
        return self.take()

    def wrong(self, message: str, token: Token | None = None, hint: str = "") -> EquationError:
        """A fault of the grammar at a token."""
        return self.fault("equation.syntax", message, token or self.next, hint)

    def fault(self, code: str, message: str, token: Token, hint: str = "") -> EquationError:
        """A fault at a token."""
        return fault(code, message, self.section, self.span(token), hint)

    def span(self, first: Token, last: Token | None = None) -> Span:
        """The place from one token to another, or of one."""
        end = last.end if last is not None else first.end
        return self.section.span(first.start, max(end, first.start + 1))

    def since(self, first: Token) -> Span:
        """The place from a token to the one that was taken last."""
        return self.span(first, self.tokens[self.at - 1])
