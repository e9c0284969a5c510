// Aim: the core (bson, mql, codec, stage) links without the MongoDB, Kafka and Arrow clients, so
// that another engine can load it. The program's own link is the test; running it shows that the
// symbols work.

#include <cstdio>
#include <string>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "codec/document_encoder.h"

int main() {
  const auto document = inlet::parse_json("{core: 'links alone'}");
  if (!document.is_ok()) return 1;
  std::string text;
  if (!inlet::make_document_encoder(inlet::FileFormat::kNdjson)
           ->append_document(*document, text)
           .is_ok())
    return 1;
  std::fputs(text.c_str(), stdout);
  return text == "{\"core\":\"links alone\"}\n" ? 0 : 1;
}
