#include "dataplane/policy/address_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>

#include "dataplane/policy/target_stack.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

using Bits = std::array<bool, 128>;

Bits bits_of(const IpAddress& address) {
  Bits out{};
  for (size_t i = 0; i < 128; ++i) out[i] = (address.bytes[i / 8] >> (7 - i % 8) & 1) != 0;
  return out;
}

// A random address or prefix in a small corner of IPv4 and IPv6, so that many of them lie in each other.
struct RandomAddresses {
  explicit RandomAddresses(uint32_t seed) : random(seed) {}
  IpAddress any() {
    if (random() % 8 == 0) return IpAddress::v4(byte(), byte(), byte(), byte());
    if (random() % 3 != 0) return IpAddress::v4(10, low(), low(), low());
    IpAddress out;
    out.bytes[0] = static_cast<uint8_t>(random() % 2 == 0 ? 0xfd : 0x20 + random() % 2);
    for (size_t i = 1; i < 16; ++i) out.bytes[i] = i % 4 == 1 ? low() : uint8_t{0};
    return out;
  }
  void prefix(v1::Prefix& out) {
    const IpAddress address = any();
    const uint32_t size = address.is_v4() ? 4 : 16;
    out.set_length(random() % 6 == 0 ? random() % (size * 8 + 1) : size * 8 - random() % 26);
    const auto wire = address.wire();
    std::string bytes(wire.begin(), wire.end());
    for (uint32_t bit = out.length(); bit < size * 8; ++bit)
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(0x80 >> (bit % 8)));
    out.set_address(bytes);
  }
  uint8_t byte() { return static_cast<uint8_t>(random()); }
  uint8_t low() { return static_cast<uint8_t>(random() % 4 * 0x55); }
  std::mt19937 random;
};

v1::Policy random_policy(uint32_t seed) {
  RandomAddresses addresses(seed);
  auto& random = addresses.random;
  v1::Policy policy;
  for (uint32_t m = 1 + random() % 3; m > 0; --m) policy.add_models();
  const uint32_t zones = 1 + random() % 6;
  std::set<std::string> taken;
  const auto fresh = [&](const std::string& layer, auto* list) {
    v1::Prefix prefix;
    addresses.prefix(prefix);
    // An IPv4 prefix and the same one as mapped IPv6 would be twins.
    if (taken.insert(layer + prefix.SerializeAsString()).second) *list->Add() = prefix;
  };
  for (uint32_t z = 0; z < zones; ++z) {
    v1::Zone& zone = *policy.add_zones();
    for (uint32_t n = random() % 5; n > 0; --n) fresh("", zone.mutable_prefixes());
  }
  if (random() % 2 == 0) policy.mutable_zones(static_cast<int>(random() % zones))->set_any(true);
  for (uint32_t a = random() % 8; a > 0; --a) {
    v1::Asset& asset = *policy.add_assets();
    asset.set_model(random() % static_cast<uint32_t>(policy.models_size()));
    asset.set_zone(random() % zones);
    if (random() % 5 == 0) asset.add_names("db.example");
    for (uint32_t n = random() % 3; n > 0; --n) fresh("m" + std::to_string(asset.model()), asset.mutable_prefixes());
  }
  return policy;
}

// The plain reading of the language, address by address.
class Oracle {
 public:
  explicit Oracle(const v1::Policy& policy) : policy_(policy) {}

  struct Answer {
    int zone = -1;  // of the policy; -1: unknown
    std::set<uint32_t> assets;
  };
  [[nodiscard]] Answer look_up(const IpAddress& address) const {
    Answer out;
    int zone_length = -1;
    for (int z = 0; z < policy_.zones_size(); ++z) {
      const int length = longest(policy_.zones(z).prefixes(), address);
      if (length > zone_length) zone_length = length, out.zone = z;
    }
    int best = -1;
    const int zone = out.zone;
    for (uint32_t m = 0; m < static_cast<uint32_t>(policy_.models_size()); ++m) {
      int own = -1;
      std::optional<uint32_t> found;
      for (int a = 0; a < policy_.assets_size(); ++a) {
        const v1::Asset& asset = policy_.assets(a);
        const int length = longest(asset.prefixes(), address, static_cast<int>(asset.zone()) == zone ? 0 : zone_length);
        if (asset.model() == m && length > own) own = length, found = static_cast<uint32_t>(a);
      }
      if (!found) continue;
      out.assets.insert(*found);
      if (own > best) best = own, out.zone = static_cast<int>(policy_.assets(static_cast<int>(*found)).zone());
    }
    if (out.zone >= 0) return out;
    for (int z = 0; z < policy_.zones_size(); ++z) {
      if (policy_.zones(z).any() && global_unicast(address)) out.zone = z;
    }
    return out;
  }

