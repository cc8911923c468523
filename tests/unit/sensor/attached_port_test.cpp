#include "sensor/runtime/attached_port.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace glacis::sensor {
namespace {

using Change = AttachedPort::Change;
constexpr Nanos kNow{1'764'096'202'000'000'000};  // 2025-11-25T18:43:22Z
constexpr Nanos kLater = kNow + seconds(100);

// A device that a test switches: how it is, and how many packets it still holds.
struct Device {
  std::atomic<DeviceState> state{DeviceState::kUp};
  std::atomic<uint16_t> held{0};
  std::atomic<uint64_t> missed{0};
  std::atomic<bool> open{true};
};

class FakeDevicePort final : public DevicePort {
 public:
  explicit FakeDevicePort(Device& device, uint16_t queues = 1) : device_(device), queues_(queues) {}
  ~FakeDevicePort() override { device_.open = false; }
  uint16_t rx_burst(uint16_t, std::span<rte_mbuf*> out) override {
    EXPECT_TRUE(device_.open) << "read after it was closed";
    const auto count = static_cast<uint16_t>(std::min<size_t>(device_.held, out.size()));
    device_.held -= count;
    received_ += count;
    return count;
  }
  RxCounters counters() const override { return {.received = received_, .missed = device_.missed}; }
  DeviceState look() const override { return device_.state; }
  std::string_view name() const override { return "fake"; }
  uint16_t queues() const override { return queues_; }
  Nanos clock() const override { return Nanos(0); }

