#include "job/mongo_collection_reader.h"

#include "bson/builder.h"
#include "connection/mongo/mongo_cursor.h"

namespace inlet {
namespace {

class MongoCollectionReader final : public CollectionReader {
 public:
  explicit MongoCollectionReader(std::unique_ptr<MongoConnection> connection)
      : connection_(std::move(connection)) {}

  Status read(const Namespace& ns, const std::function<Status(DocumentView)>& receiver) override {
    MongoClient client = connection_->acquire();
    DocumentBuilder command;
    command.append_string("find", ns.collection)
        .open_document("readConcern")
        .append_string("level", "majority")
        .close();
    INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, ns.db, command.finish()));
    while (cursor.has_more()) {
      Result<MongoPage> page = cursor.next();
      if (!page.is_ok()) return std::move(page).error().with("ns", ns.full());
      for (const Element& document : page->documents) {
        if (document.value.is_document())
          INLET_RETURN_IF_ERROR(receiver(document.value.as_document()));
      }
    }
    return Status::ok();
  }

 private:
  const std::unique_ptr<MongoConnection> connection_;
};

}  // namespace

Result<std::unique_ptr<CollectionReader>> open_mongo_collection_reader(const std::string& uri) {
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<MongoConnection> connection,
                         MongoConnection::open({.uri = uri}));
  return std::unique_ptr<CollectionReader>(
      std::make_unique<MongoCollectionReader>(std::move(connection)));
}

}  // namespace inlet
