// Datagrams that Scapy has split come back byte for byte.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

#include "dataplane/fragment/defragmenter.h"

namespace glacis {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes from_hex(const std::string& hex) {
  Bytes out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

// The parts of a raw IP packet that is a fragment, read by hand.
Fragment fragment_of(const Bytes& packet, Nanos time) {
  const std::span<const uint8_t> p(packet);
  const auto u16 = [&](size_t at) { return static_cast<uint32_t>(packet[at] << 8 | packet[at + 1]); };
  Fragment f;
  f.ip_version = packet[0] >> 4;
  f.time = time;
  if (f.ip_version == 4) {
    const size_t header = (packet[0] & 15) * size_t{4};
    f.source = IpAddress::from_bytes(p.subspan(12, 4));
    f.destination = IpAddress::from_bytes(p.subspan(16, 4));
    f.id = u16(4);
    f.protocol = packet[9];
    f.hop_limit = packet[8];
    f.more = (u16(6) & 0x2000) != 0;
    f.offset = static_cast<uint16_t>((u16(6) & 0x1fff) * 8);
    f.header = p.first(header);
    f.body = p.subspan(header);
    return f;
  }
  size_t at = 40;  // hop-by-hop options of 8 bytes, if any, then the fragment header
  if (packet[6] == 0) at += 8;
  f.source = IpAddress::from_bytes(p.subspan(8, 16));
  f.destination = IpAddress::from_bytes(p.subspan(24, 16));
  f.protocol = packet[at];
  f.hop_limit = packet[7];
  f.offset = static_cast<uint16_t>(u16(at + 2) & 0xfff8);
  f.more = (packet[at + 3] & 1) != 0;
  f.id = u16(at + 4) << 16 | u16(at + 6);
  f.header = p.first(at);
  f.body = p.subspan(at + 8);
  return f;
}

TEST(FragmentOracle, WhatScapySplitsComesBackByteForByte) {
  const char* const given = std::getenv("GLACIS_TEST_SEED");
  const std::string seed = given != nullptr ? given : std::to_string(std::random_device{}());
  const std::string command = "/usr/bin/python3 " GLACIS_SCAPY_FRAGMENTS " " + seed + " 150 2>&1";
  FILE* const script = popen(command.c_str(), "r");
  ASSERT_NE(script, nullptr);
  std::string text;
  std::array<char, 4096> piece;
  for (size_t n; (n = std::fread(piece.data(), 1, piece.size(), script)) > 0;) text.append(piece.data(), n);
  const int status = pclose(script);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << text;
  ASSERT_EQ(status, 0) << text;

  Defragmenter defragmenter({});
  Bytes expected;
  int packets = 0, whole = 0, last_whole = 0;
  std::istringstream lines(text);
  for (std::string kind, hex; lines >> kind >> hex;) {
    if (kind == "packet") {
      expected = from_hex(hex);
      ++packets;
      continue;
    }
    ASSERT_EQ(kind, "fragment");
    // Times far enough apart that no repetition of one datagram meets the next with its id.
    const Bytes bytes = from_hex(hex);
    const Reassembled out = defragmenter.add(fragment_of(bytes, seconds(packets * 100)), kDefaultFragmentPolicy,
                                             [](const EndedDatagram&) {});
    ASSERT_NE(out.disposition, FragmentDisposition::kRefused) << "GLACIS_TEST_SEED=" << seed << " " << packets;
    ASSERT_FALSE(out.anomalies.has(Anomaly::kFragmentOverlap)) << "GLACIS_TEST_SEED=" << seed << " " << packets;
    if (out.disposition != FragmentDisposition::kWhole) continue;
    whole += last_whole == packets ? 0 : 1;  // repeated ones may make it again
    last_whole = packets;
    ASSERT_EQ(Bytes(out.packet.begin(), out.packet.end()), expected) << "GLACIS_TEST_SEED=" << seed << " " << packets;
  }
  EXPECT_GT(packets, 100);
  EXPECT_EQ(whole, packets) << "GLACIS_TEST_SEED=" << seed;
}

}  // namespace
}  // namespace glacis
