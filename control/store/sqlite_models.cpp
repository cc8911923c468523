// Models, policies, rule ids and sensors of the SQLite store.
#include <functional>
#include <utility>

#include "control/store/sqlite_store.h"

namespace glacis::control {
namespace {

// Calls `row` for each row.
Expected<void> each(SqliteConnection& connection, std::string_view sql,
                    const std::function<void(SqliteStatement&)>& row) {
  auto statement = connection.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  while (true) {
    const auto more = statement->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    row(*statement);
  }
}

Expected<void> insert_rule_ids(SqliteConnection& writer, const std::vector<StoredRuleId>& ids) {
  auto insert = writer.prepare("INSERT INTO rule_ids (model, element, id) VALUES (?1, ?2, ?3)");
  if (!insert) return std::unexpected(insert.error());
  for (const StoredRuleId& rule : ids) {
    insert->bind_text(1, rule.model).bind_text(2, rule.element).bind(3, rule.id);
    if (auto result = insert->run(); !result) return result;
  }
  return {};
}

Expected<void> insert_files(SqliteConnection& writer, int64_t push, const std::vector<SourceFile>& files) {
  auto insert = writer.prepare("INSERT INTO model_files VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(insert.error());
  for (size_t i = 0; i < files.size(); ++i) {
    insert->bind(1, push).bind(2, static_cast<int64_t>(i));
    insert->bind_text(3, files[i].name).bind_blob(4, files[i].text);
    if (auto result = insert->run(); !result) return result;
  }
  return {};
}

Expected<int64_t> insert_model(SqliteConnection& writer, const StoredModel& model) {
  auto retire = writer.prepare("UPDATE models SET active = 0 WHERE id = ?1 AND active = 1");
  if (!retire) return std::unexpected(retire.error());
  retire->bind_text(1, model.id);
  if (auto result = retire->run(); !result) return std::unexpected(result.error());
  auto insert = writer.prepare(
      "INSERT INTO models (id, version, digest, pushed_by, reason, pushed_ns, active)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_text(1, model.id).bind(2, static_cast<int64_t>(model.version));
  insert->bind_blob(3, model.digest).bind_text(4, model.pushed_by).bind_text(5, model.reason);
  insert->bind(6, model.pushed_ns);
  if (auto result = insert->run(); !result) return std::unexpected(result.error());
  return writer.last_row();
}

}  // namespace

Expected<void> SqliteStore::load_models(StoredState& state) {
  std::vector<int64_t> pushes;
  auto result = each(writer_,
                     "SELECT push, id, version, digest, pushed_by, reason, pushed_ns FROM models"
                     " WHERE active = 1 ORDER BY id",
                     [&](SqliteStatement& row) {
                       pushes.push_back(row.integer(0));
                       state.models.push_back({row.text(1),
                                               static_cast<uint64_t>(row.integer(2)),
                                               row.text(3),
                                               row.text(4),
                                               row.text(5),
                                               row.integer(6),
                                               {}});
                     });
  if (!result) return result;
  for (size_t i = 0; i < pushes.size(); ++i) {
    result = each(writer_,
                  "SELECT name, text FROM model_files WHERE push = " + std::to_string(pushes[i]) + " ORDER BY position",
                  [&](SqliteStatement& row) { state.models[i].files.push_back({row.text(0), row.text(1)}); });
    if (!result) return result;
  }
  return {};
}

Expected<StoredState> SqliteStore::load() {
  StoredState state;
  if (auto result = load_models(state); !result) return std::unexpected(result.error());
  auto result = each(writer_, "SELECT model, element, id FROM rule_ids", [&](SqliteStatement& row) {
    state.rule_ids.push_back({row.text(0), row.text(1), static_cast<uint32_t>(row.integer(2))});
  });
  if (!result) return std::unexpected(result.error());
  result =
      each(writer_,
           "SELECT tap, version, digest, bytes FROM policies AS p WHERE version ="
           " (SELECT max(version) FROM policies WHERE tap = p.tap) ORDER BY tap",
           [&](SqliteStatement& row) {
             state.policies.push_back({row.text(0), static_cast<uint64_t>(row.integer(1)), row.text(2), row.text(3)});
           });
  if (!result) return std::unexpected(result.error());
  result = each(
      writer_, "SELECT name, tap, software, last_heard_ns FROM sensors ORDER BY name",
      [&](SqliteStatement& row) { state.sensors.push_back({row.text(0), row.text(1), row.text(2), row.integer(3)}); });
  if (!result) return std::unexpected(result.error());
  return state;
}

Expected<void> SqliteStore::insert_policy(const StoredPolicy& policy) {
  auto insert = writer_.prepare("INSERT INTO policies (tap, version, digest, bytes) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_text(1, policy.tap).bind(2, static_cast<int64_t>(policy.version));
  insert->bind_blob(3, policy.digest).bind_blob(4, policy.bytes);
  return insert->run();
}

Expected<uint64_t> SqliteStore::commit_push(const PushRecord& push) {
  if (auto result = writer_.run("BEGIN IMMEDIATE"); !result) {
    return std::unexpected(result.error());
  }
  const auto write = [&]() -> Expected<uint64_t> {
    const auto number = insert_model(writer_, push.model);
    if (!number) return std::unexpected(number.error());
    auto result = insert_files(writer_, *number, push.model.files);
    if (result) result = insert_rule_ids(writer_, push.new_rule_ids);
    for (size_t i = 0; result && i < push.policies.size(); ++i) {
      result = insert_policy(push.policies[i]);
    }
    if (result) result = writer_.run("COMMIT");
    if (!result) return std::unexpected(result.error());
    return static_cast<uint64_t>(*number);
  };
  auto number = write();
  if (!number) (void)writer_.run("ROLLBACK");
  return number;
}

Expected<void> SqliteStore::save_policy(const StoredPolicy& policy) { return insert_policy(policy); }

Expected<void> SqliteStore::save_sensor(const StoredSensor& sensor) {
  auto insert = writer_.prepare("INSERT OR REPLACE INTO sensors VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_text(1, sensor.name).bind_text(2, sensor.tap);
  insert->bind_text(3, sensor.software_version).bind(4, sensor.last_heard_ns);
  return insert->run();
}

}  // namespace glacis::control
