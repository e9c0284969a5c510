#include "testing/random_document.h"

#include <bit>
#include <limits>
#include <random>
#include <string>

#include "bson/builder.h"
#include "bson/decimal128.h"

namespace inlet {

namespace {

class Generator {
 public:
  Generator(uint64_t seed, const RandomDocumentOptions& options)
      : random_(seed), options_(options) {}

  Document document() {
    DocumentBuilder builder;
    fill(builder, options_.depth_max, false);
    return builder.finish_owned();
  }

 private:
  uint64_t bits() { return random_(); }
  uint64_t below(uint64_t end) { return random_() % end; }
  bool one_in(uint64_t n) { return below(n) == 0; }

  std::string text() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "plain words ",
                                                   "\"",
                                                   "\\",
                                                   "/",
                                                   "\n",
                                                   "\t",
                                                   std::string_view("\0", 1),
                                                   "\x1f",
                                                   "\x7f",
                                                   "é",
                                                   "ß",
                                                   "東京",
                                                   "😀",
                                                   "\u2028",
                                                   "\uFFFD",
                                                   "0123456789abcdef",
                                                   "'",
                                                   "{$oid",
                                                   "</script>"};
    static constexpr std::string_view kInvalid[] = {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82"};
    std::string text;
    const uint64_t pieces = one_in(20) ? below(60) : below(5);
    for (uint64_t i = 0; i < pieces; ++i) {
      if (options_.with_lossy && one_in(8)) {
        text += kInvalid[below(std::size(kInvalid))];
      } else {
        text += kPieces[below(std::size(kPieces))];
      }
    }
    return text;
  }

  std::string text_without_zero() {
    std::string without = text();
    std::erase(without, '\0');
    return without;
  }

  /// A first name such as `$oid` would make a document a wrapper.
  std::string name() {
    static constexpr std::string_view kNames[] = {
        "", "a", "_id", "a.b", "x$", "customer", "größe", "a name beyond one block of text"};
    if (one_in(4)) return "n" + text_without_zero();
    return std::string(kNames[below(std::size(kNames))]);
  }

  int64_t integer() {
    static constexpr int64_t kEdges[] = {0,
                                         1,
                                         -1,
                                         9,
                                         10,
                                         99,
                                         100,
                                         INT32_MAX,
                                         INT32_MIN,
                                         INT64_MAX,
                                         INT64_MIN,
                                         int64_t{INT32_MAX} + 1,
                                         9007199254740993};
    if (one_in(2)) return kEdges[below(std::size(kEdges))];
    return static_cast<int64_t>(bits() >> below(64));
  }

  double real() {
    static constexpr double kEdges[] = {0.0,
                                        -0.0,
                                        1.0,
                                        0.1,
                                        1e15,
                                        1e22,
                                        123456789012345680.0,
                                        std::numeric_limits<double>::infinity(),
                                        -std::numeric_limits<double>::infinity(),
                                        std::numeric_limits<double>::max(),
                                        std::numeric_limits<double>::min(),
                                        std::numeric_limits<double>::denorm_min()};
    switch (below(4)) {
      case 0:
        return kEdges[below(std::size(kEdges))];
      case 1:
        return static_cast<double>(below(1000000)) / 100;
      case 2:
        return static_cast<double>(integer());
      default:
        break;
    }
    const auto any = std::bit_cast<double>(bits());
    if (any == any || options_.with_lossy) return any;
    return std::numeric_limits<double>::quiet_NaN();
  }

  int64_t date_ms() {
    static constexpr int64_t kEdges[] = {0,         -1,       253402300799999, 253402300800000,
                                         INT64_MIN, INT64_MAX};
    if (one_in(3)) return kEdges[below(std::size(kEdges))];
    return static_cast<int64_t>(below(4102444800000));
  }

  void append_decimal(DocumentBuilder& builder, std::string_view name) {
    Decimal128 decimal{bits(), bits()};
    if (!options_.with_lossy || one_in(2)) {
      DecimalParts parts;
      parts.kind = static_cast<DecimalParts::Kind>(one_in(8) ? below(3) : 0);
      parts.negative = one_in(2);
      parts.coefficient = static_cast<unsigned __int128>(bits() >> below(64)) *
                          (one_in(2) ? 1 : bits() >> (16 + below(40)));
      static constexpr int kEdges[] = {0, -6176, 6111, -1, -2, -6, -7, 1, -34, -20};
      parts.exponent = kEdges[below(std::size(kEdges))];
      if (parts.kind == DecimalParts::Kind::kNan) parts.negative = false;
      decimal = decimal_from_parts(parts);
    }
    uint8_t stored[Decimal128::kSize];
    decimal.store(stored);
    builder.append(name, Value(BsonType::kDecimal128, stored, sizeof stored));
  }

