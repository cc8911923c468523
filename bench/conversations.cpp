#include "bench/conversations.h"

#include <array>
#include <random>
#include <span>
#include <string_view>

#include "bench/flow_ends.h"
#include "tests/fakes/frames.h"

namespace glacis::bench {
namespace {

using Random = std::mt19937_64;
using Frames = std::vector<frames::Bytes>;

constexpr uint8_t kFin = 0x01, kSyn = 0x02, kPush = 0x08, kAck = 0x10;
constexpr size_t kAtATime = 256, kStore = 1 << 16;
constexpr size_t kShortest = 60;  // of a frame without its check sequence

bool percent(Random& random, unsigned share) { return random() % 100 < share; }

// Payload is cut out of two stores at a random place: making it anew would take longer than
// everything else.
class Payloads {
 public:
  explicit Payloads(uint64_t seed) : text_(make_text(kStore, seed)), random_bytes_(kStore) {
    Random random(seed);
    for (uint8_t& byte : random_bytes_) byte = static_cast<uint8_t>(random());
  }
  [[nodiscard]] frames::Bytes cut(bool text, size_t bytes, Random& random) const {
    const auto& store = text ? text_ : random_bytes_;
    const auto at = store.begin() + static_cast<std::ptrdiff_t>(random() % (kStore - bytes));
    return {at, at + static_cast<std::ptrdiff_t>(bytes)};
  }

 private:
  std::vector<uint8_t> text_, random_bytes_;
};

// One conversation's packets, as they are written.
class Script {
 public:
  Script(const FlowEnds& flow, bool tagged, bool text) : flow_(flow), tagged_(tagged), server_(text ? 80 : 443) {}

  void tcp(bool up, uint8_t flags, const frames::Bytes& payload = {}) {
    const frames::Tcp header{.from = up ? flow_.port : server_,
                             .to = up ? server_ : flow_.port,
                             .seq = next_[up],
                             .ack = (flags & kAck) != 0 ? next_[!up] : 0,
                             .flags = flags};
    next_[up] += static_cast<uint32_t>(payload.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
    write(up, frames::tcp(header, payload));
  }
  void udp(bool up, const frames::Bytes& payload) {
    write(up, frames::udp(up ? flow_.port : server_, up ? server_ : flow_.port, payload));
  }
  [[nodiscard]] Frames take() { return std::move(out_); }

 private:
  void write(bool up, const frames::Segment& segment) {
    const frames::Ends ends =
        up ? frames::Ends{flow_.initiator, flow_.responder} : frames::Ends{flow_.responder, flow_.initiator};
    const frames::Bytes packet = flow_.ip6 ? frames::ip6(segment, {}, ends) : frames::ip4({.ends = ends}, segment);
    out_.push_back(frames::ethernet(flow_.ip6 ? frames::kIp6 : frames::kIp4, packet,
                                    tagged_ ? std::vector<frames::Tag>{{0x8100, 100}} : std::vector<frames::Tag>{}));
    if (out_.back().size() < kShortest) out_.back().resize(kShortest);
  }
  const FlowEnds flow_;
  const bool tagged_;
  const uint16_t server_;
  std::array<uint32_t, 2> next_{7000, 1000};  // sequence numbers: down, up
  Frames out_;
};

// Half of the pieces are full segments.
size_t piece(Random& random) { return random() % 2 == 0 ? 1400 : 40 + random() % 900; }

Frames tcp_conversation(Script script, bool text, const Payloads& payloads, Random& random) {
  script.tcp(true, kSyn);
  script.tcp(false, kSyn | kAck);
  script.tcp(true, kAck);
  for (size_t asked = 1 + random() % 2; asked > 0; --asked) {
    script.tcp(true, kAck | kPush, payloads.cut(text, 100 + random() % 400, random));
    const size_t pieces = 1 + random() % 10;
    for (size_t i = 0; i < pieces; ++i) {
      script.tcp(false, kAck, payloads.cut(text, piece(random), random));
      if (i % 2 == 1) script.tcp(true, kAck);
    }
  }
  script.tcp(true, kAck | kFin);
  script.tcp(false, kAck | kFin);
  script.tcp(true, kAck);
  return script.take();
}

Frames udp_conversation(Script script, bool text, const Payloads& payloads, Random& random) {
  script.udp(true, payloads.cut(text, 30 + random() % 60, random));
  for (size_t answers = 1 + random() % 3; answers > 0; --answers)
    script.udp(false, payloads.cut(text, piece(random), random));
  return script.take();
}

Frames conversation(uint64_t seed, size_t index, const Payloads& payloads, Random& random) {
  const bool text = percent(random, 20), tagged = percent(random, 5);
  const Script script(draw_flow(seed, index, 10), tagged, text);
  return percent(random, 70) ? tcp_conversation(script, text, payloads, random)
                             : udp_conversation(script, text, payloads, random);
}

struct Open {
  Frames frames;
  size_t next = 0;
};

}  // namespace

Conversations make_conversations(size_t packets, uint64_t seed) {
  Random random(seed);
  const Payloads payloads(seed);
  Conversations out;
  std::vector<Open> open;
  size_t planned = 0;
  while (planned < packets || !open.empty()) {
    while (open.size() < kAtATime && planned < packets) {
      open.push_back({conversation(seed, out.conversations++, payloads, random)});
      planned += open.back().frames.size();
    }
    Open& one = open[random() % open.size()];
    out.frames.push_back(std::move(one.frames[one.next++]));
    if (one.next < one.frames.size()) continue;
    std::swap(one, open.back());
    open.pop_back();
  }
  return out;
}

std::string Conversations::name() const {
  size_t bytes = 0;
  for (const auto& frame : frames) bytes += frame.size() + 4;
  return "conversations, mean " + std::to_string(bytes / frames.size()) + " B, 70 % TCP, 10 % IPv6, 5 % VLAN";
}

std::vector<uint8_t> make_text(size_t bytes, uint64_t seed) {
  static constexpr std::array<std::string_view, 24> kWords{"GET /",
                                                           " HTTP/1.1\r\n",
                                                           "Host: ",
                                                           "Content-Type: text/html\r\n",
                                                           "Set-Cookie: id=",
                                                           "<div class=\"",
                                                           "</div>\n",
                                                           "<a href=\"/",
                                                           "select ",
                                                           "token",
                                                           "\"price\": ",
                                                           "key",
                                                           "order",
                                                           "customer ",
                                                           "&page=",
                                                           "Cache-Control: no-cache\r\n",
                                                           "the ",
                                                           "and ",
                                                           "of shipping ",
                                                           "/cgi-bin/",
                                                           "X-Token",
                                                           "secret ",
                                                           "union ",
                                                           "\r\n\r\n"};
  Random random(seed);
  std::vector<uint8_t> out;
  out.reserve(bytes + 64);
  while (out.size() < bytes) {
    const std::string_view word = kWords[random() % kWords.size()];
    out.insert(out.end(), word.begin(), word.end());
    if (random() % 3 == 0) frames::put(out, frames::text(std::to_string(random() % 1'000'000)));
    if (random() % 4 == 0) out.push_back(static_cast<uint8_t>('a' + random() % 26));
  }
  out.resize(bytes);
  return out;
}

}  // namespace glacis::bench
