#include "control/exchange/suricata_export.h"

#include <algorithm>
#include <map>
#include <optional>

#include "control/exchange/applications.h"
#include "control/exchange/one_line.h"
#include "control/exchange/path_alternatives.h"
#include "control/exchange/suricata_pattern.h"
#include "control/exchange/suricata_rule.h"
#include "control/exchange/without_rule.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

using Looks = SuricataRules::Looks;

constexpr int64_t kNanosInSecond = 1'000'000'000;
constexpr int64_t kDay_s = 86'400;

// A step of a path, ready to be written.
struct SaidStep {
  const StepElement* step = nullptr;
  FilterLess filter;
  std::string pattern;  // a written option; empty: headers only
  bool established = false;
};

// A way of a path.
struct Chain {
  std::string mark;  // what the names of its bits begin with
  const v1::Rule& rule;
  std::vector<SaidStep> steps;
  std::vector<Join> joins;  // of each step with the next one
  int64_t expire_s = 0;
};

// What xbits follow of a packet that goes this way.
std::string track_of(Join::Role role, Way way) {
  const bool source = (role == Join::Role::kSource) == (way == Way::kToServer);
  return source ? "ip_src" : "ip_dst";
}

std::vector<Way> ways_of(const SaidStep& step) {
  return step.pattern.empty() ? std::vector{Way::kToServer} : std::vector{Way::kToServer, Way::kToClient};
}

class ModelRules {
 public:
  ModelRules(const ExportModels& models, const Model& model, Sids& sids, Filters& filters, Losses& losses)
      : models_(models), model_(model), sids_(sids), filters_(filters), losses_(losses) {}

  std::string run() {
    for (const NeverElement& never : model_.nevers) this->never(never);
    for (const DataElement& data : model_.data) this->data(data);
    for (const AbuseElement& abuse : model_.abuse) this->abuse(abuse);
    note_without_rule(model_, losses_);
    return std::move(text_);
  }

 private:
  void lost(const std::string& element, const Position& at, std::string what) {
    losses_.add(model_.id, element, at, std::move(what));
  }

  // Marks flows of the exceptions, and gives the option that asks for flows without the mark; "": there are none.
  std::string marked(SuricataRules& out, const v1::Rule& rule, const std::string& mark,
                     const std::vector<Filter>& except) {
    bool some = false;
    for (Filter filter : except) {
      if (!has_ends(filter)) continue;
      filter.apps.clear();  // not known on the first packet
      out.add(filter, Way::kToServer, Looks::kHeaders,
              {rule.sentence() + " (what is meant)", {"flowbits:set," + mark}, false, false});
      some = true;
    }
    return some ? "flowbits:isnotset," + mark : "";
  }

  // Whether Suricata knows these applications.
  bool known_apps(const std::string& element, const Position& at, const std::vector<std::string>& apps) {
    return std::ranges::all_of(apps, [&](const std::string& app) {
      if (!suricata_application(app).empty()) return true;
      lost(element, at, "no rule: Suricata does not know the application " + app);
      return false;
    });
  }

  // One option for each data class that has a pattern.
  std::vector<std::string> patterns(const std::string& element, const Position& at,
                                    const std::vector<std::string>& carried) {
    std::vector<std::string> out;
    for (const std::string& name : carried) {
      const DataElement* data = models_.places(model_).data(name);
      if (data == nullptr || data->pattern.empty()) {
        lost(element, at, "how " + name + " looks on a wire is not said");
        continue;
      }
      if (!data->check.empty())
        lost(element, at, "the check " + data->check + " of " + name + ": what only looks like it matches too");
      const auto pattern = suricata_pattern(data->pattern);
      if (pattern) out.push_back(*pattern);
      if (!pattern) lost(element, at, "the pattern of " + name + " cannot be written as pcre");
    }
    return out;
  }

  void never(const NeverElement& never) {
    const std::string element = "never/" + never.id;
    if (!never.as.empty()) return lost(element, never.at, "no rule: who uses a flow is not seen");
    if (!known_apps(element, never.at, never.apps)) return;
    const FilterLess filter = filters_.of(model_, never);
    if (!has_ends(filter.filter)) return lost(element, never.at, "no rule: an end has no address");
    std::vector<std::string> wanted = patterns(element, never.at, never.carries);
    if (wanted.empty() && !never.carries.empty()) return lost(element, never.at, "no rule: nothing of it can be seen");
    if (wanted.empty()) wanted.emplace_back();
    const v1::Rule& rule = models_.rule(model_, element);
    SuricataRules out(rule, sids_);
    const std::string unmarked = marked(out, rule, mark_of(element), filter.except);
    for (const std::string& pattern : wanted) write(out, rule, filter.filter, unmarked, pattern);
    text_ += out.take();
  }

