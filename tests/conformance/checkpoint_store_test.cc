// Aim: every state store keeps the promises of checkpoint_store.h; what one cannot do stands in
// lease_expires().

#include <filesystem>

#include "bson/builder.h"
#include "checkpoint/lake_checkpoint_store.h"
#include "checkpoint/local_checkpoint_store.h"
#include "checkpoint/mongo_checkpoint_store.h"
#include "conformance/checkpoint_store_suite.h"
#include "testing/mongod.h"
#include "testing/object_disk.h"

namespace inlet::testing {
namespace {

void flip_a_bit(std::string& bytes) {
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
}

std::string fresh_folder() {
  std::string folder = ::testing::TempDir() + "state-XXXXXX";
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  return folder;
}

/// Checkpoints that are objects of a store.
class ObjectState : public StateUnderTest {
 public:
  ObjectState(std::shared_ptr<ObjectStore> store, std::string prefix)
      : store_(std::move(store)), prefix_(std::move(prefix)) {}

  std::vector<uint64_t> stored_epochs(const std::string& processor) override {
    std::vector<uint64_t> out;
    for (const std::string& path : paths(processor))
      out.push_back(decode_checkpoint(*store_->get(path))->epoch);
    return out;
  }
  void damage_newest(const std::string& processor) override {
    const std::string path = paths(processor).back();
    std::string bytes = *store_->get(path);
    flip_a_bit(bytes);
    ASSERT_TRUE(store_->put(path, bytes).is_ok());
  }

 protected:
  const std::shared_ptr<ObjectStore> store_;

 private:
  std::vector<std::string> paths(const std::string& processor) {
    const std::vector<ObjectInfo> objects = *store_->list(prefix_ + processor);
    std::vector<std::string> out;
    for (const ObjectInfo& object : objects) {
      if (object.path.find("/checkpoint-") != std::string::npos) out.push_back(object.path);
    }
    return out;
  }

  const std::string prefix_;
};

class LocalState final : public ObjectState {
 public:
  LocalState() : LocalState(fresh_folder()) {}
  ~LocalState() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<CheckpointStore> open(const std::string& processor, Clock& clock,
                                        Lease /*lease*/) override {
    return std::make_unique<LocalCheckpointStore>(folder_, processor, clock);
  }
  bool lease_expires() const override { return false; }

 private:
  explicit LocalState(const std::string& folder)
      : ObjectState(std::make_shared<LocalObjectStore>(folder), ""), folder_(folder) {}

  const std::string folder_;
};

class LakeState : public ObjectState {
 public:
  explicit LakeState(std::shared_ptr<ObjectStore> store)
      : ObjectState(std::move(store), "_inlet/") {}

  std::unique_ptr<CheckpointStore> open(const std::string& processor, Clock& clock,
                                        Lease lease) override {
    const std::chrono::milliseconds life(lease == Lease::kShort ? 1500 : 600'000);
    return std::make_unique<LakeCheckpointStore>(
        store_, processor, clock,
        LakeCheckpointStore::Options{life, std::chrono::milliseconds(200)});
  }
};

class MemoryLakeState final : public LakeState {
 public:
  MemoryLakeState() : MemoryLakeState(std::make_unique<ObjectDisk>()) {}

 private:
  explicit MemoryLakeState(std::unique_ptr<ObjectDisk> disk)
      : LakeState(std::make_shared<DiskStore>(*disk)), disk_(std::move(disk)) {}

  const std::unique_ptr<ObjectDisk> disk_;
};

class FolderLakeState final : public LakeState {
 public:
  FolderLakeState() : FolderLakeState(fresh_folder()) {}
  ~FolderLakeState() override { std::filesystem::remove_all(folder_); }

 private:
  explicit FolderLakeState(const std::string& folder)
      : LakeState(std::make_shared<LocalObjectStore>(folder)), folder_(folder) {}

  const std::string folder_;
};

class MongoState final : public StateUnderTest {
 public:
  explicit MongoState(Mongod& mongod) : mongod_(mongod) {
    mongod_.must("conformance", "{dropDatabase: 1}");
  }

  std::unique_ptr<CheckpointStore> open(const std::string& processor, Clock& clock,
                                        Lease lease) override {
    const std::string life = lease == Lease::kShort ? "1500" : "600000";
    auto store = MongoCheckpointStore::open(
        "mongodb://127.0.0.1:" + std::to_string(mongod_.port()) +
            "/conformance.state?directConnection=true&inletLeaseMs=" + life,
        processor, clock);
    EXPECT_TRUE(store.is_ok()) << store.status().to_string();
    return *std::move(store);
  }
  std::vector<uint64_t> stored_epochs(const std::string& processor) override {
    std::vector<uint64_t> out;
    for (const Document& chunk : chunks(processor)) {
      const Value data = chunk["data"];
      out.push_back(decode_checkpoint(data.raw().substr(5))->epoch);
    }
    return out;
  }
  void damage_newest(const std::string& processor) override {
    const Document newest = chunks(processor).back();
    std::string bytes(newest["data"].raw().substr(5));
    flip_a_bit(bytes);
    DocumentBuilder command;
    command.append_string("update", "state").open_array("updates").open_document("0");
    command.open_document("q").append("_id", newest["_id"]).close();
    command.open_document("u").open_document("$set").append_binary("data", bytes);
    command.close().close().close().close();
    MongoClient client = mongod_.connection()->acquire();
    const Result<MongoReply> reply = client.run("conformance", command.finish());
    ASSERT_TRUE(reply.is_ok()) << reply.status().to_string();
    ASSERT_EQ(reply->view()["nModified"].as_integer_if(), 1);
  }

 private:
  /// In the order of fence and serial; each holds a whole checkpoint here.
  std::vector<Document> chunks(const std::string& processor) {
    const Document reply =
        mongod_.must("conformance", "{find: 'state', filter: {'_id.processor': '" + processor +
                                        "'}, sort: {_id: 1}, singleBatch: true}");
    std::vector<Document> out;
    for (const Element& element : reply.view().at_path("cursor.firstBatch").as_document())
      out.emplace_back(element.value.as_document());
    return out;
  }

  Mongod& mongod_;
};

std::unique_ptr<StateUnderTest> make_mongo_state() {
  Mongod* const mongod = Mongod::shared();
  return mongod == nullptr ? nullptr : std::make_unique<MongoState>(*mongod);
}

INSTANTIATE_TEST_SUITE_P(
    States, CheckpointStoreTest,
    ::testing::Values(StateKind{"Local", [] { return std::make_unique<LocalState>(); }},
                      StateKind{"LakeInMemory", [] { return std::make_unique<MemoryLakeState>(); }},
                      StateKind{"LakeInAFolder",
                                [] { return std::make_unique<FolderLakeState>(); }},
                      StateKind{"Mongo", make_mongo_state}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace inlet::testing
