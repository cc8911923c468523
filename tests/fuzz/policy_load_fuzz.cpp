// A policy's bytes, as a hostile control plane may send them. Either every fault is named, or what was
// built can be asked: places, verdicts (against their plain twin), steps, paths and patterns.
#include <google/protobuf/stubs/logging.h>

#include <iterator>
#include <string>
#include <vector>

#include "dataplane/path/path_matcher.h"
#include "dataplane/policy/generation.h"
#include "dataplane/scan/scanner.h"
#include "dataplane/signal/step_selector.h"
#include "glacis/v1/policy.pb.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;

constexpr GenerationId kGeneration{1};
constexpr uint16_t kPorts[] = {0, 22, 67, 443, 5432, 65535};
constexpr uint8_t kProtocols[] = {kIpProtoTcp, kIpProtoUdp, kIpProtoIcmp};
// Times that the judge and the correlator may meet: before 1970, a working day, the last of a capture.
constexpr Nanos kTimes[] = {Nanos(-1), Nanos(1'780'272'000'000'000'000), Nanos(int64_t{1} << 62)};
constexpr size_t kMostPlaces = 8;  // asked about, of either end

// A few of its places: the first, which is `unknown`, and the last ones.
std::vector<PlaceId> some_places(const ZoneTable& zones) {
  std::vector<PlaceId> out{PlaceId(0)};
  for (size_t p = zones.places(); p > 1 && out.size() < kMostPlaces; --p)
    out.emplace_back(static_cast<uint32_t>(p - 1));
  return out;
}

