// What the engine gives up at a limit has a way out through its counters.
#include <gtest/gtest.h>

#include "dataplane/scan/scanner.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

constexpr const char* kCardPolicy = R"(
  language: 1
  models { id: "m" drift_crossing: UNMODELLED_ALLOW }
  zones { id: "users" models: 0 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 prefixes { address: "\012\004\000\000" length: 16 } }
  data { rule: 4 id: "cards" sensitivity: 5 patterns: 0 }
  patterns { expression: "[0-9]{16}" field: FIELD_PAYLOAD check: CHECK_LUHN }
  rules { id: 4 model: "m" element: "data/cards" kind: RULE_KIND_DATA severity: SEVERITY_CRITICAL }
)";

TEST_F(EngineTest, ContentChecksThatWereNotMadeAreCounted) {
  constexpr uint32_t kPerPacket = 40, kBeyond = 24;
  static_assert((Scanner::kMaxCandidates + kBeyond) % kPerPacket == 0);
  std::string wrong_numbers;
  for (uint32_t i = 0; i < kPerPacket; ++i) wrong_numbers += "4111111111111112;";
  Talk talk(IpAddress::v4(10, 1, 0, 7), 40'000, IpAddress::v4(10, 4, 0, 5), 80, seconds(1'700'000'000));
  talk.handshake();
  for (uint32_t i = 0; i < (Scanner::kMaxCandidates + kBeyond) / kPerPacket; ++i) {
    talk.from_client(kTcpPsh | kTcpAck, wrong_numbers);
  }
  policy_ = kCardPolicy;
  Heard heard;
  EXPECT_EQ(replay(talk.frames(), heard).candidates_capped, kBeyond);
}

}  // namespace
}  // namespace glacis