  void data(const DataElement& data) {
    if (data.pattern.empty()) return;
    const std::string element = "data/" + data.id;
    const std::vector<std::string> wanted = patterns(element, data.at, {data.id});
    if (wanted.empty()) return;
    std::vector<Filter> carrying;
    for (const FlowElement& line : model_.flows) {
      if (std::ranges::find(line.carries, data.id) != line.carries.end()) carrying.push_back(filters_.of(model_, line));
    }
    const v1::Rule& rule = models_.rule(model_, element);
    SuricataRules out(rule, sids_);
    const std::string unmarked = marked(out, rule, mark_of(element), carrying);
    const AddressBlocks everywhere = {{true, {}, {}}};
    write(out, rule, {everywhere, everywhere, {}, {}, {}}, unmarked, wanted[0]);
    text_ += out.take();
  }

  void abuse(const AbuseElement& abuse) {
    const auto ways = alternatives_of(model_, abuse, losses_);
    if (ways.empty()) lost("abuse/" + abuse.id, abuse.at, "no rule: it has no path, or nothing in it must be seen");
    std::map<const StepElement*, StepTraffic> traffic;
    for (const CaseStep& step : steps_of(abuse, models_.places(model_))) traffic.emplace(step.step, step.traffic);
    SuricataRules out(models_.rule(model_, "abuse/" + abuse.id), sids_);
    for (size_t i = 0; i < ways.size(); ++i) way(out, abuse, ways[i], i, traffic);
    text_ += out.take();
  }

  void way(SuricataRules& out, const AbuseElement& abuse, const PathAlternative& way, size_t number,
           const std::map<const StepElement*, StepTraffic>& traffic) {
    const std::string element = "abuse/" + abuse.id;
    if (!way.ordered) return lost(element, abuse.at, "no rule: steps in any order");
    Chain chain{mark_of(element) + "." + std::to_string(number), models_.rule(model_, element), {}, {}, kDay_s};
    if (way.within_ns != 0) chain.expire_s = way.within_ns / kNanosInSecond;
    for (const StepElement* step : way.steps) {
      auto said = this->said(element + "." + step->id, *step, traffic.at(step));
      if (!said) return;
      chain.steps.push_back(std::move(*said));
    }
    if (!joined_by_hosts(abuse, chain)) return;
    note_chain(abuse, way);
    for (size_t i = 0; i < chain.steps.size(); ++i) write_step(out, chain, i);
  }

  // Finds what joins each step with the next one; false: nothing, which is noted.
  bool joined_by_hosts(const AbuseElement& abuse, Chain& chain) {
    const std::string element = "abuse/" + abuse.id;
    for (size_t i = 0; i + 1 < chain.steps.size(); ++i) {
      const StepElement &step = *chain.steps[i].step, &next = *chain.steps[i + 1].step;
      const auto shared = joins(step, next);
      if (shared.empty()) {
        lost(element, abuse.at, "no rule: " + step.id + " and " + next.id + " share no host");
        return false;
      }
      if (shared.size() > 1)
        lost(element, abuse.at, "only $" + shared[0].variable + " joins " + step.id + " and " + next.id);
      chain.joins.push_back(shared[0]);
    }
    return true;
  }

  // A step looks for the bit of the step before, and sets its own or alerts.
  void write_step(SuricataRules& out, const Chain& chain, size_t i) {
    const SaidStep& step = chain.steps[i];
    const bool last = i + 1 == chain.steps.size();
    const auto bit = [&](size_t of) { return chain.mark + "." + std::to_string(of); };
    const std::string unmarked = marked(out, chain.rule, bit(i) + ".meant", step.filter.except);
    for (const Way way : ways_of(step)) {
      SuricataOptions options{
          chain.rule.sentence() + ": step " + step.step->id, {unmarked, step.pattern}, step.established, last};
      if (i > 0)
        options.matches.push_back("xbits:isset," + bit(i - 1) + ",track " + track_of(chain.joins[i - 1].second, way));
      if (!last)
        options.matches.push_back("xbits:set," + bit(i) + ",track " + track_of(chain.joins[i].first, way) + ",expire " +
                                  std::to_string(chain.expire_s));
      std::erase(options.matches, "");
      out.add(step.filter.filter, way, step.pattern.empty() ? Looks::kHeaders : Looks::kPayload, options);
    }
  }

