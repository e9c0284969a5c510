#pragma once

#include <string_view>

#include "bson/value_slot.h"

namespace inlet {

/// True for the names that open a wrapper of Extended JSON: `$oid`, `$date`, `$numberLong`, ….
bool is_extended_json_name(std::string_view name);

/// Replaces the document in `slot` by the value that it wraps: `{$oid: "…"}` by an ObjectId.
///
/// Both versions are read: v2 relaxed and canonical, and v1 (`{$date: 5}`,
/// `{$binary: "…", $type: "00"}`, `{$regex: "…", $options: "…"}` under `legacy_regex`).
/// Errors: fails for a wrapper with a wrong content or with fields too many, as the specification
///         wants; keeps a document that only shares a name with one, such as `{$type: "string"}`.
Conversion convert_extended_json(ValueSlot& slot, bool legacy_regex);

/// Writes what `{name: text}` wraps when it is one of the common wrappers of one string. False,
/// with nothing written, for any other and for a text that does not fit.
bool put_wrapped_text(ValueSlot& slot, std::string_view name, std::string_view text);

/// Writes the regular expression; options are put into alphabetical order.
Conversion put_regex(ValueSlot& slot, std::string_view pattern, std::string_view options);

/// Writes code, with a scope when `scope` is a document. The texts must not stand in `slot`.
void put_code(ValueSlot& slot, std::string_view code, const Document* scope);

/// Writes the decimal that `text` spells.
Conversion put_decimal(ValueSlot& slot, std::string_view text, bool may_round);

}  // namespace inlet
