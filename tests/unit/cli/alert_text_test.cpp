#include "control/cli/alert_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "glacis/v1/alert.pb.h"
#include "glacis/v1/soc.pb.h"
#include "tests/unit/cli/hostile_text.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kTime_ns = 1'790'000'000'123'000'000;

v1::End end(const std::string& zone, const std::string& asset, const std::string& address, uint32_t port) {
  v1::End out;
  out.set_zone(zone);
  if (!asset.empty()) out.add_assets(asset);
  out.set_address(address);
  out.set_port(port);
  return out;
}

v1::Alert data_alert() {
  v1::Alert alert;
  alert.mutable_id()->set_sensor("core-1");
  alert.set_tap("t-core");
  alert.set_revision(1);
  alert.set_change(v1::ALERT_CHANGE_OPENED);
  alert.set_outcome(v1::OUTCOME_DATA);
  alert.set_time_ns(kTime_ns);
  alert.set_severity(v1::SEVERITY_CRITICAL);
  alert.set_sentence("users/adminpc 10.1.7.3 reached data/db 10.4.0.5:5432/tcp, data moved");
  v1::Rule& rule = *alert.mutable_rule();
  rule.set_element("data/cards");
  rule.mutable_line()->set_file("web-shop.yaml");
  rule.mutable_line()->set_line(53);
  rule.set_owner("ada");
  rule.add_findings("F1");
  rule.add_findings("F2");
  rule.add_stride("disclosure");
  rule.add_attack("T1213");
  alert.mutable_model()->set_id("web-shop");
  alert.mutable_model()->set_version(3);
  alert.mutable_model()->set_digest("\xa1\xb2\xc3\xd4\xe5");
  *alert.mutable_initiator() = end("users", "web-shop/adminpc", std::string("\x0a\x01\x07\x03"), 40000);
  *alert.mutable_responder() = end("data", "web-shop/db", std::string("\x0a\x04\x00\x05", 4), 5432);
  return alert;
}

v1::Alert path_alert() {
  v1::Alert alert = data_alert();
  alert.set_severity(v1::SEVERITY_HIGH);
  alert.mutable_rule()->set_element("abuse/LM1");
  v1::PathProgress& path = *alert.mutable_path();
  path.set_step(1);
  path.set_steps(2);
  path.set_join("medium");
  v1::PathStep& step = *path.add_seen();
  step.set_id("reach");
  step.set_time_ns(kTime_ns);
  step.set_says("flow: servers $s, from: users $h");
  *step.mutable_initiator() = end("users", "", std::string("\x0a\x01\x07\x03"), 0);
  *step.mutable_responder() = end("servers", "web-shop/orders", std::string("\x0a\x03\x00\x05", 4), 8080);
  path.add_next("db");
  v1::Variable& variable = *path.add_variables();
  variable.set_name("h");
  variable.set_value("10.1.7.3");
  return alert;
}

TEST(AlertText, DataAlertReadsFromTimeToEvidence) {
  v1::Alert alert = data_alert();
  v1::Evidence& evidence = *alert.add_evidence();
  evidence.set_rule_element("data/cards");
  evidence.set_bytes("**** **** **** 1111\r\n");
  evidence.set_masked(true);
  evidence.set_stream_offset(120);
  evidence.set_to_responder(true);
  EXPECT_EQ(alert_text(alert, 12, Colour::kOff),
            "2026-09-21 14:13:20.123 UTC  CRITICAL  users/adminpc 10.1.7.3 reached data/db "
            "10.4.0.5:5432/tcp, data moved\n"
            "    data/cards web-shop.yaml:53 | owner ada | findings F1, F2 | STRIDE disclosure | "
            "ATT&CK T1213\n"
            "    outcome data | core-1@t-core | model web-shop 3 (a1b2c3d4) | cursor 12\n"
            "    evidence data/cards  \"**** **** **** 1111..\" masked, to the responder, up to "
            "byte 120\n");
}

