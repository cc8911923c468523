// glacis push: a model to the control plane, and how its rollout goes.
#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "control/cli/call_report.h"
#include "control/cli/command.h"
#include "control/cli/message_json.h"
#include "control/cli/push_files.h"
#include "control/cli/rollout_text.h"
#include "control/cli/terminal_text.h"
#include "glacis/v1/model.pb.h"

namespace glacis::control {
namespace {

class Push {
 public:
  Push(const Options& options, uint64_t wait_s, PushFiles files, ControlPlane& control, Console& console)
      : json_(options.has("--json")), wait_s_(wait_s), files_(std::move(files)), control_(control), console_(console) {
    for (const SourceFile& file : files_.files) header_.add_files(file.name);
    header_.set_digest(files_.digest);
    header_.set_dry_run(options.has("--dry-run"));
    header_.set_reason(options.get("--reason"));
  }

  int run(uint64_t base_version) {
    header_.set_base_version(base_version);
    const CallResult result = control_.push(header_, files_.files, response_);
    if (!result) return refused(result.error());
    if (json_) {
      console_.out << to_json(response_, EmptyFields::kWrite) << "\n";
    } else {
      print_text(diagnostics_of(response_), files_.files, console_.colour, console_.out);
      if (header_.dry_run()) return dry_run();
      if (response_.rollout() == 0) return unchanged();
      const std::string version = std::to_string(response_.version());
      print_accepted(name() + " version " + version + " accepted", response_, console_.out);
    }
    console_.out.flush();
    return wait_s_ != 0 && response_.rollout() != 0 ? watch() : kExitGood;
  }

 private:
  std::string name() const { return "model '" + printable(response_.model()) + "'"; }

  int unchanged() {
    console_.out << "unchanged: " << name() << " version " << response_.version()
                 << " has these bytes already; glacis status says who runs it\n";
    return kExitGood;
  }

  // The version that is active with these bytes, or the next one.
  int dry_run() {
    v1::ListModelsResponse active;
    if (const auto listed = control_.list_models(active); !listed) {
      return report(listed.error(), control_.address(), console_);
    }
    uint64_t version = 0;
    bool same = false;
    for (const v1::ActiveModel& model : active.models()) {
      if (model.id() != response_.model()) continue;
      version = model.version();
      same = model.digest() == files_.digest;
    }
    const std::string outcome = same ? " version " + std::to_string(version) + " has these bytes already"
                                     : " would become version " + std::to_string(version + 1);
    print_accepted("dry run, nothing changed: " + name() + outcome, response_, console_.out);
    return kExitGood;
  }

  int refused(const CallFault& fault) {
    using Kind = CallFault::Kind;
    if (fault.kind == Kind::kAway) {
      const int code = report(fault, control_.address(), console_);
      console_.err << "  If it broke off during the push: push again; the same files change nothing "
                      "twice.\n";
      return code;
    }
    std::vector<Diagnostic> faults = diagnostics_of(response_);
    const bool explained = has_errors(faults);
    if (fault.kind == Kind::kInvalid && explained) {
      faults = with_local_faults(std::move(faults), files_.files);
    }
    if (json_) {
      set_diagnostics(faults, response_);
      console_.out << to_json(response_, EmptyFields::kWrite) << "\n";
    } else {
      print_text(faults, files_.files, console_.colour, console_.out);
    }
    console_.out.flush();
    if (!explained) return report(fault, control_.address(), console_);
    console_.err << "glacis push: refused, nothing changed" << advice(fault.kind) << "\n";
    return kExitFindings;
  }

  static std::string advice(CallFault::Kind kind) {
    if (kind == CallFault::Kind::kWrongBase) {
      return ". Someone pushed meanwhile: glacis status shows the active version; take over what "
             "changed, then push with that version as --base";
    }
    if (kind == CallFault::Kind::kConflict) {
      return ". It does not fit another active model: glacis status lists them and who pushed; "
             "agree "
             "with their owners";
    }
    return "";
  }

  int watch() {
    size_t width = 6;
    for (const v1::TapPolicy& policy : response_.policies()) {
      for (const std::string& sensor : policy.sensors()) width = std::max(width, sensor.size());
    }
    RolloutText text(width, console_);
    const CallResult result =
        control_.watch_rollout(response_.rollout(), wait_s_, [&](const v1::WatchRolloutResponse& event) {
          if (json_) {
            console_.out << to_json(event, EmptyFields::kWrite) << "\n" << std::flush;
            text.note(event);
          } else {
            text.print(event);
          }
        });
    if (!result && result.error().kind == CallFault::Kind::kSlow) {
      console_.err << "glacis push: not over after " << wait_s_ << " s; no answer yet from " << text.unanswered()
                   << "\n  The rollout goes on; glacis status shows who runs the model.\n";
      return kExitFindings;
    }
    if (!result) {
      const int code = report(result.error(), control_.address(), console_);
      console_.err << "  The model is accepted; glacis status shows who runs it.\n";
      return code;
    }
    if (!json_) text.print_summary();
    return text.active_everywhere() ? kExitGood : kExitFindings;
  }

  const bool json_;
  const uint64_t wait_s_;  // for the rollout; 0: do not watch it
  const PushFiles files_;
  ControlPlane& control_;
  Console& console_;
  v1::PushHeader header_;
  v1::PushModelResponse response_;
};

// How long to watch the rollout, in seconds; 0: not at all.
Expected<uint64_t> wait_of(const Options& options) {
  constexpr uint64_t kDefault_s = 120, kMost_s = 86'400;
  const auto given = options.number("--wait");
  if (!given) return std::unexpected(given.error());
  if (options.has("--no-wait")) {
    if (given->has_value()) return fail("--wait and --no-wait exclude each other");
    return 0;
  }
  const uint64_t wait_s = given->value_or(kDefault_s);
  if (wait_s == 0 || wait_s > kMost_s) return fail("--wait is 1 to 86400 seconds", "", "or --no-wait");
  return wait_s;
}

}  // namespace

int run_push_command(const Options& options, Console& console) {
  if (options.words.empty()) {
    return report_usage("push", {"name a model file", "", "glacis push web-shop.yaml"}, console);
  }
  const auto base = options.number("--base");
  if (!base) return report_usage("push", base.error(), console);
  const auto wait_s = wait_of(options);
  if (!wait_s) return report_usage("push", wait_s.error(), console);
  const auto connection = connection_of(options, std::getenv("GLACIS_CONTROL"));
  if (!connection) return report_usage("push", connection.error(), console);
  auto files = read_push_files(options.words);
  if (!files) {
    for (const Error& fault : files.error()) (void)report_usage("push", fault, console);
    return kExitUsage;
  }
  auto control = ControlPlane::open(*connection);
  if (!control) return report_usage("push", control.error(), console);
  return Push(options, *wait_s, std::move(*files), *control, console).run(base->value_or(0));
}

}  // namespace glacis::control
