#include "control/exchange/bind.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/exchange/propose.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr const char* kModel =
    "model: {id: m, owner: ada}  # ours\n"
    "zones:\n"
    "  # the inner one\n"
    "  in: {trust: 70}   # stays\n"
    "  out:\n"
    "    trust: 10  # block\n"
    "    says: \"x\"\n"
    "  have: {trust: 20, addr: 10.9.0.0/16}\n"
    "assets:\r\n"
    "  db: { kind: store, zone: in }\n"
    "  web:\n"
    "      zone: out\n";

std::string bound(const std::string& csv, const std::string& model = kModel) {
  std::vector<Diagnostic> faults;
  const std::vector<Binding> bindings = read_bindings({"names.csv", csv}, faults);
  const std::string out = bind_addresses({"m.yaml", model}, bindings, faults);
  return faults.empty() ? out : told(faults);
}

// The model with some of its text replaced.
std::string changed(std::vector<std::pair<std::string, std::string>> changes) {
  std::string out = kModel;
  for (const auto& [from, to] : changes) out.replace(out.find(from), from.size(), to);
  return out;
}

TEST(Bind, AddressesGoIntoFlowAndBlockMapsAndNothingElseChanges) {
  EXPECT_EQ(bound("name,address\nin,10.4.0.0/24\nout,10.1.0.0/16\ndb,10.4.0.5\nweb,10.1.0.1\nweb,10.1.0.2\n"),
            changed({{"in: {trust", "in: {addr: \"10.4.0.0/24\", trust"},
                     {"    trust: 10", "    addr: \"10.1.0.0/16\"\n    trust: 10"},
                     {"{ kind", "{addr: \"10.4.0.5\",  kind"},
                     {"      zone: out", "      addr: [\"10.1.0.1\", \"10.1.0.2\"]\n      zone: out"}}));
}

TEST(Bind, WhatIsBoundParsesWithItsAddresses) {
  const Model model = good(bound("in,10.4.0.0/24\nout,any\ndb,10.4.0.5\n"));
  EXPECT_EQ(model.zones.at(0).prefixes.at(0).text, "10.4.0.0/24");
  EXPECT_TRUE(model.zones.at(1).any);
  EXPECT_EQ(unbound(model), std::vector<std::string>{"assets/web"});
}

TEST(Bind, ElementThatHasAddressesKeepsThem) { EXPECT_EQ(bound("have,10.8.0.0/16\n"), kModel); }

TEST(Bind, CsvHasQuotesCommentsAndFurtherColumns) {
  EXPECT_EQ(bound("# c\n\n\"db\",\"10.4.0.5\",5432 (\"\"3\"\" flows)\r\n"),
            changed({{"{ kind", "{addr: \"10.4.0.5\",  kind"}}));
  EXPECT_EQ(bound("DB,10.4.0.5"), changed({{"{ kind", "{addr: \"10.4.0.5\",  kind"}})) << "as an import makes ids";
}

TEST(Bind, QuoteInAFieldStandsTwice) {
  std::vector<Diagnostic> faults;
  const std::vector<Binding> read = read_bindings({"f", "\"a\"\"b, c\",x,y\n"}, faults);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].name, "a\"b, c");
  EXPECT_EQ(read[0].address, "x");
}

TEST(Bind, FaultsNameTheLineOfTheCsv) {
  EXPECT_EQ(bound("db,10.4.0.5\nwep,10.4.0.5\n"),
            "bind@2:1 'wep' is no zone or asset of this file / did you mean 'web'?\n");
  EXPECT_EQ(bound("db,10.4.0.300\n").substr(0, 55), "bind@1:1 '10.4.0.300' is not an address or prefix / 10.");
  EXPECT_EQ(bound("db,10.4.0.5/8\n").substr(0, 40), "bind@1:1 '10.4.0.5/8' is not an address ");
  EXPECT_EQ(bound("db\n"), "bind@1:1 a line is a name and an address / db,10.4.0.5\n");
}

TEST(Bind, KeysBehindAnAliasAreNotChangedForTwo) {
  const std::string elsewhere = "its keys stand elsewhere";
  for (const char* model : {"zones:\n  a: &z {trust: 1}\n  b: *z\n", "zones:\n  a: &z\n    trust: 1\n  b: *z\n"}) {
    for (const char* csv : {"a,10.1.0.0/16\n", "b,10.1.0.0/16\n"})
      EXPECT_NE(bound(csv, model).find(elsewhere), std::string::npos) << csv << bound(csv, model);
  }
  EXPECT_NE(bound("b,10.0.0.0/8\n", "x: &z\n  trust: 1\nzones:\n  b: *z\n").find(elsewhere), std::string::npos);
  EXPECT_NE(bound("a,10.1.0.0/16\n", "zones:\n  a:\n").find(elsewhere), std::string::npos);
}

std::string record(const std::string& address, int port, int answers) {
  return R"({"event_type":"flow","dest_ip":")" + address + R"(","dest_port":)" + std::to_string(port) +
         R"(,"flow":{"pkts_toclient":)" + std::to_string(answers) + "}}\n";
}

TEST(Propose, AssetIsWhoAloneAnswersAtAPortOfItsOwn) {
  const Model model = good(
      "model: {id: m, owner: ada}\nzones: {z: {trust: 1}}\n"
      "assets: {db: {zone: z}, web: {zone: z}, api: {zone: z}, idle: {zone: z}, bare: {zone: z}, have: {zone: z, name: "
      "x.example}}\n"
      "flows:\n  f-db: {from: z, to: db, port: 5432}\n  f-web: {from: z, to: [web, api], port: 443}\n"
      "  f-idle: {from: z, to: idle, port: 70-71}\n  f-bare: {from: z, to: bare}\n");
  EXPECT_EQ(propose_addresses(model, record("10.0.0.5", 5432, 3) + record("10.0.0.5", 5432, 1) +
                                         record("10.0.0.6", 443, 1) + record("10.0.0.7", 70, 0) +
                                         record("10.0.0.8", 9100, 1) + "no JSON\n[1]\n{\"event_type\":7}\n"),
            "name,address\n"
            "db,10.0.0.5,\"5432 (2 flows)\"\n"
            "# perhaps web,10.0.0.6,\"443 (1 flows)\"\n"
            "# perhaps api,10.0.0.6,\"443 (1 flows)\"\n"
            "# idle: nobody answers at its ports\n"
            "# bare: no flow with a port reaches it\n"
            "# no asset fits 10.0.0.8: 9100 (1 flows)\n");
}

TEST(Propose, WhatItSaysBindReads) {
  const Model model = good(
      "model: {id: m, owner: ada}\nzones: {z: {trust: 1}}\nassets: {db: {zone: z}}\nflows: {f: {from: z, to: db, port: "
      "5432}}\n");
  const std::string csv = propose_addresses(model, record("10.0.0.5", 5432, 3));
  EXPECT_NE(bound(csv, "assets: {db: {zone: z}}\n").find("addr: \"10.0.0.5\""), std::string::npos);
}

TEST(Propose, RespondersAreBounded) {
  std::string records;
  for (int i = 0; i < 5000; ++i)
    records += record("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256), 80, 1);
  const std::string csv = propose_addresses(Model(), records);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 4096 + 1);
  EXPECT_NE(csv.find("# 904 flows more were not looked at\n"), std::string::npos);
}

}  // namespace
}  // namespace glacis::control
