// as: control/server/service.cpp
// expect: control/server may not include sensor/alert
#include "sensor/alert/eve.h"