 private:
  Device& device_;
  const uint16_t queues_;
  std::atomic<uint64_t> received_{0};
};

class AttachedPortTest : public testing::Test {
 protected:
  // What opening gives: `next_`, while there is one.
  AttachedPort port_{"tap0", std::make_unique<FakeDevicePort>(first_), [this] { return open(); }};
  Expected<std::unique_ptr<DevicePort>> open() {
    EXPECT_FALSE(first_.open) << "the old device still holds the name";
    if (next_ == nullptr) return fail("no such interface", "veth1");
    return std::make_unique<FakeDevicePort>(*next_);
  }
  uint16_t read() {
    std::array<rte_mbuf*, 32> out{};
    return port_.rx_burst(0, out);
  }
  Device first_, second_;
  Device* next_ = nullptr;
};

TEST_F(AttachedPortTest, APortThatIsUpHasNothingToSay) {
  EXPECT_EQ(port_.watch(kNow), Change::kNone);
  EXPECT_EQ(port_.state(), RxState::kUp);
  EXPECT_FALSE(port_.reason());
  first_.held = 3;
  EXPECT_EQ(read(), 3);
  EXPECT_EQ(port_.counters().received, 3U);
}

TEST_F(AttachedPortTest, ALinkThatIsDownIsCountedOnceAndTheSamePortGoesOn) {
  first_.state = DeviceState::kDown;
  EXPECT_EQ(port_.watch(kNow), Change::kDown);
  EXPECT_EQ(port_.watch(kLater), Change::kNone);
  EXPECT_EQ(port_.state(), RxState::kDown);
  EXPECT_EQ(port_.reason(), "port tap0 is down since 2025-11-25T18:43:22Z");
  first_.state = DeviceState::kUp;
  EXPECT_EQ(port_.watch(kLater), Change::kUp);
  EXPECT_EQ(port_.state(), RxState::kUp);
  EXPECT_FALSE(port_.reason());
  first_.held = 1;
  EXPECT_EQ(read(), 1);
  EXPECT_EQ(port_.counters().downs, 1U);
  EXPECT_EQ(port_.counters().reattached, 0U);
}

TEST_F(AttachedPortTest, AVanishedDeviceIsReadEmptyBeforeItIsClosed) {
  first_.held = 40;
  first_.state = DeviceState::kGone;
  next_ = &second_;
  EXPECT_EQ(port_.watch(kNow), Change::kVanished);
  EXPECT_EQ(port_.watch(kNow), Change::kNone);
  EXPECT_TRUE(first_.open) << "the worker has not been here yet";
  EXPECT_EQ(read(), 32);
  EXPECT_EQ(port_.watch(kNow), Change::kNone);
  EXPECT_TRUE(first_.open) << "8 packets are left";
  EXPECT_EQ(read(), 8);
  EXPECT_EQ(read(), 0);
  EXPECT_EQ(port_.watch(kNow), Change::kReattached);
  EXPECT_FALSE(first_.open);
  EXPECT_EQ(port_.counters().received, 40U);
}

TEST_F(AttachedPortTest, ADeviceThatIsNotBackIsTriedAgainAndTheReasonSaysWhy) {
  first_.state = DeviceState::kGone;
  (void)port_.watch(kNow);
  EXPECT_EQ(read(), 0);
  EXPECT_EQ(port_.watch(kLater), Change::kNone);
  EXPECT_EQ(port_.reason(), "port tap0 is gone since 2025-11-25T18:43:22Z (no such interface)");
  EXPECT_EQ(read(), 0) << "there is nothing to read from";
  EXPECT_EQ(port_.watch(kLater), Change::kNone);
  next_ = &second_;
  EXPECT_EQ(port_.watch(kLater), Change::kReattached);
  EXPECT_FALSE(port_.reason());
  EXPECT_EQ(port_.state(), RxState::kUp);
}

TEST_F(AttachedPortTest, CountersGoOnOverDevices) {
  first_.held = 5;
  first_.missed = 7;
  EXPECT_EQ(read(), 5);
  first_.state = DeviceState::kGone;
  next_ = &second_;
  (void)port_.watch(kNow);
  (void)read();
  (void)port_.watch(kNow);
  second_.held = 2;
  second_.missed = 1;
  EXPECT_EQ(read(), 2);
  const RxCounters sum = port_.counters();
  EXPECT_EQ(sum.received, 7U);
  EXPECT_EQ(sum.missed, 8U);
  EXPECT_EQ(sum.downs, 1U);
  EXPECT_EQ(sum.reattached, 1U);
}

TEST_F(AttachedPortTest, DownThenGoneThenBackWithoutACarrierIsOneTimeDown) {
  first_.state = DeviceState::kDown;
  (void)port_.watch(kNow);
  first_.state = DeviceState::kGone;
  EXPECT_EQ(port_.watch(kLater), Change::kVanished);
  (void)read();
  second_.state = DeviceState::kDown;
  next_ = &second_;
  EXPECT_EQ(port_.watch(kLater), Change::kReattached);
  EXPECT_EQ(port_.state(), RxState::kDown);
  EXPECT_EQ(port_.reason(), "port tap0 is down since 2025-11-25T18:43:22Z");
  second_.state = DeviceState::kUp;
  EXPECT_EQ(port_.watch(kLater), Change::kUp);
  EXPECT_EQ(port_.counters().downs, 1U);
}

TEST(AttachedPortQueues, ADeviceIsReplacedOnceEveryQueueHasBeenReadEmpty) {
  Device first, second;
  AttachedPort port("tap0", std::make_unique<FakeDevicePort>(first, 3), [&]() -> Expected<std::unique_ptr<DevicePort>> {
    return std::make_unique<FakeDevicePort>(second, 3);
  });
  ASSERT_EQ(port.queues(), 3);
  std::array<rte_mbuf*, 32> out{};
  first.state = DeviceState::kGone;
  EXPECT_EQ(port.watch(kNow), Change::kVanished);
  for (const uint16_t queue : {0, 2}) {
    EXPECT_EQ(port.rx_burst(queue, out), 0);
    EXPECT_EQ(port.watch(kNow), Change::kNone);
    EXPECT_TRUE(first.open) << "queue 1 has not been read";
  }
  first.held = 4;
  EXPECT_EQ(port.rx_burst(0, out), 0) << "it has been shut";
  EXPECT_EQ(port.rx_burst(1, out), 4);
  EXPECT_EQ(port.rx_burst(1, out), 0);
  EXPECT_EQ(port.watch(kNow), Change::kReattached);
  second.held = 2;
  EXPECT_EQ(port.rx_burst(2, out), 2);
}

// Under ThreadSanitizer this is the proof that the word alone is enough.
TEST(AttachedPortThreads, AReaderNeverTouchesAPortThatIsBeingReplaced) {
  constexpr size_t kDevices = 200;
  std::vector<Device> devices(kDevices);
  std::atomic<size_t> opened{0};
  AttachedPort port(
      "tap0", std::make_unique<FakeDevicePort>(devices[0]),
      [&]() -> Expected<std::unique_ptr<DevicePort>> { return std::make_unique<FakeDevicePort>(devices[++opened]); });
  for (Device& device : devices) device.held = 50;
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    std::array<rte_mbuf*, 32> out{};
    while (!stop) (void)port.rx_burst(0, out);
  });
  std::thread asker([&] {
    while (!stop) (void)port.counters(), (void)port.reason();
  });
  while (opened + 1 < kDevices) {
    devices[opened].state = DeviceState::kGone;
    (void)port.watch(kNow);
  }
  devices[kDevices - 1].state = DeviceState::kGone;
  (void)port.watch(kNow);
  while (devices[kDevices - 1].held != 0) std::this_thread::yield();
  stop = true;
  reader.join();
  asker.join();
  EXPECT_EQ(port.counters().received, kDevices * 50);
  EXPECT_EQ(port.counters().reattached, kDevices - 1);
}

}  // namespace
}  // namespace glacis::sensor
