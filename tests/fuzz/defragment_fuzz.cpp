// Fragments by a script of 5 bytes each, after two bytes for policy, version and sizes. Of one datagram in enough room
// a defragmenter says what its plain twin says; of many in little room its sums balance and every chunk comes back.
#include <memory>

#include "dataplane/fragment/defragmenter.h"
#include "tests/fakes/fragments.h"
#include "tests/fakes/plain_reassembly.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;

constexpr size_t kStep = 5, kMostSteps = 60;

struct Script {
  FragmentPolicy policy;
  uint8_t ip_version;
  bool crowded;  // many datagrams in little room
  std::span<const uint8_t> steps;
};

Script script_of(std::span<const uint8_t> bytes) {
  return {.policy = static_cast<FragmentPolicy>(bytes[0] % static_cast<size_t>(FragmentPolicy::kCount)),
          .ip_version = (bytes[1] & 1) != 0 ? uint8_t{6} : uint8_t{4},
          .crowded = (bytes[1] & 2) != 0,
          .steps = bytes.subspan(2)};
}

// offset in units | length in bytes | more, length in pages, other offset | what the bytes are | id and source, time
MadeFragment fragment_of(const Script& script, size_t step) {
  const auto s = script.steps.subspan(step * kStep, kStep);
  MadeFragment out{.ip_version = script.ip_version};
  out.offset = s[0] % 32 * 8U;
  if ((s[2] & 0xf0) == 0xf0) out.offset = 65'280 + s[0] / 8 * 8U;
  out.more = (s[2] & 1) != 0;
  size_t bytes = s[1] % 72;
  if ((s[2] & 0x7e) == 0x6e) bytes += size_t{s[1]} * 256;  // seldom: the plain twin takes long
  out.bytes.assign(bytes, s[3]);
  for (size_t i = 0; i < bytes; i += 16) out.bytes[i] = static_cast<uint8_t>(out.offset / 8 + i / 8);
  out.hop_limit = s[3];
  out.protocol = (s[3] & 0x40) != 0 ? uint8_t{6} : uint8_t{17};
  return out;
}

void check_packet(const MadeFragment& f, const std::vector<uint8_t>& packet) {
  if (packet.empty()) return;
  const size_t least = f.ip_version == 4 ? 20 : 40;
  require(packet.size() > least && packet[0] >> 4 == f.ip_version, "a packet has its header");
  const size_t length =
      static_cast<size_t>(f.ip_version == 4 ? packet[2] << 8 | packet[3] : packet[4] << 8 | packet[5]);
  require(length == packet.size() - (f.ip_version == 4 ? 0 : 40), "a packet is as long as it says");
}

// Making a defragmenter takes longer than a script: the scripts share it, each so long after the one before that
// nothing of that is left.
class SharedDefragmenter {
 public:
  explicit SharedDefragmenter(const DefragmentOptions& options) : shared_(options) {}

  // When the next script begins, in ms. What an unfinished one left is ended.
  int64_t begin() {
    now_ms_ += 3'600'000;
    advance(now_ms_);
    require(shared_.pending() == 0, "nothing is left of the script before");
    require_balance();
    return now_ms_;
  }
  Said take(const MadeFragment& fragment, FragmentPolicy policy) {
    Said out = say(shared_, fragment, policy);
    ended_ += out.ended.size();
    return out;
  }
  void advance(int64_t ms, size_t most = SIZE_MAX) {
    shared_.advance(milliseconds(ms), [this](const EndedDatagram&) { ++ended_; }, most);
  }
  void require_balance() const {
    const DefragmentCounters& c = shared_.counters();
    require(ended_ == c.timed_out + c.evicted + c.given_up && sums_balance(shared_), "what ended was told");
  }
  [[nodiscard]] const Defragmenter& operator*() const { return shared_; }

 private:
  Defragmenter shared_;
  int64_t now_ms_ = 0;
  uint64_t ended_ = 0;
};

void run_alone(const Script& script) {
  static SharedDefragmenter shared({.arena_bytes = 1 << 20,
                                    .datagrams = 2,
                                    .share = 1,
                                    .most_fragments = kMostSteps,
                                    .most_datagram_bytes = 1 << 20});
  const int64_t now_ms = shared.begin();
  auto plain = std::make_unique<PlainReassembly>(script.policy, script.ip_version);
  bool conflict = false;
  for (size_t i = 0; i < std::min(script.steps.size() / kStep, kMostSteps); ++i) {
    MadeFragment f = fragment_of(script, i);
    f.protocol = script.ip_version == 4 ? uint8_t{17} : f.protocol;
    f.at_ms = now_ms;
    const Said said = shared.take(f, script.policy);
    check_packet(f, said.packet);
    check_packet(f, said.other);
    if (said.disposition == FragmentDisposition::kRefused) {
      if (!said.ended.empty()) return;  // given up: too long, or too many bytes that overlap
      continue;
    }
    const bool cut = f.more && f.bytes.size() % 8 != 0;
    require(cut || !said.anomalies.has(Anomaly::kFragmentLength), "only an odd length is told");
    if (cut) f.bytes.resize(f.bytes.size() / 8 * 8);
    const auto step = plain->add({f.offset, f.more, f.protocol, f.bytes, plain_header(f)});
    require((said.disposition == FragmentDisposition::kDuplicate) == step.duplicate, "both know a repetition");
    require(said.packet == step.packet, "the packet is that of the plain twin");
    require(said.other == step.other, "the other reading is that of the plain twin");
    require(said.target_discards == step.discards, "both say whether the target discards");
    conflict = conflict || said.anomalies.has(Anomaly::kFragmentConflict);
    require(conflict || !step.conflict, "a conflict is told");
    require(step.conflict || !said.anomalies.has(Anomaly::kFragmentConflict), "what is told is a conflict");
    if (said.disposition != FragmentDisposition::kWhole) continue;
    require(!said.packet.empty(), "whole is whole");
    plain = std::make_unique<PlainReassembly>(script.policy, script.ip_version);
    conflict = false;
  }
}

void run_crowded(const Script& script) {
  constexpr uint64_t kArena = 10 * 2048;
  static SharedDefragmenter shared(
      {.arena_bytes = kArena, .datagrams = 6, .share = 2, .most_fragments = 5, .most_datagram_bytes = 9000});
  int64_t ms = shared.begin();
  for (size_t i = 0; i < script.steps.size() / kStep; ++i) {
    MadeFragment f = fragment_of(script, i);
    const uint8_t who = script.steps[i * kStep + 4];
    f.id = who & 7;
    f.source = who >> 3 & 3;
    f.at_ms = ms += (who >> 5) * 1500;
    const Said said = shared.take(f, script.policy);
    check_packet(f, said.packet);
    check_packet(f, said.other);
    if ((who & 0x60) == 0x60) shared.advance(ms, 2);
    shared.require_balance();
  }
  shared.advance(ms + 120'000);
  require((*shared).pending() == 0 && (*shared).free_bytes() == kArena, "everything comes back");
  shared.require_balance();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Script script = script_of({data, size});
  script.crowded ? run_crowded(script) : run_alone(script);
  return 0;
}
