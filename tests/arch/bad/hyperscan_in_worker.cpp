// as: dataplane/worker/pipeline.cpp
// expect: Hyperscan (hs/hs.h) does not belong into dataplane/worker
#include <hs/hs.h>
