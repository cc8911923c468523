#include "sensor/policy/policy_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

using testing::HasSubstr;

class PolicyStoreTest : public testing::Test {
 protected:
  Expected<std::unique_ptr<PolicyStore>> open() { return PolicyStore::open(state_, files_); }
  std::unique_ptr<PolicyStore> opened() {
    auto store = open();
    if (!store) std::abort();
    return std::move(*store);
  }
  std::string read(const std::string& name) { return *DiskFiles().read(state_ + "/" + name, 0, 1 << 20); }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(state_ + "/" + name, std::ios::binary | std::ios::trunc) << bytes;
  }

  TemporaryFolder folder_;
  const std::string state_ = folder_.path() + "/a/b";
  FaultyFiles files_;
};

TEST_F(PolicyStoreTest, KnowsTheDigestOfABC) {
  // FIPS 180-4's example.
  EXPECT_EQ(sha256("abc").substr(0, 4), "\xba\x78\x16\xbf");
  EXPECT_EQ(sha256("").substr(28), "\x78\x52\xb8\x55");
}

TEST_F(PolicyStoreTest, IsEmptyAtFirst) {
  const auto store = opened();
  const auto policy = store->load();
  ASSERT_TRUE(policy);
  EXPECT_FALSE(*policy);
  EXPECT_EQ(store->highest_version(), 0U);
}

TEST_F(PolicyStoreTest, GivesBackWhatWasSavedAlsoToALaterProcess) {
  const std::string bytes("\0a policy\xff", 10);
  ASSERT_TRUE(opened()->save({7, "its digest is worked out again", bytes}));
  const auto store = opened();
  const auto policy = store->load();
  ASSERT_TRUE(policy && *policy);
  EXPECT_EQ((*policy)->bytes, bytes);
  EXPECT_EQ((*policy)->digest, sha256(bytes));
  EXPECT_EQ((*policy)->version, 7U);
  EXPECT_EQ(store->highest_version(), 7U);
}

TEST_F(PolicyStoreTest, TheVersionNeverFalls) {
  const auto store = opened();
  ASSERT_TRUE(store->save({7, "", "seven"}));
  ASSERT_TRUE(store->save({3, "", "three"}));
  EXPECT_EQ(store->highest_version(), 7U);
  const auto later = opened();
  EXPECT_EQ(later->highest_version(), 7U);
  EXPECT_EQ((*later->load())->version, 3U);
}

TEST_F(PolicyStoreTest, TheVersionAloneCanGrow) {
  ASSERT_TRUE(opened()->save({7, "", "seven"}));
  ASSERT_TRUE(opened()->save({9, "", ""}));
  const auto store = opened();
  EXPECT_EQ(store->highest_version(), 9U);
  EXPECT_EQ((*store->load())->bytes, "seven");
}

TEST_F(PolicyStoreTest, AnyDamagedOrMissingByteOfThePolicyIsSeen) {
  ASSERT_TRUE(opened()->save({7, "", "a policy of some length"}));
  const std::string good = read("policy.bin");
  const auto damaged = [this] {
    const auto store = opened();
    const auto policy = store->load();
    EXPECT_EQ(store->highest_version(), 7U);
    return !policy && policy.error().where == state_ + "/policy.bin" && policy.error().what == "the file is damaged";
  };
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    write("policy.bin", bad);
    EXPECT_TRUE(damaged()) << "byte " << at;
    write("policy.bin", good.substr(0, at));
    EXPECT_TRUE(damaged()) << "cut at " << at;
  }
  write("policy.bin", good + "x");
  EXPECT_TRUE(damaged());
  ASSERT_TRUE(opened()->save({8, "", "a new one"}));
  EXPECT_EQ((*opened()->load())->bytes, "a new one");
}

TEST_F(PolicyStoreTest, ADamagedVersionFileNeedsAPerson) {
  ASSERT_TRUE(opened()->save({7, "", "seven"}));
  const std::string good = read("trusted-version");
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write("trusted-version", bad);
    const auto store = open();
    ASSERT_FALSE(store) << "byte " << at;
    EXPECT_EQ(store.error().where, state_ + "/trusted-version");
    EXPECT_THAT(store.error().hint, HasSubstr("older policy"));
  }
  write("trusted-version", "");
  EXPECT_FALSE(open());
}

TEST_F(PolicyStoreTest, OfALostVersionFileThePolicysOwnVersionIsLeft) {
  ASSERT_TRUE(opened()->save({7, "", "seven"}));
  std::filesystem::remove(state_ + "/trusted-version");
  EXPECT_EQ(opened()->highest_version(), 7U);
}

TEST_F(PolicyStoreTest, AFileOfAnotherFormatIsNotTakenForOurs) {
  ASSERT_TRUE(opened()->save({7, "", "seven"}));
  std::string other = read("policy.bin");
  other.replace(0, 8, "GLPOL002");
  write("policy.bin", other);
  EXPECT_FALSE(opened()->load());
}

TEST_F(PolicyStoreTest, ADiskThatDoesNotReadIsNotAnEmptyStore) {
  const auto store = opened();
  ASSERT_TRUE(store->save({7, "", "seven"}));
  files_.read_fails = true;
  const auto policy = store->load();
  ASSERT_FALSE(policy);
  EXPECT_THAT(policy.error().text(), HasSubstr("cannot read: Input/output error"));
  EXPECT_FALSE(open());
}

TEST_F(PolicyStoreTest, AVersionFileThatCannotBeLookedAtIsNotAMissingOne) {
  ASSERT_TRUE(opened()->save({7, "", ""}));
  std::filesystem::remove(state_ + "/trusted-version");
  std::filesystem::create_symlink("trusted-version", state_ + "/trusted-version");  // a loop
  const auto store = open();
  ASSERT_FALSE(store) << "an older policy could be slipped in";
  EXPECT_THAT(store.error().text(), HasSubstr("trusted-version"));
}

TEST_F(PolicyStoreTest, AFullDiskKeepsTheOldPolicyAndSaysSo) {
  const auto store = opened();
  ASSERT_TRUE(store->save({7, "", "seven"}));
  files_.replace_fails = true;
  const auto saved = store->save({8, "", "eight"});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().text(), HasSubstr("No space left on device"));
  EXPECT_EQ(store->highest_version(), 8U);
  EXPECT_EQ((*store->load())->bytes, "seven");
}

// A disk on which only the policy itself finds no room.
class NoRoomForPolicies : public DiskFiles {
 public:
  Expected<void> replace(const std::string& path, std::string_view bytes) override {
    if (path.ends_with("policy.bin")) return fail("cannot write: No space left on device", path);
    return DiskFiles::replace(path, bytes);
  }
};

TEST_F(PolicyStoreTest, WhereThePolicyFindsNoRoomItsVersionIsTrustedAllTheSame) {
  NoRoomForPolicies files;
  const auto saved = (*PolicyStore::open(state_, files))->save({8, "", "eight"});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().where, state_ + "/policy.bin");
  EXPECT_EQ(opened()->highest_version(), 8U);
}

TEST_F(PolicyStoreTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_.path() + "/a") << "a file stands here";
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().where, state_);
}

}  // namespace
}  // namespace glacis::sensor
