#include "control/report/diff_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/report/check.h"
#include "control/report/markup.h"
#include "control/threat_model/compile.h"
#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

std::string_view area_name(DiffArea area) { return kDiffAreas[static_cast<size_t>(area)]; }
std::string_view effect_name(DiffEffect effect) { return kDiffEffects[static_cast<size_t>(effect)]; }

// Where it stands now; of what is gone, where it stood.
std::string place_text(const ModelChange& change) {
  const Position& at = change.after.line != 0 ? change.after : change.before;
  return at.line == 0 ? "" : place_text(at);
}

std::string done(const ModelChange& change) {
  std::string out(change.what);
  const bool said = change.what == "loosened" || change.what == "tightened";
  if (change.effect != DiffEffect::kNone && !said) out += ", " + std::string(effect_name(change.effect));
  return out;
}

// How a key's width is told where the whole does not say it already.
std::string_view width_name(const ModelChange& change, Width width) {
  if (change.before.line == 0 || change.after.line == 0) return "";
  constexpr std::string_view kNames[] = {"", "wider", "narrower", "wider and narrower", ""};
  return kNames[static_cast<size_t>(width)];
}

std::string title(const Model& before, const Model& after, const std::vector<ModelChange>& changes) {
  if (changes.empty())
    return before.digest == after.digest ? "no difference"
                                         : "no difference; only order, layout or comments of the files differ";
  std::string out = std::to_string(changes.size()) + (changes.size() == 1 ? " change" : " changes");
  for (const DiffEffect effect : {DiffEffect::kLooser, DiffEffect::kTighter, DiffEffect::kBoth}) {
    const auto count = std::ranges::count(changes, effect, &ModelChange::effect);
    if (count != 0) out += ", " + std::to_string(count) + " " + std::string(effect_name(effect));
  }
  return out;
}

// Both sides of a key; one where the element stands on one side.
template <class Write>
std::string sides(const ChangedKey& key, Write write) {
  if (key.before.empty()) return write(key.after);
  if (key.after.empty()) return write(key.before);
  return write(key.before) + " -> " + write(key.after);
}

std::string_view ink(DiffEffect effect) {
  constexpr std::string_view kInks[] = {"", "\033[31m", "\033[32m", "\033[33m"};
  return kInks[static_cast<size_t>(effect)];
}

void print_text(const ModelChange& change, Colour colour, std::ostream& out) {
  const std::string_view on = colour == Colour::kOn ? ink(change.effect) : "";
  out << "  " << on << done(change) << (on.empty() ? "" : "\033[0m") << "  " << printable(change.element);
  if (const std::string at = place_text(change); !at.empty()) out << " (" << printable(at) << ")";
  if (!change.says.empty()) out << ": " << printable(change.says);
  out << "\n";
  for (const ChangedKey& key : change.keys) {
    out << "      " << printable(key.key) << ": " << sides(key, printable);
    if (const std::string_view width = width_name(change, key.width); !width.empty()) out << " (" << width << ")";
    out << "\n";
  }
}

void print_markdown(const ModelChange& change, std::ostream& out) {
  out << "- **" << done(change) << "** " << markdown_code(change.element);
  if (const std::string at = place_text(change); !at.empty()) out << " (" << markdown_code(at) << ")";
  if (!change.says.empty()) out << ": " << markdown_code(change.says);
  out << "\n";
  for (const ChangedKey& key : change.keys) {
    out << "  - " << markdown_code(key.key) << ": " << sides(key, markdown_code);
    if (const std::string_view width = width_name(change, key.width); !width.empty()) out << " (" << width << ")";
    out << "\n";
  }
}

void print_people(const Model& before, const Model& after, const std::vector<ModelChange>& changes,
                  const DiffOptions& options, std::ostream& out) {
  const bool markdown = options.format == DiffFormat::kMarkdown;
  const auto name = [&](const std::string& text) { return markdown ? markdown_code(text) : printable(text); };
  out << (markdown ? "### " : "") << name(before.file) << " -> " << name(after.file) << ": "
      << title(before, after, changes) << "\n";
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i == 0 || changes[i].area != changes[i - 1].area) {
      const std::string_view area = area_name(changes[i].area);
      out << "\n" << (markdown ? "#### " : "") << area << "\n" << (markdown ? "\n" : "");
    }
    if (markdown) print_markdown(changes[i], out);
    if (!markdown) print_text(changes[i], options.colour, out);
  }
}

Json json_of(const Model& model) { return {{"model", model.id}, {"file", model.file}, {"digest", hex(model.digest)}}; }

Json json_of(const ModelChange& change) {
  Json out = {{"area", area_name(change.area)}, {"element", change.element}, {"what", change.what}};
  if (change.effect != DiffEffect::kNone) out["effect"] = effect_name(change.effect);
  if (!change.says.empty()) out["says"] = change.says;
  if (change.before.line != 0) out["before"] = place_text(change.before);
  if (change.after.line != 0) out["after"] = place_text(change.after);
  out["keys"] = Json::array();
  for (const ChangedKey& key : change.keys) {
    Json one = {{"key", key.key}};
    if (!key.before.empty()) one["before"] = key.before;
    if (!key.after.empty()) one["after"] = key.after;
    if (const std::string_view width = width_name(change, key.width); !width.empty()) one["width"] = width;
    out["keys"].push_back(std::move(one));
  }
  return out;
}

void print_json(const Model& before, const Model& after, const std::vector<ModelChange>& changes, std::ostream& out) {
  Json list = Json::array();
  for (const ModelChange& change : changes) list.push_back(json_of(change));
  const Json all = {{"before", json_of(before)}, {"after", json_of(after)}, {"changes", std::move(list)}};
  out << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

void print_diff(const Model& before, const Model& after, const std::vector<ModelChange>& changes,
                const DiffOptions& options, std::ostream& out) {
  if (options.format == DiffFormat::kJson) return print_json(before, after, changes, out);
  print_people(before, after, changes, options, out);
}

int run_diff(const std::string& before, const std::string& after, const DiffOptions& options, std::ostream& out,
             std::ostream& err) {
  const LoadedModels a = load_models({before}), b = load_models({after});
  for (const LoadedModels* loaded : {&a, &b}) {
    if (loaded->models.empty()) print_text(loaded->diagnostics, loaded->files, Colour::kOff, err);
  }
  if (a.unreadable() || b.unreadable()) return 2;
  if (a.models.empty() || b.models.empty()) return 1;
  const Model &old = a.models[0], &now = b.models[0];
  const std::vector<ModelChange> changes = diff_models(Places(old), Places(now));
  print_diff(old, now, changes, options, out);
  return options.exit_code && !changes.empty() ? 1 : 0;
}

}  // namespace glacis::control
