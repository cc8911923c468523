#include "control/exchange/flow_records.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <istream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "control/analysis/explain.h"
#include "control/analysis/flow_words.h"

namespace glacis::control {
namespace {

using Json = nlohmann::json;

// What one line is not; caught where lines are read.
struct BadLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const Json* find(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() ? &*found : nullptr;
}

std::string text_at(const Json& object, const char* key) {
  const Json* value = find(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

// Of no more than `most`; the key must be there.
uint64_t number_at(const Json& object, const char* key, uint64_t most) {
  const Json* value = find(object, key);
  if (value == nullptr || !value->is_number_unsigned() || value->get<uint64_t>() > most)
    throw BadLine(std::string("a flow without a good ") + key);
  return value->get<uint64_t>();
}

std::optional<int> digits(std::string_view text, size_t from, size_t count) {
  int value = 0;
  if (from + count > text.size()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + from, text.data() + from + count, value);
  return error == std::errc() && end == text.data() + from + count && text[from] != '-' ? std::optional(value)
                                                                                        : std::nullopt;
}

// "2026-11-23T10:35:42.123456+0000", whatever the offset (EVE's form of ISO 8601).
std::optional<Nanos> moment(std::string_view text) {
  namespace ch = std::chrono;
  if (text.size() != 31 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != '.' || (text[26] != '+' && text[26] != '-'))
    return std::nullopt;
  constexpr std::array<std::pair<size_t, size_t>, 9> kParts = {
      {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}, {20, 6}, {27, 2}, {29, 2}}};
  std::array<int, kParts.size()> part{};
  for (size_t i = 0; i < kParts.size(); ++i) {
    const auto value = digits(text, kParts[i].first, kParts[i].second);
    if (!value) return std::nullopt;
    part[i] = *value;
  }
  const ch::year_month_day day{ch::year(part[0]), ch::month(static_cast<unsigned>(part[1])),
                               ch::day(static_cast<unsigned>(part[2]))};
  if (!day.ok() || part[0] < 1970 || part[0] > 2115 || part[3] > 23 || part[4] > 59 || part[5] > 60)
    return std::nullopt;
  const int offset_s = (part[7] * 60 + part[8]) * 60 * (text[26] == '-' ? -1 : 1);
  const int64_t second_of_day = (part[3] * 60 + part[4]) * 60 + part[5] - offset_s;
  const int64_t s = ch::sys_days(day).time_since_epoch().count() * int64_t{86'400} + second_of_day;
  return Nanos(s * 1'000'000'000 + int64_t{part[6]} * 1000);
}

Nanos time_at(const Json& object, const char* key) {
  const auto time = moment(text_at(object, key));
  if (!time) throw BadLine(std::string("a flow without a good ") + key);
  return *time;
}

IpAddress address_at(const Json& object, const char* key) {
  const auto address = ip_address(text_at(object, key));
  if (!address) throw BadLine(std::string("a flow without a good ") + key);
  return *address;
}

uint8_t protocol_at(const Json& object) {
  std::string name = text_at(object, "proto");
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto known = std::ranges::find(kProtocolWords, name, [](const auto& one) { return one.first; });
  if (known != std::end(kProtocolWords)) return known->second;
  uint8_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.empty() || error != std::errc() || end != name.data() + name.size())
    throw BadLine("a flow without a good proto");
  return number;
}

void read_mark(std::string_view mark, FlowSummary& out) {
  constexpr std::string_view kOutcome = "outcome.";
  if (mark.starts_with(kOutcome)) {
    const auto outcome =
        std::ranges::find(kOutcomeWords, mark.substr(kOutcome.size()), [](const auto& one) { return one.first; });
    if (outcome != std::end(kOutcomeWords)) out.outcome = outcome->second;
  }
  if (mark == "direction.assumed") out.direction_assumed = true;
  if (mark.starts_with("unscanned.")) out.unsearched = true;
}

// What an alert and a flow record have in common.
FlowSummary summary_of(const Json& event) {
  const Json* flow = find(event, "flow");
  if (flow == nullptr || !flow->is_object()) throw BadLine("a flow without flow");
  FlowSummary out;
  out.id = number_at(event, "flow_id", UINT64_MAX);
  out.initiator = address_at(event, "src_ip");
  out.responder = address_at(event, "dest_ip");
  if (out.initiator.is_v4() != out.responder.is_v4()) throw BadLine("a flow from IPv4 to IPv6");
  out.protocol = protocol_at(event);
  if (find(event, "src_port") != nullptr || find(event, "dest_port") != nullptr) {
    out.initiator_port = static_cast<uint16_t>(number_at(event, "src_port", 0xffff));
    out.responder_port = static_cast<uint16_t>(number_at(event, "dest_port", 0xffff));
  }
  out.bytes_to_responder = number_at(*flow, "bytes_toserver", UINT64_MAX);
  out.bytes_to_initiator = number_at(*flow, "bytes_toclient", UINT64_MAX);
  out.first = time_at(*flow, "start");
  return out;
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void line(uint64_t number, std::string_view text) {
    if (text.empty()) return;
    try {
      event(Json::parse(text));
    } catch (const BadLine& fault) {
      bad(number, fault.what());
    } catch (const Json::exception&) {
      bad(number, "no JSON: not an EVE line, or a part of one");
    }
  }

  void bad(uint64_t number, const std::string& what) {
    ++out_.bad_lines;
    if (out_.faults.size() < FlowRecords::kMostFaults)
      out_.faults.push_back({what, file_ + ":" + std::to_string(number), ""});
  }

  FlowRecords done() {
    for (const FlowSummary& flow : hit_) {
      if (!index_.contains(flow.id)) keep(flow);
    }
    return std::move(out_);
  }

 private:
  void event(const Json& event) {
    const std::string type = text_at(event, "event_type");
    if (type.empty()) throw BadLine("no event: it has no event_type");
    if (type == "flow") return record(event);
    if (type == "alert") alert(event);
    ++out_.other_events;
  }

  void record(const Json& event) {
    FlowSummary flow = summary_of(event);
    flow.last = time_at(*find(event, "flow"), "end");
    if (flow.last < flow.first) throw BadLine("a flow that ends before it begins");
    if (const Json* metadata = find(event, "metadata"); metadata != nullptr) {
      if (const Json* marks = find(*metadata, "flowbits"); marks != nullptr && marks->is_array()) {
        for (const Json& mark : *marks) {
          if (mark.is_string()) read_mark(mark.get_ref<const std::string&>(), flow);
        }
      }
    }
    ++out_.records;
    out_.seen.add({flow.first, flow.last});
    keep(flow);
  }

  // Of a flow that goes on each record has the totals since its start: the last one counts.
  void keep(FlowSummary flow) {
    flow.file = file_;
    const auto known = index_.find(flow.id);
    if (known != index_.end() && same(out_.flows[known->second], flow)) {
      FlowSummary& before = out_.flows[known->second];
      if (before.last <= flow.last) before = std::move(flow);
      return;
    }
    if (out_.flows.size() == FlowRecords::kMostFlows) {
      ++out_.left_out;
      return;
    }
    index_[flow.id] = out_.flows.size();
    out_.flows.push_back(std::move(flow));
  }

  static bool same(const FlowSummary& a, const FlowSummary& b) {
    return a.first == b.first && a.initiator == b.initiator && a.responder == b.responder &&
           a.initiator_port == b.initiator_port && a.responder_port == b.responder_port;
  }

  void alert(const Json& event) {
    constexpr std::string_view kHunts = "hunts/";
    const Json* inner = find(event, "alert");
    const Json* metadata = inner == nullptr ? nullptr : find(*inner, "metadata");
    const Json* element = metadata == nullptr ? nullptr : find(*metadata, "element");
    if (element == nullptr || !element->is_array() || element->empty() || !element->front().is_string()) return;
    const std::string& name = element->front().get_ref<const std::string&>();
    if (!name.starts_with(kHunts)) return;
    FlowSummary flow = summary_of(event);
    flow.last = std::max(flow.first, time_at(event, "timestamp"));
    out_.hits[name.substr(kHunts.size())].insert(flow.id);
    hit_.push_back(std::move(flow));
  }

  const std::string file_;
  FlowRecords out_;
  std::map<uint64_t, size_t> index_;
  std::vector<FlowSummary> hit_;
};

std::vector<std::string> texts_at(const Json& object, const char* key) {
  return object.at(key).get<std::vector<std::string>>();
}

}  // namespace

FlowRecords read_flow_records(std::istream& in, const std::string& file) {
  Reader reader(file);
  std::vector<char> line(FlowRecords::kLongestLine);
  for (uint64_t number = 1; in.getline(line.data(), static_cast<std::streamsize>(line.size())) || in.gcount() != 0;
       ++number) {
    const auto length = static_cast<size_t>(in.gcount());
    if (in.fail()) {  // the buffer is full and the line goes on
      in.clear();
      in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
      reader.bad(number, "a line of more than 1 MiB");
      continue;
    }
    reader.line(number, {line.data(), in.eof() ? length : length - 1});
  }
  return reader.done();
}

Expected<ReplayReport> read_replay_report(const std::string& line) {
  ReplayReport out;
  try {
    const Json report = Json::parse(line);
    out.losses = texts_at(report.at("losses"), "packets");
    out.payload_losses = texts_at(report.at("losses"), "payload");
    for (const Json& one : report.at("captures")) {
      ReplayReport::Capture& capture = out.captures.emplace_back();
      capture.file = one.at("file").get<std::string>();
      capture.packets = one.at("packets").get<uint64_t>();
      for (const Json& stretch : one.at("seen_ns"))
        capture.seen.push_back({Nanos(stretch.at(0).get<int64_t>()), Nanos(stretch.at(1).get<int64_t>())});
      if (const auto more = one.at("times_left_out").get<uint64_t>(); more != 0)
        out.losses.push_back(capture.file + ": " + std::to_string(more) +
                             " packets at times that do not count as looked at");
    }
  } catch (const Json::exception& fault) {
    return fail(std::string("no summary of a replay: ") + fault.what());
  }
  return out;
}

}  // namespace glacis::control
