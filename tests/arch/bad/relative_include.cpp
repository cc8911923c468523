// as: sensor/alert/eve.cpp
// expect: include from the root of the repository
#include "../config/sensor_config.h"
