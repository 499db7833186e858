"""A large file as a sequence of bytes that is read where it is looked at."""

from __future__ import annotations

import os

_BLOCK = 1 << 14


class StoredBytes:
    """The bytes of a file, of which none are kept."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._file).st_size

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        begin, end, _ = part.indices(self._size)
        found = bytearray()
        while begin + len(found) < end:
            piece = os.pread(self._file, end - begin - len(found), begin + len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def find(self, text: bytes, begin: int) -> int:
        """Where a text stands from some position on; -1 if it does not."""
        while begin < self._size:
            block = self[begin : begin + _BLOCK + len(text) - 1]
            at = block.find(text)
            if at >= 0:
                return begin + at
            begin += _BLOCK
        return -1

    def rfind(self, text: bytes, begin: int, end: int) -> int:
        """Where a text stands last between two positions; -1 if it does not."""
        at = self[begin:end].rfind(text)
        return begin + at if at >= 0 else -1


Content = bytes | StoredBytes
"""What a file holds."""
STORED = 1 << 22
"""Size of files that are not read at once [bytes]."""
