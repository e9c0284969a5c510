#include "sink/lake/path_template.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/hash.h"
#include "base/nearest_name.h"

namespace inlet {
namespace {

constexpr std::array<std::string_view, 8> kTokenNames{"db", "collection", "yyyy", "MM",
                                                      "dd", "HH",         "hour", "op"};

constexpr size_t kPartBytesMax = 200;
constexpr size_t kDigestDigits = 16;

struct Civil {
  int year;
  unsigned month;
  unsigned day;
  unsigned hour;
};

Civil civil(int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>((time - day) / std::chrono::hours(1))};
}

bool is_refused_by_stores(char c) {
  constexpr char kDelete = 0x7F;
  return static_cast<unsigned char>(c) < ' ' || c == kDelete || c == '\\';
}

std::string padded(unsigned number, int width) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%0*u", width, number);
  return text.data();
}

}  // namespace

std::string escape_path_part(std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '=' || c == '~' || ((c == '_' || c == '.') && i > 0);
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  if (out.size() <= kPartBytesMax) return out;
  size_t kept = kPartBytesMax - 2 - kDigestDigits;
  const size_t escape = out.rfind('%', kept - 1);
  if (escape != std::string::npos && escape + 3 > kept) kept = escape;
  // No name is escaped to "%~", so what was cut short meets nothing that was not.
  return out.substr(0, kept) + "%~" + sha256_hex(name).substr(0, kDigestDigits);
}

std::string hour_name(int64_t hour_seconds) {
  const Civil c = civil(hour_seconds);
  return padded(static_cast<unsigned>(c.year), 4) + "-" + padded(c.month, 2) + "-" +
         padded(c.day, 2) + "-" + padded(c.hour, 2);
}

std::string sealed_file_stem(int64_t period_start_seconds, int64_t period_seconds) {
  const Civil c = civil(period_start_seconds);
  const std::string day =
      "events-" + padded(static_cast<unsigned>(c.year), 4) + padded(c.month, 2) + padded(c.day, 2);
  return period_seconds == 3600 ? day + "-" + padded(c.hour, 2) : day;
}

PathTemplate PathTemplate::standard(bool spans_databases) {
  Result<PathTemplate> parsed =
      parse(spans_databases ? "{db}/{collection}/{hour}/" : "{collection}/{hour}/");
  INLET_ASSERT(parsed.is_ok());
  return *std::move(parsed);
}

Result<PathTemplate> PathTemplate::parse(std::string_view text) {
  const auto failure = [&](std::string_view what) {
    return Status(Code::kInvalidArgument, what).with("path", text);
  };
  PathTemplate out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t open = rest.find_first_of("{}");
    if (open != 0) out.pieces_.push_back({Token::kText, std::string(rest.substr(0, open))});
    if (open == std::string_view::npos) break;
    const size_t close = rest.find('}', open);
    if (rest[open] == '}' || close == std::string_view::npos)
      return failure("path template has an unmatched brace");
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    size_t index = 0;
    while (index < kTokenNames.size() && kTokenNames.at(index) != name) ++index;
    if (index == kTokenNames.size()) {
      return failure("path template has an unknown token")
          .with("token", name)
          .with_hint(nearest_name_hint(name, kTokenNames));
    }
    const auto token = static_cast<Token>(index + 1);
    out.pieces_.push_back({token, {}});
    rest.remove_prefix(close + 1);
  }
  const bool names_day = out.has(Token::kYear) && out.has(Token::kMonth) && out.has(Token::kDay);
  const bool names_hour = out.has(Token::kHour) || (names_day && out.has(Token::kHourOfDay));
  out.period_seconds_ = names_hour ? 3600 : names_day ? 86'400 : 0;

  // A sample path shows what the fixed text does: empty parts, dots and hidden names are refused.
  std::string sample = out.folder({"d", "c"}, Operation::kInsert, 0);
  if (sample.empty()) return failure("path template names no folder");
  for (size_t begin = 0; begin < sample.size();) {
    const size_t end = sample.find('/', begin);
    const std::string_view part = std::string_view(sample).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      return failure("path template has an empty or dotted folder");
    if (part.front() == '_' || part.front() == '.') {
      return failure("path template has a folder that readers do not see")
          .with_hint("do not begin a folder with '_' or '.'");
    }
    if (std::any_of(part.begin(), part.end(), is_refused_by_stores))
      return failure("path template has a character that stores refuse");
    begin = end + 1;
  }
  return out;
}

bool PathTemplate::has(Token token) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [token](const Piece& piece) { return piece.token == token; });
}

std::string PathTemplate::folder(const Namespace& ns, Operation operation,
                                 int64_t hour_seconds) const {
  const Civil c = civil(hour_seconds);
  std::string out;
  for (const Piece& piece : pieces_) {
    switch (piece.token) {
      case Token::kText:
        out += piece.text;
        break;
      // Events wider than a collection, or a database, need a place too; '$' stands in no
      // collection's name.
      case Token::kDb:
        out += ns.db.empty() ? "%24cluster" : escape_path_part(ns.db);
        break;
      case Token::kCollection:
        out += ns.collection.empty() ? "%24database" : escape_path_part(ns.collection);
        break;
      case Token::kYear:
        out += padded(static_cast<unsigned>(c.year), 4);
        break;
      case Token::kMonth:
        out += padded(c.month, 2);
        break;
      case Token::kDay:
        out += padded(c.day, 2);
        break;
      case Token::kHourOfDay:
        out += padded(c.hour, 2);
        break;
      case Token::kHour:
        out += hour_name(hour_seconds);
        break;
      case Token::kOperation:
        out += operation_name(operation);
        break;
    }
  }
  if (!out.empty() && out.back() != '/') out += '/';
  return out;
}

}  // namespace inlet
