#include "control/cli/message_json.h"

#include <google/protobuf/util/json_util.h>

namespace glacis::control {

std::string to_json(const google::protobuf::Message& message, EmptyFields empty) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = empty == EmptyFields::kWrite;
  std::string out;
  // Fails on messages with broken `Any`s only; ours have none.
  (void)google::protobuf::util::MessageToJsonString(message, &out, options);
  return out;
}

}  // namespace glacis::control
