"""Who may include whom. The table is the rule; tests/arch/README.md says where it comes from.

A folder may always include itself.
"""

# folder -> folders (or single headers) of ours that it may include
FOLDERS = {
    "dataplane/base": [],
    "dataplane/packet": ["dataplane/base"],
    "dataplane/alert": ["dataplane/base", "dataplane/packet"],
    "dataplane/decode": ["dataplane/base", "dataplane/packet"],
    "dataplane/fragment": ["dataplane/base", "dataplane/packet", "dataplane/decode/checksum.h"],
    "dataplane/duplicate": ["dataplane/base", "dataplane/packet", "dataplane/decode"],
    "dataplane/port": ["dataplane/base", "dataplane/packet", "dataplane/decode"],
    "dataplane/zone": ["dataplane/base", "dataplane/packet", "dataplane/alert"],
    "dataplane/flow": ["dataplane/base", "dataplane/packet", "dataplane/alert", "dataplane/zone"],
    "dataplane/stream": ["dataplane/base", "dataplane/packet", "dataplane/flow"],
    "dataplane/scan": ["dataplane/base", "dataplane/packet", "dataplane/alert"],
    "dataplane/signal": ["dataplane/base", "dataplane/packet", "dataplane/alert", "dataplane/zone",
                         "dataplane/path/path_program.h"],   # the tables, not the matcher
    "dataplane/path": ["dataplane/base", "dataplane/packet", "dataplane/alert", "dataplane/zone"],
    "dataplane/policy": ["dataplane/base", "dataplane/packet", "dataplane/alert", "dataplane/zone",
                         "dataplane/scan", "dataplane/path", "dataplane/signal",
                         # what a stack is made of, not the reassembly
                         "dataplane/fragment/fragment_policy.h", "dataplane/stream/overlap.h"],
    "dataplane/worker": ["dataplane"],
    "sensor": ["dataplane", "sensor"],
    # one matcher, one verdict, one pattern checker, for both sides; none of them has DPDK inside
    "control": ["dataplane/base", "dataplane/path", "dataplane/zone", "dataplane/scan",
                "dataplane/signal",                # which steps a recorded flow satisfies, for `hunt`
                "dataplane/policy/generation.h",   # the tables that sensors judge with, for `explain`
                "control"],
    "bench": ["dataplane", "sensor", "control", "tests", "bench"],
    "tests": ["dataplane", "sensor", "control", "tests", "bench"],
}

# generated messages: who may include "glacis/v1/..."
PROTO = ["dataplane/policy", "sensor", "control", "bench", "tests"]

# what stands between <> or names a foreign library: pattern, what it is, who may
FOREIGN = [
    (r"^rte_", "DPDK", ["dataplane/port", "dataplane/packet", "dataplane/flow", "dataplane/policy",
                        "dataplane/zone", "dataplane/worker", "sensor/runtime", "sensor/replay",
                        "bench", "tests"]),
    (r"^hs(/hs)?\.h$|^hs/", "Hyperscan", ["dataplane/scan", "bench", "tests"]),
    (r"^yaml-cpp/", "YAML", ["sensor/config", "control/config", "control/threat_model", "tests"]),
    (r"^nlohmann/", "JSON", ["control/threat_model", "control/report", "control/exchange", "tests"]),
    (r"^expat\.h$", "expat", ["control/exchange", "tests"]),
    (r"^grpc(pp)?/|^grpc\+\+/", "gRPC", ["control/server", "control/cli", "control/config", "sensor/alert",
                                          "sensor/policy", "tests", "bench"]),
    (r"\.grpc\.pb\.h$", "gRPC", ["control/server", "control/cli", "sensor/alert", "sensor/policy",
                                  "tests", "bench"]),
    (r"^sqlite3\.h$", "SQLite", ["control/store", "tests"]),
    (r"^boost/asio", "Boost.Asio", ["sensor", "control", "tests"]),
    (r"^pcap/|^pcap\.h$", "libpcap", ["tests", "bench"]),
]

LONGEST_FILE = 600   # lines; the aim is 400
AIM = 400