  void append_raw(DocumentBuilder& builder, std::string_view name, BsonType type,
                  const std::string& raw) {
    builder.append(name, Value(type, reinterpret_cast<const uint8_t*>(raw.data()),
                               static_cast<uint32_t>(raw.size())));
  }

  static std::string with_length(const std::string& text) {
    const auto size = static_cast<uint32_t>(text.size() + 1);
    std::string raw(reinterpret_cast<const char*>(&size), sizeof size);
    return raw + text + '\0';
  }

  std::string twelve_bytes() {
    std::string bytes(12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(bits());
    return bytes;
  }

  void append_binary(DocumentBuilder& builder, std::string_view name) {
    static constexpr uint8_t kSubtypes[] = {0, 1, 2, 3, 4, 5, 6, 8, 128, 255};
    const uint8_t subtype = kSubtypes[below(std::size(kSubtypes))];
    std::string content(one_in(2) ? 16 : below(70), '\0');
    for (char& byte : content) byte = static_cast<char>(bits());
    if (subtype == 2) {
      const auto size = static_cast<uint32_t>(content.size());
      content.insert(0, reinterpret_cast<const char*>(&size), sizeof size);
    }
    builder.append_binary(name, content, subtype);
  }

  void append_code_with_scope(DocumentBuilder& builder, std::string_view name, int depth) {
    DocumentBuilder scope;
    if (depth > 0) fill(scope, depth - 1, false);
    const std::string inside = with_length(text()) + std::string(scope.finish().raw());
    const auto size = static_cast<uint32_t>(inside.size() + 4);
    const std::string raw(reinterpret_cast<const char*>(&size), sizeof size);
    append_raw(builder, name, BsonType::kCodeWithScope, raw + inside);
  }

  void append_nested(DocumentBuilder& builder, std::string_view name, int depth) {
    const bool array = one_in(2);
    array ? builder.open_array(name) : builder.open_document(name);
    if (depth > 0) fill(builder, depth - 1, array);
    builder.close();
  }

  void append_rare(DocumentBuilder& builder, std::string_view name, int depth) {
    switch (below(10)) {
      case 0:
        builder.append_min_key(name);
        break;
      case 1:
        builder.append_max_key(name);
        break;
      case 2:
        append_raw(builder, name, BsonType::kUndefined, "");
        break;
      case 3:
        append_raw(builder, name, BsonType::kDbPointer, with_length(text()) + twelve_bytes());
        break;
      case 4:
        append_raw(builder, name, BsonType::kCode, with_length(text()));
        break;
      case 5:
        append_raw(builder, name, BsonType::kSymbol, with_length(text()));
        break;
      case 6:
        append_code_with_scope(builder, name, depth);
        break;
      case 7: {
        static constexpr std::string_view kOptions[] = {"", "i", "imsx", "lu"};
        std::string raw = text_without_zero() + '\0';
        raw += kOptions[below(std::size(kOptions))];
        append_raw(builder, name, BsonType::kRegex, raw + '\0');
        break;
      }
      case 8:
        append_binary(builder, name);
        break;
      default:
        append_decimal(builder, name);
        break;
    }
  }

  void append_any(DocumentBuilder& builder, std::string_view name, int depth) {
    switch (below(12)) {
      case 0:
        builder.append_double(name, real());
        break;
      case 1:
        builder.append_string(name, text());
        break;
      case 2:
        append_nested(builder, name, depth);
        break;
      case 3:
        builder.append_object_id(name, twelve_bytes());
        break;
      case 4:
        builder.append_bool(name, one_in(2));
        break;
      case 5:
        builder.append_date_ms(name, date_ms());
        break;
      case 6:
        builder.append_null(name);
        break;
      case 7:
        builder.append_int32(name, static_cast<int32_t>(integer()));
        break;
      case 8:
        builder.append_int64(name, integer());
        break;
      case 9:
        builder.append_timestamp(name, bits());
        break;
      default:
        append_rare(builder, name, depth);
        break;
    }
  }

  void fill(DocumentBuilder& builder, int depth, bool array) {
    ArrayIndex index;
    const uint64_t fields = below(static_cast<uint64_t>(options_.fields_max) + 1);
    for (uint64_t i = 0; i < fields; ++i) {
      append_any(builder, array ? std::string(index.next()) : name(), depth);
    }
  }

  std::mt19937_64 random_;
  RandomDocumentOptions options_;
};

}  // namespace

Document random_document(uint64_t seed, const RandomDocumentOptions& options) {
  return Generator(seed, options).document();
}

}  // namespace inlet
