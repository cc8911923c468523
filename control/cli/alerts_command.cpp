// glacis alerts: what is stored, then what comes.
#include "control/cli/alerts_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <ostream>

#include "control/cli/alert_text.h"
#include "control/cli/call_report.h"
#include "control/cli/command.h"
#include "control/cli/interrupt.h"
#include "control/cli/terminal_text.h"
#include "glacis/v1/soc.pb.h"

namespace glacis::control {
namespace {

using std::chrono::milliseconds;

// Between two tries at a control plane that takes the connection and then refuses.
constexpr auto kFirstPause = milliseconds(100), kLongestPause = milliseconds(2'000);

Expected<int> severity_of(const std::string& word) {
  constexpr std::array<std::string_view, 5> kWords = {"info", "low", "medium", "high", "critical"};
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found != kWords.end()) return v1::SEVERITY_INFO + static_cast<int>(found - kWords.begin());
  const std::string best = closest(word, {kWords.begin(), kWords.end()});
  return fail("no severity '" + word + "'", "--severity",
              best.empty() ? "info, low, medium, high or critical" : "did you mean '" + best + "'?");
}

class AlertStream {
 public:
  AlertStream(ControlPlane& control, const AlertsWanted& wanted, std::stop_token stop, Console& console)
      : control_(control), wanted_(wanted), stop_(std::move(stop)), console_(console) {
    v1::AlertFilter& filter = *request_.mutable_filter();
    filter.set_min_severity(static_cast<v1::Severity>(wanted.min_severity));
    for (const std::string& model : wanted.models) filter.add_models(model);
    for (const std::string& element : wanted.elements) filter.add_elements(element);
    for (const std::string& sensor : wanted.sensors) filter.add_sensors(sensor);
    request_.set_follow(wanted.follow);
    request_.set_after_cursor(wanted.after_cursor);
    if (wanted.latest) request_.set_latest(true);
  }

  int run() {
    if (wanted_.follow) was_connected_ = control_.connect(stop_);
    while (true) {
      const CallResult result =
          control_.subscribe(request_, stop_, [this](const v1::SubscribeResponse& response) { return take(response); });
      if (!console_.out) return cannot_write();
      if (ended(result)) return end();
      if (!may_come_back(result)) return give_up(result.error());
      if (!wait_for_control(result)) return kExitGood;
    }
  }

 private:
  bool take(const v1::SubscribeResponse& response) {
    pause_ = kFirstPause;
    if (response.has_alert()) {
      print(response);
      if (!console_.out) return false;
      ++shown_;
    }
    request_.set_after_cursor(response.cursor());
    return wanted_.count == 0 || shown_ < wanted_.count;
  }

  void print(const v1::SubscribeResponse& response) {
    if (wanted_.json) {
      console_.out << alert_json(response.alert(), response.cursor()) << "\n";
    } else {
      console_.out << alert_text(response.alert(), response.cursor(), console_.colour);
    }
    console_.out.flush();
  }

  int end() {
    if (!wanted_.follow && shown_ == 0) console_.err << "glacis alerts: no stored alert matches\n";
    return kExitGood;
  }

  // The server never ends a stream that follows by itself: such an end is a stop of the server.
  bool ended(const CallResult& result) const {
    if (stop_.stop_requested()) return true;
    if (wanted_.count != 0 && shown_ >= wanted_.count) return true;
    return result.has_value() && !wanted_.follow;
  }

  bool may_come_back(const CallResult& result) const {
    if (result) return true;
    using Kind = CallFault::Kind;
    const Kind kind = result.error().kind;
    return wanted_.follow && was_connected_ && (kind == Kind::kAway || kind == Kind::kBusy);
  }

  bool wait_for_control(const CallResult& result) {
    const std::string why = result ? "it ended the stream" : result.error().message;
    console_.err << "glacis alerts: the control plane is away (" << printable(why) << "), waiting" << std::endl;
    if (!pause() || !control_.wait_until_connected(stop_)) return false;
    console_.err << "glacis alerts: it is back, going on ";
    if (request_.latest()) {  // nothing came yet, not even a heartbeat: there is no cursor
      console_.err << "with what comes from now on; --after shows what came meanwhile" << std::endl;
    } else {
      console_.err << "after cursor " << request_.after_cursor() << std::endl;
    }
    return true;
  }

  // Longer each time, until something is received. False: stopped.
  bool pause() {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait_for(lock, stop_, pause_, [] { return false; });
    pause_ = std::min(pause_ * 2, kLongestPause);
    return !stop_.stop_requested();
  }

  int give_up(const CallFault& fault) {
    const int code = report(fault, control_.address(), console_);
    if (shown_ != 0) {
      console_.err << "  Go on with --after " << request_.after_cursor() << "\n";
    }
    return code;
  }

  int cannot_write() {
    console_.err << "glacis alerts: cannot write the output; go on with --after " << request_.after_cursor() << "\n";
    return kExitUsage;
  }

  ControlPlane& control_;
  const AlertsWanted wanted_;
  const std::stop_token stop_;
  Console& console_;
  v1::SubscribeRequest request_;  // its cursor moves with what was printed
  uint64_t shown_ = 0;
  bool was_connected_ = false;
  milliseconds pause_ = kFirstPause;
};

}  // namespace

Expected<AlertsWanted> alerts_wanted(const Options& options) {
  if (!options.words.empty()) return fail("'" + options.words[0] + "' is one word too many");
  AlertsWanted out;
  out.models = options.all("--model");
  out.elements = options.all("--element");
  out.sensors = options.all("--sensor");
  out.latest = options.has("--latest");
  out.follow = options.has("--follow");
  out.json = options.has("--json");
  if (options.has("--severity")) {
    const auto severity = severity_of(options.get("--severity"));
    if (!severity) return std::unexpected(severity.error());
    out.min_severity = *severity;
  }
  const auto after = options.number("--after"), count = options.number("--count");
  if (!after) return std::unexpected(after.error());
  if (!count) return std::unexpected(count.error());
  if (*count == 0U) return fail("0 alerts are none", "--count", "a whole number from 1");
  out.after_cursor = after->value_or(0);
  out.count = count->value_or(0);
  if (out.latest && *after) return fail("--latest and --after name two starts", "", "give one");
  if (out.latest && !out.follow) {
    return fail("--latest shows what comes from now on", "", "add --follow");
  }
  return out;
}

int show_alerts(ControlPlane& control, const AlertsWanted& wanted, const std::stop_token& stop, Console& console) {
  return AlertStream(control, wanted, stop, console).run();
}

int run_alerts_command(const Options& options, Console& console) {
  const auto wanted = alerts_wanted(options);
  if (!wanted) return report_usage("alerts", wanted.error(), console);
  const auto connection = connection_of(options, std::getenv("GLACIS_CONTROL"));
  if (!connection) return report_usage("alerts", connection.error(), console);
  const Interrupt interrupt;
  auto control = ControlPlane::open(*connection);
  if (!control) return report_usage("alerts", control.error(), console);
  return show_alerts(*control, *wanted, interrupt.token(), console);
}

}  // namespace glacis::control
