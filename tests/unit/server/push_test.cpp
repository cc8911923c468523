// Pushing a model: what is accepted, what is refused and with which words, and what changes.
#include <gmock/gmock.h>

#include "tests/unit/server/push_client.h"

namespace glacis::control {
namespace {

class Pushes : public MemoryControl {
 protected:
  Pushes() { start(); }
  PushClient client(const std::string& text) { return {*models_, text}; }
  v1::ListModelsResponse models() {
    ClientCall call;
    v1::ListModelsResponse response;
    EXPECT_TRUE(models_->ListModels(&call, {}, &response).ok());
    return response;
  }
  void refused(const Pushed& pushed, grpc::StatusCode code, const std::string& reason) {
    EXPECT_EQ(pushed.status.error_code(), code) << pushed.status.error_message();
    EXPECT_THAT(pushed.status.error_message(), testing::HasSubstr(reason));
    EXPECT_FALSE(pushed.response.accepted());
  }

  const std::string shop_ = shipped_model("web-shop.yaml");
};

TEST_F(Pushes, GoodModelBecomesAPolicyForEachTap) {
  PushClient push = client(shop_);
  push.header.set_reason("first");
  const Pushed pushed = push.run();
  ASSERT_TRUE(pushed.status.ok()) << pushed.status.error_message();
  EXPECT_TRUE(pushed.response.accepted());
  EXPECT_EQ(pushed.response.model(), "web-shop");
  EXPECT_EQ(pushed.response.version(), 1u);
  EXPECT_NE(pushed.response.rollout(), 0u);
  ASSERT_EQ(pushed.response.policies_size(), 3);
  EXPECT_GT(pushed.response.policies(1).rules(), 0u);
  const auto listed = models();
  ASSERT_EQ(listed.models_size(), 1);
  EXPECT_EQ(listed.models(0).id(), "web-shop");
  EXPECT_EQ(listed.models(0).pushed_by(), "local");
  EXPECT_EQ(listed.models(0).pushed_ns(), kNow_ns);
  EXPECT_EQ(listed.models(0).file(), "shop.yaml");
  EXPECT_EQ(store_->load()->models.at(0).reason, "first");
}

TEST_F(Pushes, InvalidModelComesBackWithEveryFault) {
  const Pushed pushed = client(shop_ + "\nzonez: {}\nfloes: {}\n").run();
  refused(pushed, grpc::StatusCode::INVALID_ARGUMENT, "shop.yaml:");
  std::string all;
  for (const v1::Diagnostic& d : pushed.response.diagnostics()) {
    EXPECT_EQ(d.level(), v1::LEVEL_ERROR);
    EXPECT_EQ(d.line().file(), "shop.yaml");
    EXPECT_GT(d.line().line(), 1u);
    all += d.message() + " " + d.hint() + "\n";
  }
  EXPECT_THAT(all,
              testing::AllOf(testing::HasSubstr("zonez"), testing::HasSubstr("floes"), testing::HasSubstr("'flows'")));
  EXPECT_EQ(models().models_size(), 0);
}

TEST_F(Pushes, FaultsBeyondTheTrailerAreCutAndTheAnswerStillArrives) {
  std::string text = shop_;
  replace_all(text, "severity: critical", "severity: " + std::string(9'000, 'k'));  // alone too long
  text += "\n";
  for (int i = 0; i < 300; ++i) text += "unknown" + std::to_string(i) + ": {}\n";
  const Pushed pushed = client(text).run();
  refused(pushed, grpc::StatusCode::INVALID_ARGUMENT, "shop.yaml:");
  EXPECT_GT(pushed.response.diagnostics_size(), 10);
}

TEST_F(Pushes, LongMessagesOutsideAsciiStillArrive) {
  std::string value, text = shop_;
  for (int i = 0; i < 2'000; ++i) value += "\xc3\xbc";
  replace_all(text, "severity: critical", "severity: " + value);
  refused(client(text).run(), grpc::StatusCode::INVALID_ARGUMENT, "shop.yaml:");
}

TEST_F(Pushes, WrongBaseVersionIsAborted) {
  ASSERT_TRUE(client(shop_).run().status.ok());
  PushClient push = client(shipped_model("web-shop-next.yaml"));
  push.header.set_base_version(5);
  refused(push.run(), grpc::StatusCode::ABORTED, "is at version 1, not 5");
  push.header.set_base_version(1);
  const Pushed pushed = push.run();
  ASSERT_TRUE(pushed.status.ok()) << pushed.status.error_message();
  EXPECT_EQ(pushed.response.version(), 2u);
}

TEST_F(Pushes, ModelThatContradictsAnotherIsRefused) {
  ASSERT_TRUE(client(shop_).run().status.ok());
  std::string other = shop_;
  replace_all(other, "id: web-shop", "id: other-shop");
  replace_all(other, "mgmt", "ops");
  refused(client(other).run(), grpc::StatusCode::FAILED_PRECONDITION, "mgmt");
  EXPECT_EQ(models().models_size(), 1);
}

TEST_F(Pushes, DryRunSaysWhatWouldHappenAndChangesNothing) {
  PushClient push = client(shop_);
  push.header.set_dry_run(true);
  const Pushed pushed = push.run();
  ASSERT_TRUE(pushed.status.ok()) << pushed.status.error_message();
  EXPECT_TRUE(pushed.response.accepted());
  EXPECT_EQ(pushed.response.version(), 0u);
  EXPECT_EQ(pushed.response.rollout(), 0u);
  EXPECT_EQ(pushed.response.policies_size(), 3);
  EXPECT_EQ(models().models_size(), 0);
  EXPECT_TRUE(store_->load()->models.empty());
}

TEST_F(Pushes, SameModelAgainChangesNothing) {
  ASSERT_TRUE(client(shop_).run().status.ok());
  const Pushed again = client(shop_).run();
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_TRUE(again.response.accepted());
  EXPECT_EQ(again.response.version(), 1u);
  EXPECT_EQ(again.response.rollout(), 0u);
}

TEST_F(Pushes, StoreThatFailsLeavesTheModelUnpushed) {
  store_->set_fault(Error{"database or disk is full", "control.db", ""});
  refused(client(shop_).run(), grpc::StatusCode::UNAVAILABLE, "disk is full");
  EXPECT_EQ(models().models_size(), 0);
  store_->set_fault(std::nullopt);
  EXPECT_TRUE(client(shop_).run().status.ok());
}

TEST_F(Pushes, MalformedPushesAreRefusedWithTheReason) {
  const auto broken = [&](const std::string& reason, const std::function<void(PushClient&)>& breaks) {
    PushClient push = client(shop_);
    breaks(push);
    refused(push.run(), grpc::StatusCode::INVALID_ARGUMENT, reason);
  };
  broken("digest", [](PushClient& p) { p.header.set_digest(digest_of("other")); });
  broken("digest", [](PushClient& p) { p.pieces.back().pop_back(); });
  broken("the first message carries the header", [](PushClient& p) { p.with_header = false; });
  broken("the first message carries the header", [](PushClient& p) { p.pieces.clear(); });
  broken("at most 256 KiB", [](PushClient& p) { p.pieces[0].assign(256 * 1024 + 1, ' '); });
  broken("file 1 is not in header.files", [](PushClient& p) { p.file = 1; });
  broken("names 1 to 64 files", [](PushClient& p) { p.header.clear_files(); });
  broken("names 1 to 64 files", [](PushClient& p) {
    for (int i = 0; i < 64; ++i) p.header.add_files("f" + std::to_string(i));
  });
  broken("at most 16 MiB", [](PushClient& p) { p.pieces.assign(65, std::string(256 * 1024, ' ')); });
  for (const char* name : {"", "a/b.yaml", "/etc/passwd", "../shop.yaml"}) {
    broken("is no base name", [&](PushClient& p) { p.header.set_files(0, name); });
  }
  EXPECT_EQ(models().models_size(), 0);
}

TEST_F(Pushes, HeaderComesOnce) {
  ClientCall call;
  v1::PushModelResponse response;
  const auto writer = models_->PushModel(&call, &response);
  v1::PushModelRequest request;
  request.mutable_header()->add_files("a.yaml");
  (void)writer->Write(request);
  (void)writer->Write(request);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("the header comes once"));
}

TEST_F(Pushes, PushThatItsClientGivesUpIsNotTaken) {
  {
    ClientCall call;
    v1::PushModelResponse response;
    const auto writer = models_->PushModel(&call, &response);
    v1::PushModelRequest request;
    request.mutable_header()->add_files("a.yaml");
    (void)writer->Write(request);
    call.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(models().models_size(), 0);
  server_->stop();
}

TEST_F(Pushes, UnknownRolloutIsNotFound) {
  RolloutStream watch(*models_, 99);
  EXPECT_FALSE(watch.next().has_value());
  EXPECT_EQ(watch.finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace glacis::control
