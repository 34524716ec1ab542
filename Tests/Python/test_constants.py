"""Numbers in Specs/ and in the sources are the same."""

import re

import pytest
from conftest import ROOT, SPECS


def code(file: str, name: str) -> float:
    """The value that a constant or a setting is given; durations in seconds."""
    text = (ROOT / "Sources" / file).read_text()
    match = re.search(rf"\b(?:let|var) {name}\b[^=\n]*=\s*([^\n]+)", text)
    assert match, f"{name} is not in {file}"
    value = match[1].split("//")[0].strip()
    if scale := re.match(r"\.(seconds|milliseconds)\((.*)\)$", value):
        factor = 1 if scale[1] == "seconds" else 1e-3
        return factor * arithmetic(scale[2])
    return arithmetic(value)


def arithmetic(text: str) -> float:
    assert re.fullmatch(r"[\d_.\s*<()]+", text), text
    return eval(text.replace("_", ""))  # digits and operators only, as just checked


OVERLAY, WIRE = "KithOverlay/", "KithWire/"
INDEX = OVERLAY + "Discovery/"
SETTINGS = OVERLAY + "Settings.swift"
SPHINX = "KithCrypto/Sphinx/Sphinx.swift"
HEAD = r" bytes:\n\n\| key \| \| \|\n\|---\|---\|---\|\n\| 0 \| "
NUMBERS = [
    ("Routing.md", r"neighbours per bucket, k \| (\S+)", SETTINGS, "bucketSize"),
    ("Routing.md", r"replacements per bucket \| (\S+)", SETTINGS, "replacements"),
    ("Routing.md", r"in a bucket \| (\S+)", SETTINGS, "perBlockInBucket"),
    ("Routing.md", r"in a table \| (\S+)", SETTINGS, "perBlockInTable"),
    ("Routing.md", r"check of a neighbour \| (\S+) s", SETTINGS, "checkInterval"),
    ("Routing.md", r"check after a failure \| (\S+) s", SETTINGS, "recheckInterval"),
    ("Routing.md", r"until it is dropped \| (\S+)", SETTINGS, "failuresMax"),
    ("Routing.md", r"was looked up in \| (\S+) s", SETTINGS, "refreshInterval"),
    ("Routing.md", r"across restarts \| (\S+),", SETTINGS, "reliableMax"),
    ("Routing.md", r"not asked yet: (\d+) at once", SETTINGS, "parallelism"),
    ("Routing.md", r"coming closer, (\d+) at once", SETTINGS, "ringParallelism"),
    ("Routing.md", r"or (\d+) nodes were asked", SETTINGS, "askedMax"),
    ("Routing.md", r"informant with (\d+) failed", SETTINGS, "failedHintsMax"),
    ("Routing.md", r"one id up to (\d+) addresses", SETTINGS, "addressesPerNode"),
    ("Routing.md", r"older than (\d+) ms", SETTINGS, "slow", 1e-3),
    ("Routing.md", r"again after (\d+) s, doubling", SETTINGS, "joinPause"),
    ("Routing.md", r"doubling up to (\d+) s", SETTINGS, "joinPauseMax"),
    ("Routing.md", r"Every (\d+) min ± 25 % ask one seed", SETTINGS, "reunion", 60),
    ("Routing.md", r"from step 2 after (\d+) s", SETTINGS, "sparsePause"),
    ("Routing.md", r"at most (\d+) a second for nodes", SETTINGS, "proofChecksPerSecond"),
    ("Routing.md", r"unasked, (\d+) a second for one /24", SETTINGS, "proofChecksPerBlock"),
    ("Routing.md", r"At most (\d+) of them wait", SETTINGS, "admissionsMax"),
    ("Routing.md", r"wait, at most (\d+) of one /24", SETTINGS, "admissionsPerBlock"),
    ("Routing.md", r"come waits up to (\d+) s", SETTINGS, "admissionPatience"),
    ("Routing.md", r"a PING of ours (\d+) s later", SETTINGS, "admissionDelay"),
    ("Routing.md", r"Finds the (\d+) nodes closest", SETTINGS, "width"),
    ("Routing.md", r"\((\d+) for records", SETTINGS, "recordWidth"),
    ("Routing.md", r"records, (\d+) to refresh", SETTINGS, "refreshWidth"),
    ("Routing.md", r"address less than (\d+) s ago", SETTINGS, "silence"),
    ("Routing.md", r"unchanged until promotion \| (\S+) s", SETTINGS, "promotionAfter"),
    ("Routing.md", r"strange blocks needed \| (\d+),", SETTINGS, "blocksNeeded"),
    ("Routing.md", r"within (\d+) s of each other", SETTINGS, "evidenceWindow"),
    ("Routing.md", r"(\d+) s before promotion", SETTINGS, "probeLead"),
    ("Routing.md", r"possible, then every (\d+) s", SETTINGS, "probeInterval"),
    ("Routing.md", r"until it rests \| (\d+);", SETTINGS, "attempts"),
    ("Routing.md", r"; rests (\S+) s,", SETTINGS, "rest"),
    ("Routing.md", r"doubling up to (\S+) s, then begins", SETTINGS, "restMax"),
    ("Routing.md", r"nothing came in (\d+) s after", SETTINGS, "probePatience"),
    ("Routing.md", r"no stranger for (\S+) s", SETTINGS, "recheck"),
    ("Routing.md", r"then (\d+) s after one in vain", SETTINGS, "recheckSoon"),
    ("Routing.md", r"sent nothing to for (\d+) min", SETTINGS, "contactMemory", 60),
    ("Routing.md", r"sent nothing for (\d+) s", SETTINGS, "keepAlive"),
    ("Routing.md", r"at most once in (\d+) s", SETTINGS, "doubtInterval"),
    ("Routing.md", r"handshakes with its (\d+) closest", SETTINGS, "announced"),
    ("Wire.md", r"implementation: (\d+) bytes of INIT", SETTINGS, "probeBytes"),
    ("Wire.md", r"new every (\d+) s; the previous", SETTINGS, "cookieLife"),
    ("Wire.md", r"more than (\d+) handshakes", SETTINGS, "handshakesPerSecond"),
    ("Wire.md", r"after (\d+) min of silence", SETTINGS, "idle", 60),
    ("Wire.md", r"unconfirmed one after (\d+) min", SETTINGS, "unconfirmedIdle", 60),
    ("Wire.md", r"counting on it (\d+) s earlier", SETTINGS, "unconfirmedMargin"),
    ("Wire.md", r"At most (\S+) proved ones", SETTINGS, "provedMax"),
    ("Wire.md", r"are kept, (\d+) of one /24", SETTINGS, "provedPerBlock"),
    ("Wire.md", r"or /48, (\d+) of one peer; 1,024", SETTINGS, "provedPerPeer"),
    ("Wire.md", r"of one peer; (\S+) whose peer only", SETTINGS, "knockersMax"),
    ("Wire.md", r"knocked, (\d+) of one /24", SETTINGS, "knockersPerBlock"),
    ("Wire.md", r"or /48, (\d+) of one peer; 512", SETTINGS, "knockersPerPeer"),
    ("Wire.md", r"(\d+) handshakes of one's own", SETTINGS, "initiationsMax"),
    ("Wire.md", r"at most (\S+) times a second", SETTINGS, "cookiesPerSecond"),
    ("Wire.md", r"and (\S+) a second of all", SETTINGS, "provedHandshakesPerSecond"),
    ("Wire.md", r"of all: (\d+) a second", SETTINGS, "handshakesPerSecond"),
    ("Wire.md", r"source: (\d+) a second", SETTINGS, "initiationsPerSecond"),
    ("Wire.md", r"20 a second, (\d+) at once", SETTINGS, "initiationBurst"),
    ("Wire.md", r"may ask (\d+) times as much", SETTINGS, "blockFactor"),
    ("Wire.md", r"any \| (\d+) a second", SETTINGS, "requestsPerSecond"),
    ("Wire.md", r"any \|[^|]*\| (\S+)", SETTINGS, "requestBurst"),
    ("Wire.md", r"any \|[^|]*\|[^|]*\| (\S+)", SETTINGS, "requestsPerSecondInAll"),
    ("Wire.md", r"\| STORE \| (\d+) a second", SETTINGS, "storesPerSecond"),
    ("Wire.md", r"\| STORE \|[^|]*\| (\d+)", SETTINGS, "storeBurst"),
    ("Wire.md", r"\| STORE \|[^|]*\|[^|]*\| (\S+)", SETTINGS, "storesPerSecondInAll"),
    ("Wire.md", r"FIND_RECORD \| (\d+) a second", SETTINGS, "readsPerSecond"),
    ("Wire.md", r"FIND_RECORD \|[^|]*\| (\d+)", SETTINGS, "readBurst"),
    ("Wire.md", r"on average over (\d+) s", SETTINGS, "loadWindow"),
    ("Wire.md", r"for (\d+) s after a record could not", SETTINGS, "failurePause"),
    ("Wire.md", r"/48: (\d+) a second", SETTINGS, "initiationsPerBlock"),
    ("Wire.md", r"leaves (\d+) bytes of that size", SETTINGS, "admissionPingBytes"),
    ("Wire.md", r"looks at (\d+) of them a\s+second", SETTINGS, "sweep"),
    ("Wire.md", r"a payload of (\d+)\s+bytes is enough", SETTINGS, "smallAnswerBytes"),
    ("Wire.md", r"waits (\d+) ms in a session", SETTINGS, "patience", 1e-3),
    ("Wire.md", r"is tried (\d+) times", SETTINGS, "tries"),
    ("Records.md", r"per shared location \| (\d+) \|", SETTINGS, "locationRecordsMax"),
    ("Records.md", r"from one /24 or /48 \| (\d+) \|", SETTINGS, "locationBlockRecordsMax"),
    ("Records.md", r"is full from (\d+) % of 256", SETTINGS, "fullPercent"),
    ("Records.md", r"fewer than\s+(\d+) % are left", SETTINGS, "staysFullPercent"),
    ("Records.md", r"`until` is (\d+) min ahead", WIRE + "FullStatement.swift", "lifeMax", 60),
    ("Records.md", r"fan-out of (\d+), numbered", WIRE + "Shard.swift", "fanOut"),
    ("Search.md", r"up to (\d+) at random in parallel", SETTINGS, "shardsPerTurn"),
    ("Search.md", r"at most (\d+) in one search", SETTINGS, "shardsPerSearch"),
    ("Search.md", r"candidates than max\((\d+), 2", SETTINGS, "candidatesEnough"),
    ("Records.md", r"replica, new every (\d+) s", SETTINGS, "tokenSecretLife"),
    ("Records.md", r"map of at most (\d+)" + HEAD + "kind", WIRE + "Record.swift", "bytesMax"),
    ("Records.md", r"`created ≤ now \+ (\d+) s`", WIRE + "Record.swift", "clockSkewMax"),
    ("Records.md", r"expires ≤ created \+ (\d+) h", WIRE + "Record.swift", "lifeMax", 3600),
    ("Records.md", r"A map of at most (\d+)" + HEAD + "name", WIRE + "Profile.swift", "bytesMax"),
    ("Records.md", r"0 \| name \| 1…(\d+) bytes", WIRE + "Profile.swift", "nameBytesMax"),
    ("Records.md", r"at most (\d+) texts of 1…32", WIRE + "Profile.swift", "interestsMax"),
    ("Records.md", r"texts of 1…(\d+) bytes", WIRE + "Profile.swift", "interestBytesMax"),
    ("Records.md", r"bio \| 1…(\d+) bytes", WIRE + "Profile.swift", "bioBytesMax"),
    ("Records.md", r"1…4 texts of at most (\d+) bytes", WIRE + "Profile.swift", "linkBytesMax"),
    ("Records.md", r"at most (\d+) s ahead of the clock", WIRE + "Record.swift", "clockSkewMax"),
    ("Records.md", r"tried again after (\d+) s", SETTINGS, "republishRetry"),
    ("Records.md", r"expired, (\d+) h after the withdrawal", SETTINGS, "recordLife", 3600),
    ("Records.md", r"again every (\d+) min", SETTINGS, "republish", 60),
    ("Records.md", r"within (\d+) h before midnight", SETTINGS, "nextDayLead", 3600),
    ("Records.md", r"wait for the (\d+) closest", SETTINGS, "recordWidth"),
    ("Search.md", r"at most (\d+) strings, each", INDEX + "IndexPlan.swift", "targetsMax"),
    ("Search.md", r"near strings, at most (\d+)", INDEX + "NameQuery.swift", "nearMax"),
    ("Search.md", r"At most (\d+) profiles", SETTINGS, "profilesPerSearch"),
    ("Search.md", r"but\s+at most (\d+)\.", SETTINGS, "profilesPerSearchMax"),
    ("Search.md", r"or after (\d+) pages", SETTINGS, "pagesPerLocation"),
    ("Search.md", r"After (\d+) invalid entries", SETTINGS, "faultsPerReplica"),
    ("Search.md", r"ends after (\d+) s", SETTINGS, "searchPatience"),
    ("Search.md", r"At most (\d+) pages", SETTINGS, "pagesPerLocation"),
    ("Search.md", r"are read and (\d+) entries verified", SETTINGS, "entriesPerSearch"),
    ("Search.md", r"`minScore` \(([\d.]+) unless", INDEX + "Ranking.swift", "minScore"),
    ("Search.md", r"kept for 5 min \((\S+) of them\)", SETTINGS, "queriesMax"),
    ("Search.md", r"replicas again \((\S+)\)", SETTINGS, "profilesMax"),
    ("Mixing.md", r"three hops, of (\S+) bytes", SPHINX, "packetBytes"),
    ("Mixing.md", r"block = instruction (\d+) \|", SPHINX, "instructionBytes"),
    ("Mixing.md", r"block 69 \| last (\d+)", SPHINX, "lastInstructionBytes"),
    ("Mixing.md", r"signature bstr64\]\] ≤ (\d+)", WIRE + "Mixing/MixedAnswer.swift", "promisesMax"),
    ("Mixing.md", r"896\] ≤ (\d+)", WIRE + "Mixing/MixedAnswer.swift", "recordsMax"),
    ("Mixing.md", r"search on every (\d+) ms", SETTINGS, "activeInterval", 1e-3),
    ("Mixing.md", r"process, one every (\d+) s in the mean", SETTINGS, "idleInterval"),
    ("Mixing.md", r"for (\d+) s after the last query", SETTINGS, "activeFor"),
    ("Mixing.md", r"A path lives (\S+) s", SETTINGS, "pathLife"),
    ("Mixing.md", r"mixes with (\d+) usable", SETTINGS, "relaysMin"),
    ("Mixing.md", r"until (\d+) are usable", SETTINGS, "relaysWanted"),
    ("Mixing.md", r"fewer\s+than (\d+) of the last", SETTINGS, "returnedMin"),
    ("Nearby.md", r"tags (\d+) × 8", WIRE + "Nearby/Beacon.swift", "tagCount"),
    ("Nearby.md", r"up to (\S+) with an intro", WIRE + "Nearby/Beacon.swift", "bytesMax"),
    ("Nearby.md", r"zeros\)\s+always (\d+) bytes", WIRE + "Nearby/Greeting.swift", "bytes"),
    ("Nearby.md", r"\[\[node record\] 1…(\d+)", WIRE + "Nearby/Greeting.swift", "namedMax"),
    ("Nearby.md", r"over\), (\d+) of them", SETTINGS, "beaconKeysMax"),
    ("Nearby.md", r"for 5 s, (\d+) of them", SETTINGS, "greetingKeysMax"),
    ("Nearby.md", r"every (\d+) to 60 s, drawn", SETTINGS, "beaconPauseMin"),
    ("Nearby.md", r"every 30 to (\d+) s, drawn", SETTINGS, "beaconPauseMax"),
    ("Nearby.md", r"greeting per host in (\d+) s", SETTINGS, "reactionPause"),
    ("Nearby.md", r"to all, (\d+) at once", SETTINGS, "allReactionsBurst"),
    ("Nearby.md", r"whatever its port\), (\d+) at once", SETTINGS, "lookBurst"),
    ("Nearby.md", r"beacons are kept for (\d+) s", SETTINGS, "beaconLife"),
    ("Nearby.md", r"those of greetings for (\d+) s", SETTINGS, "greetingLife"),
    ("Nearby.md", r"heard of for (\d+) s is asked", SETTINGS, "checkAfter"),
    ("Nearby.md", r"is forgotten after (\d+) s", SETTINGS, "hintLife"),
    ("Nearby.md", r"At most (\d+) are remembered", SETTINGS, "bystandersMax"),
    ("Wire.md", r"3 seconds 1…(\S+) \|", WIRE + "Message.swift", "relaySecondsMax"),
    ("SeedList.md", r"At most (\S+) bytes of UTF-8", WIRE + "SeedList.swift", "bytesMax"),
    ("SeedList.md", r"1…(\d+) node records", WIRE + "SeedList.swift", "seedsMax"),
    ("SeedList.md", r"1…(\d+) signatures", WIRE + "SeedList.swift", "signaturesMax"),
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{n[0]}-{n[3]}")
def test_the_number_is_the_same(number):
    document, pattern, file, name, *scale = number
    match = re.search(pattern, (SPECS / document).read_text())
    assert match, f"{document} no longer says this"
    written = float(match[1].replace(",", "")) * (scale[0] if scale else 1)
    assert written == pytest.approx(code(file, name))


def test_the_size_of_a_datagram_is_the_same():
    envelope = (ROOT / "Sources/KithWire/Envelope.swift").read_text()
    assert "datagramBytes = 37...1_232" in envelope
    assert "37 to 1,232 bytes" in (SPECS / "Wire.md").read_text()
