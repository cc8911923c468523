// as: sensor/policy/session.cpp
// expect: sensor/policy may not include control/store
#include "control/store/alert_store.h"
