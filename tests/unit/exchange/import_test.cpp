#include "control/exchange/import.h"

#include "control/exchange/tree.h"
#include "tests/unit/exchange/import_text.h"

namespace glacis::control {
namespace {

constexpr const char* kThreagile = R"(threagile_version: 1.0.0
title: Ticket Shop
date: 2026-03-01
author: {name: Ada}
data_assets:
  Seats: &seats
    id: seats
    description: Who sits where
    confidentiality: internal
  Cards:
    <<: *seats
    id: cards
    confidentiality: strictly-confidential
technical_assets:
  Box Office:
    id: box-office
    type: process
    technology: web-server
    communication_links:
      Look Up: {target: seat-store, protocol: jdbc-encrypted, data_assets_sent: [cards], data_assets_received: [seats, gone]}
      Print: {target: nowhere, protocol: https}
      Own Disk: {target: seat-store, protocol: local-file-access}
  Seat Store:
    id: seat-store
    type: datastore
    technology: database
    data_assets_stored: [seats]
    communication_links:
  Phone: {id: phone, type: external-entity, technology: mobile-app, internet: true, communication_links: {Buy: {target: box-office, protocol: https}}}
  Fax: {id: fax, type: external-entity}
trust_boundaries:
  Back: {id: back, technical_assets_inside: [seat-store], trust_boundaries_nested:}
  House: {id: house, technical_assets_inside: [box-office], trust_boundaries_nested: [back]}
abuse_cases: {Scalping: Somebody buys all seats}
security_requirements: {Encrypt: Everything is encrypted}
risk_tracking:
  sql-injection@box-office: {status: accepted, justification: small, date: 2026-02-01, checked_by: Eli, ticket: T-1}
  no-backup@*: {status: in-progress, date: 2026-02-02}
  weak-tls@seat-store: {status: mitigated, justification: mended}
  odd@fax: {status: false-positive, justification: no fax}
  undated@fax: {status: unchecked}
)";

TEST(ImportThreagile, HasZonesAssetsLinksAndDataWithAnchorsMerged) {
  const Imported in = imported(kThreagile);
  EXPECT_EQ(in.model.format, ForeignFormat::kThreagile);
  EXPECT_EQ(in.parsed.owner, "Ada");
  EXPECT_EQ(asset_of(in, "seat-store").zone, "back");
  EXPECT_EQ(asset_of(in, "seat-store").kind, "store");
  EXPECT_EQ(asset_of(in, "seat-store").holds, std::vector<std::string>{"d-seats"});
  EXPECT_EQ(asset_of(in, "box-office").zone, "house");
  EXPECT_EQ(asset_of(in, "phone").zone, "internet");
  EXPECT_TRUE(asset_of(in, "phone").exposed);
  EXPECT_EQ(asset_of(in, "fax").zone, "unplaced");
  const FlowElement& look_up = flow_of(in, "f-look-up");
  EXPECT_EQ(look_up.from, std::vector<std::string>{"box-office"});
  EXPECT_EQ(look_up.apps, std::vector<std::string>{"tls"});
  EXPECT_EQ(look_up.carries, (std::vector<std::string>{"d-cards", "d-seats"}));
  EXPECT_EQ(in.parsed.flows.size(), 2u);
  ASSERT_EQ(in.parsed.data.size(), 2u);
  EXPECT_EQ(in.parsed.data[1].sensitivity, 5u);
  EXPECT_NE(in.parsed.data[1].says.find("Who sits where"), std::string::npos) << "merged in";
}

TEST(ImportThreagile, ListSaysWhatWasLostAssumedAndIsToBeBound) {
  const Imported in = imported(kThreagile);
  told(in,
       "threagile: 2 trust_boundaries, 2 data_assets, 4 technical_assets, 4 communication_links, 1 abuse_cases, 1 "
       "security_requirements, 5 risk_tracking\n");
  told(in, "  zones/back: it lies inside 'house'");
  told(in, "  communication_links/Print: its target 'nowhere' is not in the file");
  told(in, "  communication_links/Own Disk: 'local-file-access' never is on a wire");
  told(in, "  flows/f-look-up: app tls, for 'jdbc-encrypted'");
  told(in, "  risk_tracking/odd@fax: judged a false positive: no fax");
  told(in, "  risk_tracking/undated@fax: a finding needs a place and a date");
  told(in, "  addr: zones/back, zones/house, zones/unplaced\n");
}

TEST(ImportThreagile, RisksBecomeFindingsAndControls) {
  const Imported in = imported(kThreagile);
  ASSERT_EQ(in.parsed.findings.size(), 2u);
  EXPECT_EQ(in.parsed.findings[0].at_elements, std::vector<std::string>{"box-office"});
  EXPECT_EQ(in.parsed.findings[0].decide, std::vector<std::string>{"accept-risk"});
  EXPECT_EQ(in.parsed.findings[0].owner, "Eli");
  EXPECT_EQ(in.parsed.findings[1].at_elements.size(), in.parsed.zones.size()) << "a wildcard is everywhere";
  ASSERT_EQ(in.parsed.controls.size(), 1u);
  EXPECT_TRUE(in.parsed.controls[0].active);
  EXPECT_EQ(in.parsed.requirements.size(), 1u);
}

constexpr const char* kOtm = R"(otmVersion: 0.2.0
project: {name: Yard, id: yard}
trustZones: [{id: z1, name: Inner, risk: {trustRating: 75}}]
assets: [{id: d1, name: Plans, risk: {confidentiality: 90}}]
components:
  - {id: net, name: Net, type: vpc, parent: {trustZone: z1}}
  - {id: box, name: Box, type: ec2, parent: {component: net}, assets: {stored: [d1]},
     threats: [{threat: t1, state: exposed, mitigations: [{mitigation: m1, state: implemented}]}]}
  - {id: a, name: Loop, parent: {component: b}}
  - {id: b, name: Loop, parent: {component: a}}
dataflows:
  - {id: f1, name: in, source: a, destination: box, assets: [d1], bidirectional: true, tags: [x, tcp, '443', '443', udp, '53', '54', tcp, '1', '0']}
  - {id: f2, name: lost, source: a, destination: gone}
  - {id: f3, name: to zone, source: box, destination: z1}
threats: [{id: t1, name: Theft, categories: [Tampering, Odd], risk: {likelihood: 100, impact: 0}}]
mitigations: [{id: m1, name: Lock, riskReduction: 100}]
)";

