"""Small real files for scenarios: a PDF of one page with a title, and things that must be refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A font that every PDF reader brings for simplified Chinese, so nothing has to be embedded.
_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
    (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 7 0 R >>"
    ),
    (
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    ),
)
_EXECUTABLE = b"MZ" + bytes(62) + b"This program cannot be run in DOS mode."


def pdf(title: str) -> bytes:
    """A PDF of one A4 page that shows the title."""
    drawn = f"BT /F1 18 Tf 72 740 Td <{title.encode('utf-16-be').hex()}> Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        *_FONT,
    )
    written = bytearray(b"%PDF-1.5\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return bytes(
        written
    ) + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(written),
    )


def named(written: Any, *, label: str) -> tuple[str, bytes]:
    """The name and content of a file as a scenario writes it.

    True: a PDF named after the field; a text: a PDF of that name; `{name, kind}`: kind "exe" is a program, "empty" a
    file without content, whatever its name says.
    """
    if isinstance(written, Mapping):
        name, kind = str(written["name"]), str(written.get("kind", "pdf"))
        contents = {"exe": _EXECUTABLE, "empty": b"", "pdf": pdf(name)}
        return name, contents[kind]
    title = label if written is True else str(written).removesuffix(".pdf")
    return (f"{title[:80]}.pdf" if written is True else str(written)), pdf(title)
