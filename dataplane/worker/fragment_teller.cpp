#include "dataplane/worker/fragment_teller.h"

#include "dataplane/fragment/pending_table.h"
#include "dataplane/signal/step_selector.h"
#include "dataplane/worker/flow_snapshot.h"

namespace glacis {
namespace {

constexpr uint32_t kBuckets = FragmentTeller::kPairs * 2;

const IpAddress& source_of(const FragmentFinding& f) { return f.from_low ? f.key.low : f.key.high; }
const IpAddress& destination_of(const FragmentFinding& f) { return f.from_low ? f.key.high : f.key.low; }

// As of a flow without ports that nobody has answered yet.
StepQuestion question_of(const FragmentFinding& finding, const Generation& generation) {
  const ZoneTable& zones = generation.zones();
  Question ends;
  ends.initiator = zones.place(source_of(finding));
  ends.responder = zones.place(destination_of(finding));
  ends.protocol = finding.key.protocol;
  ends.time = finding.time;
  const bool never = never_crosses(finding.key.low) || never_crosses(finding.key.high);
  const Verdict verdict = never ? Verdict{} : generation.judge().judge(ends, zones);
  return {ends, verdict.line, verdict.judged_here, FlowOutcome::kAttempted};
}

void fill_flow(const FragmentFinding& finding, const Generation& generation, FlowSnapshot& out) {
  out.key = finding.key;
  out.id = flow_id_of(finding.key, finding.start, finding.origin.ordinal);
  out.initiator_is_low = finding.from_low;
  out.direction_assumed = out.one_sided = true;
  out.outcome = FlowOutcome::kUnknown;  // and no more is heard of it
  out.start = finding.start;
  out.last = finding.time;
  out.first_ordinal = finding.origin.ordinal;
  out.port = finding.origin.port;
  out.initiator_place = generation.zones().place(source_of(finding));
  out.responder_place = generation.zones().place(destination_of(finding));
  out.carrier = finding.origin.carrier;
}

}  // namespace

FragmentFinding::FragmentFinding(const EndedDatagram& datagram)
    : from_low(datagram.source <= datagram.destination),
      anomalies(datagram.shown),
      start(datagram.start),
      time(datagram.time),
      origin(datagram.origin) {
  key.low = from_low ? datagram.source : datagram.destination;
  key.high = from_low ? datagram.destination : datagram.source;
  key.vlan_outer = datagram.vlan_outer;
  key.vlan_inner = datagram.vlan_inner;
  key.protocol = datagram.protocol;
  key.ip_version = datagram.ip_version;
  key.segment = datagram.segment;
}

FragmentTeller::FragmentTeller(RunMode mode, SpscRing<Event>& ring, uint64_t seed)
    : out_(mode, ring, counters_), hash_(seed), pairs_(kPairs), buckets_(kBuckets, kNone) {}

void FragmentTeller::tell(const FragmentFinding& finding, const Generation& generation) {
  const PathProgram& paths = generation.paths();
  if (!paths.anomalies.meets(finding.anomalies)) return;
  const uint64_t hash = hash_of(finding);
  uint32_t pair = find(hash);
  if (pair != kNone && finding.time >= pairs_[pair].since + kTellAgain) {
    leave(pair);
    pair = kNone;
  } else if (pair != kNone && pairs_[pair].generation != generation.id()) {
    pairs_[pair].generation = generation.id();
    pairs_[pair].told = {};
  }
  const AnomalySet news = pair == kNone ? finding.anomalies : finding.anomalies.without(pairs_[pair].told);
  bool refused = false;
  const auto hit = [&](StepHit at) {
    if (pair == kNone) pair = enter(hash, finding.time, generation.id());
    refused = pair == kNone;
    if (refused) return;
    const AnomalySet hit_by{paths.paths[at.path.value].steps[at.step.value].anomalies.bits & news.bits};
    pairs_[pair].told.add(hit_by);
    send(finding, hit_by, at.path, at.step, generation);
  };
  StepSelector(paths, generation.judge()).on_anomalies(question_of(finding, generation), news, hit);
  if (refused) counters_.refused.add(1);
}

void FragmentTeller::send(const FragmentFinding& finding, AnomalySet hit_by, PathIndex path, StepIndex step,
                          const Generation& generation) {
  counters_.step_hits.add(1);
  Event* const event = out_.begin(EventKind::kStepHit, Worth::kVerdict);
  if (event == nullptr) return;
  event->kind = EventKind::kStepHit;
  event->time = finding.time;
  event->ordinal = finding.origin.ordinal;
  event->generation = generation.id();
  fill_flow(finding, generation, event->flow);
  event->path = path;
  event->step = step;
  event->anomalies = hit_by;
  out_.send();
}

// Of the ends and their network, in one direction.
uint64_t FragmentTeller::hash_of(const FragmentFinding& finding) const {
  DatagramKey pair{.source = source_of(finding), .destination = destination_of(finding)};
  pair.segment = finding.key.segment;
  pair.vlan_outer = finding.key.vlan_outer;
  pair.vlan_inner = finding.key.vlan_inner;
  pair.ip_version = finding.key.ip_version;
  return hash_(pair);
}

uint32_t FragmentTeller::find(uint64_t hash) const {
  uint32_t i = buckets_[hash % kBuckets];
  while (i != kNone && pairs_[i].hash != hash) i = pairs_[i].chain;
  return i;
}

// Full: the oldest goes, if its time is over. One that has left before stands no longer in a bucket.
uint32_t FragmentTeller::enter(uint64_t hash, Nanos now, GenerationId generation) {
  if (entered_ - left_ == kPairs) {
    const auto oldest = static_cast<uint32_t>(left_ % kPairs);
    if (now < pairs_[oldest].since + kTellAgain) return kNone;
    if (find(pairs_[oldest].hash) == oldest) leave(oldest);
    ++left_;
  }
  const auto index = static_cast<uint32_t>(entered_++ % kPairs);
  uint32_t& bucket = buckets_[hash % kBuckets];
  pairs_[index] = {hash, now, generation, {}, bucket};
  bucket = index;
  return index;
}

void FragmentTeller::leave(uint32_t index) {
  uint32_t* at = &buckets_[pairs_[index].hash % kBuckets];
  while (*at != index) at = &pairs_[*at].chain;
  *at = pairs_[index].chain;
}

}  // namespace glacis