  // What bits of hosts cannot hold of a chain.
  void note_chain(const AbuseElement& abuse, const PathAlternative& way) {
    const std::string element = "abuse/" + abuse.id;
    if (way.steps.size() > 1 && way.within_ns == 0) lost(element, abuse.at, "it has no window: a day is taken");
    if (way.steps.size() <= 2) return;
    lost(element, abuse.at, "the window holds from each step to the next, not from the first to the last");
    lost(element, abuse.at, "a variable joins a step with the next one only");
  }

  std::optional<SaidStep> said(const std::string& element, const StepElement& step, const StepTraffic& traffic) {
    const auto no = [&](const std::string& why) {
      lost(element, step.at, "no rule: " + why);
      return std::nullopt;
    };
    if (step.verb != "flow" && step.verb != "content") return no("'" + step.verb + "' is not said in rules");
    if (!step.see.empty() && std::ranges::find(step.see, "tap") == step.see.end())
      return no("it is seen by " + step.see[0] + " alone");
    if (!step.as.empty() || !step.as_variable.empty()) return no("who uses a flow is not seen");
    SaidStep out;
    out.step = &step;
    bool unmodelled = false;
    for (const std::string& is : step.is) {
      unmodelled |= is == "unmodelled";
      out.established |= is == "established";
      if (is != "unmodelled" && is != "established") return no("'is: " + is + "' is not said in rules");
    }
    if (step.verb == "content") {
      const bool payload = std::ranges::all_of(step.fields, [](const std::string& f) { return f == "payload"; });
      if (!payload) return no("only the payload is looked into");
      const auto pattern = suricata_pattern(step.pattern);
      if (!pattern) return no("its pattern cannot be written as pcre");
      out.pattern = *pattern;
    }
    out.filter = filters_.of(model_, element, step, traffic, unmodelled);
    if (!has_ends(out.filter.filter)) return no("an end has no address");
    // Some of them unknown: any application, or flows with those would be missed.
    std::vector<std::string>& apps = out.filter.filter.apps;
    const auto unknown =
        std::ranges::find_if(apps, [](const std::string& app) { return suricata_application(app).empty(); });
    if (unknown == apps.end()) return out;
    lost(element, step.at, "Suricata does not know the application " + *unknown + ": ports alone are told");
    apps.clear();
    return out;
  }

  // A rule of its own: of a pattern in both directions, else of the packets to the server.
  static void write(SuricataRules& out, const v1::Rule& rule, const Filter& filter, const std::string& unmarked,
                    const std::string& pattern) {
    SuricataOptions options;
    options.message = rule.sentence();
    if (!unmarked.empty()) options.matches.push_back(unmarked);
    if (pattern.empty()) return out.add(filter, Way::kToServer, Looks::kHeaders, options);
    options.matches.push_back(pattern);
    for (const Way way : {Way::kToServer, Way::kToClient}) out.add(filter, way, Looks::kPayload, options);
  }

  // Names of bits are words; '/' and ':' stand in none of the ids.
  [[nodiscard]] std::string mark_of(const std::string& element) const {
    return "glacis." + replaced(model_.id + "/" + element, "/", ':');
  }

  const ExportModels& models_;
  const Model& model_;
  Sids& sids_;
  Filters& filters_;
  Losses& losses_;
  std::string text_;
};

}  // namespace

Exported export_suricata(const ExportModels& models) {
  Exported out;
  Sids sids;
  Filters filters(models, out.losses);
  for (const Model& model : models.models()) {
    std::string text = "# Made by glacis of the model " + model.id + ", " + one_line(model.file) + ".\n";
    text += ModelRules(models, model, sids, filters, out.losses).run();
    out.files.push_back({model.id + ".rules", std::move(text)});
  }
  return out;
}

}  // namespace glacis::control
