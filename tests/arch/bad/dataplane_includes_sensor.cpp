// as: dataplane/flow/flow_table.cpp
// expect: dataplane/flow may not include sensor/config
#include "sensor/config/sensor_config.h"
