#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "dataplane/policy/address_plan.h"
#include "dataplane/policy/fault_list.h"
#include "dataplane/policy/generation.h"
#include "dataplane/policy/path_builder.h"
#include "dataplane/policy/policy_check.h"
#include "dataplane/policy/time_zone.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr size_t kMaxPolicyBytes = 64 << 20;
// What the sets of places of all rules' ends may take.
constexpr uint64_t kMaxTableBytes = 256 << 20;

std::string sha256(const std::string& bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(out.data()));
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
  void index_rules();
  void check_table_bytes();
  RuleIndex rule(uint32_t id, const std::string& where, uint8_t* severity = nullptr);
  std::vector<Ports> ports(const google::protobuf::RepeatedPtrField<v1::PortRange>& list, const std::string& where);
  uint64_t carries(const google::protobuf::RepeatedField<uint32_t>& list, const std::string& where);
  void schedule(const v1::FlowLine& line, FlowLineRule& out, const std::string& where);
  void lines();
  void nevers();
  void boundaries();
  void drift();
  void data();
  void places();
  void patterns(const PathProgram& paths, const Generation* previous);

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
  if (bytes.size() > kMaxPolicyBytes) {
    return std::unexpected(std::vector{Error{std::to_string(bytes.size()) + " bytes", "policy", "at most 64 MiB"}});
  }
  if (!policy_->ParseFromString(bytes)) {
    return std::unexpected(std::vector{Error{"not a policy", "policy", "bytes of glacis.v1.Policy were expected"}});
  }
  if (!check_policy(*policy_, faults_)) return std::unexpected(std::move(faults_));
  index_rules();
  plan_ = std::make_unique<AddressPlan>(*policy_, faults_);
  if (faults_.empty()) check_table_bytes();
  data();
  lines();
  nevers();
  boundaries();
  drift();
  if (faults_.empty()) places();
  PathProgram paths;
  if (!enough(faults_)) paths = build_paths({*policy_, *plan_, rule_at_}, tables_, faults_);
  patterns(paths, previous);
  if (!faults_.empty()) return std::unexpected(std::move(faults_));

  std::shared_ptr<Generation> out(new Generation());
  out->id_ = id;
  out->version_ = version;
  out->digest_ = sha256(bytes);
  out->zones_ = plan_->table();
  out->stacks_ = stacks_of(*policy_, *plan_);
  out->judge_ = Judge(std::move(tables_), out->zones_);
  out->patterns_ = std::move(patterns_);
  out->paths_ = std::move(paths);
  out->paths_.index_steps(out->zones_.places());
  out->data_of_pattern_.resize(static_cast<size_t>(policy_->patterns_size()));
  for (int i = 0; i < policy_->data_size(); ++i) {
    for (const uint32_t pattern : policy_->data(i).patterns()) out->data_of_pattern_[pattern] |= uint64_t{1} << i;
  }
  plan_.reset();
  out->policy_ = std::move(policy_);
  return out;
}

void GenerationBuilder::index_rules() {
  for (int i = 0; i < policy_->rules_size(); ++i)
    rule_at_.emplace_back(policy_->rules(i).id(), static_cast<uint32_t>(i));
  std::sort(rule_at_.begin(), rule_at_.end());
  for (size_t i = 1; i < rule_at_.size() && !enough(faults_); ++i) {
    if (rule_at_[i].first != rule_at_[i - 1].first) continue;
    faults_.push_back({"rule id " + std::to_string(rule_at_[i].first) + " stands twice",
                       place_in("rules", static_cast<int>(rule_at_[i].second)) + ".id",
                       "the other place is " + place_in("rules", static_cast<int>(rule_at_[i - 1].second))});
  }
}

// Each end of a rule is a bit for every place: a hostile policy could ask for far more memory than it has bytes.
void GenerationBuilder::check_table_bytes() {
  const auto rules = static_cast<uint64_t>(policy_->flows_size()) + static_cast<uint64_t>(policy_->nevers_size()) +
                     static_cast<uint64_t>(policy_->paths_size()) * kMaxPathSteps +
                     static_cast<uint64_t>(policy_->models_size());
  const uint64_t bytes = rules * 2 * ((plan_->places().size() + 63) / 64 * 8);
  if (bytes <= kMaxTableBytes) return;
  faults_.push_back({"the rules need " + std::to_string(bytes >> 20) + " MiB of address tables", "flows",
                     "at most 256 MiB: fewer rules, or fewer prefixes to tell apart"});
}

