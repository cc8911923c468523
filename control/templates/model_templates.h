#pragma once

#include <span>
#include <string>
#include <string_view>

namespace glacis::control {

// A model to start from, as configs/models/templates has it; built into the program.
struct ModelTemplate {
  std::string_view name;  // also its model's id
  std::string_view text;
};

// By name.
[[nodiscard]] std::span<const ModelTemplate> model_templates();
// Null: none is called so.
[[nodiscard]] const ModelTemplate* model_template(std::string_view name);

// Its text with another id and owner of the model; empty: the template's. `id` is an id of the language; the owner is
// any text and is quoted where it must be. Any thread.
[[nodiscard]] std::string model_of(const ModelTemplate& from, std::string_view id, std::string_view owner);

}  // namespace glacis::control
