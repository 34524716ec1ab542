"""Under which strings people are indexed and searched, and how names score: Specs/Search.md."""

import unicodedata

from kith_wire import (
    INTEREST_ENTRY, NAME_ENTRY, Profile, decode_entry, interest_token, name_tokens)


def is_dense(token: str) -> bool:
    """Whether every sign is a syllable or a word."""
    return all(
        "\u3041" <= c <= "\u30ff" or "\u31f0" <= c <= "\u31ff" or "\uac00" <= c <= "\ud7a3"
        or unicodedata.name(c, "").startswith("CJK UNIFIED IDEOGRAPH") for c in token)


def head(token: str) -> int:
    return 1 if is_dense(token) else 3


def forgives_typo(token: str) -> bool:
    return len(token) >= (3 if is_dense(token) else 4)


def rounds(tokens: list, first, last, make) -> list:
    """Strings of all tokens in turn: each token's first, then each token's second, ..."""
    steps = max((last(t) - first(t) for t in tokens), default=-1)
    return [
        make(t, first(t) + n) for n in range(steps + 1) for t in tokens if first(t) + n <= last(t)]


def deletions(tokens: list, first, end) -> list:
    able = [t for t in tokens if forgives_typo(t)]
    return rounds(able, first, lambda t: min(end(t), len(t)) - 1, lambda t, i: t[:i] + t[i + 1:])


def prefixes(tokens: list, first, last) -> list:
    return rounds(tokens, first, last, lambda t, n: t[:n])


def longest_first(tokens: list) -> list:
    return sorted(tokens, key=len, reverse=True)  # equally long ones keep their order


def index_strings(profile: Profile) -> list:
    """At most 32 (kind, string), the most telling first."""
    tokens = name_tokens(profile.name)
    words = longest_first(tokens)
    interests = map(interest_token, profile.interests)
    names = [
        *(t[:head(t)] for t in words if len(t) > head(t)),
        *deletions(words, lambda t: 0, head),
        *prefixes(words, lambda t: head(t) + 1, lambda t: len(t) - 1),
        *deletions(words, head, len),
    ]
    strings = [(NAME_ENTRY, t) for t in tokens]
    strings += [(INTEREST_ENTRY, i) for i in interests]
    strings += [(NAME_ENTRY, n) for n in names]
    return list(dict.fromkeys(strings))[:32]


def near_strings(tokens: list) -> list:
    """Stage 2 of a name search, for when the tokens themselves found nobody."""
    words = longest_first(tokens)
    strings = [
        *deletions(words, lambda t: 0, lambda t: head(t) + 1),
        *(t[:head(t)] for t in words if len(t) > head(t)),
        *deletions(words, lambda t: head(t) + 1, len),
        *prefixes(words, lambda t: head(t) + 1, lambda t: min(len(t) - 1, 6)),
    ]
    return [s for s in dict.fromkeys(strings) if s not in tokens][:32]


def one_edit(a: str, b: str) -> bool:
    """A letter added, left out, replaced, or swapped with its neighbour; or none."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b)) <= 1 or (len(a) == len(b) == 2 and a == b[::-1])


def word_score(typed: str, word: str) -> float:
    share = 0.8 + 0.2 * min(1, len(typed) / max(1, len(word)))
    if typed == word:
        return 1
    if word.startswith(typed):
        return 0.9 * share
    if forgives_typo(max((typed, word), key=len)) and one_edit(typed, word):
        return 0.7
    starts = (word[:n] for n in range(len(typed) - 1, len(typed) + 2) if n < len(word))
    if forgives_typo(typed) and is_dense(typed) == is_dense(word):
        if any(one_edit(typed, start) for start in starts):
            return 0.6 * share
    return 0


def name_score(query: str, name: str) -> float:
    typed, words = name_tokens(query), name_tokens(name)
    best = [max((word_score(t, w), w) for w in words) for t in typed] if words else []
    mean = sum(score for score, _ in best) / len(typed) if best else 0
    return mean if {w for score, w in best if score} == set(words) else mean * 0.95


def likeness(entry: bytes, asker: bytes) -> float:
    """The Jaccard index of two digests, 2 bytes an interest; 0 when both are empty."""
    a, b = ({d[i:i + 2] for i in range(0, len(d), 2)} for d in (entry, asker))
    return len(a & b) / len(a | b) if a | b else 0.0


def ranked(held: dict, asker: bytes) -> list:
    """Records before tombstones, the most alike first, else in an order that stays the same."""

    def rank(record):
        digest = b""
        if record.kind == INTEREST_ENTRY and record.body is not None:
            digest = decode_entry(record.body)[2]
        return record.body is None, -likeness(digest, asker), record.author

    return sorted(held.values(), key=rank)