TEST(ImportOtm, ComponentsInComponentsAreInTheirZone) {
  const Imported in = imported(kOtm);
  ASSERT_FALSE(in.parsed.zones.empty());
  EXPECT_EQ(in.parsed.zones[0].trust, 75u);
  EXPECT_EQ(asset_of(in, "box").zone, "inner");
  EXPECT_EQ(asset_of(in, "box").says, "Box: inside Net");
  EXPECT_EQ(asset_of(in, "box").holds, std::vector<std::string>{"d-plans"});
  EXPECT_EQ(asset_of(in, "loop").zone, "unplaced") << "parents in a circle";
  EXPECT_EQ(asset_of(in, "loop-2").zone, "unplaced");
}

TEST(ImportOtm, PortsAreReadFromTags) {
  const Imported in = imported(kOtm);
  const FlowElement& flow = flow_of(in, "f-in");
  ASSERT_EQ(flow.ports.size(), 2u);
  EXPECT_EQ(flow.ports[0].first, 443u);
  EXPECT_EQ(flow.ports[1].last, 54u);
  EXPECT_EQ(flow_of(in, "f-to-zone").to, std::vector<std::string>{"inner"});
  told(in, "  flows/f-in: port 443, 53-54, from its tags");
  told(in, "  dataflows/lost: one of its ends is not in the file: no flow");
}

TEST(ImportOtm, ThreatsAndMitigations) {
  const Imported in = imported(kOtm);
  ASSERT_EQ(in.parsed.abuse.size(), 1u);
  EXPECT_EQ(in.parsed.abuse[0].stride, std::vector<std::string>{"tampering"});
  EXPECT_EQ(in.parsed.abuse[0].risk->likelihood, 5u);
  EXPECT_EQ(in.parsed.abuse[0].risk->impact, 1u);
  ASSERT_EQ(in.parsed.controls.size(), 1u);
  EXPECT_TRUE(in.parsed.controls[0].active);
  EXPECT_EQ(in.parsed.controls[0].covers, std::vector<std::string>{"ac-theft"});
  EXPECT_EQ(in.parsed.controls[0].strength, 5u);
  told(in, "  abuse/ac-theft: category 'Odd' is none of STRIDE");
}

