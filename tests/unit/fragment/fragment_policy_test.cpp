// The two patterns of overlaps that the literature tests hosts with, and what each family makes of them. A letter or
// digit is one fragment; each stands for eight bytes.
#include "dataplane/fragment/fragment_policy.h"

#include <gtest/gtest.h>

#include "tests/fakes/fragments.h"

namespace glacis {
namespace {

struct Named {
  char name;
  uint32_t unit, units;
};

// Shankar, Paxson, "Active Mapping: Resisting NIDS Evasion Without Altering Traffic" (2003), table 1.
constexpr Named kSixFragments[] = {{'1', 0, 3}, {'2', 4, 2}, {'3', 6, 3}, {'4', 1, 4}, {'5', 6, 3}, {'6', 9, 3}};
// Novak, "Target-Based Fragmentation Reassembly" (2005), the fuller pattern of Sturges and Novak.
constexpr Named kSeventeenFragments[] = {{'A', 0, 3},  {'B', 4, 2},  {'C', 6, 3},  {'D', 10, 1}, {'E', 13, 2},
                                         {'F', 15, 3}, {'G', 18, 2}, {'H', 20, 2}, {'I', 22, 1}, {'J', 1, 4},
                                         {'K', 6, 3},  {'L', 9, 3},  {'M', 12, 3}, {'N', 16, 1}, {'O', 19, 1},
                                         {'P', 20, 1}, {'Q', 22, 2}};

struct DatagramReading {
  std::string packet, other;
  bool discards = false;
};

std::string names_in(const std::vector<uint8_t>& packet) {
  std::string out;
  for (size_t i = 20; i < packet.size(); i += 8) out += static_cast<char>(packet[i]);
  return out;
}

DatagramReading read(std::span<const Named> pattern, FragmentPolicy policy) {
  Defragmenter defragmenter({});
  for (const Named& n : pattern) {
    const std::vector<uint8_t> bytes(size_t{8} * n.units, static_cast<uint8_t>(n.name));
    const bool last = &n == &pattern.back();
    const Said said = say(defragmenter, {.offset = n.unit * 8, .more = !last, .bytes = bytes}, policy);
    if (last) return {names_in(said.packet), names_in(said.other), said.target_discards};
    EXPECT_EQ(said.disposition, FragmentDisposition::kHeld) << n.name;
  }
  return {};
}

TEST(FragmentPolicy, SixFragmentsReadAsActiveMappingFoundThem) {
  const std::pair<FragmentPolicy, std::string> expected[] = {
      {FragmentPolicy::kBsd, "111442333666"},     {FragmentPolicy::kBsdRight, "144422555666"},
      {FragmentPolicy::kLinux, "111442555666"},   {FragmentPolicy::kFirst, "111422333666"},
      {FragmentPolicy::kLast, "144442555666"},    {FragmentPolicy::kWindows, "111422333666"},
      {FragmentPolicy::kSolaris, "111422333666"}, {FragmentPolicy::kDiscard, "111422333666"}};
  for (const auto& [policy, reading] : expected) {
    EXPECT_EQ(read(kSixFragments, policy).packet, reading) << static_cast<int>(policy);
  }
}

TEST(FragmentPolicy, SeventeenFragmentsReadAsTargetBasedReassemblyFoundThem) {
  const std::pair<FragmentPolicy, std::string> expected[] = {
      {FragmentPolicy::kFirst, "AAAJBBCCCLDLMEEFFFGGHHIQ"},   {FragmentPolicy::kLast, "AJJJJBKKKLLLMMMFNFGOPHQQ"},
      {FragmentPolicy::kBsd, "AAAJJBCCCLLLMMMFFFGGHHIQ"},     {FragmentPolicy::kBsdRight, "AJJJBBKKKLDLMEEFNFGOPHQQ"},
      {FragmentPolicy::kLinux, "AAAJJBKKKLLLMMMFFFGGPHQQ"},   {FragmentPolicy::kWindows, "AAAJBBCCCLLLMEEFFFGGHHIQ"},
      {FragmentPolicy::kSolaris, "AAAJBBCCCLLLMMMFFFGGHHIQ"}, {FragmentPolicy::kDiscard, "AAAJBBCCCLDLMEEFFFGGHHIQ"}};
  for (const auto& [policy, reading] : expected) {
    EXPECT_EQ(read(kSeventeenFragments, policy).packet, reading) << static_cast<int>(policy);
  }
}

TEST(FragmentPolicy, TheOtherReadingDecidesEachOverlapTheOtherWay) {
  const auto packet = [](FragmentPolicy policy) { return read(kSeventeenFragments, policy).packet; };
  const auto other = [](FragmentPolicy policy) { return read(kSeventeenFragments, policy).other; };
  EXPECT_EQ(other(FragmentPolicy::kFirst), packet(FragmentPolicy::kLast));
  EXPECT_EQ(other(FragmentPolicy::kLast), packet(FragmentPolicy::kFirst));
  EXPECT_EQ(other(FragmentPolicy::kDiscard), packet(FragmentPolicy::kLast));
  EXPECT_EQ(other(FragmentPolicy::kBsd), packet(FragmentPolicy::kBsdRight));
  EXPECT_EQ(other(FragmentPolicy::kBsdRight), packet(FragmentPolicy::kBsd));
}

TEST(FragmentPolicy, OnlyADiscardingTargetDiscards) {
  for (int i = 0; i < static_cast<int>(FragmentPolicy::kCount); ++i) {
    const auto policy = static_cast<FragmentPolicy>(i);
    EXPECT_EQ(read(kSixFragments, policy).discards, policy == FragmentPolicy::kDiscard) << i;
  }
}

// Pieces are compared as kernels' lists have them: what A left of B begins where A ends.
TEST(FragmentPolicy, AFragmentIsTrimmedAndThenComparedAsItStands) {
  constexpr Named kTrimmed[] = {{'A', 0, 3}, {'B', 1, 4}, {'C', 2, 4}, {'D', 6, 1}};
  EXPECT_EQ(read(kTrimmed, FragmentPolicy::kBsd).packet, "AAACCCD") << "B stands at 3 by then, behind C's start";
  EXPECT_EQ(read(kTrimmed, FragmentPolicy::kBsdRight).packet, "ABCCCCD");
}

}  // namespace
}  // namespace glacis
