#include "control/report/explain_report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/report/file_text.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

const std::string kShop = GLACIS_SHIPPED_MODELS "web-shop.yaml";
constexpr int64_t kNight_s = 1'795'662'000;  // 2026-11-26 03:00 UTC

class ExplainReport : public ::testing::Test {
 protected:
  int explain(const std::vector<std::string>& models, ExplainOptions options) {
    out_.str("");
    err_.str("");
    options.time_s = kNight_s;
    return run_explain(models, options, out_, err_);
  }
  nlohmann::json answer(const std::string& model, const std::string& flow) {
    std::ofstream(temporary_.path() + "/m.yaml") << model;
    EXPECT_EQ(explain({temporary_.path() + "/m.yaml"}, {.flows = {flow}, .json = true}), 0) << out_.str() << err_.str();
    const auto all = nlohmann::json::parse(out_.str());
    return all.at(0);
  }
  TemporaryFolder temporary_;
  std::ostringstream out_, err_;
};

TEST_F(ExplainReport, ShippedModelIsExplained) {
  EXPECT_EQ(
      explain({kShop}, {.flows = {"10.1.7.3 -> 10.4.0.5:5432", "10.1.7.3 -> 10.5.0.5:22/tcp",
                                  "10.3.0.7 -> 10.3.0.5:445", "10.3.0.5 -> 10.4.0.9:5432", "10.1.9.9 -> 10.2.0.10/icmp",
                                  "192.168.9.9 -> 10.1.7.3:80/udp", "10.1.7.3 -> 224.0.0.251:5353/udp"},
                        .rules = {"n-ws-mgmt", "flows/f-jump", "LM1", "data/cards", "app-data"},
                        .addresses = {"10.4.0.5", "fd00:1::7", "172.16.0.1"}}),
      0);
  EXPECT_EQ(out_.str(), file_text(GLACIS_GOLDEN "shop-explain.txt"));
}

TEST_F(ExplainReport, LineIsToldWithWhatItWantsOtherwise) {
  const std::string model = small_model(
      "hours: {tz: Europe/Berlin}\nassets: {pc: {zone: users, addr: 10.1.0.7}, db: {zone: data, addr: 10.4.0.5}}\n"
      "flows:\n  port: {from: pc, to: db, port: 22}\n  late: {from: users, to: db, port: 5432, hours: "
      "\"05:00-06:00\"}\n"
      "  past: {from: pc, to: data, port: 5432, until: 2026-11-25}\n  web: {from: pc, to: db, port: 443, app: "
      "https}\n");
  const auto said = [&](const nlohmann::json& answer) {
    std::string out;
    for (const auto& line : answer["flows"])
      out += line["element"].get<std::string>() + " " + line["says"].get<std::string>() + "\n";
    return out;
  };
  EXPECT_EQ(said(answer(model, "10.1.0.7 -> 10.4.0.5:5432")),
            "flows/port is about port 22\nflows/late holds only 05:00-06:00 Europe/Berlin\nflows/past its last day was "
            "2026-11-25\nflows/web is about port 443\n");
  EXPECT_EQ(said(answer(model, "10.1.0.8 -> 10.4.0.5:22")), "flows/late is about port 5432\n");
  const auto web = answer(model, "10.1.0.7 -> 10.4.0.5:443 app=ssh");
  EXPECT_EQ(web["modelled"], "allowed by flows/web");
  EXPECT_EQ(web["notes"].at(0), "flows/web is for https: ssh on it is a violation, which no sensor judges yet");
  EXPECT_EQ(answer(model, "10.4.0.5 -> 10.1.0.7:22")["notes"].at(0),
            "flows/port allows the other direction only; answers belong to the flow that they answer");
}

TEST_F(ExplainReport, SeveralModelsAreNamed) {
  std::ofstream(temporary_.path() + "/a.yaml") << small_model("flows: {f: {from: users, to: data}}\n", "a");
  std::ofstream(temporary_.path() + "/b.yaml") << small_model("never: {n: {from: users, to: data}}\n", "b");
  const std::vector<std::string> both = {temporary_.path() + "/b.yaml", temporary_.path() + "/a.yaml"};
  EXPECT_EQ(explain(both, {.flows = {"10.1.0.7 -> 10.4.0.5:443"}, .json = true}), 0);
  const auto answer = nlohmann::json::parse(out_.str()).at(0);
  EXPECT_EQ(answer["flows"].at(0)["element"], "a/flows/f");
  EXPECT_EQ(answer["alerts"].at(0)["element"], "b/never/n");
  EXPECT_EQ(explain(both, {.rules = {"b/n"}}), 0) << err_.str();
}

TEST_F(ExplainReport, OfTheTapsThatSeeItTheOneOfBothZonesJudges) {
  std::string model = small_model("");
  model.replace(model.find("taps: [t-edge]"), 14, "taps: [t-edge, t-core]");
  EXPECT_EQ(answer(model, "8.8.8.8 -> 10.1.0.7:443")["taps"],
            nlohmann::json::parse(R"([{"tap": "t-edge", "judges": false}, {"tap": "t-core", "judges": true}])"));
}

TEST_F(ExplainReport, QuestionThatIsNoneIsToldWithWhatToWrite) {
  for (const auto& [flow, told] : {std::pair{"10.1.7.3 10.4.0.5:5432", "has no ->"},
                                   {"10.1.7.3 -> 10.4.0.5", "has no port of the responder"},
                                   {"10.1.7.3 -> 10.4.0.5:70000", "has no port of the responder"},
                                   {"10.1.7.3 -> db:80", "'db' is no address"},
                                   {"10.1.7.3 -> 10.4.0.5:80/ftp", "the protocol is tcp, udp, sctp or icmp"},
                                   {"10.1.7.3 -> [fd00::1]:80", "one address is IPv4, the other IPv6"},
                                   {"10.0.0.0/8 -> 10.4.0.5:80", "is no address"}}) {
    EXPECT_EQ(explain({kShop}, {.flows = {flow}}), 2);
    EXPECT_NE(err_.str().find(told), std::string::npos) << err_.str();
  }
  EXPECT_EQ(explain({kShop}, {.rules = {"never/n-ws-bd"}}), 2);
  EXPECT_NE(err_.str().find("did you mean 'never/n-ws-db'?"), std::string::npos) << err_.str();
  EXPECT_EQ(explain({kShop}, {.addresses = {"10.1"}}), 2);
}

TEST_F(ExplainReport, FaultsAreToldAsCheckTellsThem) {
  std::ofstream(temporary_.path() + "/m.yaml") << "model: {id: m, owner: ada}\nzones: {z: {trust: 1}}\n";
  EXPECT_EQ(explain({temporary_.path() + "/m.yaml"}, {.addresses = {"10.1.1.1"}}), 1);
  EXPECT_NE(err_.str().find("zone 'z' has no address"), std::string::npos) << err_.str();
  EXPECT_EQ(explain({temporary_.path() + "/none.yaml"}, {.addresses = {"10.1.1.1"}}), 2);
}

}  // namespace
}  // namespace glacis::control