TEST(AlertText, SaysOfEvidenceOnlyWhenItsTargetReadsOtherBytes) {
  v1::Alert alert = data_alert();
  v1::Evidence& evidence = *alert.add_evidence();
  evidence.set_stream_offset(120);
  const std::string unsaid = alert_text(alert, 12, Colour::kOff);
  evidence.set_reading(v1::READING_TARGET);
  EXPECT_EQ(alert_text(alert, 12, Colour::kOff), unsaid);
  evidence.set_reading(v1::READING_OTHER);
  EXPECT_THAT(alert_text(alert, 12, Colour::kOff), HasSubstr("up to byte 120, probably not as its target reads it\n"));
}

TEST(AlertText, WithoutEvidenceSaysNothingOfIt) {
  const std::string text = alert_text(data_alert(), 12, Colour::kOff);
  EXPECT_THAT(text, Not(HasSubstr("evidence")));
  EXPECT_THAT(text, Not(HasSubstr("revision")));
  EXPECT_THAT(text, Not(HasSubstr("step")));
}

TEST(AlertText, PathAlertSaysWhatWasSeenAndWhatComesNext) {
  EXPECT_THAT(alert_text(path_alert(), 12, Colour::kOff),
              HasSubstr("    step 1 of 2, join medium, $h = 10.1.7.3\n"
                        "      seen  reach  2026-09-21 14:13:20.123  users 10.1.7.3 -> "
                        "servers/orders 10.3.0.5 port 8080  (flow: servers $s, from: users $h)\n"
                        "      next  db\n"));
}

TEST(AlertText, RevisionCountAndFurtherRulesAreNamed) {
  v1::Alert alert = data_alert();
  alert.set_revision(2);
  alert.set_change(v1::ALERT_CHANGE_OUTCOME);
  alert.set_count(17);
  alert.add_also()->set_element("never/n-ws-db");
  const std::string text = alert_text(alert, 12, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("revision 2: outcome"));
  EXPECT_THAT(text, HasSubstr("seen 17 times"));
  EXPECT_THAT(text, HasSubstr("also never/n-ws-db"));
}

TEST(AlertText, ColoursTheSeverityOnATerminalOnly) {
  EXPECT_THAT(alert_text(data_alert(), 1, Colour::kOn), HasSubstr("\033[31mCRITICAL\033[0m"));
  EXPECT_THAT(alert_text(data_alert(), 1, Colour::kOff), Not(HasSubstr("\033")));
}

TEST(AlertText, EmptyAndUnknownFieldsDoNotBreakIt) {
  v1::Alert alert;
  alert.set_severity(static_cast<v1::Severity>(77));
  alert.set_outcome(static_cast<v1::Outcome>(77));
  alert.mutable_initiator()->set_address("abc");
  EXPECT_THAT(alert_text(alert, 1, Colour::kOff), HasSubstr("cursor 1"));
}

TEST(AlertText, NothingFromThePeerReachesTheTerminal) {
  v1::Alert alert;
  fill_hostile(alert);
  const std::string text = alert_text(alert, 1, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("\\x1b[31m"));
  EXPECT_EQ(terminal_fault(text), "");
  EXPECT_EQ(terminal_fault(alert_json(alert, 1)), "");
}

TEST(AlertJson, IsOneLineThatHoldsTheWholeAlert) {
  v1::Alert alert = path_alert();
  alert.set_sentence(kHostile);
  const std::string line = alert_json(alert, 12);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_THAT(line, HasSubstr("{\"cursor\":12,\"time\":\"2026-09-21T14:13:20.123Z\","
                              "\"src_ip\":\"10.1.7.3\",\"dest_ip\":\"10.4.0.5\",\"alert\":{"));
  const size_t start = line.find("\"alert\":") + 8;
  v1::Alert back;
  const auto read = google::protobuf::util::JsonStringToMessage(line.substr(start, line.size() - start - 1), &back);
  ASSERT_TRUE(read.ok()) << read.ToString();
  EXPECT_EQ(back.SerializeAsString(), alert.SerializeAsString());
}

}  // namespace
}  // namespace glacis::control
