// A script of segments of one direction, with acknowledgements, lies, bad checksums and urgent bytes between them:
// TcpReassembler hands out what its plain twin does, byte by byte, in both readings. Where a cap was hit it may do
// otherwise, and only its own bounds must hold. Behind it the same script in both directions with every other
// field of a segment taken from it: whatever that means, runs are sound and nothing is held in the end.
//   first byte: policy, rooms; then steps of kind, place, length, bytes' seed
#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "dataplane/base/byte_cursor.h"
#include "tests/fakes/plain_stream.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;

constexpr uint64_t kBase = uint64_t{1} << 40;
constexpr size_t kMostSteps = 200;

// Bytes that depend on where they stand, or, told otherwise, not only on that.
std::string text_of(uint64_t offset, size_t bytes, uint8_t lie) {
  std::string out(bytes, 'a');
  for (size_t i = 0; i < bytes; ++i) {
    const uint64_t at = offset + i;
    out[i] = static_cast<char>('a' + (at * 7 + at / 26) % 26);
    if (lie != 0 && at % lie < lie / 2U) out[i] = static_cast<char>('A' + lie % 26);
  }
  return out;
}

OverlapPolicy policy_of(uint8_t first) { return static_cast<OverlapPolicy>(first % kOverlapPolicies); }

ReassemblyOptions options_of(uint8_t first) {
  ReassemblyOptions out;
  out.streams = 2;
  const bool narrow = (first & 0x40) != 0;
  out.arena_chunks = narrow ? 6 : 256;
  out.most_chunks = narrow ? 4 : 256;
  out.most_pieces = narrow ? 3 : 32;
  out.one_sided_bytes = (first & 0x80) != 0 ? 100 : 1 << 20;
  return out;
}

// One for each way that options_of() can answer: making one takes longer than a script.
TcpReassembler& reassembler_of(uint8_t first) {
  static std::map<unsigned, std::unique_ptr<TcpReassembler>> made;
  std::unique_ptr<TcpReassembler>& out = made[first & 0xc0U];
  if (out == nullptr) out = std::make_unique<TcpReassembler>(options_of(first));
  out->count_on_from({});
  return *out;
}

struct Step {
  uint8_t kind, lie;
  uint64_t offset;
  size_t bytes;
};
Step next_step(ByteCursor& in) {
  Step out;
  out.kind = in.u8();
  out.offset = in.u16() % 6000;
  out.bytes = in.u8() * ((out.kind & 0x80) != 0 ? size_t{9} : size_t{1});
  out.lie = in.u8();
  return out;
}

void beside_the_plain_one(std::span<const uint8_t> script) {
  ByteCursor in(script);
  const uint8_t chosen = in.u8();
  const ReassemblyOptions options = options_of(chosen);
  const uint32_t first = in.u32();
  TcpReassembler& real = reassembler_of(chosen);
  BothStreams both(real, policy_of(chosen), options.one_sided_bytes, first);
  for (size_t i = 0; i < kMostSteps && in.left() >= 5; ++i) {
    const Step step = next_step(in);
    const std::string bytes = text_of(step.offset, step.bytes, step.lie);
    const uint64_t at = kBase + step.offset;
    switch (step.kind % 8) {
      case 0:
        if (i == 0) both.syn(at);
        break;
      case 1:
        both.ack(at);
        break;
      case 2:
        both.data(at, bytes, true);
        break;
      case 3:
        if (!bytes.empty()) both.data(at, bytes, false, static_cast<uint16_t>(step.lie * 3));
        break;
      default:
        if (!bytes.empty()) both.data(at, bytes);
        break;
    }
    if (real.counters().full != 0) return;
    require(both.main == both.plain.main, "the main reading is that of the plain twin");
    require(both.other == both.plain.other, "the other reading is that of the plain twin");
  }
  both.finish();
  require(both.main == both.plain.main && both.other == both.plain.other, "so they are at the end");
  require(real.counters().conflicts == static_cast<uint64_t>(both.plain.conflicts), "conflicts are counted alike");
  require(real.counters().gaps == static_cast<uint64_t>(both.plain.gaps), "gaps are counted alike");
}

void check(const StreamStep& step) {
  uint64_t sum = 0;
  for (const StreamRun& run : step.runs) {
    require(!run.bytes.empty(), "a run has bytes");
    for (const uint8_t byte : run.bytes) sum += byte;  // a sanitizer sees what is not there
  }
  require(sum != 1, "text is read");
}

// Two streams, every field.
void anything(std::span<const uint8_t> script) {
  ByteCursor in(script);
  const uint8_t chosen = in.u8();
  TcpReassembler& real = reassembler_of(chosen);
  const uint32_t first = in.u32();
  for (uint32_t handle : {1U, 2U}) real.open(handle, {policy_of(chosen), policy_of(chosen)});
  for (size_t i = 0; i < kMostSteps && in.left() >= 5; ++i) {
    const Step step = next_step(in);
    const std::string bytes = text_of(step.offset, step.bytes, step.lie);
    // A block of its own, so that a sanitizer sees a read of it in a later call.
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    TcpSegment segment;
    segment.payload = {copy.get(), bytes.size()};
    segment.seq = first + static_cast<uint32_t>(step.offset);
    segment.flags = step.lie;
    segment.bad_checksum = step.kind % 16 == 7;
    if (step.kind % 4 == 3 && in.left() >= 12) {
      segment.ack = first + in.u16();
      segment.window = in.u16();
      segment.window_scale = in.u8();
      segment.ts_value = in.u8();
      segment.has_ts = segment.ts_value % 2 == 0;
      segment.hop_limit = in.u8();
      segment.urgent = in.u16();
      if (in.u8() % 8 == 0) segment.seq = in.u32();
    }
    const uint32_t handle = 1 + step.kind / 16 % 2;
    check(real.accept(handle, (step.kind & 0x40) != 0, segment));
  }
  for (uint32_t handle : {1U, 2U}) {
    for (const bool to_responder : {false, true}) check(real.finish(handle, to_responder));
    require(!real.waits(handle), "nothing waits behind finish()");
    real.close(handle);
  }
  require(real.chunks_in_use() == 0, "all room comes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  beside_the_plain_one({data, size});
  anything({data, size});
  return 0;
}
