// as: dataplane/decode/decode.cpp
// expect: dataplane/decode may not include dataplane/scan
#include "dataplane/scan/scanner.h"