RuleIndex GenerationBuilder::rule(uint32_t id, const std::string& where, uint8_t* severity) {
  const auto found = std::lower_bound(rule_at_.begin(), rule_at_.end(), std::pair(id, 0u));
  if (found == rule_at_.end() || found->first != id) {
    faults_.push_back(
        {"no rule " + std::to_string(id) + " in `rules`", where, "one entry for each id that stands anywhere"});
    return kNoRule;
  }
  if (severity != nullptr) *severity = static_cast<uint8_t>(policy_->rules(static_cast<int>(found->second)).severity());
  return RuleIndex(found->second);
}

std::vector<Ports> GenerationBuilder::ports(const google::protobuf::RepeatedPtrField<v1::PortRange>& list,
                                            const std::string& where) {
  std::vector<Ports> out;
  for (int i = 0; i < list.size() && !enough(faults_); ++i) {
    const v1::PortRange& range = list.Get(i);
    if (range.first() > range.last() || range.last() > 0xffff) {
      faults_.push_back({"port range " + std::to_string(range.first()) + "-" + std::to_string(range.last()),
                         place_in(where + ".ports", i), "0-65535, first before last"});
      continue;
    }
    out.push_back({static_cast<uint16_t>(range.first()), static_cast<uint16_t>(range.last())});
  }
  return out;
}

uint64_t GenerationBuilder::carries(const google::protobuf::RepeatedField<uint32_t>& list, const std::string& where) {
  if (!check_positions(list, policy_->data_size(), "data class", where + ".carries", faults_)) return 0;
  uint64_t out = 0;
  for (const uint32_t data : list) out |= uint64_t{1} << data;
  return out;
}

