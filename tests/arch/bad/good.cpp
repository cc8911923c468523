// as: dataplane/worker/pipeline.cpp
// expect: nothing
#include <rte_mbuf.h>
#include "dataplane/flow/flow_table.h"
