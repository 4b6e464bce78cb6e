"""From bytes to text: which encoding a file is in, and a copy of it as UTF-8 with one kind of line end."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

from lvrn_eval.records.readers.options import COMPRESSED, EXPANSION, LARGEST
from lvrn_eval.records.readers.shapes import refused

if TYPE_CHECKING:
    from pathlib import Path

    from lvrn_eval.records.readers.options import Job

CHUNK = 1 << 20

MARKS = (
    (codecs.BOM_UTF8, "utf-8", ("utf-8", "utf-8-sig")),
    (codecs.BOM_UTF32_LE, "utf-32", ("utf-32", "utf-32-le")),
    (codecs.BOM_UTF32_BE, "utf-32", ("utf-32", "utf-32-be")),
    (codecs.BOM_UTF16_LE, "utf-16", ("utf-16", "utf-16-le")),
    (codecs.BOM_UTF16_BE, "utf-16", ("utf-16", "utf-16-be")),
)
"""Byte order marks, the encoding that each stands for, and the names it may be declared by (longer marks first)."""

# In Windows text a sign never stands between two letters, nor a capital with an accent between two small letters: in
# text of DOS or an old Mac the accented small letters have the codes of these. Letters of UTF-8 are there when a file
# was cut off in one, or put together from two encodings.
STRANGE = re.compile(
    rb"[A-Za-z][\x80\x82-\x84\x86\x87\x89\x8b\x95\x98\x99\x9b\xa1-\xac\xae-\xb3\xb5\xb6\xb8-\xbf\xd7\xf7][A-Za-z]"
    rb"|[a-z][\x8a\x8c\x8e\x9f\xc0-\xd6\xd8-\xde][a-z]"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xf4][\x80-\xbf]{2}"
)
CUT = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
DECLARE = "set `encoding:` to what the file was saved in (often cp1252 for Windows, utf-16 for 'Unicode text')"


@dataclass(frozen=True)
class Decoded:
    """How a file was decoded, how that is known, and whether blank lines stand between its rows."""

    encoding: str
    known: str
    gaps: bool


class _UndecodableError(Exception):
    """The line that is not in the encoding."""

    def __init__(self, line: int) -> None:
        self.line = line


def as_utf8(job: Job, plain: Path) -> Decoded:
    """Copy a file as UTF-8 with one kind of line end. Every byte is decoded strictly.

    Raises
    ------
    RecordsError
        When the file is not in its encoding, begins with the mark of another, or its encoding cannot be found.
    """
    with opened(job) as source:
        first = source.read(CHUNK)
    if not first:
        raise refused("empty file", job.shown, "the file is empty", "export it again")
    encoding, known = _encoding(job, first)
    try:
        return Decoded(encoding, known, _copy(job, plain, encoding))
    except _UndecodableError as error:
        if job.reading.encoding is None and encoding == "utf-8" and known == "found":
            return _as_windows_text(job, plain, first, error.line)
        what = f"the file is not {encoding} text: line {error.line} holds bytes that it cannot hold"
        raise refused("wrong encoding", job.shown, what, DECLARE) from None


def _encoding(job: Job, first: bytes) -> tuple[str, str]:
    """Return the encoding to try, and how it is known."""
    declared = job.reading.encoding
    for mark, encoding, names in MARKS:
        if not first.startswith(mark):
            continue
        if declared is None:
            return encoding, "found by its byte order mark"
        if codecs.lookup(declared).name not in names:
            what = f"the file begins with the byte order mark of {encoding}, and `encoding:` says {declared}"
            raise refused("wrong encoding", job.shown, what, f"set `encoding: {encoding}`, or leave it out")
        break
    return (declared, "declared") if declared is not None else ("utf-8", "found")


def _as_windows_text(job: Job, plain: Path, first: bytes, line: int) -> Decoded:
    """Read what is no UTF-8 as the text of Windows, when every byte of it can be."""
    if zeros := first.count(0):
        if zeros * 10 < len(first):
            what = f"the file is not text: line {line} holds a zero byte"
            raise refused("not text", job.shown, what, "export it again")
        likely = "utf-16-le" if first[1::2].count(0) > first[::2].count(0) else "utf-16-be"
        what = f"the encoding cannot be found: this may be {likely} text without a byte order mark"
        raise refused("unknown encoding", job.shown, what, f"set `encoding:`, perhaps to {likely}")
    try:
        gaps = _copy(job, plain, "cp1252", STRANGE)
    except _UndecodableError as error:
        what = f"the encoding cannot be found: line {error.line} is neither utf-8 nor likely in cp1252"
        raise refused("unknown encoding", job.shown, what, "set `encoding:` to what the file was saved in") from None
    return Decoded("cp1252", "found", gaps)


@contextmanager
def opened(job: Job) -> Iterator[BinaryIO]:
    """Open a file, unpacking it where it is compressed.

    Raises
    ------
    RecordsError
        When the compressed file is cut off or damaged, or grows beyond what text does.
    """
    if job.path.suffix.lower() != COMPRESSED:
        with job.path.open("rb") as stream:
            yield stream
        return
    try:
        with gzip.open(job.path) as unpacked:
            yield cast("BinaryIO", _Bounded(unpacked, job))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        what = "the compressed file is cut off or damaged"
        raise refused("unreadable file", job.shown, what, "copy or export it again") from None


class _Bounded:
    """A stream that refuses to grow like a bomb."""

    def __init__(self, stream: gzip.GzipFile, job: Job) -> None:
        self.stream, self.job, self.grown = stream, job, 0
        self.most = max(LARGEST, EXPANSION * job.path.stat().st_size)

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.grown += len(block)
        if self.grown > self.most:
            what = "the compressed file grows far beyond what text does"
            raise refused("unreadable file", self.job.shown, what, "unpack it, look at it, and send what it holds")
        return block


def _copy(job: Job, plain: Path, encoding: str, strange: re.Pattern[bytes] | None = None) -> bool:
    """Copy a file as UTF-8; return whether blank lines stand between its rows."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors="strict"), translate=True)
    line, gaps, ending, before_block = 1, False, "", b""
    with opened(job) as source, plain.open("w", encoding="utf-8", newline="") as target:
        for chunk in chain(iter(partial(source.read, CHUNK), b""), [b""]):
            if strange is not None:
                if odd := (strange if chunk else CUT).search(before_block + chunk):
                    raise _UndecodableError(line + _lines(chunk, max(0, odd.start() - len(before_block))))
                before_block = chunk[-2:]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                text = error.object[: error.start].decode(encoding, errors="replace") + "\0"
            except UnicodeError:
                text = "\0"
            before, unusable, _ = text.partition("\0")
            line += before.count("\n")
            if unusable:
                raise _UndecodableError(line)
            target.write(text)
            body = (ending + text).rstrip("\n")
            gaps = gaps or "\n\n" in body
            ending = (ending + text)[len(body) :]
    return gaps


def _lines(block: bytes, place: int) -> int:
    """Return how many lines end before a place, whatever they end with."""
    return len(re.findall(rb"\r\n?|\n", block[:place]))
