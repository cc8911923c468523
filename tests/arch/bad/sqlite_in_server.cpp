// as: control/server/service.cpp
// expect: SQLite (sqlite3.h) does not belong into control/server
#include <sqlite3.h>