void look_up(const Generation& g) {
  const auto zone_count = static_cast<size_t>(g.policy().zones_size()) + 1;
  const auto ask = [&](const IpAddress& address) {
    const PlaceId place = g.zones().place(address);
    require(place.value < g.zones().places(), "the place is in the table");
    require(g.zones().zone(place).value < zone_count, "the place's zone is in the policy");
    for (const uint32_t asset : g.zones().at(place).assets) {
      require(asset < static_cast<uint32_t>(g.policy().assets_size()), "the place's asset is in the policy");
    }
  };
  IpAddress last;
  last.bytes.fill(0xff);
  for (const IpAddress& a : {IpAddress{}, last, IpAddress::v4(10, 1, 7, 3), IpAddress::v4(203, 0, 113, 9)}) ask(a);
  for (const v1::Zone& zone : g.policy().zones()) {
    for (const v1::Prefix& prefix : zone.prefixes()) {
      const std::string& bytes = prefix.address();
      ask(IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    }
  }
}

void check_rules(const Generation& g, const Verdict& verdict) {
  const auto rules = static_cast<uint32_t>(g.policy().rules_size());
  require(verdict.rule_count <= verdict.rules.size(), "at most as many rules as fit");
  for (size_t i = 0; i < verdict.rule_count; ++i)
    require(verdict.rules[i].value < rules, "a broken rule is in the policy");
  require(verdict.line == kNoRule || verdict.line.value < rules, "the line's rule is in the policy");
}

bool same(const Verdict& a, const Verdict& b) {
  return a.modelled == b.modelled && a.scan == b.scan && a.judged_here == b.judged_here &&
         a.rule_count == b.rule_count && a.rules == b.rules && a.severities == b.severities && a.line == b.line;
}

// Hands every step that a question satisfies to the matcher, as the pipeline does.
class Asker {
 public:
  explicit Asker(const Generation& g) : g_(g), steps_(g.paths(), g.judge()) {
    std::vector<RuleId> rules;
    for (const PathRule& path : g.paths().paths) {
      require(path.rule.value < static_cast<uint32_t>(g.policy().rules_size()), "a path's rule is in the policy");
      rules.emplace_back(g.policy().rules(static_cast<int>(path.rule.value)).id());
    }
    matcher_.admit(kGeneration, g.paths(), rules);
  }

  void ask(const Question& q) {
    const Verdict verdict = g_.judge().judge(q, g_.zones());
    check_rules(g_, verdict);
    require(same(verdict, g_.judge().judge_plainly(q, g_.zones())), "the indexed verdict is the plain one");
    for (int data = 0; data <= g_.policy().data_size(); ++data) {
      check_rules(g_, g_.judge().judge_data(q, static_cast<uint32_t>(data), g_.zones()));
    }
    hits_.clear();
    const auto hit = [this, &q](StepHit h) { hits_.push_back(event(h, q)); };
    const StepQuestion asked{q, verdict.line, verdict.judged_here, FlowOutcome::kData};
    steps_.on_judged(asked, hit);
    steps_.on_content(asked, 0, hit);
    matcher_.accept(hits_, [this](const PathAlert& alert) { check_alert(alert); });
    ++ordinal_;
  }

 private:
  Event event(const StepHit& hit, const Question& q) const {
    Event out;
    out.kind = EventKind::kStepHit;
    out.time = q.time;
    out.ordinal = Ordinal(ordinal_);
    out.generation = kGeneration;
    out.path = hit.path;
    out.step = hit.step;
    return out;
  }

  void check_alert(const PathAlert& alert) const {
    require(alert.path.value < g_.paths().paths.size(), "an alert's path is in the generation");
    const PathRule& path = g_.paths().paths[alert.path.value];
    require(alert.step >= 1 && alert.step <= alert.steps, "progress is between 1 and the number of steps");
    for (const SeenStep& seen : alert.seen) require(seen.step.value < path.steps.size(), "a seen step is in the path");
    for (const StepIndex next : alert.next) require(next.value < path.steps.size(), "a next step is in the path");
  }

  const Generation& g_;
  StepSelector steps_;
  PathMatcher matcher_{64};
  std::vector<Event> hits_;
  uint64_t ordinal_ = 1;
};

void ask_all(const Generation& g) {
  Asker asker(g);
  const std::vector<PlaceId> places = some_places(g.zones());
  for (const PlaceId place : places) {
    const TargetStack& stack = g.stack(place);
    require(stack.ip4_fragments < FragmentPolicy::kCount, "a place's policy for fragments is one");
    require(static_cast<int>(stack.segments) < kOverlapPolicies, "so is that for segments");
  }
  for (const Nanos time : kTimes) {
    for (const PlaceId from : places) {
      for (const PlaceId to : places) {
        for (size_t i = 0; i < std::size(kPorts); ++i) asker.ask({from, to, kPorts[i], kProtocols[i % 3], time});
      }
    }
  }
}

void scan(const Generation& g) {
  constexpr size_t kFlows = 1;
  auto scanner = Scanner::make(g.shared_patterns(), kFlows);
  if (!scanner) return;
  const std::string text = "GET /4111 1111 1111 1111 HTTP/1.1\r\n\r\naaaaaaaaaaaaaaaa";
  const uint32_t handle = (*scanner)->open();
  for (const bool to_responder : {true, false, true}) {
    const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    for (const ContentMatch& match : (*scanner)->scan(handle, to_responder, bytes, seconds(1))) {
      require(match.pattern < g.patterns().patterns().size(), "a match's pattern is in the set");
      require(match.evidence.bytes <= kMaxEvidence, "evidence fits");
      (void)g.data_of_pattern(match.pattern);
    }
  }
  (*scanner)->close(handle);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it tells of every text that is not UTF-8
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto built = build_generation(bytes, kGeneration, 1, nullptr);
  if (!built) {
    require(!built.error().empty(), "a refusal has a reason");
    for (const Error& fault : built.error()) require_sound(fault);
    return 0;
  }
  look_up(**built);
  ask_all(**built);
  scan(**built);
  const auto again = build_generation(bytes, GenerationId(2), 2, built->get());
  require(again.has_value() && (*again)->shared_patterns() == (*built)->shared_patterns(), "equal patterns are shared");
  return 0;
}
