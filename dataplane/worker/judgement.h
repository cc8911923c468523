#pragma once

#include "dataplane/flow/flow.h"
#include "dataplane/packet/layers.h"
#include "dataplane/policy/generation.h"
#include "dataplane/worker/conversation.h"

namespace glacis {

// Resolves the flow's places, decides its direction where no packet has proved it, and caches the
// verdict with the generation's id ("Exactly" 4 and 5 of the model language). With no proof both
// readings are asked: one that a line models wins, then one that breaks nothing; so an assumed
// direction violates only if both readings do. Returns the verdict; what of it lasts is in the flow.
// Thread: the flow's worker.
Verdict judge_flow(Flow flow, const Layers& packet, Nanos time, const Generation& generation);

// What is asked of the judge for the flow as its direction stands now.
[[nodiscard]] Question question_of(const Flow& flow, Nanos time);

}  // namespace glacis