TEST(ImportPytm, ReferencesAreByNameAndAnswersAreNoFlows) {
  const Imported in =
      imported(R"({"name": "t", "boundaries": [{"name": "Inside"}, {"name": "Core", "inBoundary": "Inside"}],
    "data": [{"name": "token", "classification": "Classification.SECRET", "isCredentials": true}],
    "actors": [{"__class__": "Actor", "name": "Ada"}],
    "assets": [{"__class__": "Datastore", "name": "DB", "inBoundary": "Core", "port": 5432, "data": ["token"]},
               {"__class__": "Server", "name": "Web", "inBoundary": "Inside", "port": -1}],
    "flows": [{"name": "query", "source": "Web", "sink": "DB", "dstPort": -1, "data": ["token"]},
              {"name": "page", "source": "Ada", "sink": "Web", "dstPort": 8443, "protocol": "HTTPS"},
              {"name": "answer", "source": "Web", "sink": "Ada", "isResponse": true, "responseTo": "page"}],
    "findings": [{"description": "Sniffing", "target": "query", "severity": "Very High", "mitigations": "TLS"}]})");
  EXPECT_EQ(in.model.format, ForeignFormat::kPytm);
  EXPECT_EQ(asset_of(in, "db").zone, "core");
  EXPECT_EQ(asset_of(in, "db").holds, std::vector<std::string>{"d-token"});
  EXPECT_EQ(asset_of(in, "ada").zone, "unplaced");
  EXPECT_EQ(flow_of(in, "f-query").ports.at(0).first, 5432u);
  EXPECT_EQ(flow_of(in, "f-page").ports.at(0).first, 8443u);
  EXPECT_EQ(in.parsed.flows.size(), 2u);
  EXPECT_EQ(in.parsed.data.at(0).sensitivity, 4u);
  told(in, "  flows/answer: an answer belongs to its flow: 'page'");
  told(in, "  flows/f-query: port 5432, its sink's");
}

TEST(ImportTmBom, ZonesThatAreOnlyNamedAndRiskOfThreats) {
  const Imported in =
      imported(R"({"scope": {"title": "Kiln"}, "trust_zones": [{"symbolic_name": "hot", "title": "Prod"}],
    "trust_boundaries": [{"trust_zone_a": "hot", "trust_zone_b": "public"}, {"trust_zone_a": "public", "trust_zone_b": "hot"}],
    "actors": [{"symbolic_name": "eli", "title": "Eli", "type": "user"}],
    "components": [{"symbolic_name": "oven", "title": "Oven API", "trust_zone": "hot"}],
    "data_stores": [{"symbolic_name": "log", "title": "Log", "trust_zone": "hot"}],
    "data_sets": [{"symbolic_name": "heat", "title": "Heat", "data_sensitivity": ["biz", "cred"], "placements": [{"data_store": "log"}]}],
    "data_flows": [{"symbolic_name": "write", "title": "HTTPS", "source": {"type": "data_store", "object": "oven"},
                    "destination": {"type": "actor", "object": "log"}, "encrypted": true}],
    "assumptions": [{"description": "It is warm"}],
    "threats": [{"symbolic_name": "burn", "title": "Burn"}],
    "controls": [{"symbolic_name": "glove", "title": "Glove", "threats": ["burn"], "status": "suggested",
                  "trust_boundary": {"trust_zone_a": "public", "trust_zone_b": "hot"}}],
    "risks": [{"symbolic_name": "r", "threats": ["burn"], "likelihood": "possible", "impact": "severe"},
              {"symbolic_name": "s", "threats": ["burn"], "likelihood": "odd", "impact": "severe"}]})");
  EXPECT_EQ(in.model.format, ForeignFormat::kTmBom);
  ASSERT_EQ(in.parsed.boundaries.size(), 1u) << "the second is the same pair";
  EXPECT_EQ(in.parsed.boundaries[0].from, "public");
  EXPECT_EQ(in.parsed.boundaries[0].needs, std::vector<std::string>{"c-glove"});
  EXPECT_EQ(asset_of(in, "oven").kind, "api");
  EXPECT_EQ(asset_of(in, "log").holds, std::vector<std::string>{"d-heat"});
  EXPECT_EQ(in.parsed.data.at(0).sensitivity, 5u);
  EXPECT_EQ(flow_of(in, "f-write").apps, std::vector<std::string>{"https"});
  EXPECT_EQ(flow_of(in, "f-write").clear, false);
  EXPECT_EQ(in.parsed.abuse.at(0).risk->impact, 5u);
  EXPECT_FALSE(in.parsed.controls.at(0).active);
  told(in, "  zones/public: a zone: it is named, not declared");
  told(in, "  risks/s: its likelihood or impact is no word that is known");
}

