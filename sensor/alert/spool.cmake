add_library(glacis_sensor_spool STATIC spool.cpp spool_read.cpp spool_segment.cpp alert_spooler.cpp)
target_link_libraries(glacis_sensor_spool PUBLIC glacis_flags glacis_sensor_state PRIVATE glacis_proto Threads::Threads)
