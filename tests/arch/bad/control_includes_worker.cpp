// as: control/cli/replay.cpp
// expect: control/cli may not include dataplane/worker
#include "dataplane/worker/engine.h"