TEST(ImportThreatcl, NothingIsFollowedOrComputed) {
  const Imported in = imported(R"(spec_version = "0.7.0"
threatmodel "Ferry" {
  imports = ["../secret.hcl"]
  author = "@ada"
  information_asset "List" { information_classification = "Confidential" }
  threat "Sinking" {
    stride = ["Denial of service"]
    control "Pump" {
      description = import.control.pump.description
      implemented = true
      risk_reduction = 80
    }
  }
  data_flow_diagram_v2 "d" {
    external_element "Sea" {}
    trust_zone "Hull" {
      process "Engine" {}
      data_store "Tank" {}
    }
    process "Radio" { trust_zone = "Hull" }
    flow "https" {
      from = "Radio"
      to = "Engine"
    }
    flow "https" {
      from = "Radio"
      to = "Tank"
    }
    flow "odd" {
      from = "Radio"
      to = "Moon"
    }
  }
}
threatmodel "Second" {}
)");
  EXPECT_EQ(in.model.format, ForeignFormat::kThreatcl);
  EXPECT_EQ(in.parsed.owner, "@ada");
  EXPECT_EQ(asset_of(in, "sea").zone, "unplaced");
  EXPECT_EQ(asset_of(in, "radio").zone, "hull");
  EXPECT_EQ(in.parsed.flows.size(), 2u);
  EXPECT_EQ(flow_of(in, "f-radio-to-tank").apps, std::vector<std::string>{"https"});
  EXPECT_TRUE(in.parsed.controls.at(0).active);
  EXPECT_EQ(in.parsed.controls[0].strength, 4u);
  told(in, "  imports: '../secret.hcl' is not followed");
  told(in, "  controls/c-pump: its description is computed");
  told(in, "  threatmodel/Second: a second model in the file");
  told(in, "  flow/odd: Radio to Moon: one of its ends is not in the file: no flow");
}

TEST(Import, FormatIsRecognisedOrToldToBeNone) {
  EXPECT_EQ(fault_of("a: 1\n").substr(0, 45), "format: none of the formats that are known\n");
  EXPECT_EQ(fault_of(""), "format: none of the formats that are known\n");
  EXPECT_EQ(fault_of("<x/>"), "format: none of the formats that are known\n");
  EXPECT_EQ(fault_of(R"({"detail": {"diagrams": [{"diagramJson": {}}]}})"), "format: Threat Dragon version 1\n");
  EXPECT_EQ(fault_of("\xff"), "encoding: not UTF-8 from here on\n");
  EXPECT_EQ(fault_of("{"), "json: not JSON from here on\n");
  EXPECT_EQ(fault_of(std::string(kMaxForeignBytes + 1, ' ')), "too-large: larger than 16 MiB\n");
  EXPECT_EQ(imported("\xef\xbb\xbf{\"otmVersion\": \"0.1.0\"}").model.format, ForeignFormat::kOtm);
  EXPECT_EQ(imported("a: 1\n", ForeignFormat::kThreagile).parsed.id, "theirs");
  EXPECT_EQ(format_called("tm-bom"), ForeignFormat::kTmBom);
  EXPECT_EQ(format_called("tm_bom"), std::nullopt);
}

TEST(Import, MoreThanADraftHoldsIsAFault) {
  std::string text = R"({"otmVersion": "0.1.0", "trustZones": [)";
  for (size_t i = 0; i <= kMostDraftElements; ++i) text += (i == 0 ? "" : ",") + std::string(R"({"name": "z"})");
  EXPECT_EQ(fault_of(text + "]}"), "too-large: more than a draft holds: 20,000 elements, 4 MiB\n");
}

TEST(Import, HostileNamesStayText) {
  const Imported in = imported(R"({"otmVersion": "0.1.0", "project": {"name": "\"}\nmodel: {id: x"},
    "trustZones": [{"id": "z", "name": "a: b # c \u001b[31m\u202e"}], "components": [{"id": "c", "name": "null", "parent": {"trustZone": "z"}}]})");
  EXPECT_EQ(in.parsed.zones.at(0).says, "a: b # c [31m");
  EXPECT_EQ(asset_of(in, "null").zone, "a-b-c-31m");
  EXPECT_EQ(in.list.find('\x1b'), std::string::npos);
}

TEST(Import, JsonListHasTheSameNotes) {
  const Imported in = imported(R"({"otmVersion": "0.1.0", "components": [{"id": "c", "name": "C", "type": "rds"}]})");
  EXPECT_EQ(import_json(in.model),
            R"({
  "format": "otm",
  "found": {
    "trustZones": 0,
    "assets": 0,
    "threats": 0,
    "components": 1,
    "dataflows": 0,
    "mitigations": 0
  },
  "draft": {
    "zones": 1,
    "assets": 1
  },
  "lost": [
    {
      "where": "assets/c",
      "what": "it is in no zone"
    }
  ],
  "assumed": [
    {
      "where": "zones/unplaced",
      "what": "a zone of trust 0 for what is in none; move each asset to where it stands"
    },
    {
      "where": "model",
      "what": "owner unassigned: the file names nobody"
    }
  ],
  "bind": [
    {
      "where": "zones/unplaced",
      "what": "addr"
    },
    {
      "where": "zones/unplaced",
      "what": "taps"
    },
    {
      "where": "assets/c",
      "what": "addr or name"
    }
  ]
}
)");
}

}  // namespace
}  // namespace glacis::control
