#pragma once

// What glacis-sensor does once the CPU is known to be good: subcommands and exit codes
// (0 done, 1 failed, 2 wrong usage, 3 a capture was cut short).
int glacis_sensor_program(int argc, char** argv);
