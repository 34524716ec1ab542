#!/usr/bin/env python3
"""Writes the folding table of KithWire and the vectors that check it.

    make-table.py            writes both, relative to the root of the repository
    make-table.py --check    writes nothing, exits 1 when a file would change

The definition that everything here follows, in Python's own words:

    normalise(s) = NFKC(strip(NFKD(casefold(NFKD(s)))))    strip removes categories Mn and Me

Two nodes meet at a location only if they fold a name alike, so the Unicode version is part of the
protocol: this script runs with one version only. Standard library only.
"""

import hashlib
import pathlib
import sys
import unicodedata

VERSION = "15.1.0"  # Python 3.13
ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "Sources/KithWire/TextTable.swift"
VECTORS = ROOT / "Specs/Vectors/text"

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LIMIT = 0x110000
IOTA = 0x345  # the one mark that case folding turns into a letter
SURROGATES = range(0xD800, 0xE000)
SYLLABLES = range(0xAC00, 0xAC00 + 11172)  # Hangul, computed and not tabled

REMOVED, BARRIER, SHIFT, EVERY_OTHER, CONSTANT, SEQUENCE = range(6)


def is_mark(character):
    return unicodedata.category(character) in ("Mn", "Me")


def strip(text):
    return "".join(c for c in text if not is_mark(c))


def normalise(text):
    folded = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", strip(unicodedata.normalize("NFKD", folded)))


# --- the table -------------------------------------------------------------------------------


def fold(point):
    """What one scalar becomes before reordering and composition; U+0345 is kept for later."""
    result = []
    for part in unicodedata.normalize("NFKD", chr(point)):
        if ord(part) == IOTA:
            result.append(IOTA)
            continue
        folded = unicodedata.normalize("NFKD", part.casefold())
        result += [ord(c) for c in folded if not is_mark(c)]
    return result


def fold_of_all():
    """For every scalar that changes: REMOVED, BARRIER, or the list of what it becomes."""
    table = {}
    for point in range(LIMIT):
        if point in SURROGATES or point in SYLLABLES:
            continue
        result = fold(point)
        if not result:
            parts = unicodedata.normalize("NFKD", chr(point))
            starter = any(unicodedata.combining(c) == 0 for c in parts)
            table[point] = BARRIER if starter else REMOVED
        elif result != [point]:
            table[point] = result
    return table


def run_length(start, step, matches):
    count = 1
    while matches(start + count * step, count):
        count += 1
    return count


def entries_of(table):
    """Runs (start, length, kind, values), ascending, longest run first at every place."""
    entries = []
    point = 0
    while point < LIMIT:
        value = table.get(point)
        if value is None:
            point += 1
            continue
        if value in (REMOVED, BARRIER):
            length = run_length(point, 1, lambda p, n: table.get(p) == value)
            entries.append((point, length, value, []))
        elif len(value) > 1:
            length = 1
            entries.append((point, 1, SEQUENCE, value))
        else:
            target = value[0]
            shift = run_length(point, 1, lambda p, n: table.get(p) == [target + n])
            constant = run_length(point, 1, lambda p, n: table.get(p) == [target])
            other = run_length(
                point, 2,
                lambda p, n: table.get(p) == [target + 2 * n] and p - 1 not in table)
            length, kind = max(
                (shift, SHIFT), (constant, CONSTANT), (2 * other - 1, EVERY_OTHER),
                key=lambda candidate: candidate[0])
            entries.append((point, length, kind, [target]))
        point += length
    return entries


def pairs():
    """(first, second, composed) for every composition that survives the removal of marks."""
    found = []
    for point in range(LIMIT):
        if point in SURROGATES or point in SYLLABLES:
            continue
        parts = unicodedata.decomposition(chr(point))
        if not parts or parts.startswith("<"):
            continue
        scalars = [int(p, 16) for p in parts.split()]
        if len(scalars) != 2 or unicodedata.normalize("NFC", chr(point)) != chr(point):
            continue
        if is_mark(chr(scalars[1])):
            continue
        assert unicodedata.combining(chr(scalars[1])) == 0
        found.append((scalars[0], scalars[1], point))
    return sorted(found)


