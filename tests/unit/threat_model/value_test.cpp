#include "control/threat_model/value.h"

#include <gtest/gtest.h>

namespace glacis::control {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(Value, DurationsAreWholeNumbersWithAUnit) {
  EXPECT_EQ(duration_ns("30s"), 30 * kSecond);
  EXPECT_EQ(duration_ns("10m"), 600 * kSecond);
  EXPECT_EQ(duration_ns("4h"), 14'400 * kSecond);
  EXPECT_EQ(duration_ns("1d"), 86'400 * kSecond);
  EXPECT_EQ(duration_ns("3650d"), int64_t{3650} * 86'400 * kSecond);
  for (const char* bad : {"", "s", "10", "1.5h", "-1s", "1 h", "1w", "3651d", "99999999999s", "1ms"})
    EXPECT_FALSE(duration_ns(bad)) << bad;
}

TEST(Value, AmountsKnowDecimalAndBinaryUnits) {
  EXPECT_EQ(amount("5000"), 5000u);
  EXPECT_EQ(amount("50MB"), 50'000'000u);
  EXPECT_EQ(amount("64MiB"), 64u << 20);
  EXPECT_EQ(amount("2kB"), 2000u);
  EXPECT_EQ(amount("2KiB"), 2048u);
  for (const char* bad : {"", "MB", "5mb", "5 MB", "1.5GB", "99999999999999999999", "18446744073709551615kB", "-1"})
    EXPECT_FALSE(amount(bad)) << bad;
}

TEST(Value, RatesAreAmountsInATime) {
  for (const char* rate : {"50MB/h", "2000/h", "1/s", "3GiB/d", "7/m"}) EXPECT_TRUE(is_rate(rate)) << rate;
  for (const char* bad : {"50MB", "/h", "0/h", "50MB/", "50MB/w", "fast/h"}) EXPECT_FALSE(is_rate(bad)) << bad;
}

TEST(Value, PrefixesAreReadInBothFamilies) {
  const auto v4 = address_prefix("10.1.0.0/16");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->bytes, std::string("\x0a\x01\0\0", 4));
  EXPECT_EQ(v4->length, 16u);
  const auto host = address_prefix("fd00::1");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->bytes.size(), 16u);
  EXPECT_EQ(host->length, 128u);
  for (const char* bad :
       {"", "10.1.0.0/33", "10.1/16", "10.1.0.0/", "fd00::/129", "10.300.0.0", "name", "10.0.0.0/-1", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(address_prefix(bad)) << bad;
  }
}

TEST(Value, Ipv4InIpv6FormIsIpv4) {
  const auto prefix = address_prefix("::ffff:10.1.0.0/112");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->bytes, std::string("\x0a\x01\0\0", 4));
  EXPECT_EQ(prefix->length, 16u);
}

TEST(Value, CanonicalPrefixesHaveNoBitsBeyondTheirLength) {
  EXPECT_TRUE(is_canonical(*address_prefix("10.1.7.0/28")));
  EXPECT_FALSE(is_canonical(*address_prefix("10.1.7.1/28")));
  EXPECT_FALSE(is_canonical(*address_prefix("fd00:1::/16")));
}

TEST(Value, PrefixContainsWhatIsNarrowerAndOfItsFamily) {
  const auto p = [](const char* text) { return *address_prefix(text); };
  EXPECT_TRUE(contains(p("10.1.0.0/16"), p("10.1.7.0/28")));
  EXPECT_TRUE(contains(p("10.1.0.0/16"), p("10.1.0.0/16")));
  EXPECT_FALSE(contains(p("10.1.7.0/28"), p("10.1.0.0/16")));
  EXPECT_FALSE(contains(p("10.1.0.0/16"), p("10.2.0.0/24")));
  EXPECT_FALSE(contains(p("0.0.0.0/0"), p("fd00::/8")));
}

TEST(Value, PortsAreNumbersOrRanges) {
  EXPECT_EQ(port_spans("443")->at(0).last, 443u);
  EXPECT_EQ(port_spans("5985-5986")->at(0).first, 5985u);
  for (const char* bad : {"", "65536", "2-1", "1-65536", "-1", "1-", "http", "1-2-3"})
    EXPECT_FALSE(port_spans(bad)) << bad;
}

TEST(Value, DateHoldsToItsLastSecond) {
  EXPECT_EQ(end_of_date_s("1970-01-01"), 86'399);
  EXPECT_EQ(end_of_date_s("2029-03-31"), 1'869'695'999);
  for (const char* bad : {"2026-02-30", "2026-13-01", "26-01-01", "2026/01/01", "tomorrow", "2026-1-01"})
    EXPECT_FALSE(end_of_date_s(bad)) << bad;
}

TEST(Value, HoursAndDays) {
  EXPECT_EQ(hours_span("01:00-03:30")->start_minute, 60u);
  EXPECT_EQ(hours_span("01:00-03:30")->end_minute, 210u);
  EXPECT_EQ(hours_span("22:00-24:00")->end_minute, 1440u);
  for (const char* bad : {"1-3", "01:00", "24:01-25:00", "10:60-11:00"}) EXPECT_FALSE(hours_span(bad)) << bad;
  EXPECT_EQ(days_mask("mon-fri"), 0x1fu);
  EXPECT_EQ(days_mask("sat-mon"), 0x61u);
  EXPECT_EQ(days_mask("sun"), 0x40u);
  EXPECT_FALSE(days_mask("monday"));
}

TEST(Value, AttackIdsAndTimeZones) {
  for (const char* id : {"T1078", "T1078.002"}) EXPECT_TRUE(is_attack_id(id)) << id;
  for (const char* bad : {"T107", "1078", "T1078.2", "T10780", "TA0001", "T1078.0022", "t1078"})
    EXPECT_FALSE(is_attack_id(bad)) << bad;
  EXPECT_TRUE(is_time_zone("UTC"));
  for (const char* bad : {"", "/etc/passwd", "../UTC", "Europe/Ber lin"}) EXPECT_FALSE(is_time_zone(bad)) << bad;
}

}  // namespace
}  // namespace glacis::control
