#include "control/exchange/end_addresses.h"

#include <random>

#include "control/threat_model/value.h"
#include "dataplane/zone/zone_table.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

const std::string kNested =
    "model: {id: m, owner: ada}\n"
    "zones:\n"
    "  net: {trust: 0, addr: any}\n"
    "  campus: {trust: 40, addr: [10.0.0.0/8, 'fd00::/16']}\n"
    "  lab: {trust: 60, addr: [10.1.0.0/16, 'fd00:1::/48']}\n"
    "  bare: {trust: 10}\n"
    "assets:\n"
    "  one: {zone: lab, addr: 10.1.0.5}\n"
    "  two: {zone: lab, addr: [10.1.0.16/28, 'fd00:1::9']}\n"
    "  rest: {zone: lab}\n"
    "  named: {zone: net, name: far.example}\n";

class Ends : public ::testing::Test {
 protected:
  // "[within] less [without]" of each block.
  std::string blocks(const EndNames& names) {
    std::string out;
    for (const AddressBlock& block : ends_.of(models_[0], names)) {
      out += block.everywhere ? "any" : texts(block.within);
      out += block.without.empty() ? ";" : " less " + texts(block.without) + ";";
    }
    return out;
  }
  static std::string texts(const std::vector<AddressPrefix>& prefixes) {
    std::string out;
    for (const AddressPrefix& prefix : prefixes) out += (out.empty() ? "" : " ") + prefix_text(prefix);
    return out;
  }
  bool has(const std::string& name, const std::string& address) {
    const std::string bytes = address_prefix(address)->bytes;
    return std::ranges::any_of(ranges_of(ends_.of(models_[0], name), bytes.size()),
                               [&](const AddressRange& r) { return r.first <= bytes && bytes <= r.second; });
  }

  const std::vector<Model> models_ = {good(kNested)};
  const v1::Policy policy_ = [this] {
    RuleIds ids;
    return *compile(models_, "", ids, CompileFor::kCheck);
  }();
  const ExportModels exported_{models_, policy_};
  EndAddresses ends_{exported_};
};

TEST_F(Ends, LongestPrefixDecides) {
  EXPECT_EQ(blocks({"campus"}), "10.0.0.0/8 fd00::/16 less 10.1.0.0/16 fd00:1::/48;");
  EXPECT_EQ(blocks({"lab"}), "10.1.0.0/16 fd00:1::/48;");
}

TEST_F(Ends, AssetWithoutAddressIsTheRestOfItsZone) {
  EXPECT_EQ(blocks({"rest"}), "10.1.0.0/16 fd00:1::/48 less 10.1.0.5 10.1.0.16/28 fd00:1::9;");
}

TEST_F(Ends, BlocksAreOneWhereTheirExceptionsDoNotTouch) {
  EXPECT_EQ(blocks({"one", "two"}), "10.1.0.5 10.1.0.16/28 fd00:1::9;");
  EXPECT_EQ(blocks({"campus", "lab"}), "10.0.0.0/8 fd00::/16 less 10.1.0.0/16 fd00:1::/48;10.1.0.0/16 fd00:1::/48;");
  EXPECT_EQ(blocks({"lab", "any"}), "any;");
  EXPECT_EQ(blocks({}), "any;");
}

TEST_F(Ends, WhatHasNoAddressIsNamed) {
  EXPECT_EQ(ends_.without_address(models_[0], {"lab", "bare", "named"}), (EndNames{"bare", "named"}));
  EXPECT_EQ(ends_.widened(models_[0], {"lab", "named"}), (EndNames{"lab", "net"}));
  EXPECT_EQ(blocks({"named"}), "");
}

// The sensor's own rule for `any` beside the prefixes here, at the edges of the registries and at random.
TEST_F(Ends, AnyIsWhatASensorTakesForIt) {
  std::vector<std::string> addresses = {"0.255.255.255",
                                        "1.0.0.0",
                                        "9.255.255.255",
                                        "11.0.0.0",
                                        "100.63.255.255",
                                        "100.64.0.0",
                                        "100.127.0.1",
                                        "100.128.0.0",
                                        "126.1.1.1",
                                        "127.0.0.1",
                                        "128.0.0.0",
                                        "169.254.1.1",
                                        "172.15.255.255",
                                        "172.31.255.255",
                                        "172.32.0.0",
                                        "192.168.255.255",
                                        "192.169.0.0",
                                        "223.255.255.255",
                                        "224.0.0.0",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::2",
                                        "2001:db8::1",
                                        "fbff::1",
                                        "fc00::",
                                        "fe00::",
                                        "fe80::1",
                                        "febf::1",
                                        "fec0::1",
                                        "ff00::"};
  std::mt19937 random(20261126);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(i % 2 == 0 ? 4 : 16, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    addresses.push_back(address_text(bytes));
  }
  for (const std::string& text : addresses) {
    const std::string bytes = address_prefix(text)->bytes;
    const std::span<const uint8_t> wire(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    const bool zoned = has("campus", text) || has("lab", text);
    EXPECT_EQ(has("net", text), global_unicast(IpAddress::from_bytes(wire)) && !zoned) << text;
  }
}

TEST(AddressRanges, AreWrittenAsShortAsTheyCan) {
  const auto text = [](const std::string& first, const std::string& last) {
    return range_text({address_prefix(first)->bytes, address_prefix(last)->bytes});
  };
  EXPECT_EQ(text("10.0.0.0", "10.0.0.255"), "10.0.0.0/24");
  EXPECT_EQ(text("10.0.0.7", "10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(text("10.0.0.1", "10.0.0.2"), "10.0.0.1-10.0.0.2");
  EXPECT_EQ(text("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "::/0");
}

TEST(AddressRanges, AllAddressesLessSomeIsExact) {
  const AddressBlock block{true, {}, {*address_prefix("0.0.0.0/8"), *address_prefix("255.255.255.255/32")}};
  const auto ranges = ranges_of({block, {false, {*address_prefix("0.0.0.0/9")}, {}}}, 4);
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(range_text(ranges[0]), "0.0.0.0/9");
  EXPECT_EQ(range_text(ranges[1]), "1.0.0.0-255.255.255.254");
}

}  // namespace
}  // namespace glacis::control
