#include "control/program.h"

int main(int argc, char** argv) { return glacis::control::program({argv + 1, argv + argc}); }
