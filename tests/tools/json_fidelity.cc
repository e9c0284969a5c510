// Lets a test in another language judge our texts: BSON documents one behind another on one side,
// lines of JSON on the other.
//
//   json_fidelity encode relaxed|canonical|plain [iso8601]   BSON in, lines out
//   json_fidelity decode                                     lines in, BSON out
//
// `encode` ends its error output with the number of sequences that were not UTF-8.

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "codec/document_decoder.h"
#include "codec/document_encoder.h"

namespace inlet {
namespace {

int fail(const Status& status) {
  std::cerr << status.to_string() << "\n";
  return 1;
}

int encode(std::string_view mode, bool iso_dates, std::string_view input) {
  JsonOptions json;
  if (mode == "canonical") json.mode = JsonMode::kCanonical;
  if (mode == "plain") json.mode = JsonMode::kPlain;
  if (iso_dates) json.date_format = JsonDateFormat::kIso8601;
  const auto encoder = make_document_encoder(FileFormat::kNdjson, {.json = json});
  std::string out;
  while (!input.empty()) {
    if (input.size() < 4) return fail(Status(Code::kCorruption, "BSON is cut short"));
    const auto size = load_little_endian<uint32_t>(reinterpret_cast<const uint8_t*>(input.data()));
    const std::string_view bytes = input.substr(0, size);
    if (const Status valid = validate_bson(bytes); !valid.is_ok()) return fail(valid);
    const DocumentView document(reinterpret_cast<const uint8_t*>(bytes.data()));
    if (const Status status = encoder->append_document(document, out); !status.is_ok()) {
      return fail(status);
    }
    input.remove_prefix(bytes.size());
  }
  std::cout << out;
  std::cerr << encoder->invalid_utf8_replaced() << "\n";
  return 0;
}

int decode(std::string_view input) {
  const auto decoder = make_document_decoder(FileFormat::kNdjson);
  const auto receiver = [](const Result<DocumentView>& document) {
    if (document.is_ok()) std::cout << document->raw();
    return document.status();
  };
  Status status = decoder->push(input, receiver);
  if (status.is_ok()) status = decoder->finish(receiver);
  return status.is_ok() ? 0 : fail(status);
}

}  // namespace
}  // namespace inlet

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  const std::string input((std::istreambuf_iterator<char>(std::cin)), {});
  if (command == "encode" && argc >= 3) {
    return inlet::encode(argv[2], argc > 3 && std::string_view(argv[3]) == "iso8601", input);
  }
  if (command == "decode") return inlet::decode(input);
  std::fprintf(stderr, "usage: json_fidelity encode relaxed|canonical|plain [iso8601] | decode\n");
  return 2;
}
