#include <openssl/sha.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "dataplane/base/utf8.h"
#include "dataplane/policy/address_plan.h"
#include "dataplane/policy/features.h"
#include "dataplane/policy/generation.h"
#include "dataplane/policy/path_builder.h"
#include "dataplane/policy/time_zone.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr int kMaxPolicyBytes = 64 << 20;
constexpr int kMaxZones = 4096, kMaxDataClasses = 64, kMaxPatterns = 20'000, kMaxModels = 1024, kMaxPaths = 4096, kMaxFeatures = 64;
// Of everything else that stands in a list of its own: what is built grows with these.
constexpr int kMaxElements = 50'000;

std::string at(const char* list, int i) { return std::string(list) + "[" + std::to_string(i) + "]"; }

std::string known_features() {
  std::string out;
  for (const std::string_view f : kPolicyFeatures) out += (out.empty() ? "" : ", ") + std::string(f);
  return out;
}

std::string sha256(const std::string& bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace

Generation::Generation() = default;
Generation::~Generation() = default;

class GenerationBuilder {
 public:
  ExpectedAll<std::shared_ptr<const Generation>> build(const std::string& bytes, GenerationId id, uint64_t version,
                                                       const Generation* previous);

 private:
  void check_language();
  void check_sizes();
  void check_rule_ids();
  RuleIndex rule(uint32_t id, const std::string& where, uint8_t* severity = nullptr);
  std::vector<Ports> ports(const google::protobuf::RepeatedPtrField<v1::PortRange>& list, const std::string& where);
  uint64_t carries(const google::protobuf::RepeatedField<uint32_t>& list, const std::string& where);
  void schedule(const v1::FlowLine& line, FlowLineRule& out, const std::string& where);
  void lines();
  void nevers();
  void boundaries();
  void drift();
  void declarations();
  void data();
  void places();
  void patterns(const Generation* previous);

  std::vector<Error> faults_;
  std::unique_ptr<v1::Policy> policy_;
  std::unique_ptr<AddressPlan> plan_;
  std::vector<std::pair<uint32_t, uint32_t>> rule_at_;  // id, position; sorted
  JudgeTables tables_;
  std::shared_ptr<const PatternSet> patterns_;
};

ExpectedAll<std::shared_ptr<const Generation>> GenerationBuilder::build(const std::string& bytes, GenerationId id,
                                                                        uint64_t version, const Generation* previous) {
  policy_ = std::make_unique<v1::Policy>();
  if (bytes.size() > kMaxPolicyBytes || !policy_->ParseFromString(bytes)) {
    return std::unexpected(std::vector{Error{"not a policy, or larger than 64 MiB", "policy", ""}});
  }
  check_language();
  check_sizes();
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  check_rule_ids();
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  plan_ = std::make_unique<AddressPlan>(*policy_, faults_);
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  data();
  lines();
  nevers();
  boundaries();
  drift();
  places();
  PathProgram paths = build_paths({*policy_, *plan_, rule_at_}, tables_, faults_);
  if (faults_.empty()) patterns(previous);
  if (!faults_.empty()) return std::unexpected(std::move(faults_));

  const std::shared_ptr<Generation> out(new Generation());
  out->id_ = id;
  out->version_ = version;
  out->digest_ = sha256(bytes);
  out->zones_ = plan_->table();
  out->judge_ = Judge(std::move(tables_), out->zones_);
  out->patterns_ = std::move(patterns_);
  out->paths_ = std::move(paths);
  out->data_of_pattern_.resize(static_cast<size_t>(policy_->patterns_size()));
  for (int i = 0; i < policy_->data_size(); ++i) {
    for (const uint32_t pattern : policy_->data(i).patterns()) out->data_of_pattern_[pattern] |= uint64_t{1} << i;
  }
  plan_.reset();
  out->policy_ = std::move(policy_);
  return out;
}

void GenerationBuilder::check_language() {
  if (policy_->language() != kPolicyLanguage) {
    faults_.push_back({"language version " + std::to_string(policy_->language()) + " is not known", "language",
                       "this sensor knows 1"});
  }
  for (int i = 0; i < std::min(policy_->features_size(), kMaxFeatures); ++i) {
    const std::string& feature = policy_->features(i);
    if (std::find(kPolicyFeatures.begin(), kPolicyFeatures.end(), feature) == kPolicyFeatures.end()) {
      faults_.push_back({"unknown feature '" + std::string(utf8_start(feature, 64)) + "'", at("features", i), "this sensor knows " + known_features()});
    }
  }
}

void GenerationBuilder::check_sizes() {
  const struct {
    const char* list;
    int size, most;
  } lists[] = {{"features", policy_->features_size(), kMaxFeatures},
               {"models", policy_->models_size(), kMaxModels},
               {"zones", policy_->zones_size(), kMaxZones},
               {"assets", policy_->assets_size(), kMaxElements},
               {"flows", policy_->flows_size(), kMaxElements},
               {"nevers", policy_->nevers_size(), kMaxElements},
               {"boundaries", policy_->boundaries_size(), kMaxElements},
               {"data", policy_->data_size(), kMaxDataClasses},
               {"paths", policy_->paths_size(), kMaxPaths},
               {"patterns", policy_->patterns_size(), kMaxPatterns},
               {"rules", policy_->rules_size(), 8 * kMaxElements}};
  for (const auto& [list, size, most] : lists) {
    if (size > most) faults_.push_back({std::to_string(size) + " entries", list, "at most " + std::to_string(most)});
  }
}

void GenerationBuilder::check_rule_ids() {
  for (int i = 0; i < policy_->rules_size(); ++i) {
    const v1::Rule& rule = policy_->rules(i);
    if (rule.id() == 0) faults_.push_back({"rule id 0", at("rules", i) + ".id", ""});
    rule_at_.emplace_back(rule.id(), static_cast<uint32_t>(i));
  }
  std::sort(rule_at_.begin(), rule_at_.end());
  for (size_t i = 1; i < rule_at_.size(); ++i) {
    if (rule_at_[i].first == rule_at_[i - 1].first) {
      faults_.push_back({"rule id " + std::to_string(rule_at_[i].first) + " stands twice", at("rules", static_cast<int>(rule_at_[i].second)) + ".id", ""});
    }
  }
}

RuleIndex GenerationBuilder::rule(uint32_t id, const std::string& where, uint8_t* severity) {
  const auto found = std::lower_bound(rule_at_.begin(), rule_at_.end(), std::pair(id, 0u));
  if (found == rule_at_.end() || found->first != id) {
    faults_.push_back({"no rule " + std::to_string(id) + " in `rules`", where, ""});
    return kNoRule;
  }
  if (severity != nullptr) *severity = static_cast<uint8_t>(std::clamp<int>(policy_->rules(static_cast<int>(found->second)).severity(), 0, 5));
  return RuleIndex(found->second);
}

std::vector<Ports> GenerationBuilder::ports(const google::protobuf::RepeatedPtrField<v1::PortRange>& list, const std::string& where) {
  std::vector<Ports> out;
  for (const v1::PortRange& range : list) {
    if (range.first() > range.last() || range.last() > 0xffff) {
      faults_.push_back({"port range " + std::to_string(range.first()) + "-" + std::to_string(range.last()), where + ".ports", "0-65535, first before last"});
      break;
    }
    out.push_back({static_cast<uint16_t>(range.first()), static_cast<uint16_t>(range.last())});
  }
  return out;
}

uint64_t GenerationBuilder::carries(const google::protobuf::RepeatedField<uint32_t>& list, const std::string& where) {
  uint64_t out = 0;
  for (const uint32_t data : list) {
    if (data >= static_cast<uint32_t>(policy_->data_size())) {
      faults_.push_back({"no data class " + std::to_string(data), where + ".carries", ""});
      break;
    }
    out |= uint64_t{1} << data;
  }
  return out;
}

void GenerationBuilder::schedule(const v1::FlowLine& line, FlowLineRule& out, const std::string& where) {
  out.until_s = line.until_s();
  if (!line.has_hours()) return;
  const v1::Hours& hours = line.hours();
  if (hours.days() > 0x7f || hours.start_minute() > 1440 || hours.end_minute() > 1440) {
    faults_.push_back({"days or minutes out of range", where + ".hours", ""});
    return;
  }
  out.days = static_cast<uint8_t>(hours.days());
  out.start_minute = static_cast<uint16_t>(hours.start_minute());
  out.end_minute = static_cast<uint16_t>(hours.end_minute());
  auto offsets = utc_offsets(hours.tz());
  if (!offsets) {
    offsets.error().where = where + ".hours.tz";
    faults_.push_back(std::move(offsets.error()));
    return;
  }
  out.utc_offsets = std::move(*offsets);
}

void GenerationBuilder::lines() {
  for (int i = 0; i < policy_->flows_size(); ++i) {
    const v1::FlowLine& line = policy_->flows(i);
    const std::string where = at("flows", i);
    FlowLineRule out;
    out.rule = rule(line.rule(), where + ".rule", &out.severity);
    out.from = plan_->resolve(line.from(), where + ".from", faults_);
    out.to = plan_->resolve(line.to(), where + ".to", faults_);
    out.ports = ports(line.ports(), where);
    out.model = line.model();
    out.carries = carries(line.carries(), where);
    schedule(line, out, where);
    tables_.lines.push_back(std::move(out));
  }
}

void GenerationBuilder::nevers() {
  for (int i = 0; i < policy_->nevers_size(); ++i) {
    const v1::NeverLine& line = policy_->nevers(i);
    if (!line.enforced()) continue;
    const std::string where = at("nevers", i);
    NeverRule out;
    out.rule = rule(line.rule(), where + ".rule", &out.severity);
    out.from = plan_->resolve(line.from(), where + ".from", faults_);
    out.to = plan_->resolve(line.to(), where + ".to", faults_);
    out.ports = ports(line.ports(), where);
    out.carries = carries(line.carries(), where);
    for (const uint32_t except : line.except_flows()) {
      if (except >= static_cast<uint32_t>(policy_->flows_size())) {
        faults_.push_back({"no flow line " + std::to_string(except), where + ".except_flows", ""});
        break;
      }
      out.except.push_back(except);
    }
    tables_.nevers.push_back(std::move(out));
  }
}

void GenerationBuilder::boundaries() {
  const auto zones = static_cast<uint32_t>(policy_->zones_size());
  for (int i = 0; i < policy_->boundaries_size(); ++i) {
    const v1::Boundary& boundary = policy_->boundaries(i);
    const std::string where = at("boundaries", i);
    if (boundary.from_zone() >= zones || boundary.to_zone() >= zones) {
      faults_.push_back({"no such zone", where, ""});
      continue;
    }
    if (boundary.unmodelled() == v1::UNMODELLED_UNSPECIFIED) continue;
    ZonePairRule out;
    out.from = ZoneId(static_cast<uint16_t>(boundary.from_zone() + 1));
    out.to = ZoneId(static_cast<uint16_t>(boundary.to_zone() + 1));
    out.action = static_cast<UnmodelledAction>(std::clamp<int>(boundary.unmodelled(), 1, 3));
    out.rule = rule(boundary.rule(), where + ".rule", &out.severity);
    tables_.boundaries.push_back(out);
  }
}

void GenerationBuilder::drift() {
  const auto action = [](int value, UnmodelledAction otherwise) {
    return value < 1 || value > 3 ? otherwise : static_cast<UnmodelledAction>(value);
  };
  for (int i = 0; i < policy_->models_size(); ++i) {
    const v1::Model& model = policy_->models(i);
    const std::string where = at("models", i);
    DriftRule out;
    out.model = static_cast<uint32_t>(i);
    out.crossing = action(model.drift_crossing(), UnmodelledAction::kReport);
    out.inside = action(model.drift_inside(), UnmodelledAction::kAllow);
    if (out.crossing == UnmodelledAction::kAlert) out.crossing_rule = rule(model.crossing_rule(), where + ".crossing_rule");
    if (out.inside == UnmodelledAction::kAlert) out.inside_rule = rule(model.inside_rule(), where + ".inside_rule");
    for (const std::string& name : model.drift_ignore()) {
      out.ignore_icmp |= name == "icmp";
      out.ignore_dhcp |= name == "dhcp";
    }
    out.declares.resize(static_cast<size_t>(policy_->zones_size()) + 1);
    tables_.drift.push_back(std::move(out));
  }
  declarations();
}

void GenerationBuilder::declarations() {
  for (int z = 0; z < policy_->zones_size(); ++z) {
    for (const uint32_t model : policy_->zones(z).models()) {
      if (model >= tables_.drift.size()) {
        faults_.push_back({"no model " + std::to_string(model), at("zones", z) + ".models", ""});
        break;
      }
      if (!policy_->zones(z).any()) tables_.drift[model].declares[static_cast<size_t>(z) + 1] = true;
    }
  }
}

void GenerationBuilder::data() {
  for (int i = 0; i < policy_->data_size(); ++i) {
    const v1::DataClass& data = policy_->data(i);
    DataRule out;
    out.rule = rule(data.rule(), at("data", i) + ".rule", &out.severity);
    for (const uint32_t pattern : data.patterns()) {
      if (pattern >= static_cast<uint32_t>(policy_->patterns_size())) {
        faults_.push_back({"no pattern " + std::to_string(pattern), at("data", i) + ".patterns", ""});
        break;
      }
      tables_.scan_everything = true;
    }
    tables_.data.push_back(out);
  }
}

void GenerationBuilder::places() {
  tables_.flat.push_back(false);
  tables_.trust.push_back(0);
  for (const v1::Zone& zone : policy_->zones()) {
    tables_.flat.push_back(zone.flat());
    tables_.trust.push_back(static_cast<uint8_t>(std::min(zone.trust(), 100u)));
  }
  for (const ZoneTable::Place& place : plan_->places()) {
    uint32_t most = 0;
    for (const uint32_t asset : place.assets) most = std::max(most, policy_->assets(static_cast<int>(asset)).sensitivity());
    tables_.sensitivity.push_back(static_cast<uint8_t>(std::min(most, 5u)));
  }
  const auto zones = static_cast<uint32_t>(policy_->zones_size());
  for (int i = 0; i < policy_->judged_elsewhere_size(); ++i) {
    const v1::ZonePair& pair = policy_->judged_elsewhere(i);
    if (pair.from() >= zones || pair.to() >= zones) {
      faults_.push_back({"no such zone", at("judged_elsewhere", i), ""});
      break;
    }
    tables_.elsewhere.emplace_back(static_cast<uint16_t>(pair.from() + 1), static_cast<uint16_t>(pair.to() + 1));
  }
  std::sort(tables_.elsewhere.begin(), tables_.elsewhere.end());
}

void GenerationBuilder::patterns(const Generation* previous) {
  std::vector<PatternSpec> specs;
  for (int i = 0; i < policy_->patterns_size(); ++i) {
    const v1::Pattern& pattern = policy_->patterns(i);
    if (pattern.field() != v1::FIELD_PAYLOAD) faults_.push_back({"unknown field class", at("patterns", i) + ".field", "this sensor knows payload"});
    if (pattern.check() != v1::CHECK_UNSPECIFIED && pattern.check() != v1::CHECK_LUHN) {
      faults_.push_back({"unknown check", at("patterns", i) + ".check", "this sensor knows luhn"});
    }
    PatternSpec spec{pattern.expression(), PatternCheck::kNone, EvidenceRule::kMasked};
    if (pattern.check() == v1::CHECK_LUHN) spec.check = PatternCheck::kLuhn;
    if (pattern.evidence() == v1::EVIDENCE_POLICY_NONE) spec.evidence = EvidenceRule::kNone;
    if (pattern.evidence() == v1::EVIDENCE_POLICY_FULL) spec.evidence = EvidenceRule::kFull;
    specs.push_back(std::move(spec));
  }
  if (!faults_.empty()) return;
  if (previous != nullptr && std::ranges::equal(previous->patterns().patterns(), specs)) {
    patterns_ = previous->patterns_;
    return;
  }
  auto compiled = PatternSet::compile(std::move(specs));
  if (compiled) {
    patterns_ = std::move(*compiled);
  } else {
    faults_ = std::move(compiled.error());
  }
}

ExpectedAll<std::shared_ptr<const Generation>> build_generation(const std::string& bytes, GenerationId id, uint64_t version,
                                                                const Generation* previous) {
  return GenerationBuilder().build(bytes, id, version, previous);
}

}  // namespace glacis