def classes():
    """(start, length, combining class) of what is kept and still moves: spacing marks, U+0345."""
    found = []
    for point in range(LIMIT):
        if point in SURROGATES:
            continue
        value = unicodedata.combining(chr(point))
        if value == 0 or (is_mark(chr(point)) and point != IOTA):
            continue
        if found and found[-1][0] + found[-1][1] == point and found[-1][2] == value:
            found[-1] = (found[-1][0], found[-1][1] + 1, value)
        else:
            found.append((point, 1, value))
    return found


# --- writing ---------------------------------------------------------------------------------


def natural(number):
    """Base 64, five bits a digit, least first; 32 added means that more digits follow."""
    text = ""
    while True:
        digit, number = number & 31, number >> 5
        text += DIGITS[digit + (32 if number else 0)]
        if not number:
            return text


def signed(number):
    return natural(number * 2 if number >= 0 else -number * 2 - 1)


def encoded_entries(entries):
    text, end = "", 0
    for start, length, kind, values in entries:
        text += natural(start - end) + natural((length - 1) * 6 + kind)
        if kind == SEQUENCE:
            text += natural(len(values))
        previous = start
        for value in values:
            text += signed(value - previous)
            previous = value
        end = start + length
    return text


def encoded_triples(triples):
    text, previous = "", 0
    for first, second, third in triples:
        text += natural(first - previous) + natural(second) + natural(third)
        previous = first
    return text


def literal(name, summary, text):
    body = "\\\n".join("        " + text[i:i + 90] for i in range(0, len(text), 90))
    head = f"    /// {summary}\n    static let {name}: StaticString = "
    return f'{head}"""\n{body}\n        """\n'


def table_file():
    entries = entries_of(fold_of_all())
    parts = [
        "// Generated by Tools/unicode-table/make-table.py; do not edit.\n",
        "/// The folding table as text, decoded once by ``FoldTable``.\n",
        "///\n",
        "/// Base 64 digits that carry five bits each, least first; 32 added means more follow.\n",
        "enum TextTable {\n",
        "    /// The Unicode version that decides how names fold; "
        "a change is a change of protocol.\n",
        f'    static let unicodeVersion = "{VERSION}"\n\n',
        f"    /// How many runs ``entries`` holds.\n    static let entryCount = {len(entries)}\n\n",
        literal("entries", "Per run: gap, (length - 1) * 6 + kind, then what it becomes.",
                encoded_entries(entries)),
        "\n",
        literal("pairs", "Per composition: first (as a gap), second, composed.",
                encoded_triples(pairs())),
        "\n",
        literal("classes", "Per run of kept marks: start (as a gap), length, combining class.",
                encoded_triples(classes())),
        "}\n",
    ]
    return "".join(parts)


# --- vectors ---------------------------------------------------------------------------------

BLOCK = 4096
SAMPLES = 10_000
SAMPLES_PER_LINE = 100
MASK = (1 << 64) - 1


def digest(texts):
    state = hashlib.blake2b(digest_size=32)
    for text in texts:
        state.update(text.encode() + b"\xff")  # 0xff never occurs in UTF-8
    return state.hexdigest()


def scalars_file():
    """One digest for each 4,096 scalars, of every scalar alone."""
    lines = [
        f"comment: every scalar alone, Unicode {VERSION}: first scalar of a block of {BLOCK}, then",
        "comment: BLAKE2b-256 over the normalised forms in order, each as UTF-8 and one byte 0xff",
        "expect: equal", ""]
    for start in range(0, LIMIT, BLOCK):
        block = [p for p in range(start, start + BLOCK) if p not in SURROGATES]
        if block:
            lines.append(f"{start:06x} {digest(normalise(chr(p)) for p in block)}")
    return "\n".join(lines) + "\n"


