// as: dataplane/policy/build_generation.cpp
// expect: YAML (yaml-cpp/yaml.h) does not belong into dataplane/policy
#include <yaml-cpp/yaml.h>
