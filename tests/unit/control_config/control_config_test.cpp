#include "control/config/control_config.h"

#include <gmock/gmock.h>

namespace glacis::control {
namespace {

// What parsing and validating say, one text each.
std::vector<std::string> faults_of(const std::string& text) {
  std::vector<Error> faults;
  const ControlConfig config = parse_control_config(text, "c.yaml", faults);
  for (Error& fault : config.validate()) faults.push_back(std::move(fault));
  std::vector<std::string> out;
  for (const Error& fault : faults) out.push_back(fault.text());
  return out;
}

TEST(ControlConfig, ReadsEveryKey) {
  std::vector<Error> faults;
  const ControlConfig config = parse_control_config(
      "listen: ['0.0.0.0:7443', 'unix:/run/c.sock']\n"
      "state: /tmp/c\n"
      "tls: {cert: a.pem, key: a.key, ca: ca.pem, trust_domain: example.org}\n",
      "c.yaml", faults);
  EXPECT_TRUE(faults.empty()) << faults[0].text();
  EXPECT_TRUE(config.validate().empty());
  ASSERT_EQ(config.listen.size(), 2u);
  EXPECT_EQ(config.listen[0].address, "0.0.0.0:7443");
  EXPECT_EQ(config.listen[1].where, "c.yaml:1:26");
  EXPECT_EQ(config.state_directory, "/tmp/c");
  EXPECT_EQ(config.tls.cert, "a.pem");
  EXPECT_EQ(config.tls.key, "a.key");
  EXPECT_EQ(config.tls.ca, "ca.pem");
  EXPECT_EQ(config.tls.trust_domain, "example.org");
}

TEST(ControlConfig, KeysThatAreNotThereKeepTheirDefaults) {
  for (const char* text : {"", "# nothing\n", "state: /tmp/c\n"}) {
    std::vector<Error> faults;
    const ControlConfig config = parse_control_config(text, "c.yaml", faults);
    EXPECT_TRUE(faults.empty()) << text;
    ASSERT_EQ(config.listen.size(), 1u) << text;
    EXPECT_EQ(config.listen[0].address, "127.0.0.1:7443");
    EXPECT_FALSE(config.tls.configured());
  }
  EXPECT_EQ(ControlConfig().state_directory, "/var/lib/glacis-control");
}

TEST(ControlConfig, OneAddressNeedsNoList) {
  std::vector<Error> faults;
  const ControlConfig config = parse_control_config("listen: 127.0.0.1:1\n", "c.yaml", faults);
  ASSERT_EQ(config.listen.size(), 1u);
  EXPECT_EQ(config.listen[0].address, "127.0.0.1:1");
  EXPECT_EQ(config.listen[0].where, "c.yaml:1:9");
}

TEST(ControlConfig, ShippedFileIsFine) {
  std::vector<Error> faults;
  const ControlConfig config = load_control_config(GLACIS_SOURCE_DIR "/configs/control.yaml", faults);
  for (Error& fault : config.validate()) faults.push_back(std::move(fault));
  EXPECT_TRUE(faults.empty()) << faults[0].text();
  EXPECT_EQ(config.state_directory, "/var/lib/glacis-control");
  EXPECT_EQ(config.listen.at(0).where, GLACIS_SOURCE_DIR "/configs/control.yaml:3:5");
}

TEST(ControlConfig, UnknownKeysAreNamedWithTheirPlaceAndASuggestion) {
  EXPECT_THAT(faults_of("lisen: [127.0.0.1:1]\ntls:\n  crt: a\n  zzzzzzzz: b\n"),
              testing::ElementsAre("c.yaml:1:1: unknown key 'lisen' (did you mean 'listen'?)",
                                   "c.yaml:3:3: unknown key 'crt' (did you mean 'cert'?)",
                                   "c.yaml:4:3: unknown key 'zzzzzzzz' (one of: cert, key, ca, trust_domain)"));
}

TEST(ControlConfig, AllFaultsAreToldAtOnceEachWithItsPlace) {
  EXPECT_THAT(
      faults_of("listen: [nowhere, '0.0.0.0:1', {a: b}]\nstate: [x]\ntls: {cert: [a], trust_domain: x}\nzone: 1\n"),
      testing::UnorderedElementsAre(testing::StartsWith("c.yaml:4:1: unknown key 'zone'"),
                                    "c.yaml:1:32: 'listen' must list plain values",
                                    "c.yaml:2:8: 'state' must be one value", "c.yaml:3:13: 'cert' must be one value",
                                    testing::StartsWith("c.yaml:1:10: 'nowhere': no host and port"),
                                    testing::StartsWith("c.yaml:1:19: '0.0.0.0:1': plaintext is served on loopback"),
                                    "c.yaml:3:6: trust_domain means nothing without cert, key and ca"));
}

TEST(ControlConfig, ContradictionsAreRefused) {
  EXPECT_THAT(faults_of("tls: {cert: a, key: b}\n"),
              testing::ElementsAre("c.yaml:1:6: TLS needs all three: cert, key and ca"));
  EXPECT_THAT(faults_of("listen: []\n"), testing::ElementsAre(testing::StartsWith("listen: nothing to listen on")));
  EXPECT_THAT(faults_of("listen:\n"), testing::ElementsAre(testing::StartsWith("listen: nothing to listen on")));
  EXPECT_THAT(faults_of("state: ''\n"), testing::ElementsAre("state: state must name a directory"));
  EXPECT_THAT(faults_of("state: a\nstate: b\n"), testing::ElementsAre("c.yaml:2:1: 'state' stands twice"));
  EXPECT_THAT(faults_of("- a\n"),
              testing::ElementsAre("c.yaml:1:1: expected keys and values (such as listen, state, tls)"));
}

TEST(ControlConfig, BrokenYamlAndMissingFilesAreErrorsWithAPlace) {
  EXPECT_THAT(faults_of("listen: [\n"), testing::ElementsAre(testing::StartsWith("c.yaml:2:1: ")));
  for (const char* file : {"/nonexistent/c.yaml", "/tmp"}) {
    std::vector<Error> faults;
    (void)load_control_config(file, faults);
    ASSERT_EQ(faults.size(), 1u) << file;
    EXPECT_EQ(faults[0].where, file);
    EXPECT_THAT(faults[0].what, testing::StartsWith("cannot read the configuration"));
  }
}

}  // namespace
}  // namespace glacis::control