class SplitMix:
    """The published SplitMix64, so that both sides draw the same strings."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % bound


# Where the sample strings draw from: (first, last) inclusive. Small ranges are those where order,
# removal and composition interact; a range is drawn first, then a scalar in it.
RANGES = [
    (0x20, 0x7E), (0xC0, 0x24F), (0x300, 0x36F), (0x345, 0x345), (0x34F, 0x34F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x591, 0x5F4), (0x610, 0x6FF), (0x93E, 0x94D), (0x995, 0x9D7),
    (0xB3E, 0xBD7), (0xC80, 0xD57), (0xDCA, 0xDDF), (0xF71, 0xF84), (0x1100, 0x11FF),
    (0x1161, 0x1175), (0x11A7, 0x11C2), (0x13A0, 0x13FD), (0x1B05, 0x1B44), (0x1E00, 0x1FFF),
    (0x2070, 0x218B), (0x302A, 0x302F), (0x3041, 0x30FF), (0x3131, 0x318E), (0xAC00, 0xD7A3),
    (0xAC00, 0xAC1C), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFFEF), (0x10400, 0x1044F),
    (0x11131, 0x1114D), (0x114B9, 0x114BE), (0x115B8, 0x115BB), (0x11935, 0x1193D),
    (0x1D15E, 0x1D172), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1FF), (0x20000, 0x2FA1D),
    (0xE0100, 0xE01EF),
]


def sample(dice):
    points = []
    for _ in range(1 + dice.below(12)):
        low, high = RANGES[dice.below(len(RANGES))]
        points.append(low + dice.below(high - low + 1))
    return "".join(map(chr, points))


def samples_file():
    """Digests of 10,000 drawn strings, and the ranges that they were drawn from."""
    dice = SplitMix(5484)
    lines = [
        "comment: drawn strings: SplitMix64 seeded with 5484; length 1 + next % 12; each scalar",
        "comment: first a range (next % count), then first + next % size. A line is the digest",
        f"comment: (as in scalars.txt) of the next {SAMPLES_PER_LINE} strings normalised.",
        f"unicode: {VERSION}",
        "ranges: " + " ".join(f"{low:x}-{high:x}" for low, high in RANGES),
        "expect: equal", ""]
    for _ in range(SAMPLES // SAMPLES_PER_LINE):
        lines.append(digest(normalise(sample(dice)) for _ in range(SAMPLES_PER_LINE)))
    return "\n".join(lines) + "\n"


EXAMPLES = [
    "Jonas", "JONAS", "Zoë", "Müller", "STRASSE", "Straße", "ẞ", "İstanbul", "ISPARTA", "ısparta",
    "Αθήνα", "ὈΔΥΣΣΕΎΣ", "Σίσυφος", "ᾳ", "α\u0345\u0304", "a\u0345\u302e", "a\u0345\u034f\u302e",
    "Ёлка", "Йод", "한국", "\u1112\u1161\u11ab", "ㅎㅏㄴ", "ﾊﾝｸﾞﾙ", "パーティー", "が", "ﬁnd", "ﬃ",
    "Ⅷ", "①", "㍿", "㌀", "ﷺ", "ｆｕｌｌ", "𝓚𝓲𝓽𝓱", "Å", "Å", "K", "ſ", "Ǆ", "ǆ", "ŉ", "½", "x²",
    "\u09c7\u09be", "\u09c7\u0981\u09be", "\u1b05\u1b35", "ك\u0651", "שׁ", "राम",
    "\u0d46\u0d3e", "Z\u0335a\u0336l\u0337", "e\u20dd", "👩\u200d💻", "ŁÓDŹ", "Ꭰ", "ꭰ", "\ufb1d", "ǅ",
]


def examples_file():
    """Readable pairs, with the composed and the decomposed form of the same input."""
    lines = [
        f"comment: Unicode {VERSION}; scalars in hex: input ; its NFC ; its NFD ; normalised",
        "expect: equal", ""]

    def hexed(text):
        return " ".join(f"{ord(c):x}" for c in text)

    dice = SplitMix(1)
    for text in EXAMPLES + [sample(dice) for _ in range(400)]:
        forms = [text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]
        lines.append(" ; ".join(hexed(form) for form in forms + [normalise(text)]))
    return "\n".join(lines) + "\n"


def main():
    if unicodedata.unidata_version != VERSION:
        sys.exit(f"this Python knows Unicode {unicodedata.unidata_version}; {VERSION} is needed")
    files = {
        TABLE: table_file(),
        VECTORS / "scalars.txt": scalars_file(),
        VECTORS / "samples.txt": samples_file(),
        VECTORS / "examples.txt": examples_file(),
    }
    stale = [p for p, text in files.items() if not p.exists() or p.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"would change: {path.relative_to(ROOT)}")
        sys.exit(1 if stale else 0)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
        print(f"wrote {path.relative_to(ROOT)}, {len(files[path].encode())} bytes")


if __name__ == "__main__":
    main()