  [[nodiscard]] bool contains(const v1::Ends& ends, const IpAddress& address) const {
    const Answer answer = look_up(address);
    if (ends.all()) return true;
    for (const uint32_t zone : ends.zones()) {
      if (answer.zone == static_cast<int>(zone)) return true;
    }
    for (const uint32_t index : ends.assets()) {
      if (answer.assets.contains(index)) return true;
      const v1::Asset& asset = policy_.assets(static_cast<int>(index));
      const bool whole_zone =
          asset.prefixes_size() == 0 && asset.names_size() == 0 && answer.zone == static_cast<int>(asset.zone());
      const bool claimed = std::any_of(answer.assets.begin(), answer.assets.end(), [&](uint32_t other) {
        return policy_.assets(static_cast<int>(other)).model() == asset.model();
      });
      if (whole_zone && !claimed) return true;
    }
    return false;
  }

  // Of whom it is that says something there: the first model's asset, else the zone.
  [[nodiscard]] v1::Stack stack(const IpAddress& address) const {
    for (uint32_t m = 0; m < static_cast<uint32_t>(policy_.models_size()); ++m) {
      for (int a = 0; a < policy_.assets_size(); ++a) {
        v1::Ends ends;
        ends.add_assets(static_cast<uint32_t>(a));
        const v1::Asset& asset = policy_.assets(a);
        const bool says = asset.model() == m && asset.stack() != v1::STACK_UNSPECIFIED;
        if (says && contains(ends, address)) return asset.stack();
      }
    }
    const int zone = look_up(address).zone;
    return zone < 0 ? v1::STACK_UNSPECIFIED : policy_.zones(zone).stack();
  }

 private:
  // Length of the longest prefix that holds `address` and is no shorter than `least`, as of 128 bits; -1: none.
  template <class List>
  static int longest(const List& prefixes, const IpAddress& address, int least = 0) {
    int out = -1;
    for (const v1::Prefix& prefix : prefixes) {
      const auto* data = reinterpret_cast<const uint8_t*>(prefix.address().data());
      const Bits a = bits_of(address), p = bits_of(IpAddress::from_bytes({data, prefix.address().size()}));
      const uint32_t length = prefix.length() + (prefix.address().size() == 4 ? 96 : 0);
      if (std::equal(a.begin(), a.begin() + length, p.begin()) && static_cast<int>(length) >= least)
        out = std::max(out, static_cast<int>(length));
    }
    return out;
  }
  const v1::Policy& policy_;
};

v1::Ends random_ends(const v1::Policy& policy, std::mt19937& random) {
  v1::Ends out;
  if (random() % 10 == 0) out.set_all(true);
  for (uint32_t n = random() % 3; n > 0; --n) out.add_zones(random() % static_cast<uint32_t>(policy.zones_size()));
  for (uint32_t n = random() % 4; n > 0 && policy.assets_size() > 0; --n)
    out.add_assets(random() % static_cast<uint32_t>(policy.assets_size()));
  return out;
}

std::string text(const IpAddress& address) {
  std::string out;
  for (const uint8_t b : address.wire()) out += (out.empty() ? "" : ".") + std::to_string(b);
  return out;
}

// Random addresses, and both sides of every border.
std::vector<IpAddress> addresses_to_ask(const v1::Policy& policy, uint32_t seed) {
  RandomAddresses addresses(seed + 1'000'000);
  std::vector<IpAddress> out;
  for (int i = 0; i < 200; ++i) out.push_back(addresses.any());
  const auto borders = [&out](const auto& prefixes) {
    for (const v1::Prefix& prefix : prefixes) {
      IpAddress address =
          IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(prefix.address().data()), prefix.address().size()});
      const uint32_t length = prefix.length() + (prefix.address().size() == 4 ? 96 : 0);
      out.push_back(address);
      IpAddress before = address, last = address;
      for (size_t i = 16; i > 0 && before.bytes[i - 1]-- == 0; --i) {
      }
      for (uint32_t bit = length; bit < 128; ++bit) last.bytes[bit / 8] |= static_cast<uint8_t>(0x80 >> (bit % 8));
      out.push_back(before);
      out.push_back(last);
      for (size_t i = 16; i > 0 && ++last.bytes[i - 1] == 0; --i) {
      }
      out.push_back(last);
    }
  };
  for (const v1::Zone& zone : policy.zones()) borders(zone.prefixes());
  for (const v1::Asset& asset : policy.assets()) borders(asset.prefixes());
  return out;
}

