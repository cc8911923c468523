#pragma once

#include <memory>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/rx_port.h"
#include "sensor/config/sensor_config.h"

namespace glacis::sensor {

// The ports that the configuration names, opened in its order; PortId is the position. Fails at the
// first that cannot be opened, naming it. EAL must run. Thread: main.
[[nodiscard]] Expected<std::vector<std::unique_ptr<RxPort>>> open_ports(
    const std::vector<PortConfig>& configs, MbufPool& pool);

}  // namespace glacis::sensor
