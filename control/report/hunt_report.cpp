#include "control/report/hunt_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "control/analysis/flow_words.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;
using Tone = Document::Tone;

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr size_t kMostStretches = 5;  // that people are shown

std::string address(const IpAddress& ip) {
  const auto wire = ip.wire();
  return address_text({reinterpret_cast<const char*>(wire.data()), wire.size()});
}

std::string protocol(uint8_t number) {
  const auto known = std::ranges::find(kProtocolWords, number, [](const auto& one) { return one.second; });
  return known != std::end(kProtocolWords) ? std::string(known->first) : "protocol " + std::to_string(number);
}

std::string outcome(const FlowSummary& flow) {
  if (!flow.outcome) return "not recorded";
  return std::string(
      std::ranges::find(kOutcomeWords, *flow.outcome, [](const auto& one) { return one.second; })->first);
}

// "users/adminpc 10.1.7.3:40001", "data/db [fd00:4::5]:5432/tcp", "servers 10.3.0.5 icmp".
std::string end(const HuntedEnd& where, const IpAddress& ip, uint16_t port, const std::string& service) {
  const std::string host = ip.is_v4() || port == 0 ? address(ip) : "[" + address(ip) + "]";
  std::string out = where.zone + (where.assets.empty() ? "" : "/" + joined(where.assets)) + " " + host;
  if (port != 0) return out + ":" + std::to_string(port) + (service.empty() ? "" : "/" + service);
  return out + (service.empty() ? "" : " " + service);
}