TEST(AddressPlan, GivesWhatReadingThePolicyAddressByAddressGives) {
  size_t with_zone = 0, with_asset = 0, cut_out = 0;
  for (uint32_t seed = 1; seed <= 400; ++seed) {
    const v1::Policy policy = random_policy(seed);
    std::vector<Error> faults;
    const AddressPlan plan(policy, faults);
    ASSERT_TRUE(faults.empty()) << "seed " << seed << ": " << faults[0].text();
    const ZoneTable table = plan.table();
    const Oracle oracle(policy);
    for (const IpAddress& address : addresses_to_ask(policy, seed)) {
      const Oracle::Answer expected = oracle.look_up(address);
      const ZoneTable::Place& place = table.at(table.place(address));
      ASSERT_EQ(place.zone.value, expected.zone + 1) << "seed " << seed << ", " << text(address) << "\n"
                                                     << policy.DebugString();
      ASSERT_EQ(std::set<uint32_t>(place.assets.begin(), place.assets.end()), expected.assets)
          << "seed " << seed << ", " << text(address) << "\n"
          << policy.DebugString();
      with_zone += expected.zone >= 0;
      with_asset += !expected.assets.empty();
      cut_out += expected.assets.size() > 1;
    }
  }
  EXPECT_GT(with_zone, 10'000U);
  EXPECT_GT(with_asset, 5'000U);
  EXPECT_GT(cut_out, 500U);
}

TEST(AddressPlan, ResolvesEndsAsReadingThemAddressByAddressDoes) {
  size_t inside = 0, outside = 0;
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    const v1::Policy policy = random_policy(seed);
    std::vector<Error> faults;
    const AddressPlan plan(policy, faults);
    const ZoneTable table = plan.table();
    const Oracle oracle(policy);
    std::mt19937 random(seed);
    for (int i = 0; i < 5; ++i) {
      const v1::Ends ends = random_ends(policy, random);
      const PlaceSet set = plan.resolve(ends, "ends", faults);
      for (const IpAddress& address : addresses_to_ask(policy, seed)) {
        const bool expected = oracle.contains(ends, address);
        ASSERT_EQ(set.contains(table.place(address)), expected)
            << "seed " << seed << ", " << text(address) << " in " << ends.ShortDebugString() << "\n"
            << policy.DebugString();
        (expected ? inside : outside) += 1;
      }
    }
  }
  EXPECT_GT(inside, 10'000U);
  EXPECT_GT(outside, 10'000U);
}

TargetStack stack_of(v1::Stack stack) {
  v1::Policy policy;
  policy.add_zones()->set_any(true);
  policy.mutable_zones(0)->set_stack(stack);
  std::vector<Error> faults;
  const AddressPlan plan(policy, faults);
  return stacks_of(policy, plan).at(plan.table().place(IpAddress::v4(192, 0, 2, 1)).value);
}

TEST(AddressPlan, EachPlaceHasTheStackThatReadingThePolicyAddressByAddressGives) {
  std::array<TargetStack, v1::Stack_ARRAYSIZE> stack_named;
  for (int i = 0; i < v1::Stack_ARRAYSIZE; ++i)
    stack_named.at(static_cast<size_t>(i)) = stack_of(static_cast<v1::Stack>(i));
  size_t said = 0, by_asset = 0;
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    v1::Policy policy = random_policy(seed);
    std::mt19937 random(seed);
    const auto any = [&random] {
      return random() % 2 == 0 ? v1::STACK_UNSPECIFIED : static_cast<v1::Stack>(random() % v1::Stack_ARRAYSIZE);
    };
    for (v1::Zone& zone : *policy.mutable_zones()) zone.set_stack(any());
    for (v1::Asset& asset : *policy.mutable_assets()) asset.set_stack(any());
    std::vector<Error> faults;
    const AddressPlan plan(policy, faults);
    const ZoneTable table = plan.table();
    const std::vector<TargetStack> stacks = stacks_of(policy, plan);
    const Oracle oracle(policy);
    for (const IpAddress& address : addresses_to_ask(policy, seed)) {
      const v1::Stack expected = oracle.stack(address);
      ASSERT_EQ(stacks.at(table.place(address).value), stack_named.at(expected))
          << "seed " << seed << ", " << text(address) << "\n"
          << policy.DebugString();
      const int zone = oracle.look_up(address).zone;
      said += expected != v1::STACK_UNSPECIFIED;
      by_asset += zone >= 0 && expected != policy.zones(zone).stack();
    }
  }
  EXPECT_GT(said, 5'000U);
  EXPECT_GT(by_asset, 1'000U);
}

// As the README has it.
TEST(AddressPlan, EachStackDecidesAsItsFamilyWasMeasured) {
  using F = FragmentPolicy;
  using O = OverlapPolicy;
  const std::pair<v1::Stack, TargetStack> rows[] = {{v1::STACK_UNSPECIFIED, {F::kDiscard, O::kLinux}},
                                                    {v1::STACK_LINUX, {F::kDiscard, O::kLinux}},
                                                    {v1::STACK_LINUX_OLD, {F::kLinux, O::kLinux}},
                                                    {v1::STACK_WINDOWS, {F::kDiscard, O::kFirst}},
                                                    {v1::STACK_WINDOWS_XP, {F::kWindows, O::kWindows}},
                                                    {v1::STACK_BSD, {F::kBsd, O::kBsd}},
                                                    {v1::STACK_MACOS, {F::kFirst, O::kBsd}},
                                                    {v1::STACK_SOLARIS, {F::kSolaris, O::kSolaris}},
                                                    {v1::STACK_HPUX, {F::kFirst, O::kSolaris}},
                                                    {v1::STACK_CISCO, {F::kLast, O::kLast}},
                                                    {v1::STACK_LINUX_2_2, {F::kLinux, O::kOldLinux}},
                                                    {v1::STACK_HP_JETDIRECT, {F::kBsdRight, O::kBsd}}};
  EXPECT_EQ(std::size(rows), static_cast<size_t>(v1::Stack_ARRAYSIZE));
  for (const auto& [stack, expected] : rows) {
    EXPECT_EQ(stack_of(stack), expected) << stack;
    EXPECT_EQ(stack_of(stack).fragments(4), expected.ip4_fragments) << stack;
    EXPECT_EQ(stack_of(stack).fragments(6), F::kDiscard) << stack;
  }
}

TEST(AddressPlan, PlacesAreDistinctAndOnlyUnknownIsEmpty) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    const v1::Policy policy = random_policy(seed);
    std::vector<Error> faults;
    const AddressPlan plan(policy, faults);
    std::set<std::pair<uint16_t, std::vector<uint32_t>>> seen;
    for (const ZoneTable::Place& place : plan.places())
      EXPECT_TRUE(seen.emplace(place.zone.value, place.assets).second) << seed;
    EXPECT_EQ(plan.places()[0].zone, ZoneId(0));
    EXPECT_TRUE(plan.places()[0].assets.empty());
  }
}

class AddressPlanOfTwoZones : public testing::Test {
 protected:
  AddressPlanOfTwoZones() {
    policy_.add_models();
    policy_.add_models();
    prefix(*policy_.add_zones()->add_prefixes(), {10, 0, 0, 0}, 8);
    prefix(*policy_.add_zones()->add_prefixes(), {10, 1, 0, 0}, 16);
  }
  static void prefix(v1::Prefix& out, std::array<uint8_t, 4> address, uint32_t length) {
    out.set_address(std::string(address.begin(), address.end()));
    out.set_length(length);
  }
  void asset(uint32_t model, uint32_t zone, std::array<uint8_t, 4> address, uint32_t length) {
    v1::Asset& asset = *policy_.add_assets();
    asset.set_model(model);
    asset.set_zone(zone);
    prefix(*asset.add_prefixes(), address, length);
  }
  ZoneTable::Place at(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    std::vector<Error> faults;
    const AddressPlan plan(policy_, faults);
    EXPECT_TRUE(faults.empty());
    const ZoneTable table = plan.table();
    return table.at(table.place(IpAddress::v4(a, b, c, d)));
  }
  v1::Policy policy_;
};

TEST_F(AddressPlanOfTwoZones, AnAssetBeatsItsZone) {
  asset(0, 0, {10, 0, 0, 0}, 8);
  EXPECT_THAT(at(10, 2, 0, 1).assets, testing::ElementsAre(0));
  EXPECT_EQ(at(10, 2, 0, 1).zone, ZoneId(1));
}

TEST_F(AddressPlanOfTwoZones, ANarrowerZoneCutsItsAddressesOutOfAWideAsset) {
  asset(0, 0, {10, 0, 0, 0}, 8);
  EXPECT_THAT(at(10, 1, 0, 1).assets, testing::IsEmpty());
  EXPECT_EQ(at(10, 1, 0, 1).zone, ZoneId(2));
}

TEST_F(AddressPlanOfTwoZones, OfSeveralModelsAssetsTheNarrowestGivesTheZone) {
  asset(0, 0, {10, 1, 2, 0}, 24);
  asset(1, 1, {10, 1, 2, 3}, 32);
  EXPECT_THAT(at(10, 1, 2, 3).assets, testing::ElementsAre(0, 1));
  EXPECT_EQ(at(10, 1, 2, 3).zone, ZoneId(2));
  EXPECT_EQ(at(10, 1, 2, 4).zone, ZoneId(1));
}

TEST_F(AddressPlanOfTwoZones, MappedIpv6IsTheSamePrefix) {
  v1::Prefix& mapped = *policy_.mutable_zones(1)->add_prefixes();
  mapped.set_address(std::string(10, '\0') + "\xff\xff" + std::string("\x0a\0\0\0", 4));
  mapped.set_length(104);
  std::vector<Error> faults;
  const AddressPlan plan(policy_, faults);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].text(),
            "zones[1].prefixes[1]: this prefix stands twice (the other place is zones[0].prefixes[0])");
}

}  // namespace
}  // namespace glacis
