#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/port/memory_port.h"
#include "tests/fakes/frames.h"

namespace glacis {

inline constexpr Nanos kNonsenseStart = seconds(1'700'000'000);
inline const IpAddress kNonsenseUser = IpAddress::v4(10, 1, 0, 7), kNonsenseData = IpAddress::v4(10, 4, 0, 5);

// "" if they are the same; else where they part.
inline std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() && in_b == b.end()) return "";
  return "event " + std::to_string(in_a - a.begin()) + " of " + std::to_string(a.size()) + " and " +
         std::to_string(b.size()) + ": " + (in_a == a.end() ? "none" : *in_a) + " | " +
         (in_b == b.end() ? "none" : *in_b);
}

// Most in the usual frame, some in one of IPv6 (with hosts that differ in their first bytes alone) or with a tag; some
// of them spoilt, some of another protocol.
template <class Pick>
frames::Bytes in_some_frame(const frames::Ends& ends, bool back, const frames::Segment& segment, Pick pick) {
  frames::Bytes out;
  if (pick(4) == 0) {
    frames::Ends ends6 = frames::ends6();
    ends6.from.bytes[5] = static_cast<uint8_t>(pick(2));
    if (back) std::swap(ends6.from, ends6.to);
    out = frames::ethernet(frames::kIp6, frames::ip6(segment, {}, ends6));
  } else {
    out = frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, segment));
  }
  if (pick(6) == 0) {
    const frames::Bytes tag{0x81, 0x00, 0x00, static_cast<uint8_t>(1 + pick(2))};
    out.insert(out.begin() + 12, tag.begin(), tag.end());
  }
  if (pick(20) == 0) out.resize(20 + pick(out.size() - 20));
  if (pick(20) == 0) out.back() ^= 0xff;
  if (pick(30) == 0) frames::set16(out, 12, frames::kArp);
  return out;
}

// Packets of a few conversations without any sense: every flag, payload that proves a direction or does
// not, pauses as long as each timeout.
inline std::vector<MemoryFrame> nonsense(uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&random](size_t below) { return static_cast<size_t>(random() % below); };
  constexpr uint8_t kFlags[] = {kTcpAck,           kTcpAck,           kTcpAck,
                                kTcpPsh | kTcpAck, kTcpPsh | kTcpAck, kTcpSyn,
                                kTcpSyn | kTcpAck, kTcpFin | kTcpAck, kTcpRst};
  constexpr std::string_view kPayloads[] = {"", "", "x", "GET / HTTP/1.1", "HTTP/1.1 200", "card=4111111111111111"};
  constexpr uint16_t kPorts[] = {22, 53, 80, 5432};
  constexpr int64_t kPauses_ms[] = {0, 1, 1, 1, 5, 900, 9'000, 31'000, 61'000, 620'000};
  std::vector<MemoryFrame> out;
  Nanos now = kNonsenseStart;
  for (int i = 0; i < 400; ++i) {
    now = now + milliseconds(kPauses_ms[pick(pick(4) == 0 ? 10 : 6)]);
    const auto client = static_cast<uint16_t>(40'000 + pick(6));
    const uint16_t server = kPorts[pick(4)];
    const bool back = pick(2) == 0;
    const frames::Ends ends{back ? kNonsenseData : kNonsenseUser, back ? kNonsenseUser : kNonsenseData};
    const auto payload = frames::text(kPayloads[pick(6)]);
    frames::Segment segment;
    if (pick(3) == 0) {
      segment = frames::udp(back ? server : client, back ? client : server, payload);
    } else {
      frames::Tcp tcp;
      tcp.from = back ? server : client;
      tcp.to = back ? client : server;
      tcp.flags = kFlags[pick(9)];
      tcp.seq = static_cast<uint32_t>(1000 + i * 100);
      segment = frames::tcp(tcp, payload);
    }
    out.push_back({now, in_some_frame(ends, back, segment, pick), LinkType::kEthernet});
  }
  return out;
}

}  // namespace glacis