// "7 ms", "1.1 s", "12 s", "3 min", "2 h 3 min", "4 d 2 h".
std::string lasting(int64_t ns) {
  const int64_t s = ns / kSecond_ns, minutes = s / 60, hours = minutes / 60;
  char out[48];
  if (s == 0) return std::to_string((ns + 500'000) / 1'000'000) + " ms";
  if (s < 10) {
    std::snprintf(out, sizeof out, "%.1f s", static_cast<double>(ns) / static_cast<double>(kSecond_ns));
    return out;
  }
  if (s < 120) return std::to_string(s) + " s";
  if (minutes < 120) return std::to_string(minutes) + " min";
  if (hours < 48) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
}

std::string bytes(uint64_t n) {
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  if (n < 1000) return std::to_string(n) + " B";
  double value = static_cast<double>(n) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  char out[48];
  std::snprintf(out, sizeof out, value < 9.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return out;
}

std::string time(Nanos when) { return utc_text(when.value, Precision::kSeconds); }
std::string span(const Stretch& one) { return time(one.first) + " to " + time(one.last); }

double share(const HuntAnswer& answer) {
  const double asked = static_cast<double>((answer.window.last - answer.window.first).value);
  return asked <= 0 ? 1 : std::min(1.0, static_cast<double>(answer.looked_at.value) / asked);
}

std::string percent(double part) {
  if (part < 0.0001) return "less than 0.01 %";
  char out[32];
  std::snprintf(out, sizeof out, part >= 0.0995 ? "%.0f %%" : "%.2g %%", part * 100);
  return out;
}

Tone tone(const HuntAnswer& answer) {
  if (answer.result == HuntResult::kYes) return Tone::kBad;
  if (answer.result == HuntResult::kUnknown) return Tone::kFair;
  return answer.losses.empty() ? Tone::kGood : Tone::kFair;
}

std::vector<std::string> paragraphs_of(const HuntAnswer& answer, size_t most) {
  std::string ask = answer.ask + " (" + place_text(answer.at);
  if (!answer.owner.empty()) ask += ", owner " + answer.owner;
  std::vector<std::string> out = {ask + ")"};
  if (!answer.seen.empty()) {
    out.push_back(looked_at_text(answer));
    for (size_t i = 0; i < std::min(answer.seen.size(), kMostStretches); ++i)
      out.push_back("  " + span(answer.seen[i]));
    if (answer.seen.size() > kMostStretches)
      out.push_back("  and " + counted(answer.seen.size() - kMostStretches, "stretch") + " more: --json has them all");
  }
  for (const std::string& loss : answer.losses) out.push_back("missing: " + loss);
  if (answer.result != HuntResult::kUnknown) {
    for (const std::string& source : answer.unasked) out.push_back("not asked: " + source);
  }
  if (answer.flows.size() > most)
    out.push_back("the " + counted(most, "flow") + " that came last of " + std::to_string(answer.flows.size()) +
                  ": --most N shows N");
  return out;
}

Document::Row row_of(const HuntedFlow& one) {
  const FlowSummary& flow = one.flow;
  return {{{time(flow.last)},
           {end(one.from, flow.initiator, flow.initiator_port, "")},
           {end(one.to, flow.responder, flow.responder_port, protocol(flow.protocol))},
           {outcome(flow)},
           {bytes(flow.bytes_to_responder)},
           {bytes(flow.bytes_to_initiator)},
           {lasting((flow.last - flow.first).value)},
           {flow.file}},
          {}};
}

Json json_of(const HuntedEnd& where, const IpAddress& ip, uint16_t port) {
  return {{"zone", where.zone}, {"assets", where.assets}, {"address", address(ip)}, {"port", port}};
}

Json json_of(const HuntedFlow& one) {
  const FlowSummary& flow = one.flow;
  return {{"id", flow.id},
          {"from", json_of(one.from, flow.initiator, flow.initiator_port)},
          {"to", json_of(one.to, flow.responder, flow.responder_port)},
          {"protocol", flow.protocol},
          {"outcome", flow.outcome ? Json(outcome(flow)) : Json()},
          {"first_ns", flow.first.value},
          {"last_ns", flow.last.value},
          {"bytes_to_responder", flow.bytes_to_responder},
          {"bytes_to_initiator", flow.bytes_to_initiator},
          {"file", printable(flow.file)}};
}

std::vector<std::string> safe(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(printable(text));
  return out;
}

std::string_view word(HuntResult result) {
  if (result == HuntResult::kUnknown) return "unknown";
  return result == HuntResult::kYes ? "yes" : "no";
}

Json json_of(const HuntAnswer& answer, size_t most) {
  Json flows = Json::array(), seen = Json::array();
  for (size_t i = 0; i < std::min(most, answer.flows.size()); ++i) flows.push_back(json_of(answer.flows[i]));
  for (const Stretch& one : answer.seen) seen.push_back({one.first.value, one.last.value});
  return {{"id", answer.id},
          {"ask", printable(answer.ask)},
          {"owner", printable(answer.owner)},
          {"file", answer.at.file},
          {"line", answer.at.line},
          {"answer", word(answer.result)},
          {"why", answer.why.empty() ? Json() : Json(printable(answer.why))},
          {"flows_found", answer.flows.size()},
          {"flows", std::move(flows)},
          {"window", {{"first_ns", answer.window.first.value}, {"last_ns", answer.window.last.value}}},
          {"over_s", answer.over_ns / kSecond_ns},
          {"looked_at_ns", answer.looked_at.value},
          {"seen_ns", std::move(seen)},
          {"missing", safe(answer.losses)},
          {"not_asked", safe(answer.unasked)}};
}

}  // namespace

std::string hunt_headline(const HuntAnswer& answer) {
  switch (answer.result) {
    case HuntResult::kYes:
      return answer.id + " yes: " + counted(answer.flows.size(), "flow");
    case HuntResult::kUnknown:
      return answer.id + " unknown: " + answer.why;
    case HuntResult::kNo:
      break;
  }
  return answer.id + (answer.losses.empty() ? " no" : " no, as far as was seen");
}

std::string looked_at_text(const HuntAnswer& answer) {
  if (answer.seen.empty()) return "";
  const std::string out = "looked at " + lasting(answer.looked_at.value);
  if (answer.over_ns == 0) return out + ", all that is stored";
  return out + " of " + span_text(answer.over_ns) + " to " + time(answer.window.last) + ", " + percent(share(answer));
}

Document hunt_document(std::span<const HuntAnswer> answers, size_t most) {
  Document out{"Hunts", {}};
  for (const HuntAnswer& answer : answers) {
    Document::Section& section = out.sections.emplace_back();
    section.heading = hunt_headline(answer);
    section.paragraphs = paragraphs_of(answer, most);
    section.columns = {"Last seen", "From", "To", "Outcome", "Sent", "Received", "Lasted", "File"};
    for (size_t i = 0; i < std::min(most, answer.flows.size()); ++i) section.rows.push_back(row_of(answer.flows[i]));
  }
  return out;
}

Document hunt_table(std::span<const HuntAnswer> answers) {
  Document::Section section{"Hunts", {}, {"Hunt", "Answer", "Looked at", "Question"}, {}};
  for (const HuntAnswer& answer : answers) {
    Document::Row row;
    const std::string headline = hunt_headline(answer).substr(answer.id.size() + 1);
    row.cells = {{answer.id}, {headline, tone(answer)}, {looked_at_text(answer)}, {answer.ask}};
    row.notes = answer.losses;
    section.rows.push_back(std::move(row));
  }
  return {"Hunts", {std::move(section)}};
}

std::string hunt_json(std::span<const HuntAnswer> answers, size_t most) {
  Json out = Json::array();
  for (const HuntAnswer& answer : answers) out.push_back(json_of(answer, most));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace glacis::control
