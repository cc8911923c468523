#include "dataplane/worker/event_order.h"

#include <tuple>

namespace glacis {
namespace {

// A judgement opens what its outcome closes; a flow's end comes last.
int rank(EventKind kind) {
  switch (kind) {
    case EventKind::kJudged: return 0;
    case EventKind::kOutcome: return 1;
    case EventKind::kStepHit: return 2;
    case EventKind::kFlowEnd: return 3;
  }
  return 4;
}

}  // namespace

bool stands_before(const Event& a, const Event& b) {
  const auto key = [](const Event& e) {
    return std::tuple(e.time, e.ordinal, rank(e.kind), e.rules[0], e.path, e.step, e.flow.id);
  };
  return key(a) < key(b);
}

}  // namespace glacis
