#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace glacis::control {

// What a peer may put into a name: an escape sequence, a bell, a line end, a C1 control, text that
// runs backwards, a zero-width space.
inline const std::string kHostile =
    "\x1b[31mred\x07\r\nforged\xc2\x9b"
    "2J\xe2\x80\xae"
    "evil\xe2\x80\x8b";

// Every string and bytes field of the message and of those in it becomes hostile; one element in
// each list, to a depth.
inline void fill_hostile(google::protobuf::Message& message, int depth = 4) {
  using Field = google::protobuf::FieldDescriptor;
  const auto* const type = message.GetDescriptor();
  const auto* const access = message.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const Field* const field = type->field(i);
    if (field->cpp_type() == Field::CPPTYPE_STRING && field->is_repeated()) {
      access->AddString(&message, field, kHostile);
    } else if (field->cpp_type() == Field::CPPTYPE_STRING) {
      access->SetString(&message, field, kHostile);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE && depth > 0) {
      fill_hostile(
          field->is_repeated() ? *access->AddMessage(&message, field) : *access->MutableMessage(&message, field),
          depth - 1);
    }
  }
}

// Names what in the text a terminal would act on; "" is safe.
inline std::string terminal_fault(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) return "control byte in: " + text;
  }
  for (const char* const bad : {"\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\x8b"}) {
    if (text.find(bad) != std::string::npos) return "hidden character in: " + text;
  }
  if (text.find("\nforged") != std::string::npos) return "a forged line in: " + text;
  return "";
}

}  // namespace glacis::control
