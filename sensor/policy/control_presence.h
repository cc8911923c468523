#pragma once

#include <functional>
#include <string>
#include <utility>

namespace glacis::sensor {

// Says once when control goes, for whatever reason, and once when it is back; not at each attempt.
// Thread: one.
class ControlPresence {
 public:
  using Say = std::function<void(const std::string&)>;

  explicit ControlPresence(Say say) : say_(std::move(say)) {}

  void serves() {
    if (away_ && say_) say_("the control plane is back");
    away_ = false;
  }
  void ended(const std::string& why) {
    if (!away_ && say_) {
      say_("without the control plane: " + why + "; it is dialled again and again, the policy in use stays");
    }
    away_ = true;
  }

 private:
  const Say say_;
  bool away_ = false;
};

}  // namespace glacis::sensor
