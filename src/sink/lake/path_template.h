#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"

namespace inlet {

/// Where a record's folder is: `{collection}/{hour}/`, or any text with these tokens.
///
/// `{db}` `{collection}` `{op}`, and of the record's cluster time in UTC `{yyyy}` `{MM}` `{dd}`
/// `{HH}` `{hour}` = yyyy-MM-dd-HH. Names are escaped, so that none can leave the lake, meet
/// another, or be hidden from readers.
class PathTemplate {
 public:
  /// Errors: kInvalidArgument for an unknown token (with the nearest), an unclosed brace, or a path
  /// that leaves the lake.
  static Result<PathTemplate> parse(std::string_view text);
  /// The default: with the database in front when there may be several.
  static PathTemplate standard(bool spans_databases);

  /// The folder, with a '/' at its end. `hour_seconds` is the start of the record's hour, in
  /// seconds since 1970.
  std::string folder(const Namespace& ns, Operation operation, int64_t hour_seconds) const;
  /// How long a folder takes records: an hour, a day, or 0 when its end is not known from the
  /// template, or it comes back (`{HH}` without the day).
  int64_t period_seconds() const { return period_seconds_; }
  bool has_operation() const { return has(Token::kOperation); }
  bool has_collection() const { return has(Token::kCollection); }
  bool has_db() const { return has(Token::kDb); }

 private:
  enum class Token { kText, kDb, kCollection, kYear, kMonth, kDay, kHourOfDay, kHour, kOperation };
  struct Piece {
    Token token = Token::kText;
    std::string text;
  };
  bool has(Token token) const;

  std::vector<Piece> pieces_;
  int64_t period_seconds_ = 0;
};

/// A name as one part of a path: what is not a letter, digit, '-', '_', '.', '=' or '~' becomes
/// %XX, as does a leading '_' or '.'. Reversible, and different names stay different, also where
/// letter case is kept. What would be longer than 200 bytes, which files with their extensions
/// cannot bear, ends in `%~` and 16 digits of the name's SHA-256 instead: no longer reversible.
std::string escape_path_part(std::string_view name);

/// `2025-01-31-13`: the hour that begins at `hour_seconds`, UTC.
std::string hour_name(int64_t hour_seconds);
/// `events-20250131-13` for an hour, `events-20250131` for a day: the name of a sealed file,
/// without its extension.
std::string sealed_file_stem(int64_t period_start_seconds, int64_t period_seconds);

}  // namespace inlet
