#pragma once

#include <cstdint>
#include <string>

namespace google::protobuf {
class Message;
}

namespace glacis::control {

// Whether fields that hold 0, "" or nothing are written too.
enum class EmptyFields : uint8_t { kLeaveOut, kWrite };

// One line of protobuf's JSON with the names of the .proto files: 64-bit numbers are strings, bytes
// are base64. Control characters are escaped, so it does nothing to a terminal.
[[nodiscard]] std::string to_json(const google::protobuf::Message& message, EmptyFields empty);

}  // namespace glacis::control
