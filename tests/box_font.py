"""A font in which every letter is a box: texts take the same room and leave the same ink on every machine.

What a screen looks like with it depends on the program alone, not on the fonts of the machine. Letters differ in width
and height by their code point, so that another text of the same length is another picture.
"""

from __future__ import annotations

import struct

FAMILY = "Boxes"
EM = 1000
ASCENT, DESCENT = 800, 200
SPACES = frozenset((0x20, 0xA0, 0x2009, 0x202F))
LAST = 0x2FFF
"""The last code point that has a box: letters, signs, arrows and formulas are all below."""
WIDTHS = (520, 560, 600, 640)
HEIGHTS = (480, 560, 640, 720)


def box_font(*, bold: bool = False) -> bytes:
    """A TrueType file of the family `FAMILY`."""
    glyphs, advances = [b"", b""], [600, 320]
    for number in range(len(WIDTHS) * len(HEIGHTS)):
        width, height = WIDTHS[number % 4], HEIGHTS[number // 4]
        glyphs.append(_box(40 if bold else 90, width - (40 if bold else 90), height))
        advances.append(width)
    places = [0]
    for glyph in glyphs:
        places.append(places[-1] + len(glyph))
    tables = {
        b"OS/2": _os2(bold),
        b"cmap": _cmap(),
        b"glyf": b"".join(glyphs),
        b"head": _head(bold),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x10000, ASCENT, -DESCENT, 0, 640, 0, 0, 640, 1, *[0] * 7, len(glyphs)
        ),
        b"hmtx": b"".join(struct.pack(">Hh", advance, 0) for advance in advances),
        b"loca": struct.pack(f">{len(places)}I", *places),
        b"maxp": struct.pack(">IH13H", 0x10000, len(glyphs), 4, 1, 0, 0, 1, *[0] * 8),
        b"name": _names(bold),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
    }
    return _file(tables)


def _box(left: int, right: int, height: int) -> bytes:
    """A contour of four points."""
    made = struct.pack(">hhhhh", 1, left, 0, right, height) + struct.pack(">HH", 3, 0) + b"\x01" * 4
    made += struct.pack(">hhhh", left, 0, right - left, 0) + struct.pack(">hhhh", 0, height, 0, -height)
    return made + b"\0" * (-len(made) % 4)


def _cmap() -> bytes:
    """Format 12, a group for each code point."""
    groups = [
        struct.pack(">III", code, code, 1 if code in SPACES else 2 + code * 7 % 16)
        for code in range(0x20, LAST + 1)
        if not 0x7F <= code < 0xA0
    ]
    table = struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups)) + b"".join(groups)
    return struct.pack(">HH", 0, 1) + struct.pack(">HHI", 3, 10, 12) + table


def _head(bold: bool) -> bytes:
    box = (0, -DESCENT, 640, ASCENT)
    return struct.pack(">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, EM, 0, 0, *box, int(bold), 8, 2, 1, 0)


def _os2(bold: bool) -> bytes:
    """Version 1: regular or bold, of medium width."""
    made = struct.pack(">HhHHH", 1, 600, 700 if bold else 400, 5, 0) + struct.pack(">11h", *[0] * 11) + b"\0" * 10
    made += struct.pack(">IIII", *[0xFFFFFFFF] * 4) + b"none" + struct.pack(">H", 0x20 if bold else 0x40)
    made += struct.pack(">HH", 0x20, LAST) + struct.pack(">hhhHH", ASCENT, -DESCENT, 0, ASCENT, DESCENT)
    return made + struct.pack(">II", 1, 0)


def _names(bold: bool) -> bytes:
    style = "Bold" if bold else "Regular"
    said = {1: FAMILY, 2: style, 3: f"{FAMILY} {style}", 4: f"{FAMILY} {style}", 5: "1", 6: f"{FAMILY}-{style}"}
    records, texts = b"", b""
    for number, text in said.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(encoded), len(texts))
        texts += encoded
    return struct.pack(">HHH", 0, len(said), 6 + len(records)) + records + texts


def _file(tables: dict[bytes, bytes]) -> bytes:
    power = 1 << (len(tables).bit_length() - 1)
    head = struct.pack(">IHHHH", 0x10000, len(tables), 16 * power, power.bit_length() - 1, 16 * (len(tables) - power))
    directory, body, at = b"", b"", len(head) + 16 * len(tables)
    for name, table in sorted(tables.items()):
        padded = table + b"\0" * (-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += name + struct.pack(">III", total, at + len(body), len(table))
        body += padded
    return head + directory + body
