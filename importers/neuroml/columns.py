"""Quoted values of uniform rows of XML to columns of numbers, without an object per value.

The bytes of a window are looked at eight at a time. A number with at most 15 digits is a whole
number over a power of ten that a double holds exactly, so one division rounds it correctly; other
numbers are read by ``float``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.rows import Coded, Column, Measured, Numbered, Same, Unread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Positions = NDArray[np.int64]

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GOES_ON = re.compile(rb"[0-9.]|[eE][+-]?[0-9]")
_DIGITS = b"0123456789"
_MOST_DIGITS = 15
_TENS = 10.0 ** np.arange(_MOST_DIGITS + 1)
_WHOLE_TENS = 10 ** np.arange(_MOST_DIGITS + 1)
_PAD = 8
_ZEROS = np.uint64(0x3030303030303030)
_SAMPLES = 16
_FEW = 4  # rows for each text that repeats, at least
_LEAST_INT32 = 2**31


class Window:
    """A stretch of a file.

    Attributes:
        content: its bytes.
        bytes: the same with 8 zeros before and behind, shape (len(content) + 16,).
        words: eight bytes from each of those on, the first one lowest.
    """

    def __init__(self, content: bytes) -> None:
        padded = bytes(_PAD) + content + bytes(_PAD)
        self.content = content
        self.bytes = np.frombuffer(padded, np.uint8)
        self.words: NDArray[np.uint64] = np.ndarray(
            (len(padded) - 7,), np.dtype("<u8"), padded, 0, (1,)
        )

    def equals(self, begin: Positions, text: bytes) -> Bools:
        """Whether a text stands at each of these positions."""
        same = np.ones(len(begin), bool)
        if len(text) < _PAD:
            mask = np.uint64((1 << 8 * len(text)) - 1)
            wanted = np.uint64(int.from_bytes(text, "little"))
            return same & ((self._words_at(begin) & mask) == wanted) if text else same
        for at in range(0, len(text), _PAD):
            at = min(at, len(text) - _PAD)
            wanted = np.uint64(int.from_bytes(text[at : at + _PAD], "little"))
            same &= self._words_at(begin + at) == wanted
        return same

    def _words_at(self, begin: Positions) -> NDArray[np.uint64]:
        """Eight bytes from each position on; others for positions outside of the window."""
        return self.words[np.minimum(begin + _PAD, len(self.words) - 1)]

    def digits(self, begin: Positions, end: Positions) -> tuple[Positions, Bools]:
        """Whole numbers of at most 15 digits: values, and whether each is one."""
        length = end - begin
        sound = (length >= 1) & (length <= _MOST_DIGITS)
        length = np.where(sound, length, 1)
        values, plain = self._eight(end, np.minimum(length, 8))
        sound &= plain
        if int(length.max(initial=0)) > 8:
            long = length > 8
            high, plain = self._eight(np.where(long, end - 8, end), np.where(long, length - 8, 1))
            values = values + np.where(long, high, 0) * 100_000_000
            sound &= plain | ~long
        return values, sound

    def _eight(self, end: Positions, length: Positions) -> tuple[Positions, Bools]:
        """Numbers of 1 to 8 digits that end at these positions."""
        shift = ((8 - length) * 8).astype(np.uint64)
        one = np.uint64(1)
        word = self.words[end]
        word = ((word >> shift) << shift) | (_ZEROS & ((one << shift) - one))
        high = np.uint64(0xF0F0F0F0F0F0F0F0)
        sixes = np.uint64(0x0606060606060606)
        sound = ((word & high) == _ZEROS) & (((word + sixes) & high) == _ZEROS)
        word = (word & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(2561) >> np.uint64(8)
        word = (word & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601) >> np.uint64(16)
        word = (word & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001) >> np.uint64(32)
        return word.astype(np.int64), sound


class ColumnReader:
    """Reads one column of a window.

    Attributes:
        begin, end: shape (n,), where each value lies, without its quotes.
    """

    def __init__(self, window: Window, begin: Positions, end: Positions) -> None:
        self.window = window
        self.begin = begin
        self.end = end

    def read(self) -> Column:
        """The column in the form that takes least memory."""
        first = self._text(0)
        same = (self.end - self.begin == len(first)) & self.window.equals(self.begin, first)
        if bool(same.all()):
            return Same(first.decode("ascii"))
        return self._measured(first) or self._numbered(int(np.argmin(same))) or self._coded()

    def _text(self, row: int) -> bytes:
        return self.window.content[self.begin[row] : self.end[row]]

    def _texts(self) -> list[bytes]:
        content = self.window.content
        pairs = zip(self.begin.tolist(), self.end.tolist(), strict=True)
        return [content[begin:end] for begin, end in pairs]

    def _measured(self, first: bytes) -> Column | None:
        """Numbers with one unit."""
        match = _NUMBER.match(first)
        if match is None or _GOES_ON.match(first, match.end()):
            return None
        suffix = first[match.end() :]
        end = self.end - len(suffix)
        if not bool(((end > self.begin) & self.window.equals(end, suffix)).all()):
            return None
        shown = suffix.decode("ascii")
        whole = self._whole(self.begin, end)
        if whole is not None:
            return Numbered("", whole, shown)
        numbers = self._fixed_point(end)
        if numbers is None:
            texts = [text[: len(text) - len(suffix)] for text in self._texts()]
            if not all(map(_NUMBER.fullmatch, texts)):
                return None
            numbers = np.array(list(map(float, texts)))
        return Measured(numbers, shown)

    def _whole(self, begin: Positions, end: Positions) -> NDArray[np.signedinteger] | None:
        """Whole numbers without a sign or leading zeros."""
        values, sound = self.window.digits(begin, end)
        padded = (self.window.bytes[begin + _PAD] == ord("0")) & (end - begin > 1)
        if not bool((sound & ~padded).all()):
            return None
        return values.astype(np.int32) if int(values.max()) < _LEAST_INT32 else values

    def _fixed_point(self, end: Positions) -> NDArray[np.float64] | None:
        """Numbers without an exponent, of few digits; None if any is another one."""
        first = self.window.bytes[self.begin + _PAD]
        negative = first == ord("-")
        begin = self.begin + (negative | (first == ord("+")))
        dot = self._dots(begin, end)
        has_dot = dot < end
        places = np.where(has_dot, end - dot - 1, 0)
        whole, sound = self._part(begin, dot)
        part, also = self._part(dot + has_dot, end)
        count = (dot - begin) + places
        sound &= also & (count >= 1) & (count <= _MOST_DIGITS)
        if not bool(sound.all()):
            return None
        numbers = (whole * _WHOLE_TENS[places] + part) / _TENS[places]
        return np.where(negative, -numbers, numbers)

    def _part(self, begin: Positions, end: Positions) -> tuple[Positions, Bools]:
        """Digits that may be missing, which counts as 0."""
        missing = end <= begin
        values, sound = self.window.digits(begin, end)
        return np.where(missing, 0, values), sound | missing

    def _dots(self, begin: Positions, end: Positions) -> Positions:
        """Where the decimal point of each number stands; its end if there is none."""
        dot = end.copy()
        for step in range(int((end - begin).max(initial=0)) - 1, -1, -1):
            at = np.minimum(begin + step, end)
            dot = np.where((self.window.bytes[at + _PAD] == ord(".")) & (at < end), at, dot)
        return dot

    def _numbered(self, other: int) -> Column | None:
        """Texts that differ in one whole number."""
        count = len(self.begin)
        rows = {0, other, count - 1, *range(0, count, max(1, count // _SAMPLES))}
        samples = [self._text(row) for row in sorted(rows)]
        prefix = _common(samples).rstrip(_DIGITS)
        suffix = _common([text[::-1] for text in samples])[::-1].lstrip(_DIGITS)
        begin, end = self.begin + len(prefix), self.end - len(suffix)
        if not bool((end > begin).all()):
            return None
        around = self.window.equals(self.begin, prefix) & self.window.equals(end, suffix)
        whole = self._whole(begin, end) if bool(around.all()) else None
        if whole is None:
            return None
        return Numbered(prefix.decode("ascii"), whole, suffix.decode("ascii"))

    def _coded(self) -> Column:
        """Texts that repeat, or else none."""
        known: dict[bytes, int] = {}
        codes = [known.setdefault(text, len(known)) for text in self._texts()]
        if len(known) * _FEW > len(codes):
            return Unread()
        return Coded([text.decode("ascii") for text in known], np.array(codes, np.int32))


def _common(texts: list[bytes]) -> bytes:
    """What all of these texts begin with."""
    first, last = min(texts), max(texts)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]
