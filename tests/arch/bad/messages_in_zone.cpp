// as: dataplane/zone/judge.cpp
// expect: messages (glacis/v1/policy.pb.h) do not belong into dataplane/zone
#include "glacis/v1/policy.pb.h"
