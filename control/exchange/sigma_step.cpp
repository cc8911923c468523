#include "control/exchange/sigma_step.h"

#include <algorithm>

#include "control/exchange/sigma_filter.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr int64_t kNanosInSecond = 1'000'000'000;

struct Said {
  std::string_view is;     // a condition or the aggregated thing
  std::string_view field;  // in the Elastic Common Schema
};
constexpr Said kSummed[] = {{"bytes", "network.bytes"},
                            {"bytes.to_client", "destination.bytes"},
                            {"bytes.to_server", "source.bytes"},
                            {"packets", "network.packets"}};
constexpr Said kDistinct[] = {
    {"source", "source.ip"}, {"destination", "destination.ip"}, {"port", "destination.port"}, {"user", "user.name"}};

template <size_t n>
std::string field_of(std::string_view word, const Said (&table)[n]) {
  const auto found = std::ranges::find(table, word, &Said::is);
  return found == std::end(table) ? "" : std::string(found->field);
}

bool is_login(const StepElement& step) { return step.verb == "auth" || step.verb == "login"; }

// The names in logs of a model's identities: "kerberos: adm-*" is "adm-*".
std::vector<std::string> user_names(const Model& model, const std::vector<std::string>& identities) {
  std::vector<std::string> out;
  for (const IdentityElement& identity : model.identities) {
    if (std::ranges::find(identities, identity.id) == identities.end()) continue;
    for (const std::string& glob : identity.seen_as) {
      std::string name = glob.substr(glob.find(": ") + 2);
      if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
    }
  }
  return out;
}

// One step, while its rule is made. Each part says with false that it cannot be said, and notes why.
class Writer {
 public:
  Writer(const Model& model, const std::string& element, const StepElement& step, Losses& losses)
      : model_(model), element_(element), step_(step), inner_(step.of.empty() ? step : step.of[0]), losses_(losses) {}

  bool verb() {
    out_.rule.category = "network";
    out_.rule.service = "connection";
    if (inner_.verb == "flow") return true;
    if (inner_.verb == "http" || (inner_.verb == "file" && inner_.interface.empty())) {
      more_.push_back({"network.protocol", {inner_.verb == "http" ? "http" : "smb"}});
      return true;
    }
    if (!is_login(inner_)) return no("'" + inner_.verb + "' is in no connection log");
    out_.rule.category = "authentication";
    out_.rule.service.clear();
    return users();
  }

  bool conditions() {
    return std::ranges::all_of(inner_.is, [&](const std::string& is) { return condition(is); });
  }

  // Whatever log it needs, it must be one that a network sees.
  bool source() {
    const bool tap = step_.see.empty() || std::ranges::find(step_.see, "tap") != step_.see.end();
    return tap || no("it is seen by " + step_.see[0] + " alone");
  }

  bool aggregate() {
    if (step_.of.empty()) return true;
    SigmaCorrelation sum;
    sum.timespan_s = step_.within_ns / kNanosInSecond;
    sum.above = amount(step_.over);
    if (step_.verb == "count" && step_.aggregate == "flows") {
      sum.type = "event_count";
    } else if (step_.verb == "sum") {
      sum.type = "value_sum";
      sum.counted = field_of(step_.aggregate, kSummed);
    } else if (step_.verb == "distinct") {
      sum.type = "value_count";
      sum.counted = field_of(step_.aggregate, kDistinct);
    }
    if (sum.type.empty() || (sum.type != "event_count" && sum.counted.empty()))
      return no(step_.verb + " of " + step_.aggregate + " is in no connection log");
    if (sum.timespan_s == 0 || !sum.above) return no("it has no window or no number");
    for (const auto& [variable, field] : sigma_variables(step_)) sum.group_by.push_back(field);
    out_.aggregate = std::move(sum);
    return true;
  }

  bool detection(Filters& filters, const StepTraffic& traffic) {
    const bool unmodelled = std::ranges::find(inner_.is, "unmodelled") != inner_.is.end();
    const FilterLess filter = filters.of(model_, element_, step_, traffic, unmodelled);
    if (!has_ends(filter.filter)) return no("an end has no address");
    const auto detection = sigma_detection(filter, more_);
    if (!detection) return no("a flows line models every flow of it");
    out_.rule.detection = *detection;
    return true;
  }

  SigmaStep take() { return std::move(out_); }

 private:
  bool no(const std::string& why) {
    losses_.add(model_.id, element_, step_.at, "no rule: " + why);
    return false;
  }
  void weaker(const std::string& what) { losses_.add(model_.id, element_, step_.at, what); }

  bool users() {
    more_.push_back({"event.outcome", {"success"}});
    if (!inner_.gets_variable.empty()) weaker("gets: the address that a login is given is in no such log");
    if (!inner_.outside.empty()) return no("outside");
    const std::vector<std::string> names = user_names(model_, inner_.as);
    if (!names.empty()) more_.push_back({"user.name", names});
    return inner_.as.empty() || !names.empty() || no("seen_as of its identity is not said");
  }

  bool condition(const std::string& is) {
    if (is == "unmodelled") return true;
    if (is == "long-lived") {
      more_.push_back({"event.duration|gte", {std::to_string(3600 * kNanosInSecond)}, true});
      return true;
    }
    if (is == "established") {
      weaker("is established: attempts match too");
      return true;
    }
    return no("'is: " + is + "' is in no connection log, and without it normal work would match");
  }

  const Model& model_;
  const std::string& element_;
  const StepElement &step_, &inner_;
  Losses& losses_;
  SigmaStep out_;
  SigmaMap more_;
};

}  // namespace

std::optional<SigmaStep> sigma_step(const Model& model, const std::string& element, const StepElement& step,
                                    const StepTraffic& traffic, Filters& filters, Losses& losses) {
  Writer writer(model, element, step, losses);
  const bool said = writer.source() && writer.verb() && writer.conditions() && writer.aggregate() &&
                    writer.detection(filters, traffic);
  return said ? std::optional(writer.take()) : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> sigma_variables(const StepElement& step) {
  const StepElement& inner = step.of.empty() ? step : step.of[0];
  std::vector<std::pair<std::string, std::string>> out;
  if (!inner.from_variable.empty()) out.emplace_back(inner.from_variable, "source.ip");
  if (!inner.to_variable.empty() && inner.to_variable != inner.from_variable)
    out.emplace_back(inner.to_variable, "destination.ip");
  if (!inner.as_variable.empty() && is_login(inner)) out.emplace_back(inner.as_variable, "user.name");
  return out;
}

}  // namespace glacis::control
