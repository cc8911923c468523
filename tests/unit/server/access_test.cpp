#include "control/server/access.h"

#include <gtest/gtest.h>

namespace glacis::control {
namespace {

constexpr Role kRoles[] = {Role::kLocal, Role::kSensor, Role::kSoc, Role::kArchitect, Role::kOperator};
constexpr Api kApis[] = {Api::kSensors, Api::kModels, Api::kAlerts, Api::kFleet};

TEST(Access, EachRoleCallsWhatTheTableNamesAndNothingElse) {
  // Sensors, Models, Alerts, Fleet
  constexpr bool kMay[5][4] = {{true, true, true, true},     // local
                               {true, false, false, false},  // sensor
                               {false, false, true, true},   // soc
                               {false, true, false, false},  // architect
                               {true, true, true, true}};    // operator
  for (size_t role = 0; role < 5; ++role) {
    for (size_t api = 0; api < 4; ++api) {
      EXPECT_EQ(may_call(kRoles[role], kApis[api]), kMay[role][api])
          << role_name(kRoles[role]) << " calls " << api_name(kApis[api]);
    }
  }
  EXPECT_FALSE(may_call(static_cast<Role>(99), Api::kFleet));
  EXPECT_FALSE(may_call(Role::kOperator, static_cast<Api>(99)));
}

TEST(Access, CertificatesNameARoleAndAName) {
  for (const Role role : {Role::kSensor, Role::kSoc, Role::kArchitect, Role::kOperator}) {
    const std::string id = "spiffe://example.org/" + std::string(role_name(role)) + "/ada";
    const auto caller = caller_from_spiffe_id(id, "example.org");
    ASSERT_TRUE(caller.has_value()) << caller.error().text();
    EXPECT_EQ(caller->role, role);
    EXPECT_EQ(caller->name, "ada");
    EXPECT_EQ(caller->id, id);
  }
  EXPECT_TRUE(caller_from_spiffe_id("spiffe://any.where/soc/ada", "").has_value());
}

TEST(Access, OtherIdsAreRefusedWithTheReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no SPIFFE id"},
      {"https://example.org/soc/ada", "no SPIFFE id"},
      {"spiffe://", "no trust domain"},
      {"spiffe:///soc/ada", "no trust domain"},
      {"spiffe://example.org", "no trust domain"},
      {"spiffe://example.com/soc/ada", "not of trust domain 'example.org'"},
      {"spiffe://example.org.evil/soc/ada", "not of trust domain 'example.org'"},
      {"spiffe://example.org/soc", "no name"},
      {"spiffe://example.org/soc/", "no single name"},
      {"spiffe://example.org/soc/ada/x", "no single name"},
      {"spiffe://example.org/local/ada", "unknown role 'local'"},
      {"spiffe://example.org/Soc/ada", "unknown role 'Soc'"},
  };
  for (const auto& [id, reason] : cases) {
    const auto caller = caller_from_spiffe_id(id, "example.org");
    ASSERT_FALSE(caller.has_value()) << id;
    EXPECT_NE(caller.error().what.find(reason), std::string::npos) << id << ": " << caller.error().text();
  }
}

TEST(Access, SensorSpeaksForItselfAlone) {
  EXPECT_TRUE(may_speak_for({Role::kSensor, "core-1", ""}, "core-1"));
  EXPECT_FALSE(may_speak_for({Role::kSensor, "core-1", ""}, "core-2"));
  EXPECT_FALSE(may_speak_for({Role::kSensor, "core-1", ""}, "core-10"));
  EXPECT_FALSE(may_speak_for({Role::kSoc, "core-1", ""}, "core-1"));
  EXPECT_FALSE(may_speak_for({Role::kArchitect, "core-1", ""}, "core-1"));
  EXPECT_TRUE(may_speak_for({Role::kOperator, "ada", ""}, "core-1"));
  EXPECT_TRUE(may_speak_for({Role::kLocal, "", "local"}, "core-1"));
}

}  // namespace
}  // namespace glacis::control