void GenerationBuilder::schedule(const v1::FlowLine& line, FlowLineRule& out, const std::string& where) {
  out.until_s = line.until_s();
  if (!line.has_hours()) return;
  const v1::Hours& hours = line.hours();
  if (hours.days() == 0 || hours.days() > 0x7f) {
    faults_.push_back({"days " + std::to_string(hours.days()), where + ".hours.days", "1 to 127, a bit for each day"});
  }
  if (hours.start_minute() > 1440 || hours.end_minute() > 1440) {
    faults_.push_back({"minutes " + std::to_string(hours.start_minute()) + " to " + std::to_string(hours.end_minute()),
                       where + ".hours", "0 to 1440, of the day"});
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
  for (int i = 0; i < policy_->flows_size() && !enough(faults_); ++i) {
    const v1::FlowLine& line = policy_->flows(i);
    const std::string where = place_in("flows", i);
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
  for (int i = 0; i < policy_->nevers_size() && !enough(faults_); ++i) {
    const v1::NeverLine& line = policy_->nevers(i);
    if (!line.enforced()) continue;
    const std::string where = place_in("nevers", i);
    NeverRule out;
    out.rule = rule(line.rule(), where + ".rule", &out.severity);
    out.from = plan_->resolve(line.from(), where + ".from", faults_);
    out.to = plan_->resolve(line.to(), where + ".to", faults_);
    out.ports = ports(line.ports(), where);
    out.carries = carries(line.carries(), where);
    if (check_positions(line.except_flows(), policy_->flows_size(), "flow line", where + ".except_flows", faults_)) {
      out.except.assign(line.except_flows().begin(), line.except_flows().end());
    }
    tables_.nevers.push_back(std::move(out));
  }
}

void GenerationBuilder::boundaries() {
  for (int i = 0; i < policy_->boundaries_size() && !enough(faults_); ++i) {
    const v1::Boundary& boundary = policy_->boundaries(i);
    if (boundary.unmodelled() == v1::UNMODELLED_UNSPECIFIED) continue;
    ZonePairRule out;
    out.from = ZoneId(static_cast<uint16_t>(boundary.from_zone() + 1));
    out.to = ZoneId(static_cast<uint16_t>(boundary.to_zone() + 1));
    out.action = static_cast<UnmodelledAction>(boundary.unmodelled());
    out.rule = rule(boundary.rule(), place_in("boundaries", i) + ".rule", &out.severity);
    tables_.boundaries.push_back(out);
  }
}

void GenerationBuilder::drift() {
  const auto action = [](v1::Unmodelled value, UnmodelledAction otherwise) {
    return value == v1::UNMODELLED_UNSPECIFIED ? otherwise : static_cast<UnmodelledAction>(value);
  };
  for (int i = 0; i < policy_->models_size() && !enough(faults_); ++i) {
    const v1::Model& model = policy_->models(i);
    const std::string where = place_in("models", i);
    DriftRule out;
    out.model = static_cast<uint32_t>(i);
    out.crossing = action(model.drift_crossing(), UnmodelledAction::kReport);
    out.inside = action(model.drift_inside(), UnmodelledAction::kAllow);
    if (out.crossing == UnmodelledAction::kAlert)
      out.crossing_rule = rule(model.crossing_rule(), where + ".crossing_rule");
    if (out.inside == UnmodelledAction::kAlert) out.inside_rule = rule(model.inside_rule(), where + ".inside_rule");
    for (const std::string& name : model.drift_ignore()) {
      out.ignore_icmp |= name == "icmp";
      out.ignore_dhcp |= name == "dhcp";
    }
    out.declares.resize(static_cast<size_t>(policy_->zones_size()) + 1);
    if (faults_.empty()) out.assets = plan_->assets_of(out.model);
    tables_.drift.push_back(std::move(out));
  }
  if (!faults_.empty()) return;
  for (int z = 0; z < policy_->zones_size(); ++z) {
    if (policy_->zones(z).any()) continue;
    for (const uint32_t model : policy_->zones(z).models())
      tables_.drift[model].declares[static_cast<size_t>(z) + 1] = true;
  }
}

void GenerationBuilder::data() {
  for (int i = 0; i < policy_->data_size(); ++i) {
    const v1::DataClass& data = policy_->data(i);
    DataRule out;
    out.rule = rule(data.rule(), place_in("data", i) + ".rule", &out.severity);
    tables_.scan_everything |= data.patterns_size() > 0;
    tables_.data.push_back(out);
  }
}

void GenerationBuilder::places() {
  tables_.flat.push_back(false);
  tables_.trust.push_back(0);
  for (const v1::Zone& zone : policy_->zones()) {
    tables_.flat.push_back(zone.flat());
    tables_.trust.push_back(static_cast<uint8_t>(zone.trust()));
  }
  for (const ZoneTable::Place& place : plan_->places()) {
    uint32_t most = 0;
    for (const uint32_t asset : place.assets)
      most = std::max(most, policy_->assets(static_cast<int>(asset)).sensitivity());
    tables_.sensitivity.push_back(static_cast<uint8_t>(most));
  }
  for (const v1::ZonePair& pair : policy_->judged_elsewhere()) {
    tables_.elsewhere.emplace_back(static_cast<uint16_t>(pair.from() + 1), static_cast<uint16_t>(pair.to() + 1));
  }
  std::sort(tables_.elsewhere.begin(), tables_.elsewhere.end());
}

// Compiled even where faults are known already, so that Hyperscan's are told with them.
void GenerationBuilder::patterns(const PathProgram& paths, const Generation* previous) {
  std::vector<PatternSpec> specs;
  for (const v1::Pattern& pattern : policy_->patterns()) {
    PatternSpec spec{pattern.expression(), PatternCheck::kNone, EvidenceRule::kMasked};
    if (pattern.check() == v1::CHECK_LUHN) spec.check = PatternCheck::kLuhn;
    if (pattern.evidence() == v1::EVIDENCE_POLICY_NONE) spec.evidence = EvidenceRule::kNone;
    if (pattern.evidence() == v1::EVIDENCE_POLICY_FULL) spec.evidence = EvidenceRule::kFull;
    specs.push_back(std::move(spec));
  }
  BareStreams bare = BareStreams::kNone;
  for (const PathRule& path : paths.paths) {
    for (const PathStepRule& step : path.steps) {
      if (step.anomalies.meets(kStreamAnomalies)) bare = BareStreams::kRead;
      for (const uint32_t pattern : step.pattern_ids) specs[pattern].telling = PatternTelling::kAgain;
    }
  }
  const bool reads = !specs.empty() || bare == BareStreams::kRead;
  if (previous != nullptr && std::ranges::equal(previous->patterns().patterns(), specs) &&
      previous->patterns().reads_streams() == reads) {
    patterns_ = previous->patterns_;
    return;
  }
  auto compiled = PatternSet::compile(std::move(specs), bare);
  if (compiled) {
    patterns_ = std::move(*compiled);
    return;
  }
  for (Error& fault : compiled.error()) {
    if (enough(faults_)) return;
    faults_.push_back(std::move(fault));
  }
}

ExpectedAll<std::shared_ptr<const Generation>> build_generation(const std::string& bytes, GenerationId id,
                                                                uint64_t version, const Generation* previous) {
  return GenerationBuilder().build(bytes, id, version, previous);
}

}  // namespace glacis
